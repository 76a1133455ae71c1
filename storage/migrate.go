package storage

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
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

// currentSchema is the schema version of this program.
func currentSchema() (int64, error) {
	steps, err := migrations()
	if err != nil {
		return 0, err
	}
	return newest(steps)
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
	if err := makePrivate(backupDir(db.dir)); err != nil {
		return "", err
	}
	c, err := copyTo(ctx, db.file, filepath.Join(backupDir(db.dir), fmt.Sprintf("sidestage-schema-%d-%s.bak", v, stamp())))
	if err != nil {
		return "", fmt.Errorf("back up database before its migration: %w", err)
	}
	return c.File, nil
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
