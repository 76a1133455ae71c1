package storage

import (
	"database/sql"
	"encoding/json"
	"errors"

	"sidestage/core"
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

// SongTopTracks implements song.Reader. A track is as it was called last.
func (tx *Tx) SongTopTracks(viewerID string, in core.Span, limit int) ([]song.TopTrack, error) {
	if viewerID != "" {
		return collect(tx, `WITH top AS (
				SELECT track_id, count(*) AS n, max(redeemed_at) AS last FROM song_request INDEXED BY song_request_heard
				WHERE state = 'heard' AND viewer_id = ?1 AND redeemed_at >= ?2 AND (?3 IS NULL OR redeemed_at < ?3)
				GROUP BY track_id ORDER BY n DESC, last DESC, track_id LIMIT ?4
			)
			SELECT top.track_id, r.track ->> '$.name', r.track -> '$.artists', n, last FROM top JOIN song_request AS r ON r.id = (
				SELECT id FROM song_request AS any WHERE any.state = 'heard' AND any.viewer_id = ?1 AND any.track_id = top.track_id AND any.redeemed_at = last LIMIT 1
			) ORDER BY n DESC, last DESC, top.track_id`,
			[]any{viewerID, since(in), maybeMillis(in.Until), limit}, scanTopTrack)
	}
	if in == (core.Span{}) {
		return collect(tx, `SELECT top.track_id, r.track ->> '$.name', r.track -> '$.artists', heard, heard_at FROM track_total AS top JOIN song_request AS r ON r.id = (
				SELECT id FROM song_request AS any WHERE any.state = 'heard' AND any.track_id = top.track_id AND any.redeemed_at = heard_at LIMIT 1
			) WHERE heard > 0 ORDER BY heard DESC, heard_at DESC, top.track_id LIMIT ?`, []any{limit}, scanTopTrack)
	}
	return collect(tx, `WITH top AS (
			SELECT track_id, count(*) AS n, max(redeemed_at) AS last FROM song_request INDEXED BY song_request_at
			WHERE state = 'heard' AND redeemed_at >= ?1 AND (?2 IS NULL OR redeemed_at < ?2)
			GROUP BY track_id ORDER BY n DESC, last DESC, track_id LIMIT ?3
		)
		SELECT top.track_id, r.track ->> '$.name', r.track -> '$.artists', n, last FROM top JOIN song_request AS r ON r.id = (
			SELECT id FROM song_request AS any WHERE any.state = 'heard' AND any.track_id = top.track_id AND any.redeemed_at = last LIMIT 1
		) ORDER BY n DESC, last DESC, top.track_id`,
		[]any{since(in), maybeMillis(in.Until), limit}, scanTopTrack)
}

func scanTopTrack(rows *sql.Rows) (song.TopTrack, error) {
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
}

// SongTopRequesters implements song.Reader.
func (tx *Tx) SongTopRequesters(in core.Span, limit int) ([]song.TopRequester, error) {
	if in == (core.Span{}) {
		return collect(tx, `SELECT v.id, v.name, heard FROM viewer_total AS top JOIN viewer AS v ON v.id = top.viewer_id
			WHERE heard > 0 ORDER BY heard DESC, heard_at DESC, top.viewer_id LIMIT ?`, []any{limit}, scanTopRequester)
	}
	return collect(tx, `WITH top AS (
			SELECT viewer_id, count(*) AS n, max(redeemed_at) AS last FROM song_request INDEXED BY song_request_at
			WHERE state = 'heard' AND redeemed_at >= ?1 AND (?2 IS NULL OR redeemed_at < ?2)
			GROUP BY viewer_id ORDER BY n DESC, last DESC, viewer_id LIMIT ?3
		)
		SELECT v.id, v.name, n FROM top JOIN viewer AS v ON v.id = top.viewer_id ORDER BY n DESC, last DESC, v.id`,
		[]any{since(in), maybeMillis(in.Until), limit}, scanTopRequester)
}

func scanTopRequester(rows *sql.Rows) (t song.TopRequester, err error) {
	err = rows.Scan(&t.UserID, &t.Name, &t.Count)
	return t, err
}
