package storage

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"sidestage/core"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migrations is the schema's way from nothing to this program's version.
func migrations() (fs.FS, error) { return fs.Sub(embedded, "migrations") }

// newest is the schema version this program writes.
func newest(steps fs.FS) (int64, error) {
	names, err := fs.Glob(steps, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	var last int64
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("list migrations: %w", err)
		}
		last = max(last, v)
	}
	return last, nil
}

// migrate brings the schema from version from to version to. What exists is
// copied first.
func (db *DB) migrate(ctx context.Context, steps fs.FS, from, to int64) error {
	if from == to {
		return nil
	}
	copied := "none"
	if from > 0 {
		var err error
		if copied, err = db.backupBefore(ctx, from); err != nil {
			return err
		}
	}
	store, err := database.NewStoreFromQuerier("schema_version", versions{})
	if err != nil {
		return fmt.Errorf("prepare migration: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectCustom, db.writer.db, steps,
		goose.WithStore(store), goose.WithDisableGlobalRegistry(true), goose.WithSlog(db.log))
	if err != nil {
		return fmt.Errorf("prepare migration: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s from schema %d to %d (backup: %s): %w", db.file, from, to, copied, fault(err))
	}
	db.log.InfoContext(ctx, "database migrated", "from", from, "to", to, "backup", copied)
	return nil
}

// backupBefore copies the database of schema version v and says where to.
func (db *DB) backupBefore(ctx context.Context, v int64) (string, error) {
	dir := filepath.Join(db.dir, "backup")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fileFault(err, "make backup directory")
	}
	name := fmt.Sprintf("sidestage-%d-%s.bak", v, time.Now().UTC().Format("20060102T150405.000Z"))
	file := filepath.Join(dir, name)
	return file, db.Backup(ctx, file)
}

// Backup writes a consistent copy of the database to file, which must not
// exist yet (Conflict). Others may go on reading and writing meanwhile.
func (db *DB) Backup(ctx context.Context, file string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return fileFault(err, "back up database")
	}
	// SQLite fills an empty file, and would create one for all eyes.
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if os.IsExist(err) {
		return core.E(core.Conflict, "back up database: %s exists already", file)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fileFault(err, "back up database")
	}
	if err := db.copyInto(ctx, file); err != nil {
		_ = os.Remove(file) // half a copy helps nobody
		return fmt.Errorf("back up database to %s: %w", file, err)
	}
	return nil
}

// copyInto uses a connection of its own: a query_only one may not write even
// the copy, and the writer's would keep everybody waiting.
func (db *DB) copyInto(ctx context.Context, file string) (err error) {
	p, err := openPool(db.file, 1, "mode", "ro")
	if err != nil {
		return err
	}
	defer func() { _ = p.close() }() // read from only
	_, err = p.db.ExecContext(ctx, "VACUUM INTO ?", file)
	return fault(err)
}

// versions keeps goose's own table as strict as the others. Each statement is
// whole, so the table's name is not goose's to choose.
type versions struct{}

func (versions) CreateTable(string) string {
	return `CREATE TABLE IF NOT EXISTS schema_version (
		id         INTEGER PRIMARY KEY,
		version_id INTEGER NOT NULL UNIQUE,
		is_applied INTEGER NOT NULL CHECK (is_applied IN (0, 1)),
		applied_at INTEGER NOT NULL DEFAULT (unixepoch() * 1000)
	) STRICT`
}

func (versions) InsertVersion(string) string {
	return "INSERT INTO schema_version (version_id, is_applied) VALUES (?, ?)"
}

func (versions) DeleteVersion(string) string {
	return "DELETE FROM schema_version WHERE version_id = ?"
}

func (versions) GetMigrationByVersion(string) string {
	return "SELECT applied_at, is_applied FROM schema_version WHERE version_id = ?"
}

func (versions) ListMigrations(string) string {
	return "SELECT version_id, is_applied FROM schema_version ORDER BY id DESC"
}

func (versions) GetLatestVersion(string) string {
	return "SELECT max(version_id) FROM schema_version"
}

// TableExists spares goose from finding out by a failing statement.
func (versions) TableExists(string) string {
	return "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'"
}
