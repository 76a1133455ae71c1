package ingest

import (
	"context"
	"errors"
	"time"

	"sidestage/core/event"
	"sidestage/core/twitch"
)

// A message that cannot be worked on is tried again after 1, 2, 4 … seconds,
// at most every ten minutes, twenty times in all.
const (
	maxAttempts = 20
	maxDelay    = 10 * time.Minute
)

func delay(attempts int) time.Duration {
	return min(time.Second<<min(max(attempts-1, 0), 20), maxDelay)
}

// keep stores a message that could not be worked on, for later.
func (in *Ingest) keep(ctx context.Context, p parcel, cause error) error {
	return in.cfg.Store.Update(ctx, func(tx Tx) error {
		_, err := tx.ReceiptInsert(event.Receipt{
			ID: p.id, Type: p.typ, State: event.ReceiptOpen, Payload: p.payload, Attempts: 1,
			NextAt: tx.Now().Add(delay(1)), Error: cause.Error(), ReceivedAt: tx.Now(),
		})
		tx.AfterCommit(in.nudge)
		return err
	})
}

func (in *Ingest) nudge() {
	select {
	case in.due <- struct{}{}:
	default:
	}
}

// sweepEvery is how often open receipts are looked for without being told.
const sweepEvery = 30 * time.Second

// Run works on the receipts that are open, those of an earlier run first,
// until ctx ends.
func (in *Ingest) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := in.sweep(ctx); err != nil && ctx.Err() == nil {
			in.cfg.Log.Error("work on stored messages", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-in.due:
			select { // the attempt is not due before a second has passed
			case <-time.After(delay(1)):
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// sweepBatch is how many receipts one sweep takes.
const sweepBatch = 100

func (in *Ingest) sweep(ctx context.Context) error {
	var due []event.Receipt
	err := in.cfg.Store.View(ctx, func(tx Tx) (err error) {
		due, err = tx.ReceiptsDue(time.Now(), sweepBatch)
		return err
	})
	for _, r := range due {
		err = errors.Join(err, in.retry(ctx, r))
	}
	return err
}

// retry works on one receipt again and books how it went.
func (in *Ingest) retry(ctx context.Context, r event.Receipt) error {
	apply, cause := in.unpack(r)
	if cause == nil {
		cause = in.cfg.Store.Update(ctx, func(tx Tx) error {
			if err := apply(tx); err != nil {
				return err
			}
			return tx.ReceiptPut(event.Receipt{ID: r.ID, State: event.ReceiptDone, Attempts: r.Attempts + 1})
		})
	}
	if cause == nil || ctx.Err() != nil {
		return cause
	}
	r.Attempts++
	r.Error, r.NextAt = cause.Error(), time.Now().Add(delay(r.Attempts))
	if r.Attempts >= maxAttempts {
		r.State, r.NextAt = event.ReceiptDead, time.Time{}
		in.cfg.Log.Error("message set aside as dead", "message", r.ID, "type", r.Type, "attempts", r.Attempts, "error", cause)
	}
	return in.cfg.Store.Update(ctx, func(tx Tx) error { return tx.ReceiptPut(r) })
}

// unpack is the work that a stored message asks for.
func (in *Ingest) unpack(r event.Receipt) (func(Tx) error, error) {
	if r.Type == typeLine {
		return in.unpackLine(r.Payload)
	}
	m, err := twitch.DecodeMessage(r.Payload)
	return func(tx Tx) error { return in.apply(tx, m) }, err
}
