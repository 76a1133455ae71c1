package storage

import (
	"database/sql"
	"errors"

	"sidestage/core/song"
)

// SongGate implements song.Reader.
func (tx *Tx) SongGate() (g song.Gate, err error) {
	var closed sql.NullInt64
	err = tx.get("SELECT closed_at, reason FROM song_gate WHERE id = 1", nil, &closed, &g.Reason)
	if errors.Is(err, sql.ErrNoRows) {
		return song.Gate{}, nil
	}
	g.ClosedAt = maybeTime(closed)
	return g, err
}

// SongPutGate implements song.Tx.
func (tx *Tx) SongPutGate(g song.Gate) error {
	_, err := tx.exec(`INSERT INTO song_gate (id, closed_at, reason) VALUES (1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at, reason = excluded.reason`, maybeMillis(g.ClosedAt), g.Reason)
	return err
}

// SongOutage implements song.Reader.
func (tx *Tx) SongOutage() (o song.Outage, err error) {
	var since, seen int64
	var ended sql.NullInt64
	err = tx.get("SELECT reason, since, seen_at, ended_at FROM song_outage WHERE id = 1", nil, &o.Reason, &since, &seen, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return song.Outage{}, nil
	}
	o.Since, o.SeenAt, o.EndedAt = fromMillis(since), fromMillis(seen), maybeTime(ended)
	return o, err
}

// SongPutOutage implements song.Tx.
func (tx *Tx) SongPutOutage(o song.Outage) error {
	_, err := tx.exec(`INSERT INTO song_outage (id, reason, since, seen_at, ended_at) VALUES (1, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, since = excluded.since, seen_at = excluded.seen_at, ended_at = excluded.ended_at`,
		o.Reason, millis(o.Since), millis(o.SeenAt), maybeMillis(o.EndedAt))
	return err
}
