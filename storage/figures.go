package storage

import (
	"database/sql"
	"fmt"

	"sidestage/core"
)

// StatsErrors counts what went wrong in a span, by kind and place, what happened
// last first. Beside max(at), SQLite takes the other columns from the row that
// has it.
func (tx *Tx) StatsErrors(in core.Span, limit int) ([]core.ErrorFigures, error) {
	found, err := collect(tx, `SELECT data ->> '$.kind' AS kind, data ->> '$.place' AS place, sum(data ->> '$.times'), max(at),
			coalesce(data ->> '$.reason', ''), coalesce(data ->> '$.sagaId', ''), data ->> '$.message'
		FROM journal WHERE type = 'error.happened' AND at >= ?1 AND (?2 IS NULL OR at < ?2)
		GROUP BY kind, place ORDER BY max(at) DESC, kind, place LIMIT ?3`, []any{since(in), maybeMillis(in.Until), limit},
		func(rows *sql.Rows) (e core.ErrorFigures, err error) {
			var at int64
			err = rows.Scan(&e.Kind, &e.Place, &e.Times, &at, &e.Reason, &e.SagaID, &e.Message)
			e.LastAt = fromMillis(at)
			return e, err
		})
	if err != nil {
		return nil, fmt.Errorf("count errors: %w", err)
	}
	return found, nil
}

// StatsSessions is what the streams of a span came to, the latest first. Two
// numbers that come from the same rows are counted at once, as halves of one.
func (tx *Tx) StatsSessions(in core.Span, limit int) ([]core.SessionFigures, error) {
	found, err := collect(tx, `WITH session AS (
			SELECT id, started_at, ended_at, coalesce(ended_at, ?4) AS until, peak_viewers FROM stream_session
			WHERE coalesce(ended_at, ?4) >= ?1 AND (?2 IS NULL OR started_at < ?2) ORDER BY id DESC LIMIT ?3
		)
		SELECT id, started_at, ended_at, peak_viewers,
			coalesce((SELECT avg(viewers) FROM stream_sample WHERE session_id = session.id), 0),
			(SELECT count(*) << 32 | coalesce(sum(state = 'heard'), 0) FROM song_request INDEXED BY song_request_at WHERE redeemed_at >= started_at AND redeemed_at < until),
			(SELECT count(*) << 32 | coalesce(sum(distance = 0), 0) FROM raffle_roll INDEXED BY raffle_roll_at WHERE rolled_at >= started_at AND rolled_at < until AND voided_at IS NULL),
			coalesce((SELECT sum(cost) FROM redemption INDEXED BY redemption_at WHERE redeemed_at >= started_at AND redeemed_at < until AND status = 'fulfilled'), 0)
		FROM session ORDER BY id DESC`, []any{since(in), maybeMillis(in.Until), limit, millis(tx.now) + 1},
		func(rows *sql.Rows) (s core.SessionFigures, err error) {
			var (
				started, songs, rolls int64
				ended                 sql.NullInt64
			)
			err = rows.Scan(&s.ID, &started, &ended, &s.Peak, &s.Average, &songs, &rolls, &s.Points)
			s.Requests, s.Heard, s.Rolls, s.Wins = int(songs>>32), int(songs&0xffff_ffff), int(rolls>>32), int(rolls&0xffff_ffff)
			s.StartedAt, s.EndedAt = fromMillis(started), maybeTime(ended)
			return s, err
		})
	if err != nil {
		return nil, fmt.Errorf("count sessions: %w", err)
	}
	return found, nil
}

// StatsViewers is what viewers did in a span, who spent most first.
func (tx *Tx) StatsViewers(in core.Span, limit int) ([]core.ViewerFigures, error) {
	if in == (core.Span{}) {
		found, err := collect(tx, `SELECT v.id, v.login, v.name, points, refunded, requests, heard, rolls, wins,
				nullif(max(coalesce(redeemed_at, 0), coalesce(requested_at, 0), coalesce(rolled_at, 0)), 0)
			FROM viewer_total AS t JOIN viewer AS v ON v.id = t.viewer_id
			WHERE redeemed_at IS NOT NULL OR requested_at IS NOT NULL OR rolled_at IS NOT NULL
			ORDER BY points DESC, requests DESC, rolls DESC, t.viewer_id LIMIT ?`, []any{limit}, scanViewerFigures)
		if err != nil {
			return nil, fmt.Errorf("list what viewers did: %w", err)
		}
		return found, nil
	}
	found, err := collect(tx, `WITH deed (viewer_id, at, points, refunded, requests, heard, rolls, wins) AS (
			SELECT viewer_id, redeemed_at, cost * (status = 'fulfilled'), cost * (status = 'canceled'), 0, 0, 0, 0
			FROM redemption INDEXED BY redemption_at WHERE redeemed_at >= ?1 AND (?2 IS NULL OR redeemed_at < ?2)
			UNION ALL
			SELECT viewer_id, redeemed_at, 0, 0, 1, state = 'heard', 0, 0
			FROM song_request INDEXED BY song_request_at WHERE redeemed_at >= ?1 AND (?2 IS NULL OR redeemed_at < ?2)
			UNION ALL
			SELECT viewer_id, rolled_at, 0, 0, 0, 0, 1, distance = 0
			FROM raffle_roll INDEXED BY raffle_roll_at WHERE voided_at IS NULL AND rolled_at >= ?1 AND (?2 IS NULL OR rolled_at < ?2)
		), top AS (
			SELECT viewer_id, max(at) AS last, sum(points) AS points, sum(refunded) AS refunded, sum(requests) AS requests, sum(heard) AS heard,
				sum(rolls) AS rolls, sum(wins) AS wins
			FROM deed GROUP BY viewer_id ORDER BY points DESC, requests DESC, rolls DESC, viewer_id LIMIT ?3
		)
		SELECT v.id, v.login, v.name, points, refunded, requests, heard, rolls, wins, last FROM top JOIN viewer AS v ON v.id = top.viewer_id
		ORDER BY points DESC, requests DESC, rolls DESC, v.id`, []any{since(in), maybeMillis(in.Until), limit}, scanViewerFigures)
	if err != nil {
		return nil, fmt.Errorf("count what viewers did: %w", err)
	}
	return found, nil
}

// StatsViewer is what one viewer did in a span; nothing at all is no error.
func (tx *Tx) StatsViewer(id string, in core.Span) (v core.ViewerFigures, err error) {
	found, err := tx.statsViewer(id, in)
	switch {
	case err != nil:
		return v, fmt.Errorf("count what viewer %s did: %w", id, err)
	case len(found) == 0:
		return v, core.E(core.NotFound, "no viewer has the id %s", id)
	}
	return found[0], nil
}

func (tx *Tx) statsViewer(id string, in core.Span) ([]core.ViewerFigures, error) {
	if in == (core.Span{}) {
		return collect(tx, `SELECT v.id, v.login, v.name, coalesce(points, 0), coalesce(refunded, 0), coalesce(requests, 0), coalesce(heard, 0),
				coalesce(rolls, 0), coalesce(wins, 0), nullif(max(coalesce(redeemed_at, 0), coalesce(requested_at, 0), coalesce(rolled_at, 0)), 0)
			FROM viewer AS v LEFT JOIN viewer_total AS t ON t.viewer_id = v.id WHERE v.id = ?`, []any{id}, scanViewerFigures)
	}
	return collect(tx, `WITH deed (at, points, refunded, requests, heard, rolls, wins) AS (
			SELECT max(redeemed_at), sum(cost) FILTER (WHERE status = 'fulfilled'), sum(cost) FILTER (WHERE status = 'canceled'), 0, 0, 0, 0
			FROM redemption WHERE viewer_id = ?1 AND redeemed_at >= ?2 AND (?3 IS NULL OR redeemed_at < ?3)
			UNION ALL
			SELECT max(redeemed_at), 0, 0, count(*), sum(state = 'heard'), 0, 0
			FROM song_request WHERE viewer_id = ?1 AND redeemed_at >= ?2 AND (?3 IS NULL OR redeemed_at < ?3)
			UNION ALL
			SELECT max(rolled_at), 0, 0, 0, 0, count(*), sum(distance = 0)
			FROM raffle_roll INDEXED BY raffle_roll_viewer_recent WHERE voided_at IS NULL AND viewer_id = ?1 AND rolled_at >= ?2 AND (?3 IS NULL OR rolled_at < ?3)
		)
		SELECT v.id, v.login, v.name, coalesce(sum(points), 0), coalesce(sum(refunded), 0), sum(requests), coalesce(sum(heard), 0), sum(rolls), coalesce(sum(wins), 0), max(at)
		FROM viewer AS v JOIN deed WHERE v.id = ?1 GROUP BY v.id`, []any{id, since(in), maybeMillis(in.Until)}, scanViewerFigures)
}

func scanViewerFigures(rows *sql.Rows) (v core.ViewerFigures, err error) {
	var last sql.NullInt64
	err = rows.Scan(&v.Viewer.ID, &v.Viewer.Login, &v.Viewer.Name, &v.Points, &v.Refunded, &v.Requests, &v.Heard, &v.Rolls, &v.Wins, &last)
	v.LastAt = maybeTime(last)
	return v, err
}

// since is the beginning of a span; the beginning of time for none.
func since(in core.Span) int64 {
	if in.From.IsZero() {
		return 0
	}
	return millis(in.From)
}
