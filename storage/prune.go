package storage

import (
	"fmt"
	"time"
)

// ReceiptPrune forgets messages that came in before t and are done with, at most
// limit, and says how many.
func (tx *Tx) ReceiptPrune(t time.Time, limit int) (int, error) {
	return tx.prune("receipts", `DELETE FROM receipt WHERE id IN
		(SELECT id FROM receipt WHERE state = 'done' AND received_at < ? ORDER BY received_at LIMIT ?)`, t, limit)
}

// SagaPrune forgets sagas that ended well before t, with their steps, at most
// limit, and says how many. What they did is on record elsewhere.
func (tx *Tx) SagaPrune(t time.Time, limit int) (int, error) {
	return tx.prune("sagas", `DELETE FROM saga WHERE id IN
		(SELECT id FROM saga INDEXED BY saga_recent WHERE state IN ('completed', 'compensated') AND updated_at < ? ORDER BY updated_at LIMIT ?)`, t, limit)
}

// JournalPrune forgets records from before t of how sagas went on, at most
// limit, and says how many. Like the steps they tell of, they are no history:
// nothing is counted from them.
func (tx *Tx) JournalPrune(t time.Time, limit int) (int, error) {
	return tx.prune("events", `DELETE FROM journal_passing WHERE seq IN
		(SELECT seq FROM (SELECT seq, at FROM journal_passing ORDER BY seq LIMIT ?2) WHERE at < ?1)`, t, limit)
}

func (tx *Tx) prune(what, query string, t time.Time, limit int) (int, error) {
	r, err := tx.exec(query, millis(t), limit)
	if err != nil {
		return 0, fmt.Errorf("prune %s: %w", what, err)
	}
	n, err := r.RowsAffected()
	return int(n), err
}
