package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Held reports whether a process has the lock on dir right now. It creates
// nothing. It asks by taking the lock, shared, for an instant: whoever opens dir
// in that instant is refused.
func Held(dir string) (bool, error) {
	file := filepath.Join(dir, "sidestage.lock")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	lock := flock.New(file, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if err != nil {
		return false, fileFault(err, "look at the lock of the data directory")
	}
	if free {
		return false, lock.Close()
	}
	return true, nil
}
