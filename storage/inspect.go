package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"sidestage/core"
)

// contents is what a file holds before anybody touched it.
type contents struct {
	version  int64    // schema version; 0 is nothing yet
	platform Platform // "" when not recorded
	last     int64    // when something was journalled last, in Unix milliseconds; 0 is never
}

// alone is how a file is read that nobody else has open: without a log
// SQLite need not even make the log's files to read it.
func alone(file string) []string {
	if _, err := os.Stat(file + "-wal"); errors.Is(err, os.ErrNotExist) {
		return []string{"mode", "ro", "immutable", "1"}
	}
	return []string{"mode", "ro"}
}

// inspect looks at file and changes nothing. No file, or an empty one, is a
// database to be made.
func inspect(ctx context.Context, file string, to int64, params ...string) (contents, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return contents{}, nil
	case err != nil:
		return contents{}, fileFault(err, "open database")
	case !info.Mode().IsRegular():
		return contents{}, core.Because(core.Invalid, "not-a-database", "%s is not a file", file)
	case info.Size() == 0:
		return contents{}, nil
	}
	p, err := openPool(file, 1, params...)
	if err != nil {
		return contents{}, err
	}
	defer func() { _ = p.close() }() // read from only
	is, err := read(ctx, p.db, to)
	if err = fault(err); core.KindOf(err) == core.Denied {
		return contents{}, fmt.Errorf("open %s, or its -wal and -shm beside it: %w", file, err)
	}
	if core.ReasonOf(err) == "not-a-database" {
		return contents{}, fmt.Errorf("open %s: %w; nothing was changed: move the file away, or name another --data-dir", file, err)
	}
	if err != nil {
		return contents{}, fmt.Errorf("open %s: %w", file, err)
	}
	return is, nil
}

var errForeign = core.Because(core.Invalid, "not-a-database", "it is a SQLite database of another program")

// read stops at the version when that is newer than to: what else a newer
// program keeps, and where, is not known here.
func read(ctx context.Context, db *sql.DB, to int64) (is contents, err error) {
	var tables, ours int
	row := db.QueryRowContext(ctx, "SELECT count(*), count(*) FILTER (WHERE name = 'schema_version') FROM sqlite_schema")
	if err := row.Scan(&tables, &ours); err != nil || tables == 0 {
		return is, err
	}
	if ours == 0 {
		return is, errForeign
	}
	row = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM schema_version")
	if err := row.Scan(&is.version); err != nil || is.version == 0 || is.version > to {
		return is, err
	}
	err = db.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'platform'").Scan(&is.platform)
	if errors.Is(err, sql.ErrNoRows) {
		return is, nil // the process that made the database died just then
	}
	if err != nil {
		return is, err
	}
	err = db.QueryRowContext(ctx, "SELECT at FROM journal ORDER BY seq DESC LIMIT 1").Scan(&is.last)
	if errors.Is(err, sql.ErrNoRows) {
		return is, nil
	}
	return is, err
}

// allow refuses what this program, or a desk of the platform wanted, must not
// touch.
func (is contents) allow(file string, want Platform, to int64) error {
	switch {
	case want != "" && want != Live && want != Demo:
		return core.E(core.Invalid, "unknown platform %q", string(want))
	case is.version > to:
		return core.Because(core.Conflict, "newer-schema",
			"%s was written by a newer sidestage: it has schema %d, this program knows %d: use the newer one", file, is.version, to)
	case want != "" && is.platform != "" && is.platform != want:
		return core.Because(core.Conflict, "platform", "%s is a %s database and cannot be used for %s: name another --data-dir", file, is.platform, want)
	}
	return nil
}
