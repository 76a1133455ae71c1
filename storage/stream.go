package storage

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/stream"
)

var _ stream.Tx = (*Tx)(nil)

// StreamLatest implements stream.Tx.
func (tx *Tx) StreamLatest() (stream.Session, error) {
	var (
		s       stream.Session
		started int64
		online  int64
		ended   sql.NullInt64
	)
	err := tx.get("SELECT id, stream_id, started_at, online_at, ended_at, peak_viewers FROM stream_session ORDER BY id DESC LIMIT 1", nil,
		&s.ID, &s.StreamID, &started, &online, &ended, &s.PeakViewers)
	if errors.Is(err, sql.ErrNoRows) {
		return stream.Session{}, core.E(core.NotFound, "there has been no stream yet")
	}
	if err != nil {
		return stream.Session{}, err
	}
	s.StartedAt, s.OnlineAt, s.EndedAt = fromMillis(started), fromMillis(online), maybeTime(ended)
	return s, nil
}

// StreamInsert implements stream.Tx.
func (tx *Tx) StreamInsert(s stream.Session) (id int64, err error) {
	err = tx.get("INSERT INTO stream_session (stream_id, started_at, online_at) VALUES (?1, ?2, ?2) RETURNING id",
		[]any{s.StreamID, millis(s.StartedAt)}, &id)
	return id, err
}

// StreamEnd implements stream.Tx.
func (tx *Tx) StreamEnd(id int64, at time.Time) error {
	_, err := tx.exec("UPDATE stream_session SET ended_at = ? WHERE id = ?", millis(at), id)
	return err
}

// StreamResume implements stream.Tx.
func (tx *Tx) StreamResume(id int64, streamID string, at time.Time) error {
	_, err := tx.exec("UPDATE stream_session SET stream_id = ?, online_at = ?, ended_at = NULL WHERE id = ?", streamID, millis(at), id)
	return err
}

// StreamAddSample implements stream.Tx.
func (tx *Tx) StreamAddSample(id int64, at time.Time, viewers int) (peak int, err error) {
	_, err = tx.exec(`INSERT INTO stream_sample (session_id, at, viewers) VALUES (?, ?, ?)
		ON CONFLICT (session_id, at) DO UPDATE SET viewers = excluded.viewers`, id, millis(at), viewers)
	if err != nil {
		return 0, fmt.Errorf("insert sample: %w", err)
	}
	err = tx.get("UPDATE stream_session SET peak_viewers = max(peak_viewers, ?) WHERE id = ? RETURNING peak_viewers",
		[]any{viewers, id}, &peak)
	return peak, err
}

// StreamLastSample implements stream.Tx.
func (tx *Tx) StreamLastSample(id int64) (time.Time, error) {
	var at int64
	err := tx.get("SELECT at FROM stream_sample WHERE session_id = ? ORDER BY at DESC LIMIT 1", []any{id}, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, core.E(core.NotFound, "no viewers were counted in session %d", id)
	}
	return fromMillis(at), err
}

// StreamAddEffect implements stream.Tx.
func (tx *Tx) StreamAddEffect(e stream.Effect) error {
	_, err := tx.exec("INSERT INTO stream_effect (session_id, what, target) VALUES (?, ?, ?)", e.SessionID, string(e.What), e.Target)
	return err
}

// StreamOpenEffects implements stream.Tx. Beside max(id), SQLite takes the
// other columns from the row that has it.
func (tx *Tx) StreamOpenEffects() ([]stream.Effect, error) {
	return collect(tx, "SELECT max(id), session_id, what, target FROM stream_effect WHERE done_at IS NULL GROUP BY target", nil,
		func(rows *sql.Rows) (e stream.Effect, err error) {
			err = rows.Scan(&e.ID, &e.SessionID, &e.What, &e.Target)
			return e, err
		})
}

// StreamEffectDone implements stream.Tx.
func (tx *Tx) StreamEffectDone(id int64, at time.Time) error {
	_, err := tx.exec(`UPDATE stream_effect SET done_at = ?1 WHERE done_at IS NULL AND id <= ?2
		AND target = (SELECT target FROM stream_effect WHERE id = ?2)`, millis(at), id)
	return err
}

// metaDescription has a stream.Description as JSON.
const metaDescription = "description"

// StreamDescription implements stream.Tx.
func (tx *Tx) StreamDescription() (d stream.Description, err error) {
	text, err := tx.Meta(metaDescription)
	if core.KindOf(err) == core.NotFound {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	return d, decode(text, &d)
}

// StreamDescribe implements stream.Tx.
func (tx *Tx) StreamDescribe(d stream.Description) error {
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return tx.SetMeta(metaDescription, string(data))
}
