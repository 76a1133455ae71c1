package storage

import (
	"context"
	"database/sql"
)

// session is one SQLite transaction: a group's, or a View's.
type session struct {
	ctx   context.Context
	pool  *pool
	tx    *sql.Tx
	stmts map[string]*sql.Stmt
	fresh []string // statements the pool does not know yet
}

func (p *pool) begin(ctx context.Context, o *sql.TxOptions) (*session, error) {
	tx, err := p.db.BeginTx(ctx, o)
	if err != nil {
		return nil, fault(err)
	}
	return &session{ctx: ctx, pool: p, tx: tx, stmts: map[string]*sql.Stmt{}}, nil
}

func (s *session) prepare(query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	if known := s.pool.known(query); known != nil {
		s.stmts[query] = s.tx.StmtContext(s.ctx, known)
		return s.stmts[query], nil
	}
	stmt, err := s.tx.PrepareContext(s.ctx, query)
	if err != nil {
		return nil, err
	}
	s.stmts[query] = stmt
	s.fresh = append(s.fresh, query)
	return stmt, nil
}

func (s *session) exec(query string, args ...any) (sql.Result, error) {
	stmt, err := s.prepare(query) //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(s.ctx, args...)
}

func (s *session) query(query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepare(query) //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(s.ctx, args...)
}
