package storage

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sidestage/core"
	"sidestage/core/saga"
)

var _ saga.Tx = (*Tx)(nil)

// SagaInsert stores a new saga; false when the id is taken.
func (tx *Tx) SagaInsert(s saga.Saga) (bool, error) {
	r, err := tx.exec(`INSERT INTO saga (id, kind, version, state, params, ordered_at, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		s.ID, s.Kind, s.Version, string(s.State), string(s.Params), millis(s.OrderedAt), millis(s.CreatedAt), millis(s.UpdatedAt))
	return inserted(r, err, "insert saga "+s.ID)
}

// inserted says whether a statement that may do nothing did something.
func inserted(r sql.Result, err error, doing string) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("%s: %w", doing, err)
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// SagaByID finds a saga; NotFound when there is none.
func (tx *Tx) SagaByID(id string) (saga.Saga, error) {
	found, err := collect(tx, `SELECT id, kind, version, state, params, ordered_at, waiting_for, next_at, refund_seq, committed_at, created_at, updated_at, error
		FROM saga WHERE id = ?`, []any{id}, scanSaga)
	if err != nil {
		return saga.Saga{}, fmt.Errorf("find saga %s: %w", id, err)
	}
	if len(found) == 0 {
		return saga.Saga{}, core.E(core.NotFound, "there is no saga %s", id)
	}
	return found[0], nil
}

// SagaPut writes a saga's changed columns.
func (tx *Tx) SagaPut(s saga.Saga) error {
	_, err := tx.exec(`UPDATE saga SET state = ?, waiting_for = ?, next_at = ?, refund_seq = ?, committed_at = ?, updated_at = ?, error = ? WHERE id = ?`,
		string(s.State), s.WaitingFor, maybeMillis(s.NextAt), s.RefundSeq, maybeMillis(s.CommittedAt), millis(s.UpdatedAt), failureJSON(s.Error), s.ID)
	if err != nil {
		return fmt.Errorf("write saga %s: %w", s.ID, err)
	}
	return nil
}

// SagaPutStep writes one step, new or changed.
func (tx *Tx) SagaPutStep(st saga.Step) error {
	_, err := tx.exec(`INSERT INTO saga_step (saga_id, seq, name, state, attempt, undo_attempt, result, next_at, error, started_at, ended_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (saga_id, seq) DO UPDATE SET state = excluded.state, attempt = excluded.attempt, undo_attempt = excluded.undo_attempt,
			result = excluded.result, next_at = excluded.next_at, error = excluded.error, started_at = excluded.started_at, ended_at = excluded.ended_at`,
		st.SagaID, st.Seq, st.Name, string(st.State), st.Attempt, st.UndoAttempt, maybeJSON(st.Result),
		maybeMillis(st.NextAt), failureJSON(st.Error), millis(st.StartedAt), maybeMillis(st.EndedAt))
	if err != nil {
		return fmt.Errorf("write step %d of saga %s: %w", st.Seq, st.SagaID, err)
	}
	return nil
}

// SagaSteps lists the journal of a saga by seq.
func (tx *Tx) SagaSteps(id string) ([]saga.Step, error) {
	steps, err := collect(tx, `SELECT saga_id, seq, name, state, attempt, undo_attempt, result, next_at, error, started_at, ended_at
		FROM saga_step WHERE saga_id = ? ORDER BY seq`, []any{id}, scanStep)
	if err != nil {
		return nil, fmt.Errorf("read steps of saga %s: %w", id, err)
	}
	return steps, nil
}

// SagaOpen lists every saga that the engine resumes by itself, in order.
func (tx *Tx) SagaOpen() ([]saga.Saga, error) {
	open, err := collect(tx, `SELECT id, kind, version, state, params, ordered_at, waiting_for, next_at, refund_seq, committed_at, created_at, updated_at, error
		FROM saga WHERE state IN ('running', 'waiting', 'compensating') ORDER BY ordered_at, id`, nil, scanSaga)
	if err != nil {
		return nil, fmt.Errorf("list open sagas: %w", err)
	}
	return open, nil
}

// SagaList lists sagas, last changed first, of one state or, for "", of any.
func (tx *Tx) SagaList(state saga.State, limit int) ([]saga.Saga, error) {
	var found []saga.Saga
	var err error
	if state == "" {
		found, err = collect(tx, `SELECT id, kind, version, state, params, ordered_at, waiting_for, next_at, refund_seq, committed_at, created_at, updated_at, error
			FROM saga ORDER BY updated_at DESC, id LIMIT ?`, []any{limit}, scanSaga)
	} else {
		found, err = collect(tx, `SELECT id, kind, version, state, params, ordered_at, waiting_for, next_at, refund_seq, committed_at, created_at, updated_at, error
			FROM saga WHERE state = ? ORDER BY updated_at DESC, id LIMIT ?`, []any{string(state), limit}, scanSaga)
	}
	if err != nil {
		return nil, fmt.Errorf("list sagas: %w", err)
	}
	return found, nil
}

// scanSaga and scanStep read what a saga stored; a failure that no longer
// decodes is an error to look at.
func scanSaga(rows *sql.Rows) (s saga.Saga, err error) {
	var params string
	var ordered, created, updated int64
	var next, committed sql.NullInt64
	var failed sql.NullString
	if err := rows.Scan(&s.ID, &s.Kind, &s.Version, &s.State, &params, &ordered, &s.WaitingFor, &next, &s.RefundSeq, &committed, &created, &updated, &failed); err != nil {
		return s, err
	}
	s.Params = json.RawMessage(params)
	s.OrderedAt, s.CreatedAt, s.UpdatedAt = fromMillis(ordered), fromMillis(created), fromMillis(updated)
	s.NextAt, s.CommittedAt = maybeTime(next), maybeTime(committed)
	s.Error, err = parseFailure(failed)
	return s, err
}

func scanStep(rows *sql.Rows) (st saga.Step, err error) {
	var started int64
	var next, ended sql.NullInt64
	var result, failed sql.NullString
	if err := rows.Scan(&st.SagaID, &st.Seq, &st.Name, &st.State, &st.Attempt, &st.UndoAttempt, &result, &next, &failed, &started, &ended); err != nil {
		return st, err
	}
	if result.Valid {
		st.Result = json.RawMessage(result.String)
	}
	st.StartedAt, st.NextAt, st.EndedAt = fromMillis(started), maybeTime(next), maybeTime(ended)
	st.Error, err = parseFailure(failed)
	return st, err
}

func failureJSON(f *saga.Failure) any {
	if f == nil {
		return nil
	}
	data, _ := json.Marshal(f) // three strings always encode
	return string(data)
}

func parseFailure(s sql.NullString) (*saga.Failure, error) {
	if !s.Valid {
		return nil, nil
	}
	f := new(saga.Failure)
	if err := json.Unmarshal([]byte(s.String), f); err != nil {
		return nil, errors.Join(core.E(core.Internal, "a stored failure does not decode"), err)
	}
	return f, nil
}

func maybeJSON(data json.RawMessage) any {
	if len(data) == 0 {
		return nil
	}
	return string(data)
}
