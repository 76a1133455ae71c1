package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/stream"
)

// StreamSession finds a session; 0 is the latest.
func (tx *Tx) StreamSession(id int64) (stream.Session, error) {
	if id == 0 {
		return tx.StreamLatest()
	}
	var (
		s       = stream.Session{ID: id}
		started int64
		ended   sql.NullInt64
	)
	err := tx.get("SELECT stream_id, started_at, ended_at, peak_viewers FROM stream_session WHERE id = ?", []any{id},
		&s.StreamID, &started, &ended, &s.PeakViewers)
	if errors.Is(err, sql.ErrNoRows) {
		return stream.Session{}, core.E(core.NotFound, "there is no session %d", id)
	}
	s.StartedAt, s.EndedAt = fromMillis(started), maybeTime(ended)
	return s, err
}

// RedemptionsBetween lists the redemptions made from one time to before
// another; zero is now.
func (tx *Tx) RedemptionsBetween(from, until time.Time) ([]core.Redemption, error) {
	all, err := collect(tx, `SELECT r.id, r.reward_id, r.viewer_id, v.login, v.name, r.input, r.cost, r.redeemed_at, r.status
		FROM redemption AS r JOIN viewer AS v ON v.id = r.viewer_id
		WHERE r.redeemed_at >= ?1 AND (?2 IS NULL OR r.redeemed_at < ?2) ORDER BY r.redeemed_at, r.id`,
		[]any{millis(from), maybeMillis(until)}, scanRedemption)
	if err != nil {
		return nil, fmt.Errorf("list redemptions: %w", err)
	}
	return all, nil
}
