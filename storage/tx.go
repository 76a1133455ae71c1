package storage

import (
	"database/sql"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// Tx is a transaction as its function sees it: every aggregate's reads and
// writes are methods of it. It is for that function's goroutine and ends with
// it. Its methods take no context, for they run under the transaction's own.
//
// After a statement has failed for another reason than a constraint, SQLite
// may have rolled back by itself; the Tx then refuses every further statement
// and its transaction fails, whatever the function returns.
type Tx struct {
	s      *session
	listen func([]event.Record)
	now    time.Time
	hooks  []func()
	events []event.Record
	broken error // why no further statement may run
}

func newTx(s *session, listen func([]event.Record)) *Tx {
	return &Tx{s: s, listen: listen, now: fromMillis(time.Now().UnixMilli())}
}

// Now is the time of the transaction, in UTC and whole milliseconds, as it
// would come back from the database.
func (tx *Tx) Now() time.Time { return tx.now }

// AfterCommit runs fn once the transaction is durable, and never if it does
// not become so. fn must not block. In a View it never runs.
func (tx *Tx) AfterCommit(fn func()) { tx.hooks = append(tx.hooks, fn) }

// exec runs a statement that returns no rows.
func (tx *Tx) exec(query string, args ...any) (sql.Result, error) {
	if tx.broken != nil {
		return nil, tx.broken
	}
	r, err := tx.s.exec(query, args...)
	return r, tx.check(err)
}

// get scans the only row of query into dest. Without one it returns
// sql.ErrNoRows, for the caller to name what was not found.
func (tx *Tx) get(query string, args []any, dest ...any) error {
	found, err := collect(tx, query, args, func(rows *sql.Rows) (struct{}, error) {
		return struct{}{}, rows.Scan(dest...)
	})
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return sql.ErrNoRows
	case len(found) > 1:
		return core.E(core.Internal, "%d rows where one was expected", len(found))
	}
	return nil
}

// collect makes an R of every row of query. scan must run no statement.
func collect[R any](tx *Tx, query string, args []any, scan func(*sql.Rows) (R, error)) ([]R, error) {
	if tx.broken != nil {
		return nil, tx.broken
	}
	rows, err := tx.s.query(query, args...)
	if err != nil {
		return nil, tx.check(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told by then
	var out []R
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, fault(err)
		}
		out = append(out, r)
	}
	return out, tx.check(rows.Err())
}

// check classifies a statement's error and closes the Tx to further ones
// unless only a constraint spoke.
func (tx *Tx) check(err error) error {
	if err == nil {
		return nil
	}
	err = fault(err)
	if !isConstraint(err) {
		tx.broken = err
	}
	return err
}

// end makes sure nobody uses the Tx after its function.
func (tx *Tx) end() (broken error) {
	broken = tx.broken
	tx.broken = core.E(core.Internal, "the transaction is over")
	return broken
}
