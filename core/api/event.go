package api

import (
	"time"

	"sidestage/core/event"
)

// Names of the events of /api/events that are not records of the journal.
const (
	EventSnapshot = "snapshot"
	EventResumed  = "resumed"
)

// Snapshot is the state of the desk after the journal's record Seq, all from
// one moment.
type Snapshot struct {
	Seq           int64         `json:"seq"`
	At            time.Time     `json:"at"`
	Build         string        `json:"build"`
	Platform      string        `json:"platform"` // "live" or "demo"
	NowPlaying    NowPlaying    `json:"nowPlaying"`
	Queue         Queue         `json:"queue"`
	Stream        Stream        `json:"stream"`
	Leaderboard   []RaffleEntry `json:"leaderboard"`   // the closest
	Wins          []RaffleRoll  `json:"wins"`          // whose prize was not given, newest first
	Giveaway      *Giveaway     `json:"giveaway"`      // that is live or was the last; null before the first
	Raffle        *RaffleSeed   `json:"raffle"`        // what is rolled from now; null before the first
	NeedsDecision int           `json:"needsDecision"` // sagas that wait for a person
}

// Resumed opens a stream that goes on after record Seq.
type Resumed struct {
	Seq   int64  `json:"seq"`
	Build string `json:"build"`
}

// Event is what the stream of events yields: exactly one of its fields.
type Event struct {
	// Snapshot replaces all that was known. It is the first event, and comes
	// again when too much was missed.
	Snapshot *Snapshot
	// Resumed says that the connection is back and nothing was missed.
	Resumed *Resumed
	// Record is one thing that happened.
	Record *event.Record
}

// Journal is a part of the journal, oldest first.
type Journal struct {
	Events []event.Record `json:"events"`
	Last   int64          `json:"last"` // seq of the newest record there is
}
