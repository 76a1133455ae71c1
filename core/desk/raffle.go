package desk

import (
	"context"
	"log/slog"
	"slices"

	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/core/stream"
	"sidestage/storage"
)

// keeper reveals the raffle's seeds once the last saga that holds one is over.
type keeper struct {
	db   *storage.DB
	log  *slog.Logger
	wake chan struct{}
}

func newKeeper(db *storage.DB, log *slog.Logger) keeper {
	return keeper{db: db, log: log, wake: make(chan struct{}, 1)}
}

// heard is told what was committed. It never blocks.
func (k keeper) heard(rs []event.Record) {
	changed := event.SagaChanged{}.Type()
	if !slices.ContainsFunc(rs, func(r event.Record) bool { return r.Type == changed }) {
		return
	}
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// run looks after every change of a saga, until ctx ends.
func (k keeper) run(ctx context.Context) error {
	for {
		select {
		case <-k.wake:
		case <-ctx.Done():
			return nil
		}
		if err := k.reveal(ctx); err != nil && ctx.Err() == nil {
			k.log.Error("a seed of the raffle is not revealed", "error", err)
		}
	}
}

func (k keeper) reveal(ctx context.Context) error {
	var due []raffle.Seed
	err := k.db.View(ctx, func(tx *storage.Tx) (err error) {
		due, err = tx.RaffleSeedsDue()
		return err
	})
	if err != nil || len(due) == 0 {
		return err
	}
	return k.db.Update(ctx, func(tx *storage.Tx) error { return raffle.Reveal(tx) })
}

// Give implements web.Raffle.
func (d *Desk) Give(ctx context.Context, rollID string) (r raffle.Roll, err error) {
	err = d.db.Update(ctx, func(tx *storage.Tx) (err error) {
		r, err = raffle.Give(tx, rollID)
		return err
	})
	return r, err
}

// Conclude ends the session that is live, if there is one, and the raffle: the
// show is over for good, as at the end of a demo. Call it when Run has returned.
func (d *Desk) Conclude(ctx context.Context) error {
	return d.db.Update(ctx, func(tx *storage.Tx) error {
		if _, err := stream.Offline(tx, tx.Now()); err != nil {
			return err
		}
		return raffle.Conclude(tx)
	})
}
