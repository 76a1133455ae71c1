// Package event names what can happen at the desk. Every event has a stable
// name and a stable JSON encoding; it is appended to the journal in the same
// transaction as the state it describes, and only then reaches anybody.
//
// Names and fields are a promise to the overlay, to scripts and to the journal
// of last year: fields are added, never renamed. A record whose type this
// program does not know is kept and decodes to Unknown.
package event

import (
	"encoding/json"
	"fmt"
	"time"

	"sidestage/core"
)

// Type is the stable name of a kind of event.
type Type string

// Event is one thing that happened.
type Event interface {
	// Type is the event's stable name.
	Type() Type
	// Subject is the id of what it is about: a redemption, saga, session or
	// platform.
	Subject() string
}

// Record is an event as the journal keeps it. Seq grows by commit order.
type Record struct {
	Seq     int64           `json:"seq"`
	Type    Type            `json:"type"`
	Version int             `json:"version"`
	At      time.Time       `json:"at"`
	Subject string          `json:"subject"`
	Data    json.RawMessage `json:"data"`
}

// Encode makes the record of e, happened at at. Seq is given by the journal.
func Encode(at time.Time, e Event) (Record, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return Record{}, fmt.Errorf("encode event %s: %w", e.Type(), err)
	}
	return Record{Type: e.Type(), Version: 1, At: at, Subject: e.Subject(), Data: data}, nil
}

// Decode returns the typed event of r, as a value. A type or version this
// program does not know gives Unknown, not an error.
func Decode(r Record) (Event, error) {
	decode, ok := decoders[r.Type]
	if !ok || r.Version != 1 {
		return Unknown{Record: r}, nil
	}
	e, err := decode(r.Data)
	if err != nil {
		return nil, core.E(core.Internal, "decode event %d (%s): %w", r.Seq, r.Type, err)
	}
	return e, nil
}

// Unknown is an event of a type from another version of the program.
type Unknown struct{ Record Record }

// Type implements Event.
func (u Unknown) Type() Type { return u.Record.Type }

// Subject implements Event.
func (u Unknown) Subject() string { return u.Record.Subject }

func as[E Event](data json.RawMessage) (Event, error) {
	var e E
	err := json.Unmarshal(data, &e)
	return e, err
}

// Types lists the names of every event this program knows, for the tests that
// walk them.
func Types() []Type {
	ts := make([]Type, 0, len(decoders))
	for t := range decoders {
		ts = append(ts, t)
	}
	return ts
}
