package core

import "time"

// Span is a time from one moment to before another. The zero value is all of
// it; a zero Until is open.
type Span struct{ From, Until time.Time }

// SessionFigures is what one stream came to.
type SessionFigures struct {
	ID                 int64
	StartedAt, EndedAt time.Time // EndedAt is zero while it is live
	Peak               int
	Average            float64 // of the counts of viewers; 0 without any
	Requests, Heard    int
	Rolls, Wins        int // not voided
	Points             int // of fulfilled redemptions
}

// ViewerFigures is what one viewer did.
type ViewerFigures struct {
	Viewer          Viewer
	Points          int // of fulfilled redemptions
	Refunded        int // points that went back
	Requests, Heard int
	Rolls, Wins     int // not voided
	LastAt          time.Time
}

// ErrorFigures is how often something went wrong in one way in one place.
type ErrorFigures struct {
	Kind, Place, Reason string
	Times               int
	LastAt              time.Time
	SagaID, Message     string // of the last time
}
