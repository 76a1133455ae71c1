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

// since is the beginning of a span; the beginning of time for none.
func since(in core.Span) int64 {
	if in.From.IsZero() {
		return 0
	}
	return millis(in.From)
}
