package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
)

// SagasStanding counts the sagas that are not over or wait for a person, by
// kind and state.
func (tx *Tx) SagasStanding() ([]saga.Standing, error) {
	counts, err := collect(tx, `SELECT kind, state, count(*) FROM saga
		WHERE state IN ('running', 'waiting', 'compensating', 'failed', 'needs-decision') GROUP BY kind, state`, nil,
		func(rows *sql.Rows) (c saga.Standing, err error) {
			err = rows.Scan(&c.Kind, &c.State, &c.Count)
			return c, err
		})
	if err != nil {
		return nil, fmt.Errorf("count sagas: %w", err)
	}
	return counts, nil
}

// StreamSample is the last count of viewers of a session and when it was taken;
// NotFound when they were not counted.
func (tx *Tx) StreamSample(id int64) (viewers int, at time.Time, err error) {
	var ms int64
	err = tx.get("SELECT viewers, at FROM stream_sample WHERE session_id = ? ORDER BY at DESC LIMIT 1", []any{id}, &viewers, &ms)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, time.Time{}, core.E(core.NotFound, "no viewers were counted in session %d", id)
	}
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("read viewers of session %d: %w", id, err)
	}
	return viewers, fromMillis(ms), nil
}

// ViewerByID is the viewer with that id; NotFound when nobody is known by it.
func (tx *Tx) ViewerByID(id string) (core.Viewer, error) {
	v := core.Viewer{ID: id}
	err := tx.get("SELECT login, name FROM viewer WHERE id = ?", []any{id}, &v.Login, &v.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return v, core.E(core.NotFound, "no viewer has the id %s", id)
	}
	if err != nil {
		return v, fmt.Errorf("find viewer %s: %w", id, err)
	}
	return v, nil
}

// ViewerByLogin is the viewer who was last seen with a login name, in any case;
// NotFound when nobody was.
func (tx *Tx) ViewerByLogin(login string) (v core.Viewer, err error) {
	err = tx.get("SELECT id, login, name FROM viewer WHERE login = lower(?) ORDER BY updated_at DESC LIMIT 1", []any{login}, &v.ID, &v.Login, &v.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return v, core.E(core.NotFound, "no viewer called %s is known", login)
	}
	if err != nil {
		return v, fmt.Errorf("find viewer %s: %w", login, err)
	}
	return v, nil
}
