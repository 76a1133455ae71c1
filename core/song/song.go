// Package song keeps the song requests: whose turn it is, which copy in
// Spotify's queue belongs to whom, and what was really heard.
//
// A request waits in our own queue (pending), is handed over to Spotify's queue
// (queued), becomes current in the player (playing) and ends as heard or
// skipped; or it is withdrawn. Pending requests are ordered by (Rank,
// RedeemedAt, ID). Our queue is the queue: with NextUp a request is handed over
// only once none of ours waits in Spotify's, which cannot be changed any more.
//
// # Attribution
//
// Spotify does not say who added an item, and shows the user's queue, the
// context and autoplay as one list of at most twenty. What it shows is therefore
// read as a change: Sync compares each look at the player with the one before
// and takes the cheapest explanation of how one became the other (see explain).
// Ownership sticks to an occurrence, the one copy a handover put into the queue:
// it keeps its owner as it moves up, a copy that was already there never gets
// one, and a track that merely has the same id does not count.
//
// What a look cannot say for certain is not concluded from one look: a read that
// contradicts the last one (Spotify answers from the past right after an add or
// a skip) is set aside until it has been confirmed for ten seconds.
//
// *Heard* means: it was current with at least ten seconds of progress, or to its
// end. What passed between two looks is judged by the clock.
package song

import (
	"time"

	"sidestage/core"
)

// Track is a track as Spotify describes it.
type Track struct {
	ID       string        `json:"id"`
	URI      string        `json:"uri"`
	Name     string        `json:"name"`
	Artists  []string      `json:"artists"`
	Album    string        `json:"album,omitempty"`
	CoverURL string        `json:"coverUrl,omitempty"`
	Duration time.Duration `json:"duration"`
	ISRC     string        `json:"isrc,omitempty"`
	Explicit bool          `json:"explicit,omitempty"`
	// Barred says why it does not play in the account's country: market,
	// product, …; empty where it plays or Spotify does not say.
	Barred string `json:"barred,omitempty"`
}

// State is where a request stands.
type State string

// The states of a request. The last three are final.
const (
	Pending   State = "pending"   // in our own queue
	Queued    State = "queued"    // handed over to Spotify's queue
	Playing   State = "playing"   // current in the player
	Heard     State = "heard"     // played, see the package comment
	Skipped   State = "skipped"   // left the player before it counted as heard
	Withdrawn State = "withdrawn" // taken back; a copy in the player is skipped
)

// Final reports whether nothing more becomes of a request.
func (s State) Final() bool { return s == Heard || s == Skipped || s == Withdrawn }

// Request is one viewer's wish for one track. ID is the redemption's id.
type Request struct {
	ID         string      `json:"id"`
	Viewer     core.Viewer `json:"viewer"`
	Track      Track       `json:"track"`
	RedeemedAt time.Time   `json:"redeemedAt"`
	AcceptedAt time.Time   `json:"acceptedAt"`     // when it came into our queue
	Rank       int64       `json:"rank,omitempty"` // goes before RedeemedAt; 0 until it is moved
	Fulfil     Fulfil      `json:"fulfil,omitempty"`
	State      State       `json:"state"`
	Reason     string      `json:"reason,omitempty"` // why it was withdrawn
	Kept       bool        `json:"kept,omitempty"`   // it was withdrawn, and its points stay spent
}

// Fulfil is when the points of a request count as spent.
type Fulfil string

// When points are spent. A request nobody paid for has none of them.
const (
	FulfilAccepted   Fulfil = "accepted"    // at once: they cannot return any more
	FulfilHandedOver Fulfil = "handed-over" // when the track stands in Spotify's queue
	FulfilHeard      Fulfil = "heard"       // when it was heard
)

// Pace is when requests are given to Spotify.
type Pace string

// The paces.
const (
	NextUp    Pace = "next-up"   // one at a time, when none of ours waits there
	Immediate Pace = "immediate" // in order, as they come
)

// Policy is what the settings say about requests. Each keeps the one it was
// accepted under.
type Policy struct {
	Pace   Pace   `json:"pace"`
	Fulfil Fulfil `json:"fulfil,omitempty"`
	Fair   bool   `json:"fair,omitempty"` // viewers take turns; else first come, first served
	// UnavailableFor is how long a request whose turn has come waits for
	// Spotify before it is given up.
	UnavailableFor time.Duration `json:"unavailableFor"`
}

// Play is how a request that reached the player ended.
type Play struct {
	RequestID string    `json:"requestId"`
	StartedAt time.Time `json:"startedAt"` // as well as it could be told
	EndedAt   time.Time `json:"endedAt"`
	Outcome   State     `json:"outcome"` // Heard or Skipped
}
