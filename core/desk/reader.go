package desk

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/storage"
)

// reader reads the journal: each record once and in order, what it does about
// one and how far it has come committed together. What does not concern it
// costs it no commit.
type reader struct {
	name  string // under which its place is kept
	types []event.Type
	// take does what there is to do about a record. memory is what the call
	// before returned, durably.
	take func(tx *storage.Tx, memory string, rec event.Record) (string, error)
	db   *storage.DB
	log  *slog.Logger
	due  chan struct{}
}

func newReader(name string, db *storage.DB, log *slog.Logger, types ...event.Type) *reader {
	return &reader{name: name, types: types, db: db, log: log, due: make(chan struct{}, 1)}
}

// heard is told what was committed. It never blocks.
func (r *reader) heard(recs []event.Record) {
	if !slices.ContainsFunc(recs, r.wants) {
		return
	}
	select {
	case r.due <- struct{}{}:
	default:
	}
}

func (r *reader) wants(rec event.Record) bool { return slices.Contains(r.types, rec.Type) }

// Bounds of the wait after a failure.
const (
	readAgain      = time.Second
	readAgainAtMax = time.Minute
)

// run reads what is there, then whatever is heard of, until ctx ends. A record
// that cannot be taken is tried again until it can: to leave it out would make
// all that follows wrong.
func (r *reader) run(ctx context.Context) error {
	pause := readAgain
	for seen := int64(-1); ; {
		again := make(<-chan time.Time)
		last, err := r.read(ctx, seen)
		switch {
		case err == nil:
			seen, pause = last, readAgain
		case ctx.Err() == nil:
			r.log.Log(ctx, core.KindOf(err).LogLevel(), "the journal is not read on", "reader", r.name, "retry", pause, "error", err)
			again = time.After(pause)
			pause = min(2*pause, readAgainAtMax)
		}
		select {
		case <-r.due:
		case <-again:
		case <-ctx.Done():
			return nil
		}
	}
}

// readAtOnce is how many records are read at once, and how many that do not
// concern a reader it may pass before its place is kept.
const (
	readAtOnce = 256
	passAtMost = 8192
)

// read takes what the journal has after record seen, or for a negative one
// after the place that is kept, and says how far it came.
func (r *reader) read(ctx context.Context, seen int64) (last int64, err error) {
	kept := seen
	for {
		var recs []event.Record
		err := r.db.View(ctx, func(tx *storage.Tx) (err error) {
			if seen < 0 {
				if seen, _, err = tx.Consumer(r.name); err != nil {
					return err
				}
				kept = seen
			}
			recs, err = tx.EventsAfter(seen, readAtOnce)
			return err
		})
		if err != nil || len(recs) == 0 {
			return seen, err
		}
		seen = recs[len(recs)-1].Seq
		if !slices.ContainsFunc(recs, r.wants) && seen-kept < passAtMost {
			continue
		}
		kept = seen
		if err := r.db.Update(ctx, func(tx *storage.Tx) error { return r.takeAll(tx, recs) }); err != nil {
			return -1, err
		}
	}
}

// takeAll takes those of recs that are not taken yet.
func (r *reader) takeAll(tx *storage.Tx, recs []event.Record) error {
	place, memory, err := tx.Consumer(r.name)
	if err != nil {
		return err
	}
	for _, rec := range recs {
		if rec.Seq <= place || !r.wants(rec) {
			continue
		}
		if memory, err = r.take(tx, memory, rec); err != nil {
			return fmt.Errorf("event %d (%s): %w", rec.Seq, rec.Type, err)
		}
	}
	return tx.SetConsumer(r.name, max(place, recs[len(recs)-1].Seq), memory)
}
