package storage

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/song"
)

// SongInsertHandover implements song.Tx.
func (tx *Tx) SongInsertHandover(h song.Handover) error {
	_, err := tx.exec(`INSERT INTO song_handover (request_id, added_at, at, position, started_at, progress_ms, unwanted, surplus)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		h.RequestID, millis(h.AddedAt), millis(h.At), maybeIndex(h.Position), maybeMillis(h.StartedAt), h.Progress.Milliseconds(), h.Unwanted, h.Surplus)
	return err
}

// maybeIndex stores a negative index as NULL.
func maybeIndex(i int) any {
	if i < 0 {
		return nil
	}
	return i
}

// SongPutHandovers implements song.Tx.
func (tx *Tx) SongPutHandovers(hs ...song.Handover) error {
	// No two may stand at one position or be current, not even between two
	// statements.
	for _, h := range hs {
		if _, err := tx.exec("UPDATE song_handover SET position = NULL, ended_at = ? WHERE seq = ?", maybeMillis(h.EndedAt), h.Seq); err != nil {
			return err
		}
	}
	for _, h := range hs {
		_, err := tx.exec(`UPDATE song_handover
			SET position = ?, misses = ?, started_at = ?, progress_ms = ?, unwanted = ?, asked_at = ? WHERE seq = ?`,
			maybeIndex(h.Position), h.Misses, maybeMillis(h.StartedAt), h.Progress.Milliseconds(), h.Unwanted, maybeMillis(h.AskedAt), h.Seq)
		if err != nil {
			return err
		}
	}
	return nil
}

// SongHandovers implements song.Reader.
func (tx *Tx) SongHandovers() ([]song.Handover, error) {
	return collect(tx, `SELECT h.seq, r.id, v.id, v.login, v.name, r.track, r.redeemed_at, h.added_at, h.at, h.position, h.misses,
		h.started_at, h.progress_ms, h.unwanted, h.surplus, h.asked_at, h.ended_at
		FROM song_handover h JOIN song_request r ON r.id = h.request_id JOIN viewer v ON v.id = r.viewer_id
		WHERE h.ended_at IS NULL ORDER BY h.seq`, nil, scanHandover)
}

// SongHandoverOf implements song.Reader.
func (tx *Tx) SongHandoverOf(requestID string) (song.Handover, error) {
	found, err := collect(tx, `SELECT h.seq, r.id, v.id, v.login, v.name, r.track, r.redeemed_at, h.added_at, h.at, h.position, h.misses,
		h.started_at, h.progress_ms, h.unwanted, h.surplus, h.asked_at, h.ended_at
		FROM song_handover h JOIN song_request r ON r.id = h.request_id JOIN viewer v ON v.id = r.viewer_id
		WHERE h.request_id = ? AND h.surplus = 0`, []any{requestID}, scanHandover)
	if err != nil {
		return song.Handover{}, err
	}
	if len(found) == 0 {
		return song.Handover{}, core.E(core.NotFound, "song request %s was not handed over", requestID)
	}
	return found[0], nil
}

func scanHandover(rows *sql.Rows) (song.Handover, error) {
	var (
		h                              song.Handover
		track                          string
		redeemed, added, at, progress  int64
		position, started, asked, ends sql.NullInt64
	)
	err := rows.Scan(&h.Seq, &h.RequestID, &h.Viewer.ID, &h.Viewer.Login, &h.Viewer.Name, &track, &redeemed, &added, &at, &position, &h.Misses,
		&started, &progress, &h.Unwanted, &h.Surplus, &asked, &ends)
	h.Position = -1
	if position.Valid {
		h.Position = int(position.Int64)
	}
	h.RedeemedAt, h.AddedAt, h.At, h.Progress = fromMillis(redeemed), fromMillis(added), fromMillis(at), time.Duration(progress)*time.Millisecond
	h.StartedAt, h.AskedAt, h.EndedAt = maybeTime(started), maybeTime(asked), maybeTime(ends)
	return h, errors.Join(err, decode(track, &h.Track))
}

// SongLedger implements song.Reader.
func (tx *Tx) SongLedger() (song.Ledger, error) {
	var raw string
	err := tx.get("SELECT ledger FROM song_ledger WHERE id = 1", nil, &raw)
	if errors.Is(err, sql.ErrNoRows) {
		return song.Ledger{}, nil
	}
	if err != nil {
		return song.Ledger{}, err
	}
	var l song.Ledger
	return l, decode(raw, &l)
}

// SongPutLedger implements song.Tx.
func (tx *Tx) SongPutLedger(l song.Ledger) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode ledger: %w", err)
	}
	_, err = tx.exec("INSERT INTO song_ledger (id, ledger) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET ledger = excluded.ledger", string(raw))
	return err
}
