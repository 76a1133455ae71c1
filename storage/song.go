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

var _ song.Tx = (*Tx)(nil)

// SongInsert implements song.Tx.
func (tx *Tx) SongInsert(r song.Request) error {
	track, err := json.Marshal(r.Track)
	if err != nil {
		return fmt.Errorf("encode track: %w", err)
	}
	_, err = tx.exec(`INSERT INTO song_request (id, viewer_id, track_id, track, redeemed_at, accepted_at, rank, fulfil, state)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Viewer.ID, r.Track.ID, string(track), millis(r.RedeemedAt), millis(r.AcceptedAt), r.Rank, string(r.Fulfil), string(r.State))
	return err
}

// SongSetState implements song.Tx.
func (tx *Tx) SongSetState(id string, s song.State, reason string) error {
	_, err := tx.exec("UPDATE song_request SET state = ?, reason = ? WHERE id = ?", string(s), reason, id)
	return err
}

// SongKeep implements song.Tx.
func (tx *Tx) SongKeep(id string) error {
	_, err := tx.exec("UPDATE song_request SET kept = 1 WHERE id = ?", id)
	return err
}

// SongTellTogether implements song.Tx.
func (tx *Tx) SongTellTogether(id string) error {
	_, err := tx.exec("UPDATE song_request SET told = 1 WHERE id = ?", id)
	return err
}

// SongToldTogether implements song.Reader.
func (tx *Tx) SongToldTogether(id string) (told bool, err error) {
	err = tx.get("SELECT EXISTS (SELECT 1 FROM song_request WHERE id = ? AND told = 1)", []any{id}, &told)
	return told, err
}

// SongSetRank implements song.Tx.
func (tx *Tx) SongSetRank(id string, rank int64) error {
	_, err := tx.exec("UPDATE song_request SET rank = ? WHERE id = ?", rank, id)
	return err
}

// SongSetTrack implements song.Tx.
func (tx *Tx) SongSetTrack(id string, t song.Track) error {
	track, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("encode track: %w", err)
	}
	_, err = tx.exec("UPDATE song_request SET track = ?, track_id = ? WHERE id = ?", string(track), t.ID, id)
	return err
}

// SongDoubt implements song.Tx.
func (tx *Tx) SongDoubt(id string, n int) error {
	_, err := tx.exec("UPDATE song_request SET doubts = doubts + ?, doubted_at = ? WHERE id = ?", n, millis(tx.now), id)
	return err
}

// SongByID implements song.Reader.
func (tx *Tx) SongByID(id string) (song.Request, error) {
	found, err := collect(tx, `SELECT r.id, v.id, v.login, v.name, r.track, r.redeemed_at, r.accepted_at, r.rank, r.fulfil, r.state, r.reason, r.kept
		FROM song_request r JOIN viewer v ON v.id = r.viewer_id WHERE r.id = ?`, []any{id}, scanRequest)
	if err != nil {
		return song.Request{}, err
	}
	if len(found) == 0 {
		return song.Request{}, core.E(core.NotFound, "there is no song request %s", id)
	}
	return found[0], nil
}

func scanRequest(rows *sql.Rows) (song.Request, error) {
	var (
		r                  song.Request
		track              string
		redeemed, accepted int64
	)
	err := rows.Scan(&r.ID, &r.Viewer.ID, &r.Viewer.Login, &r.Viewer.Name, &track, &redeemed, &accepted, &r.Rank, &r.Fulfil, &r.State, &r.Reason, &r.Kept)
	r.RedeemedAt, r.AcceptedAt = fromMillis(redeemed), fromMillis(accepted)
	return r, errors.Join(err, decode(track, &r.Track))
}

// decode reads stored JSON. What does not decode is a fault to look at.
func decode(raw string, into any) error {
	if err := json.Unmarshal([]byte(raw), into); err != nil {
		return core.E(core.Internal, "decode %T: %w", into, err)
	}
	return nil
}

// SongIsNext implements song.Reader.
func (tx *Tx) SongIsNext(r song.Request) (next bool, err error) {
	err = tx.get(`SELECT
		NOT EXISTS (
			SELECT 1 FROM song_request earlier
			WHERE earlier.state = 'pending' AND (earlier.rank, earlier.redeemed_at, earlier.id) < (?, ?, ?)
			AND NOT EXISTS (
				SELECT 1 FROM saga s
				WHERE s.id = earlier.id AND (s.waiting_for = 'retry' OR s.state IN ('needs-decision', 'failed'))))
		AND NOT EXISTS (
			SELECT 1 FROM saga_step
			WHERE state = 'started' AND name = 'add-to-player' AND saga_id <> ?)`,
		[]any{r.Rank, millis(r.RedeemedAt), r.ID, r.ID}, &next)
	return next, err
}

// SongPending implements song.Reader.
func (tx *Tx) SongPending(limit int) ([]song.Request, int, error) {
	rs, err := collect(tx, `SELECT r.id, v.id, v.login, v.name, r.track, r.redeemed_at, r.accepted_at, r.rank, r.fulfil, r.state, r.reason, r.kept
		FROM song_request r JOIN viewer v ON v.id = r.viewer_id
		WHERE r.state = 'pending' ORDER BY r.rank, r.redeemed_at, r.id LIMIT ?`, []any{limit}, scanRequest)
	if err != nil {
		return nil, 0, err
	}
	var total int
	err = tx.get("SELECT count(*) FROM song_request WHERE state = 'pending'", nil, &total)
	return rs, total, err
}

// SongPendingBefore implements song.Reader.
func (tx *Tx) SongPendingBefore(r song.Request) (n int, plays time.Duration, err error) {
	err = tx.get(`SELECT count(*), coalesce(sum(track ->> '$.duration'), 0)
		FROM song_request WHERE state = 'pending' AND (rank, redeemed_at, id) < (?, ?, ?)`,
		[]any{r.Rank, millis(r.RedeemedAt), r.ID}, &n, &plays)
	return n, plays, err
}

// SongUnplayed implements song.Reader. What was handed over stands before what
// was not.
func (tx *Tx) SongUnplayed() ([]song.Request, error) {
	return collect(tx, `SELECT r.id, v.id, v.login, v.name, r.track, r.redeemed_at, r.accepted_at, r.rank, r.fulfil, r.state, r.reason, r.kept
		FROM song_request r JOIN viewer v ON v.id = r.viewer_id
		WHERE r.state IN ('pending', 'queued') ORDER BY r.state DESC, r.rank, r.redeemed_at, r.id`, nil, scanRequest)
}

// SongAdding implements song.Reader. An add that needs a person's decision may
// have happened, too.
func (tx *Tx) SongAdding(id string) (adding bool, err error) {
	err = tx.get(`SELECT EXISTS (SELECT 1 FROM saga_step WHERE saga_id = ? AND name = 'add-to-player' AND state IN ('started', 'uncertain'))`,
		[]any{id}, &adding)
	return adding, err
}

// SongDoubtful implements song.Reader.
func (tx *Tx) SongDoubtful(since time.Time) ([]song.Request, error) {
	return collect(tx, `SELECT r.id, v.id, v.login, v.name, r.track, r.redeemed_at, r.accepted_at, r.rank, r.fulfil, r.state, r.reason, r.kept
		FROM song_request r JOIN viewer v ON v.id = r.viewer_id
		WHERE r.doubts > 0 AND r.doubted_at >= ? ORDER BY r.redeemed_at, r.id`, []any{millis(since)}, scanRequest)
}
