// Package years makes databases in which years of streams have left what they
// leave, for benchmarks and for tests of what has to stay fast.
//
// For a thousand requests there are five thousand rolls, two hundred viewers,
// some of whom do most of it, and, up to a thousand, a stream for every sixty.
// How much there is:
//
//	SIDESTAGE_YEARS_REQUESTS=1000000 SIDESTAGE_YEARS_DIR=/var/tmp/years go test -run '^$' -bench Years ./storage ./core/web
package years

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sidestage/storage"
)

// Requests is how many requests a benchmark's database has: as many as the
// environment variable SIDESTAGE_YEARS_REQUESTS says, or few.
func Requests(tb testing.TB) int {
	tb.Helper()
	text := os.Getenv("SIDESTAGE_YEARS_REQUESTS")
	if text == "" {
		return 3000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 {
		tb.Fatalf("SIDESTAGE_YEARS_REQUESTS has to be a number of 100 or more, not %q", text)
	}
	return n
}

// Read opens a database with so many requests for reading only. It is made in
// the directory that the environment variable SIDESTAGE_YEARS_DIR names, if it
// is not there yet, and stays there; without one it is made anew.
func Read(tb testing.TB, requests int) *storage.DB {
	tb.Helper()
	return open(tb, made(tb, requests), storage.Options{ReadOnly: true})
}

// Write opens a copy of such a database, for this test alone.
func Write(tb testing.TB, requests int) *storage.DB {
	tb.Helper()
	dir := made(tb, requests)
	if os.Getenv("SIDESTAGE_YEARS_DIR") != "" {
		mine := tb.TempDir()
		check(tb, copyFile(filepath.Join(mine, "sidestage.db"), filepath.Join(dir, "sidestage.db")))
		dir = mine
	}
	return open(tb, dir, storage.Options{})
}

func open(tb testing.TB, dir string, o storage.Options) *storage.DB {
	tb.Helper()
	db, err := storage.Open(context.Background(), dir, o)
	check(tb, err)
	tb.Cleanup(func() { check(tb, db.Close()) })
	return db
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if failed := out.Close(); err == nil {
		err = failed
	}
	return err
}

// made is the directory of a database with so many requests, made if need be.
func made(tb testing.TB, requests int) string {
	tb.Helper()
	fresh := tb.TempDir()
	empty, err := storage.Open(context.Background(), fresh, storage.Options{})
	check(tb, err)
	check(tb, empty.Close())
	ctx := context.Background()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(fresh, "sidestage.db"))
	check(tb, err)
	defer raw.Close()      //nolint:errcheck // it is closed below, unless something failed
	raw.SetMaxOpenConns(1) // what it is told holds for one connection
	late, err := lateParts(ctx, raw)
	check(tb, err)
	kept := os.Getenv("SIDESTAGE_YEARS_DIR")
	dir := filepath.Join(kept, fmt.Sprintf("%d-%x", requests, recipe(late)))
	if _, err := os.Stat(dir); kept != "" && err == nil {
		return dir
	}
	check(tb, fill(ctx, raw, late, requests))
	check(tb, raw.Close())
	if kept == "" {
		return fresh
	}
	next := dir + ".next"
	check(tb, os.RemoveAll(next))
	check(tb, os.MkdirAll(next, 0o700))
	check(tb, copyFile(filepath.Join(next, "sidestage.db"), filepath.Join(fresh, "sidestage.db")))
	check(tb, os.Rename(next, dir))
	return dir
}

// part is an index or a trigger.
type part struct{ kind, name, sql string }

// lateParts lists what would only slow the filling down. The totals are made at
// the end.
func lateParts(ctx context.Context, raw *sql.DB) (parts []part, err error) {
	rows, err := raw.QueryContext(ctx, "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // see Err
	for rows.Next() {
		var p part
		if err := rows.Scan(&p.kind, &p.name, &p.sql); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, rows.Err()
}

// recipe is what a database's content follows from, but for its size.
func recipe(late []part) []byte {
	h := sha256.New()
	for _, p := range late {
		_, _ = io.WriteString(h, p.sql) // never fails
	}
	_, _ = io.WriteString(h, strings.Join(contents, ";")+strings.Join(totals, ";"))
	return h.Sum(nil)[:6]
}

func fill(ctx context.Context, raw *sql.DB, late []part, requests int) error {
	run := func(statement string, args ...any) error {
		if _, err := raw.ExecContext(ctx, statement, args...); err != nil {
			return fmt.Errorf("%w in %s", err, statement)
		}
		return nil
	}
	for _, pragma := range []string{"journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "temp_store=MEMORY", "foreign_keys=OFF", "locking_mode=EXCLUSIVE"} {
		if err := run("PRAGMA " + pragma); err != nil {
			return err
		}
	}
	for _, p := range late {
		if err := run("DROP " + p.kind + " " + p.name); err != nil {
			return err
		}
	}
	if err := run("CREATE TEMP TABLE size AS SELECT ?1 AS requests, max(1, ?1 / 5) AS viewers, min(1000, max(1, ?1 / 60)) AS streams", requests); err != nil {
		return err
	}
	for _, statement := range contents {
		if err := run(statement); err != nil {
			return err
		}
	}
	for _, kind := range []string{"index", "", "trigger"} {
		if kind == "" {
			for _, statement := range totals {
				if err := run(statement); err != nil {
					return err
				}
			}
		}
		for _, p := range late {
			if p.kind == kind {
				if err := run(p.sql); err != nil {
					return err
				}
			}
		}
	}
	return run("PRAGMA journal_mode=WAL")
}
