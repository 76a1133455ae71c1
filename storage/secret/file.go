package secret

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"sidestage/core"
	"sidestage/core/token"
)

// The places a login can be in, as the file remembers them.
const (
	placeFile    = "file"
	placeKeyring = "keyring"
)

const (
	bookVersion = 1
	maxBook     = 1 << 20 // bytes; a real one has about two thousand
)

// book is what secrets.json says. Without a file it is the zero value, and the
// place is undecided.
type book struct {
	Version int               `json:"version"`
	Place   string            `json:"place"`
	Logins  map[string]record `json:"logins,omitempty"` // by platform
}

// record is a login with its tokens.
type record struct {
	Access  string       `json:"access"`
	Refresh string       `json:"refresh"`
	Login   token.Stored `json:"login"`
}

// file is the token.Store in secrets.json. Each change replaces it whole.
type file struct {
	path string
	log  *slog.Logger
	mu   sync.Mutex
}

// Load implements token.Store.
func (f *file) Load(_ context.Context, platform string) (token.Stored, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.readOwn()
	if err != nil {
		return token.Stored{}, err
	}
	r, ok := b.Logins[platform]
	if !ok {
		return token.Stored{}, core.E(core.NotFound, "no %s login", platform)
	}
	if r.Access == "" || r.Refresh == "" || r.Login.State == "" {
		return token.Stored{}, f.damaged()
	}
	t := r.Login
	t.Access, t.Refresh = r.Access, r.Refresh
	return t, nil
}

// Save implements token.Store.
func (f *file) Save(_ context.Context, platform string, t token.Stored) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.readOwn()
	if err != nil {
		return err
	}
	if b.Logins == nil {
		b.Logins = map[string]record{}
	}
	b.Logins[platform] = record{Access: t.Access, Refresh: t.Refresh, Login: t}
	return f.write(book{Version: bookVersion, Place: placeFile, Logins: b.Logins})
}

// Delete implements token.Store. With the last login the file goes too, and
// the next Open decides anew.
func (f *file) Delete(_ context.Context, platform string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.readOwn()
	if err != nil {
		return err
	}
	if _, ok := b.Logins[platform]; !ok {
		return nil
	}
	delete(b.Logins, platform)
	if len(b.Logins) > 0 {
		return f.write(b)
	}
	if err := os.Remove(f.path); err != nil {
		return core.E(core.Unavailable, "remove %s: %w", f.path, err)
	}
	return syncDir(filepath.Dir(f.path))
}

// markKeyring makes the file remember that the keyring has the logins.
func (f *file) markKeyring() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.read()
	switch {
	case err != nil || b.Place == placeKeyring:
		return err
	case b.Place == placeFile:
		return core.E(core.Conflict, "logins have meanwhile been put in %s", f.path)
	}
	return f.write(book{Version: bookVersion, Place: placeKeyring})
}

// readOwn is read for the store in the file: another process may have decided
// for the keyring since Open.
func (f *file) readOwn() (book, error) {
	b, err := f.read()
	if err == nil && b.Place == placeKeyring {
		err = core.E(core.Conflict, "logins have meanwhile been put in the OS keyring")
	}
	return b, err
}

// read reads the file. That there is none is a zero book. Decoding errors are
// not passed on: they could quote a token.
func (f *file) read() (book, error) {
	in, err := f.open()
	if errors.Is(err, fs.ErrNotExist) {
		return book{}, nil
	}
	if err != nil {
		return book{}, err
	}
	defer func() { _ = in.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(in, maxBook+1))
	if err != nil {
		return book{}, core.E(core.Unavailable, "read %s: %w", f.path, err)
	}
	var b book
	if len(data) > maxBook || json.Unmarshal(data, &b) != nil {
		return book{}, f.damaged()
	}
	if b.Version != bookVersion || b.Place != placeFile && b.Place != placeKeyring {
		return book{}, f.damaged()
	}
	return b, nil
}

func (f *file) damaged() error {
	return core.Because(core.Internal, "secrets-damaged", "%s is damaged: move it away and log in again", f.path)
}

// open opens the file for reading if it is ours alone: no link, a regular
// file, and readable by nobody else, which is put right if it is not so.
func (f *file) open() (*os.File, error) {
	seen, err := os.Lstat(f.path)
	if err != nil {
		return nil, unreadable(err)
	}
	if !seen.Mode().IsRegular() {
		return nil, core.E(core.Denied, "%s is not a regular file", f.path)
	}
	in, err := os.Open(f.path)
	if err != nil {
		return nil, unreadable(err)
	}
	if err := f.makePrivate(in, seen); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

func unreadable(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return core.E(core.Unavailable, "open the secrets file: %w", err)
}

// makePrivate checks that in is the file seen before, and takes away what
// others may do with it. Windows has no such bits.
func (f *file) makePrivate(in *os.File, seen fs.FileInfo) error {
	now, err := in.Stat()
	if err != nil {
		return core.E(core.Unavailable, "look at %s: %w", f.path, err)
	}
	if !os.SameFile(seen, now) {
		return core.E(core.Unavailable, "%s changed while it was opened", f.path)
	}
	if runtime.GOOS == "windows" || now.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := in.Chmod(0o600); err != nil {
		return core.E(core.Denied, "%s can be read by others (%s): %w", f.path, now.Mode().Perm(), err)
	}
	f.log.Warn("secrets file could be read by others; now only by you", "file", f.path, "was", now.Mode().Perm().String())
	return nil
}

// write replaces the file by b, as a whole and durably.
func (f *file) write(b book) error {
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the secrets file: %w", err)
	}
	tmp := f.path + ".tmp"
	if err := writePrivate(tmp, append(data, '\n')); err != nil {
		return core.E(core.Unavailable, "write %s: %w", tmp, errors.Join(err, os.Remove(tmp)))
	}
	if err := os.Rename(tmp, f.path); err != nil {
		return core.E(core.Unavailable, "replace %s: %w", f.path, errors.Join(err, os.Remove(tmp)))
	}
	return syncDir(filepath.Dir(f.path))
}

// writePrivate makes path anew, readable by nobody else, and syncs it. What a
// crash or a stranger left at path is not followed and not kept.
func writePrivate(path string, data []byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return errors.Join(err, out.Sync(), out.Close())
}

// syncDir makes a rename in dir durable. Windows has no way to ask for it.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return core.E(core.Unavailable, "open %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return core.E(core.Unavailable, "sync %s: %w", dir, err)
	}
	return nil
}
