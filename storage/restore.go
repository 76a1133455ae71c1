package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"sidestage/core"
)

// MetaRestored is kept from a restore until a desk has found out what became
// meanwhile of what was open: when something happened last in the database that
// was replaced, in Unix milliseconds; 0 where nobody can tell.
const MetaRestored = "restored"

// Restored is what Restore did.
type Restored struct {
	Copy // what is the database now
	// Aside is where what was there before is now; empty when nothing was.
	Aside string
}

// Restore makes a copy of file the database in dir. What was there before is
// moved to dir/backups, not deleted; file itself is only read. It refuses, and
// leaves everything as it is:
//
//   - a process has the lock: Conflict, "locked"
//   - file was written by a newer program: Conflict, "newer-schema"
//   - file is of the other platform than what is there: Conflict, "platform"
//   - file is no database of ours, or damaged: Invalid
func Restore(ctx context.Context, dir, file string) (r Restored, err error) {
	if dir == "" {
		return r, errNoDir
	}
	if _, err := os.Stat(file); err != nil { // before a directory is made for it
		if errors.Is(err, os.ErrNotExist) {
			return r, core.E(core.NotFound, "there is no %s", file)
		}
		return r, fileFault(err, "restore database")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return r, fileFault(err, "restore database")
	}
	if err := makePrivate(backupDir(dir)); err != nil {
		return r, err
	}
	lock, err := lockDir(dir, "")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	now := filepath.Join(dir, "sidestage.db")
	if r.Copy, err = makeCopy(ctx, file, dir, "sidestage.restored"); err != nil {
		return r, fmt.Errorf("restore database: %w", err)
	}
	part := r.File
	defer func() { _ = os.Remove(part) }() // gone when all went well
	last, err := replaces(ctx, now, r.Copy)
	if err != nil {
		return r, err
	}
	if err := mark(ctx, part, last); err != nil {
		return r, fmt.Errorf("restore database: %w", err)
	}
	aside := filepath.Join(backupDir(dir), "sidestage-replaced-"+stamp()+".bak")
	if r.Aside, err = moveAside(ctx, now, aside); err != nil {
		return r, err
	}
	if err := os.Rename(part, now); err != nil {
		return r, fileFault(err, "put the copy in place")
	}
	r.File = now
	return r, errors.Join(syncDir(backupDir(dir)), syncDir(dir))
}

// replaces keeps demo and life apart, and says when something happened last in
// what is replaced. A database that cannot be read says nothing, and may be why
// there is a restore.
func replaces(ctx context.Context, now string, c Copy) (last int64, err error) {
	to, err := currentSchema()
	if err != nil {
		return 0, err
	}
	was, err := inspect(ctx, now, to, alone(now)...)
	if err == nil && was.platform != "" && was.platform != c.Platform {
		return 0, core.Because(core.Conflict, "platform", "the copy is of a %s database, and %s is a %s one: name another --data-dir", c.Platform, now, was.platform)
	}
	return was.last, nil //nolint:nilerr // see above
}

// mark notes in a copy that it is restored.
func mark(ctx context.Context, file string, last int64) error {
	p, err := openPool(file, 1, "mode", "rw", "_synchronous", "FULL")
	if err != nil {
		return err
	}
	_, err = p.db.ExecContext(ctx, setMeta, MetaRestored, strconv.FormatInt(last, 10))
	return errors.Join(fault(err), p.close())
}

// moveAside gives the database another name, with its log where that could not
// be folded into it. The log goes first: beside another database it would
// destroy that. There is a database under the old name until the new one takes
// its place, so that a desk which starts after a crash does not begin anew.
func moveAside(ctx context.Context, now, aside string) (string, error) {
	if _, err := os.Lstat(now); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if _, err := os.Lstat(aside); err == nil {
		return "", taken(aside)
	}
	fold(ctx, now)
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Rename(now+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fileFault(err, "move the database aside")
		}
	}
	err := os.Link(now, aside)
	if err != nil { // not every file system knows a second name
		err = os.Rename(now, aside)
	}
	if err != nil {
		return "", fileFault(err, "move the database aside")
	}
	return aside, nil
}

// fold puts the log into the database, as closing it does. One that is damaged
// stays as it is.
func fold(ctx context.Context, file string) {
	p, err := openPool(file, 1, writerParams()...)
	if err != nil {
		return
	}
	_ = p.db.PingContext(ctx)
	_ = p.close()
}
