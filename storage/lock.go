package storage

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"sidestage/core"
)

// dirLock is the one right to write in a data directory. The holder file
// beside it is for people: on Windows a locked file cannot be read, so who
// holds the lock stands in a file of its own. It means nothing while the lock
// is free.
type dirLock struct {
	flock  *flock.Flock
	holder string // path
}

type holder struct {
	PID     int    `json:"pid"`
	Address string `json:"address,omitempty"`
}

// lockDir takes the lock at once or says who has it.
func lockDir(dir, address string) (*dirLock, error) {
	l := &dirLock{
		flock:  flock.New(filepath.Join(dir, "sidestage.lock")),
		holder: filepath.Join(dir, "sidestage.holder"),
	}
	ok, err := l.flock.TryLock()
	if err != nil {
		return nil, fileFault(err, "lock the data directory")
	}
	if !ok {
		return nil, core.Because(core.Conflict, "locked", "%s is in use by %s", dir, l.who())
	}
	if err := l.setAddress(address); err != nil {
		_ = l.flock.Unlock() // the error of interest is the first one
		return nil, err
	}
	return l, nil
}

// who describes the process that has the lock, as far as it has said.
func (l *dirLock) who() string {
	var h holder
	data, err := os.ReadFile(l.holder)
	if err != nil || json.Unmarshal(data, &h) != nil || h.PID == 0 {
		return "another process"
	}
	if h.Address == "" {
		return fmt.Sprintf("pid %d", h.PID)
	}
	return fmt.Sprintf("pid %d at %s", h.PID, h.Address)
}

// setAddress replaces the holder file in one move, so that nobody reads half.
func (l *dirLock) setAddress(address string) error {
	data, err := json.Marshal(holder{PID: os.Getpid(), Address: address})
	if err != nil {
		return fmt.Errorf("encode lock holder: %w", err)
	}
	next := l.holder + ".next"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return fileFault(err, "write lock holder")
	}
	if err := os.Rename(next, l.holder); err != nil {
		return fileFault(err, "write lock holder")
	}
	return nil
}

func (l *dirLock) release() error {
	if !l.flock.Locked() {
		return nil // released before; the holder file may be somebody else's
	}
	_ = os.Remove(l.holder) // stale it would mean nothing anyway
	if err := l.flock.Unlock(); err != nil {
		return fileFault(err, "unlock the data directory")
	}
	return nil
}
