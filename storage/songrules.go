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

// SongWaiting implements song.RuleBook.
func (tx *Tx) SongWaiting(viewerID string, most int) (n int, err error) {
	if viewerID == "" {
		err = tx.get("SELECT count(*) FROM (SELECT 1 FROM song_request WHERE state IN ('pending', 'queued') LIMIT ?)", []any{most}, &n)
		return n, err
	}
	err = tx.get("SELECT count(*) FROM (SELECT 1 FROM song_request WHERE viewer_id = ? AND state IN ('pending', 'queued') LIMIT ?)",
		[]any{viewerID, most}, &n)
	return n, err
}

// SongTail implements song.RuleBook. Without being told SQLite would sort all
// that is pending.
func (tx *Tx) SongTail(n int) ([]string, error) {
	tail, err := collect(tx, `SELECT viewer_id FROM song_request INDEXED BY song_request_pending WHERE state = 'pending'
		ORDER BY rank DESC, redeemed_at DESC, id DESC LIMIT ?`, []any{n}, scanText)
	if err != nil || len(tail) == n {
		return tail, err
	}
	queued, err := collect(tx, `SELECT viewer_id FROM song_request WHERE state = 'queued'
		ORDER BY redeemed_at DESC, id DESC LIMIT ?`, []any{n - len(tail)}, scanText)
	return append(tail, queued...), err
}

func scanText(rows *sql.Rows) (s string, err error) {
	err = rows.Scan(&s)
	return s, err
}

// SongRounds implements song.Reader.
func (tx *Tx) SongRounds(viewerID string) (front, last int64, err error) {
	err = tx.get(`SELECT
		coalesce((SELECT rank FROM song_request INDEXED BY song_request_pending WHERE state = 'pending' AND rank >= 0 ORDER BY rank LIMIT 1), 0),
		coalesce((SELECT max(rank) FROM song_request WHERE viewer_id = ? AND state = 'pending'), -1)`,
		[]any{viewerID}, &front, &last)
	return front, last, err
}

// SongLastRank implements song.Reader.
func (tx *Tx) SongLastRank() (last int64, err error) {
	err = tx.get("SELECT coalesce((SELECT rank FROM song_request INDEXED BY song_request_pending WHERE state = 'pending' ORDER BY rank DESC LIMIT 1), 0)", nil, &last)
	return last, err
}

// SongAsked implements song.RuleBook.
func (tx *Tx) SongAsked(viewerID string, since time.Time) (n int, last time.Time, err error) {
	var at sql.NullInt64
	err = tx.get(`SELECT
		(SELECT count(*) FROM song_request WHERE viewer_id = ? AND redeemed_at >= ? AND state <> 'withdrawn'),
		(SELECT max(redeemed_at) FROM song_request WHERE viewer_id = ? AND state <> 'withdrawn')`,
		[]any{viewerID, millis(since), viewerID}, &n, &at)
	return n, maybeTime(at), err
}

// SongHas implements song.RuleBook.
func (tx *Tx) SongHas(t song.Track) (has bool, err error) {
	err = tx.get(`SELECT
		EXISTS (SELECT 1 FROM song_request WHERE track_id = ? AND state IN ('pending', 'queued', 'playing'))
		OR ? <> '' AND EXISTS (SELECT 1 FROM song_request WHERE track ->> '$.isrc' = ? AND state IN ('pending', 'queued', 'playing'))`,
		[]any{t.ID, t.ISRC, t.ISRC}, &has)
	return has, err
}

// SongPlayedSince implements song.RuleBook.
func (tx *Tx) SongPlayedSince(t song.Track, since time.Time) (played bool, err error) {
	err = tx.get(`SELECT EXISTS (
		SELECT 1 FROM song_request r JOIN song_play p ON p.request_id = r.id
		WHERE p.ended_at >= ? AND (r.track_id = ? OR ? <> '' AND r.track ->> '$.isrc' = ?))`,
		[]any{millis(since), t.ID, t.ISRC, t.ISRC}, &played)
	return played, err
}

// SongBlocked implements song.RuleBook.
func (tx *Tx) SongBlocked(t song.Track, artists []string, v core.Viewer) (song.Block, error) {
	names, err := json.Marshal(artists)
	if err != nil {
		return song.Block{}, fmt.Errorf("encode artists: %w", err)
	}
	found, err := collect(tx, `SELECT kind, key, name, isrc, at FROM song_block WHERE kind = 'viewer' AND key IN (?, '@' || ?)
		UNION ALL SELECT kind, key, name, isrc, at FROM song_block WHERE kind = 'track' AND key = ?
		UNION ALL SELECT kind, key, name, isrc, at FROM song_block WHERE isrc <> '' AND isrc = ?
		UNION ALL SELECT kind, key, name, isrc, at FROM song_block WHERE kind = 'artist' AND key IN (SELECT value FROM json_each(?))
		LIMIT 1`, []any{v.ID, v.Login, t.ID, t.ISRC, string(names)}, scanBlock)
	if err == nil && len(found) == 0 {
		err = core.E(core.NotFound, "nothing of it is blocked")
	}
	if err != nil {
		return song.Block{}, err
	}
	return found[0], nil
}

func scanBlock(rows *sql.Rows) (b song.Block, err error) {
	var at int64
	err = rows.Scan(&b.Kind, &b.Key, &b.Name, &b.ISRC, &at)
	b.At = fromMillis(at)
	return b, err
}

// SongBlock implements song.BlockTx.
func (tx *Tx) SongBlock(b song.Block) (bool, error) {
	r, err := tx.exec("INSERT INTO song_block (kind, key, name, isrc, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		string(b.Kind), b.Key, b.Name, b.ISRC, millis(b.At))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// SongUnblock implements song.BlockTx.
func (tx *Tx) SongUnblock(kind song.BlockKind, key string) (song.Block, error) {
	b := song.Block{Kind: kind, Key: key}
	var at int64
	err := tx.get(`SELECT coalesce(v.name, b.name), b.isrc, b.at FROM song_block AS b LEFT JOIN viewer AS v ON b.kind = 'viewer' AND v.id = b.key
		WHERE b.kind = ? AND b.key = ?`, []any{string(kind), key}, &b.Name, &b.ISRC, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return b, core.E(core.NotFound, "there is no such block")
	}
	if err != nil {
		return b, err
	}
	b.At = fromMillis(at)
	_, err = tx.exec("DELETE FROM song_block WHERE kind = ? AND key = ?", string(kind), key)
	return b, err
}

// SongBlocks implements song.Reader. A viewer has their latest name.
func (tx *Tx) SongBlocks(limit int) ([]song.Block, int, error) {
	blocks, err := collect(tx, `SELECT b.kind, b.key, coalesce(v.name, b.name), b.isrc, b.at
		FROM song_block AS b LEFT JOIN viewer AS v ON b.kind = 'viewer' AND v.id = b.key ORDER BY b.at DESC, b.kind, b.key LIMIT ?`, []any{limit}, scanBlock)
	if err != nil {
		return nil, 0, err
	}
	var total int
	err = tx.get("SELECT count(*) FROM song_block", nil, &total)
	return blocks, total, err
}
