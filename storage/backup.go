package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"sidestage/core"
)

// Copy is a copy of a database, a file that needs nothing beside it.
type Copy struct {
	File     string
	Bytes    int64
	Schema   int64
	Platform Platform
	Older    bool // than what this program writes: it is migrated when a desk opens it
	// Until is the time of the newest event in it; zero without any.
	Until time.Time
}

// backupDir is where copies go that are given no other place.
func backupDir(dir string) string { return filepath.Join(dir, "backups") }

// stamp is a moment in the name of a copy.
func stamp() string { return time.Now().UTC().Format("20060102T150405.000Z") }

// ours are the names Backup gives by itself. Those of copies taken before a
// migration or a restore differ, so that nothing that counts the former takes
// the latter away.
var ours = regexp.MustCompile(`^sidestage-\d{8}T\d{6}\.\d{3}Z\.bak$`)

// Backup copies the database in dir to file, which must not exist yet
// (Conflict); for "", to a new one in dir/backups. Whether a desk runs on dir
// does not matter: others may go on reading and writing, no lock is taken and
// nothing in the database is changed. The file appears once the copy is whole,
// has been checked and is on the disk. Tokens are not in it, for they are not in
// the database.
//
// NotFound means that there is no database; Invalid, "damaged", that its pages
// do not fit together.
func Backup(ctx context.Context, dir, file string) (Copy, error) {
	if dir == "" {
		return Copy{}, errNoDir
	}
	from := filepath.Join(dir, "sidestage.db")
	if file == "" {
		if _, err := os.Stat(from); err != nil { // lest a directory be made for nothing
			return Copy{}, absent(err, dir)
		}
		if err := makePrivate(backupDir(dir)); err != nil {
			return Copy{}, err
		}
		file = filepath.Join(backupDir(dir), "sidestage-"+stamp()+".bak")
	}
	c, err := copyTo(ctx, from, file)
	if err != nil {
		return Copy{}, fmt.Errorf("back up database: %w", err)
	}
	return c, nil
}

func absent(err error, dir string) error {
	if errors.Is(err, os.ErrNotExist) {
		return core.E(core.NotFound, "there is no database in %s yet", dir)
	}
	return fileFault(err, "find the database")
}

// Prune deletes the oldest of the copies that Backup made by itself in
// dir/backups, but for the newest keep, and says which.
func Prune(dir string, keep int) (gone []string, err error) {
	entries, err := os.ReadDir(backupDir(dir))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fileFault(err, "list backups")
	}
	var names []string
	for _, e := range entries {
		if ours.MatchString(e.Name()) && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names) // by time, as their names are made
	for _, name := range names[:max(0, len(names)-keep)] {
		file := filepath.Join(backupDir(dir), name)
		if err := os.Remove(file); err != nil {
			return gone, fileFault(err, "delete an old backup")
		}
		gone = append(gone, file)
	}
	return gone, nil
}

func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fileFault(err, "make "+dir)
	}
	return nil
}

// copyTo copies a database to file, which must not exist: under another name
// first, so that file is whole or not there.
func copyTo(ctx context.Context, from, file string) (Copy, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return Copy{}, fileFault(err, "find the way")
	}
	if strings.EqualFold(filepath.Ext(file), ".db") {
		return Copy{}, core.E(core.Invalid, "a copy may not end in .db, or somebody takes it for the database in use: name it %s",
			filepath.Base(file[:len(file)-len(".db")])+".bak")
	}
	if _, err := os.Lstat(file); err == nil {
		return Copy{}, taken(file)
	}
	c, err := makeCopy(ctx, from, filepath.Dir(file), filepath.Base(file))
	if err != nil {
		return Copy{}, err
	}
	if err := place(c.File, file); err != nil {
		_ = os.Remove(c.File) // the error of interest is the first one
		return Copy{}, err
	}
	c.File = file
	return c, syncDir(filepath.Dir(file))
}

func taken(file string) error { return core.E(core.Conflict, "%s exists already", file) }

// place renames part to file, unless file came to be meanwhile.
func place(part, file string) error {
	claim, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if os.IsExist(err) {
		return taken(file)
	}
	if err == nil {
		err = errors.Join(claim.Close(), os.Rename(part, file))
	}
	if err != nil {
		return fileFault(err, "name the copy")
	}
	return nil
}

// makeCopy copies a database into a new file of dir and checks it. It is on the
// disk then; half a copy is not left behind.
func makeCopy(ctx context.Context, from, dir, name string) (c Copy, err error) {
	to, err := currentSchema()
	if err != nil {
		return Copy{}, err
	}
	if from, err = filepath.Abs(from); err != nil {
		return Copy{}, fileFault(err, "find the way")
	}
	is, err := inspect(ctx, from, to, "mode", "ro")
	switch {
	case err != nil:
		return Copy{}, err
	case is.version == 0:
		return Copy{}, core.E(core.NotFound, "there is nothing in %s yet", from)
	}
	if err := is.allow(from, "", to); err != nil {
		return Copy{}, err
	}
	part, err := os.CreateTemp(dir, name+".*.part") // 0600: SQLite fills an empty file, and would make one for all eyes
	if err != nil {
		return Copy{}, fileFault(err, "make the copy")
	}
	c.File = part.Name()
	defer func() {
		if err != nil {
			_ = os.Remove(c.File)
		}
	}()
	if err := part.Close(); err != nil {
		return Copy{}, fileFault(err, "make the copy")
	}
	if err := vacuumInto(ctx, from, c.File); err != nil {
		return c, err
	}
	return c, errors.Join(c.check(ctx, to), c.sync())
}

// vacuumInto uses a connection of its own: a query_only one may not write even
// the copy, and the writer's would keep everybody waiting.
func vacuumInto(ctx context.Context, from, file string) error {
	p, err := openPool(from, 1, "mode", "ro")
	if err != nil {
		return err
	}
	defer func() { _ = p.close() }() // read from only
	_, err = p.db.ExecContext(ctx, "VACUUM INTO ?", file)
	return fault(err)
}

// Examine looks at the database in dir, page by page, whether a desk runs on it
// or not, and changes nothing. What it refuses is what Open refuses; Invalid,
// "damaged", says that its pages do not fit together.
func Examine(ctx context.Context, dir string) (c Copy, err error) {
	if dir == "" {
		return c, errNoDir
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return c, fileFault(err, "find the way")
	}
	to, err := currentSchema()
	if err != nil {
		return c, err
	}
	c.File = filepath.Join(dir, "sidestage.db")
	if _, err := os.Stat(c.File); err != nil {
		return c, absent(err, dir)
	}
	return c, c.check(ctx, to)
}

// check reads the copy as it will be read one day, and fills in what it is.
func (c *Copy) check(ctx context.Context, to int64) error {
	is, err := inspect(ctx, c.File, to, alone(c.File)...)
	if err != nil {
		return err
	}
	if err := is.allow(c.File, "", to); err != nil {
		return err
	}
	if is.version == 0 {
		return core.E(core.NotFound, "there is nothing in %s yet", c.File)
	}
	c.Schema, c.Platform, c.Older = is.version, is.platform, is.version < to
	info, err := os.Stat(c.File)
	if err != nil {
		return fileFault(err, "look at the copy")
	}
	c.Bytes = info.Size()
	p, err := openPool(c.File, 1, alone(c.File)...)
	if err != nil {
		return err
	}
	defer func() { _ = p.close() }() // read from only
	if err := p.quickCheck(ctx, c.File); err != nil {
		return err
	}
	var newest int64
	if err := p.db.QueryRowContext(ctx, "SELECT coalesce(max(at), 0) FROM journal").Scan(&newest); err != nil {
		return fault(err)
	}
	if newest > 0 {
		c.Until = fromMillis(newest)
	}
	return nil
}

// quickCheck reads every page of the file that p is on.
func (p *pool) quickCheck(ctx context.Context, file string) error {
	var said string
	if err := p.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return fault(err)
	}
	if said != "ok" {
		return core.Because(core.Invalid, "damaged", "%s is damaged: %s", file, said)
	}
	return nil
}

// sync waits until the copy is on the disk, which VACUUM INTO does not.
func (c *Copy) sync() error {
	f, err := os.OpenFile(c.File, os.O_RDWR, 0)
	if err == nil {
		err = cmp.Or(f.Sync(), f.Close())
	}
	if err != nil {
		return fileFault(err, "write the copy to disk")
	}
	return nil
}

// syncDir makes a rename in dir durable. Windows has no way to ask for it.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fileFault(err, "write "+dir+" to disk")
	}
	return nil
}
