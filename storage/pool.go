package storage

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"sidestage/core"
)

// readerCount is how many snapshots can be read at the same time.
const readerCount = 4

// pool is one of the two ways to the file, with its prepared statements.
type pool struct {
	db    *sql.DB
	mu    sync.RWMutex
	stmts map[string]*sql.Stmt // by SQL
}

// openPool opens no connection yet.
func openPool(file string, conns int, params ...string) (*pool, error) {
	db, err := sql.Open("sqlite", dsn(file, params...))
	if err != nil {
		return nil, fault(err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns) // fewer would close connections with their statements
	return &pool{db: db, stmts: map[string]*sql.Stmt{}}, nil
}

// writerParams: the journal mode stays in the file, the rest is the
// connection's. FULL waits for the disk at every commit.
func writerParams() []string {
	return []string{"mode", "rw", "_txlock", "immediate", "_journal_mode", "WAL", "_synchronous", "FULL", "_foreign_keys", "1"}
}

func readerParams() []string { return []string{"mode", "ro", "_query_only", "1"} }

// dsn is the driver's name for file with the given keys and values, and those
// every connection has. Only a file: URI lets SQLite see mode. The driver
// documents its own keys, those with an underscore, at Driver.Open.
func dsn(file string, params ...string) string {
	q := url.Values{
		"_busy_timeout": {"5000"}, // ms
		"_defensive":    {"1"},
		"_dqs":          {"0"},
		"_error_rc":     {"1"},
		"_pragma":       {"trusted_schema(0)"},
	}
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// checkWritable finds out what SQLite keeps to itself: a file it may only read
// it opens for reading, and where no log can be shared it stays without one.
func (p *pool) checkWritable(ctx context.Context, file string) error {
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return fault(err)
	}
	defer func() { _ = conn.Close() }() // returns it to the pool
	var readOnly bool
	err = conn.Raw(func(dc any) (err error) {
		readOnly, err = dc.(interface{ IsReadOnly(string) (bool, error) }).IsReadOnly("main")
		return err
	})
	if err != nil {
		return fault(err)
	}
	if readOnly {
		return core.Because(core.Denied, "not-writable", "%s may not be written", file)
	}
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return fault(err)
	}
	if mode != "wal" {
		return core.E(core.Unavailable, "%s is on a file system that cannot keep a write-ahead log", file)
	}
	return nil
}

// known is the prepared statement of query, or nil.
func (p *pool) known(query string) *sql.Stmt {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.stmts[query]
}

// learn prepares for the next transactions what the last one met for the first
// time. It cannot happen inside that one: preparing for the pool needs a
// connection, and the writer's only one was taken. A statement that does not
// prepare stays unknown, and whoever uses it hears why.
func (p *pool) learn(ctx context.Context, queries []string) {
	for _, query := range queries {
		stmt, err := p.db.PrepareContext(ctx, query)
		if err != nil {
			continue
		}
		p.mu.Lock()
		if _, ok := p.stmts[query]; ok {
			_ = stmt.Close() //nolint:sqlclosecheck // another reader was faster; otherwise it is kept
		} else {
			p.stmts[query] = stmt
		}
		p.mu.Unlock()
	}
}

func (p *pool) close() error { return fault(p.db.Close()) }
