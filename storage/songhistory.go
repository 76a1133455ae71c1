package storage

import (
	"database/sql"
	"encoding/json"
	"errors"

	"sidestage/core/song"
)

// SongInsertPlay implements song.Tx.
func (tx *Tx) SongInsertPlay(p song.Play) error {
	_, err := tx.exec("INSERT INTO song_play (request_id, started_at, ended_at, outcome) VALUES (?, ?, ?, ?)",
		p.RequestID, millis(p.StartedAt), millis(p.EndedAt), string(p.Outcome))
	return err
}

// SongHistory implements song.Reader.
func (tx *Tx) SongHistory(limit int) ([]song.Played, int, error) {
	played, err := collect(tx, `SELECT r.id, v.id, v.login, v.name, r.track, r.redeemed_at, r.accepted_at, r.rank, r.fulfil, r.state, r.reason, r.kept, p.started_at, p.ended_at, p.outcome
		FROM song_play p JOIN song_request r ON r.id = p.request_id JOIN viewer v ON v.id = r.viewer_id
		ORDER BY p.ended_at DESC, p.started_at DESC, p.request_id LIMIT ?`, []any{limit}, scanPlayed)
	if err != nil {
		return nil, 0, err
	}
	var total int
	err = tx.get("SELECT count(*) FROM song_play", nil, &total)
	return played, total, err
}

func scanPlayed(rows *sql.Rows) (song.Played, error) {
	var (
		p                                  song.Played
		r                                  = &p.Request
		track                              string
		redeemed, accepted, started, ended int64
	)
	err := rows.Scan(&r.ID, &r.Viewer.ID, &r.Viewer.Login, &r.Viewer.Name, &track, &redeemed, &accepted, &r.Rank, &r.Fulfil, &r.State, &r.Reason, &r.Kept,
		&started, &ended, &p.Outcome)
	r.RedeemedAt, r.AcceptedAt, p.StartedAt, p.EndedAt = fromMillis(redeemed), fromMillis(accepted), fromMillis(started), fromMillis(ended)
	return p, errors.Join(err, decode(track, &r.Track))
}

// SongTopTracks implements song.Reader. With max(), SQLite takes the other
// columns from the row that has it: the track as it was called last.
func (tx *Tx) SongTopTracks(viewerID string, limit int) ([]song.TopTrack, error) {
	return collect(tx, `SELECT track_id, track ->> '$.name', track -> '$.artists', count(*) AS n, max(redeemed_at)
		FROM song_request WHERE state = 'heard' AND (? = '' OR viewer_id = ?)
		GROUP BY track_id ORDER BY n DESC, max(redeemed_at) DESC, track_id LIMIT ?`, []any{viewerID, viewerID, limit},
		func(rows *sql.Rows) (song.TopTrack, error) {
			var (
				t       song.TopTrack
				artists sql.NullString
				last    int64
			)
			err := rows.Scan(&t.TrackID, &t.Name, &artists, &t.Count, &last)
			if err == nil && artists.Valid {
				err = json.Unmarshal([]byte(artists.String), &t.Artists)
			}
			return t, err
		})
}

// SongTopRequesters implements song.Reader.
func (tx *Tx) SongTopRequesters(limit int) ([]song.TopRequester, error) {
	return collect(tx, `SELECT v.id, v.name, count(*) AS n FROM song_request r JOIN viewer v ON v.id = r.viewer_id
		WHERE r.state = 'heard' GROUP BY v.id ORDER BY n DESC, max(r.redeemed_at) DESC, v.id LIMIT ?`, []any{limit},
		func(rows *sql.Rows) (t song.TopRequester, err error) {
			err = rows.Scan(&t.UserID, &t.Name, &t.Count)
			return t, err
		})
}
