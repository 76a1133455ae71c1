package api

import (
	"time"

	"sidestage/core"
)

// Sagas is a list of sagas, last changed first.
type Sagas struct {
	Sagas []Saga `json:"sagas"`
}

// Saga is one piece of durable work. Steps are there when one saga is asked
// for; Step is the last of them, in lists too.
type Saga struct {
	ID          string       `json:"id"`
	Kind        string       `json:"kind"`
	Version     int          `json:"version"`
	State       string       `json:"state"`
	WaitingFor  string       `json:"waitingFor,omitempty"` // "retry" or what it waits for
	NextAt      time.Time    `json:"nextAt,omitzero"`      // when it tries again or gives up waiting
	CreatedAt   time.Time    `json:"createdAt"`
	UpdatedAt   time.Time    `json:"updatedAt"`
	Committed   bool         `json:"committed"` // past the point of no return
	CommittedAt time.Time    `json:"committedAt,omitzero"`
	Error       *Failure     `json:"error,omitempty"`
	Viewer      *core.Viewer `json:"viewer,omitempty"` // for whom it is
	Title       string       `json:"title"`            // what it is about, in a few words
	Step        *Step        `json:"step,omitempty"`
	Steps       []Step       `json:"steps,omitempty"`
}

// Step is one step of a saga.
type Step struct {
	Seq         int       `json:"seq"` // from 1
	Name        string    `json:"name"`
	State       string    `json:"state"`
	Attempt     int       `json:"attempt"`
	UndoAttempt int       `json:"undoAttempt,omitempty"`
	StartedAt   time.Time `json:"startedAt"`
	EndedAt     time.Time `json:"endedAt,omitzero"`
	NextAt      time.Time `json:"nextAt,omitzero"`
	Error       *Failure  `json:"error,omitempty"`
}

// Failure is why something failed.
type Failure struct {
	Kind    string `json:"kind"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message"`
}

// ResolveRequest decides about a saga whose last step may or may not have
// happened. Happened has to be given.
type ResolveRequest struct {
	Happened *bool `json:"happened"`
}
