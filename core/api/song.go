package api

import "time"

// Sources of a Track.
const (
	SourceUser     = "user"     // somebody asked for it
	SourceAutoplay = "autoplay" // the player's own: queue of the streamer, context, autoplay
)

// Track is a track and, with SourceUser, who asked for it.
type Track struct {
	ID            string   `json:"id"`
	URI           string   `json:"uri"`
	Name          string   `json:"name"`
	Artists       []string `json:"artists"`
	Album         string   `json:"album"`
	AlbumCoverURL string   `json:"albumCoverUrl"`
	DurationMs    int64    `json:"durationMs"`
	Source        string   `json:"source"`
	// EventID is the request's id, which is its redemption's and its saga's.
	EventID              string    `json:"eventId,omitempty"`
	RequesterUserID      string    `json:"requesterUserId,omitempty"`
	RequesterDisplayName string    `json:"requesterDisplayName,omitempty"`
	RequestedAt          time.Time `json:"requestedAt,omitzero"`
}

// NowPlaying is what the player shows, as of At. Without a Track everything
// else is zero.
type NowPlaying struct {
	Track    *Track `json:"track"`
	Position int    `json:"position"` // in the queue: always 0
	// Occurrence names this appearance of the track: when it plays again, that
	// is another one. Skip takes it.
	Occurrence string    `json:"occurrence,omitempty"`
	Playing    bool      `json:"playing,omitempty"` // not paused
	ProgressMs int64     `json:"progressMs,omitempty"`
	At         time.Time `json:"at,omitzero"` // when the player was seen like this
	Outage     *Outage   `json:"outage,omitempty"`
}

// Queue is what comes next, in the order of play. TotalCount may be more than
// there are Tracks.
type Queue struct {
	Tracks     []QueuedTrack `json:"tracks"`
	TotalCount int           `json:"totalCount"`
	Requests   Requests      `json:"requests"`
	Outage     *Outage       `json:"outage,omitempty"` // why nothing more is given to Spotify
}

// States of a QueuedTrack that was asked for.
const (
	StatePending = "pending" // in our own queue
	StateQueued  = "queued"  // handed over to Spotify
)

// QueuedTrack is a Track that waits.
type QueuedTrack struct {
	Track
	Position int    `json:"position"`        // 1 is next
	State    string `json:"state,omitempty"` // StatePending or StateQueued; empty with SourceAutoplay
	// WaitMs is how long until it plays, if all before it plays to its end.
	WaitMs int64 `json:"waitMs"`
	// Points is what would become of its points if it were taken out now;
	// empty with SourceAutoplay.
	Points string `json:"points,omitempty"`
	// NeedsDecision: its saga waits for a person.
	NeedsDecision bool `json:"needsDecision,omitempty"`
}

// History is the requests that were played, latest first.
type History struct {
	Requests   []PlayedTrack `json:"requests"`
	TotalCount int           `json:"totalCount"`
}

// Outcomes of a PlayedTrack.
const (
	OutcomeHeard   = "heard"
	OutcomeSkipped = "skipped"
)

// PlayedTrack is a Track that was asked for and was in the player.
type PlayedTrack struct {
	Track
	StartedAt time.Time `json:"startedAt"`
	EndedAt   time.Time `json:"endedAt"`
	Outcome   string    `json:"outcome"`
}

// AddRequest asks for a track from the desk, without points.
type AddRequest struct {
	Link string `json:"link"`         // as a viewer would paste it
	As   string `json:"as,omitempty"` // whose request it is; empty is the streamer's
}

// Added answers AddRequest. The saga looks the track up and waits for its turn.
type Added struct {
	Saga Saga `json:"saga"`
	New  bool `json:"new"` // false when the key was used before: nothing was added
}

// Search is what a text finds, best first, and what a request of it would be:
// Taken is the id of the track, or else Refused says why there is none.
type Search struct {
	Tracks  []Track `json:"tracks"`
	Taken   string  `json:"taken,omitempty"`
	Refused string  `json:"refused,omitempty"`
}

// SkipRequest says what to skip. Empty is what is current when it arrives.
type SkipRequest struct {
	Occurrence string `json:"occurrence,omitempty"` // of NowPlaying
}

// Skipped is what was skipped.
type Skipped struct {
	Track      Track  `json:"track"`
	Occurrence string `json:"occurrence"`
}

// TopTrack is a track and how often a request for it was heard.
type TopTrack struct {
	TrackID      string   `json:"trackId"`
	TrackName    string   `json:"trackName"`
	Artists      []string `json:"artists"`
	RequestCount int      `json:"requestCount"`
}

// TopRequester is a viewer and how many requests of theirs were heard.
type TopRequester struct {
	UserID       string `json:"userId"`
	DisplayName  string `json:"displayName"`
	RequestCount int    `json:"requestCount"`
}
