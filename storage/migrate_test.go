package storage

import (
	"context"
	"database/sql"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"sidestage/core"
)

// tomorrow is this program's schema and a step more.
func tomorrow(t *testing.T, step string) fs.FS {
	t.Helper()
	today, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	steps := fstest.MapFS{"09999_more.sql": {Data: []byte("-- +goose Up\n" + step)}}
	names, err := fs.Glob(today, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(today, name)
		if err != nil {
			t.Fatal(err)
		}
		steps[name] = &fstest.MapFile{Data: data}
	}
	return steps
}

func put(t *testing.T, db *DB, value string) {
	t.Helper()
	if err := db.Update(context.Background(), func(tx *Tx) error { return tx.SetMeta("k", value) }); err != nil {
		t.Fatal(err)
	}
}

func kept(t *testing.T, db *DB) (value string) {
	t.Helper()
	if err := db.View(context.Background(), func(tx *Tx) (err error) { value, err = tx.Meta("k"); return err }); err != nil {
		t.Fatal(err)
	}
	return value
}

func closed(t *testing.T, db *DB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// yesterday is a directory with a database of this program's schema.
func yesterday(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	db, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, "v")
	closed(t, db, nil)
	return dir
}

func backups(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "backups", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAMigrationKeepsACopyOfWhatWasThere(t *testing.T) {
	dir := yesterday(t)
	steps := tomorrow(t, "CREATE TABLE more (x INTEGER) STRICT;")
	db, err := open(context.Background(), dir, Options{}, steps)
	if err != nil {
		t.Fatal(err)
	}
	if got := kept(t, db); got != "v" {
		t.Errorf("migrated to %q", got)
	}
	closed(t, db, nil)
	names := backups(t, dir)
	if len(names) != 1 || !strings.HasPrefix(filepath.Base(names[0]), "sidestage-schema-1-") || !strings.HasSuffix(names[0], "Z.bak") {
		t.Fatalf("backups %v", names)
	}
	if info, err := os.Stat(names[0]); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	old := t.TempDir()
	if err := os.Rename(names[0], filepath.Join(old, "sidestage.db")); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(context.Background(), old, Options{}); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, db); got != "v" {
		t.Errorf("the copy holds %q", got)
	}
	closed(t, db, nil)
	db, err = open(context.Background(), dir, Options{}, steps)
	closed(t, db, err)
	if names := backups(t, dir); len(names) != 0 {
		t.Errorf("a copy without a migration: %v", names)
	}
}

func TestAMigrationThatFailsLeavesYesterdaysSchema(t *testing.T) {
	dir := yesterday(t)
	_, err := open(context.Background(), dir, Options{}, tomorrow(t, "CREATE TABLE more (x INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);"))
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "backups")) {
		t.Errorf("%v", err)
	}
	db, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := kept(t, db); got != "v" {
		t.Errorf("kept %q", got)
	}
	closed(t, db, nil)
}

func TestADatabaseOfANewerProgramIsLeftAlone(t *testing.T) {
	dir := yesterday(t)
	db, err := open(context.Background(), dir, Options{}, tomorrow(t, "ALTER TABLE meta RENAME TO facts;"))
	closed(t, db, err)
	before := contentsOf(t, dir)
	for _, ro := range []bool{false, true} {
		_, err := Open(context.Background(), dir, Options{ReadOnly: ro})
		if core.KindOf(err) != core.Conflict || core.ReasonOf(err) != "newer-schema" {
			t.Errorf("%v", err)
		}
		if !ro && !maps.Equal(before, contentsOf(t, dir)) {
			t.Error("files have changed")
		}
	}
}

// contentsOf reads every file of dir.
func contentsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(data)
	}
	return got
}

func TestANewerDatabaseIsRecognisedInAnUnfinishedLog(t *testing.T) {
	dir, crashed := t.TempDir(), t.TempDir()
	db, err := open(context.Background(), dir, Options{}, tomorrow(t, "CREATE TABLE more (x INTEGER) STRICT;"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range contentsOf(t, dir) {
		if strings.HasPrefix(name, "sidestage.db") && !strings.HasSuffix(name, "-shm") {
			if err := os.WriteFile(filepath.Join(crashed, name), []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	closed(t, db, nil)
	if _, err := Open(context.Background(), crashed, Options{}); core.ReasonOf(err) != "newer-schema" {
		t.Errorf("%v", err)
	}
}

func TestAReaderDoesNotMigrate(t *testing.T) {
	dir := yesterday(t)
	_, err := open(context.Background(), dir, Options{ReadOnly: true}, tomorrow(t, "CREATE TABLE more (x INTEGER) STRICT;"))
	if core.KindOf(err) != core.Conflict || core.ReasonOf(err) != "older-schema" || !strings.Contains(err.Error(), "start the desk once") {
		t.Errorf("%v", err)
	}
	if names := backups(t, dir); len(names) != 0 {
		t.Errorf("backups %v", names)
	}
}

func raw(t *testing.T, dir, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(filepath.Join(dir, "sidestage.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherProgramsDatabaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	raw(t, dir, "CREATE TABLE birds (name TEXT)")
	before := contentsOf(t, dir)
	_, err := Open(context.Background(), dir, Options{})
	if core.KindOf(err) != core.Invalid || core.ReasonOf(err) != "not-a-database" {
		t.Errorf("%v", err)
	}
	after := contentsOf(t, dir)
	delete(after, "sidestage.lock")
	if !maps.Equal(before, after) {
		t.Error("files have changed")
	}
}

func TestADatabaseWhoseMakingWasInterruptedIsFinished(t *testing.T) {
	for name, script := range map[string]string{
		"before the first migration": versions{}.CreateTable("") + "; INSERT INTO schema_version (version_id, is_applied) VALUES (0, 1)",
		"before the platform":        "",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if script == "" {
				dir = yesterday(t)
				script = "DELETE FROM meta WHERE key = 'platform'"
			}
			raw(t, dir, script)
			_, err := Open(context.Background(), dir, Options{ReadOnly: true})
			if kind := core.KindOf(err); kind != core.NotFound && kind != core.Conflict {
				t.Errorf("to a reader: %v", err)
			}
			db, err := Open(context.Background(), dir, Options{Platform: Demo})
			if err != nil {
				t.Fatal(err)
			}
			if db.Platform() != Demo {
				t.Errorf("platform %q", db.Platform())
			}
			closed(t, db, nil)
			if _, err := Open(context.Background(), dir, Options{Platform: Live}); core.ReasonOf(err) != "platform" {
				t.Errorf("%v", err)
			}
		})
	}
}
