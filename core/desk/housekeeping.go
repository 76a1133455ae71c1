package desk

import (
	"context"
	"time"

	"sidestage/storage"
)

// How long what is over is kept. Twitch repeats a message within minutes, and
// what is found late is known by its redemption, which is kept: receipts only
// have to outlast a message that was held up. The rest is kept for whoever wants
// to know how something came about.
const (
	keepReceipts = 7 * 24 * time.Hour
	keepSagas    = 30 * 24 * time.Hour
	pruneEvery   = 24 * time.Hour
)

// pruneAtOnce is how much is forgotten in one transaction, and prunePause how
// long the writer is left to others after it: a redemption waits for the first,
// not for a month.
const (
	pruneAtOnce = 25
	prunePause  = 20 * time.Millisecond
)

// housekeeping forgets what is long over.
func (d *Desk) housekeeping(ctx context.Context) error {
	for {
		for what, prune := range map[string]func(*storage.Tx) (int, error){
			"receipts": func(tx *storage.Tx) (int, error) { return tx.ReceiptPrune(tx.Now().Add(-keepReceipts), pruneAtOnce) },
			"sagas":    func(tx *storage.Tx) (int, error) { return tx.SagaPrune(tx.Now().Add(-keepSagas), pruneAtOnce) },
			"events":   func(tx *storage.Tx) (int, error) { return tx.JournalPrune(tx.Now().Add(-keepSagas), pruneAtOnce) },
		} {
			if err := d.prune(ctx, prune); err != nil && ctx.Err() == nil {
				d.log.Warn("old records not pruned", "what", what, "error", err)
			}
		}
		select {
		case <-time.After(pruneEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

// prune forgets a little at a time until nothing is left to be forgotten.
func (d *Desk) prune(ctx context.Context, some func(*storage.Tx) (int, error)) error {
	for {
		var n int
		err := d.db.Update(ctx, func(tx *storage.Tx) (err error) { n, err = some(tx); return err })
		if err != nil || n < pruneAtOnce {
			return err
		}
		select {
		case <-time.After(prunePause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
