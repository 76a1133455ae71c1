// Package secret keeps the platforms' logins out of the database: in the OS
// keyring, or where there is none in a 0600 file, secrets.json in the data
// directory.
//
// Open decides which of the two, and the first Save makes the file remember
// it. From then on a keyring that does not answer is an Unavailable error and
// never looks like an empty login. Keyring entries are keyed by the data
// directory's path, so a copied directory is not logged in: two programs
// spending the same one-time refresh token would end the login.
package secret

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"sidestage/core"
	"sidestage/core/token"
)

// Options of Open.
type Options struct {
	// NoKeyring keeps logins in the file whether or not there is a keyring.
	NoKeyring bool
	// Log hears where logins are kept when that is not the keyring, and of a
	// secrets file that others could read. It may be nil.
	Log *slog.Logger
}

// Open gives the logins of data directory dir, which is made if missing.
// Conflict means they are in the keyring that o rules out; any other error
// names the file at fault. Saving and deleting is for the process that holds
// the desk's lock. Open itself leaves nothing behind: it looks for a keyring by
// storing an entry that it takes away again.
func Open(dir string, o Options) (token.Store, error) {
	return open(dir, o, osRing{})
}

func open(dir string, o Options, r ring) (token.Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := canonical(dir)
	if err != nil {
		return nil, core.E(core.Unavailable, "open the data directory: %w", err)
	}
	f := &file{path: filepath.Join(dir, "secrets.json"), log: o.Log}
	b, err := f.read()
	if err != nil {
		return nil, err
	}
	k := newKeyring(r, dir, f)
	switch {
	case b.Place == placeFile:
		return f, nil
	case o.NoKeyring && b.Place == placeKeyring:
		return nil, core.E(core.Conflict, "logins of %s are in the OS keyring, which is switched off", dir)
	case b.Place == placeKeyring:
		return k, nil
	case o.NoKeyring:
		return f, nil
	}
	if err := k.probe(context.Background()); err != nil {
		o.Log.Info("logins are kept in a file, there is no keyring", "file", f.path, "error", err)
		return f, nil
	}
	return k, nil
}

// Place says where the logins of dir are kept: "file", "keyring", or "" while
// that is not decided. It asks no keyring.
func Place(dir string) (string, error) {
	f := &file{path: filepath.Join(dir, "secrets.json"), log: slog.New(slog.DiscardHandler)}
	b, err := f.read()
	return b.Place, err
}

// canonical makes dir if missing and gives its one absolute name.
func canonical(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}
