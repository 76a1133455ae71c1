package storage

import (
	"database/sql"
	"fmt"
	"time"
)

// Tally is what the database says has happened, since it was made.
type Tally struct {
	Received, Fulfilled, Refunded int // redemptions
	Open, NeedsDecision           int // redemptions not settled: going on, waiting for a person
	TracksPlayed                  int // requests that were heard
	Rolls                         int // not voided
	ChatReplies                   int
	DuplicatesIgnored             int // messages
}

// Tally counts what has happened. Chat replies are counted while their journal
// is kept, duplicates while their receipts are.
func (tx *Tx) Tally() (Tally, error) {
	var t Tally
	err := tx.get(`SELECT
		(SELECT count(*) FROM redemption),
		(SELECT count(*) FROM redemption WHERE status = 'fulfilled'),
		(SELECT count(*) FROM redemption WHERE status = 'canceled'),
		(SELECT count(*) FROM redemption WHERE status = 'unfulfilled'),
		(SELECT count(*) FROM redemption AS r JOIN saga AS s ON s.id = r.id WHERE r.status = 'unfulfilled' AND s.state IN ('needs-decision', 'failed')),
		(SELECT count(*) FROM song_play WHERE outcome = 'heard'),
		(SELECT count(*) FROM raffle_roll WHERE voided_at IS NULL),
		(SELECT count(*) FROM journal WHERE type = 'chat.replied'),
		(SELECT coalesce(sum(repeats), 0) FROM receipt)`, nil,
		&t.Received, &t.Fulfilled, &t.Refunded, &t.Open, &t.NeedsDecision, &t.TracksPlayed, &t.Rolls, &t.ChatReplies, &t.DuplicatesIgnored)
	if err != nil {
		return Tally{}, fmt.Errorf("count what has happened: %w", err)
	}
	t.Open -= t.NeedsDecision
	return t, nil
}

// SagaWorkTimes lists how long each completed saga worked, waits for a turn
// and for retries left out, shortest first.
func (tx *Tx) SagaWorkTimes() ([]time.Duration, error) {
	times, err := collect(tx, `SELECT sum(t.ended_at - t.started_at) FROM saga AS s JOIN saga_step AS t ON t.saga_id = s.id
		WHERE s.state = 'completed' AND t.name <> 'turn' AND t.ended_at IS NOT NULL
		GROUP BY s.id ORDER BY 1`, nil, func(rows *sql.Rows) (time.Duration, error) {
		var ms int64
		err := rows.Scan(&ms)
		return time.Duration(ms) * time.Millisecond, err
	})
	if err != nil {
		return nil, fmt.Errorf("measure sagas: %w", err)
	}
	return times, nil
}

// SagasUnsettled counts the sagas that still have something to do by
// themselves.
func (tx *Tx) SagasUnsettled() (int, error) {
	var n int
	err := tx.get(`SELECT count(*) FROM saga WHERE state IN ('running', 'waiting', 'compensating')`, nil, &n)
	if err != nil {
		return 0, fmt.Errorf("count open sagas: %w", err)
	}
	return n, nil
}
