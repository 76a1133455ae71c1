// Package song keeps the song requests: whose turn it is, which copy in
// Spotify's queue belongs to whom, and what was really heard.
//
// A request waits in our own queue (pending), is handed over to Spotify's queue
// (queued), becomes current in the player (playing) and ends as heard or
// skipped; or it is withdrawn. Requests are ordered by (RedeemedAt, ID).
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

// States lists every state.
func States() []State { return []State{Pending, Queued, Playing, Heard, Skipped, Withdrawn} }

// Request is one viewer's wish for one track. ID is the redemption's id.
type Request struct {
	ID         string      `json:"id"`
	Viewer     core.Viewer `json:"viewer"`
	Track      Track       `json:"track"`
	RedeemedAt time.Time   `json:"redeemedAt"`
	State      State       `json:"state"`
	Reason     string      `json:"reason,omitempty"` // why it was withdrawn
}

// Play is how a request that reached the player ended.
type Play struct {
	RequestID string    `json:"requestId"`
	StartedAt time.Time `json:"startedAt"` // as well as it could be told
	EndedAt   time.Time `json:"endedAt"`
	Outcome   State     `json:"outcome"` // Heard or Skipped
}
