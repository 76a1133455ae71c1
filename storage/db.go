package storage

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"sidestage/core"
	"sidestage/core/event"
)

// Platform says whose world a database belongs to. It never changes.
type Platform string

// The platforms.
const (
	Live Platform = "live"
	Demo Platform = "demo"
)

// Options of Open. The zero value opens what is there, or a new live database.
type Options struct {
	// Platform is recorded when the database is created and has to match ever
	// after. "" takes what is there, Live when it is new.
	Platform Platform
	// ReadOnly creates nothing, takes no lock and does not migrate.
	ReadOnly bool
	// Address is what a second process is told, beside our pid.
	Address string
	// Log hears of migrations; nil is silence.
	Log *slog.Logger
}

// DB is the open database. It is safe for concurrent use.
type DB struct {
	dir, file string
	platform  Platform
	log       *slog.Logger
	lock      *dirLock // nil when read-only
	writer    *pool    // nil when read-only
	readers   *pool
	line      *line
	listen    func([]event.Record)
}

var errNoDir = core.Because(core.Invalid, "no-directory", "the data directory has no name: say which with --data-dir")

var errReadOnly = core.Because(core.Denied, "read-only", "the database is open for reading only")

// Open takes the lock on dir, opens or creates dir/sidestage.db and brings it
// to this program's schema, keeping a copy in dir/backups first. ctx bounds the
// opening only. What it refuses it leaves as it is:
//
//   - another process has the lock: Conflict, "locked"
//   - written by a newer program: Conflict, "newer-schema"
//   - of the other platform: Conflict, "platform"
//   - not a database, or not one of ours: Invalid, "not-a-database"
//   - dir is "": Invalid, "no-directory"
//   - the directory or the file may not be written: Denied, "not-writable"
//   - the disk is full or failing: Unavailable, "disk-full" or "disk-error"
//
// Read-only, where there is nothing to read: NotFound; where only an older
// schema is: Conflict, "older-schema".
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	return open(ctx, dir, o, steps)
}

func open(ctx context.Context, dir string, o Options, steps fs.FS) (*DB, error) {
	if dir == "" { // which would mean the working directory
		return nil, errNoDir
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fileFault(err, "open database")
	}
	to, err := newest(steps)
	if err != nil {
		return nil, err
	}
	db := &DB{
		dir: dir, file: filepath.Join(dir, "sidestage.db"),
		log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)), line: newLine(),
	}
	if o.ReadOnly {
		err = db.openToRead(ctx, o, to)
	} else {
		err = db.openToWrite(ctx, o, steps, to)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) openToRead(ctx context.Context, o Options, to int64) (err error) {
	is, err := inspect(ctx, db.file, to, "mode", "ro")
	if err != nil {
		return err
	}
	if err := is.allow(db.file, o.Platform, to); err != nil {
		return err
	}
	if is.version == 0 {
		return core.E(core.NotFound, "there is no database in %s yet", db.dir)
	}
	if is.version < to || is.platform == "" {
		return core.Because(core.Conflict, "older-schema",
			"%s has schema %d and this program reads %d: start the desk once to migrate it", db.file, is.version, to)
	}
	db.platform = is.platform
	db.readers, err = openPool(db.file, readerCount, readerParams()...)
	return err
}

func (db *DB) openToWrite(ctx context.Context, o Options, steps fs.FS, to int64) (err error) {
	if err := os.MkdirAll(db.dir, 0o700); err != nil {
		return fileFault(err, "make data directory")
	}
	if db.lock, err = lockDir(db.dir, o.Address); err != nil {
		return err
	}
	is, err := inspect(ctx, db.file, to, alone(db.file)...)
	if err != nil {
		return err
	}
	if err := is.allow(db.file, o.Platform, to); err != nil {
		return err
	}
	if err := db.openPools(ctx); err != nil {
		return err
	}
	if err := db.migrate(ctx, steps, is.version, to); err != nil {
		return err
	}
	db.platform = cmp.Or(is.platform, o.Platform, Live)
	if is.platform == "" {
		return db.Update(ctx, func(tx *Tx) error { return tx.SetMeta("platform", string(db.platform)) })
	}
	return nil
}

func (db *DB) openPools(ctx context.Context) (err error) {
	if err := createFile(db.file); err != nil {
		return err
	}
	if db.writer, err = openPool(db.file, 1, writerParams()...); err != nil {
		return err
	}
	if err := db.writer.checkWritable(ctx, db.file); err != nil {
		return err
	}
	db.readers, err = openPool(db.file, readerCount, readerParams()...)
	return err
}

// createFile makes an empty file where there is none: SQLite takes it for a
// new database, and its log inherits the mode. An existing file must not even
// be opened here: closing it would drop the locks SQLite holds on it in this
// process.
func createFile(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if os.IsExist(err) {
		return nil
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fileFault(err, "create database")
	}
	return nil
}

// Platform is whose database it is.
func (db *DB) Platform() Platform { return db.platform }

// SetAddress is what a second process is told from now on.
func (db *DB) SetAddress(addr string) error {
	if db.lock == nil {
		return errReadOnly
	}
	return db.lock.setAddress(addr)
}

// Close lets nothing new begin, waits for what is under way, closes the file
// and gives the lock back. It may be called again.
func (db *DB) Close() error {
	db.line.close()
	var errs []error
	// The writer last: it folds the log into the file.
	for _, p := range []*pool{db.readers, db.writer} {
		if p != nil {
			errs = append(errs, p.close())
		}
	}
	if db.lock != nil {
		errs = append(errs, db.lock.release())
	}
	return errors.Join(errs...)
}
