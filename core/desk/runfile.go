package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"sidestage/core"
	"sidestage/storage"
)

// runFile is how another process finds the desk that runs on a data directory.
// It holds the token that writes need, so it is for the owner's eyes only.
type runFile struct {
	PID     int    `json:"pid"`
	Address string `json:"address"` // host:port
	Token   string `json:"token"`
	Build   string `json:"build"`
}

func runPath(dir string) string { return filepath.Join(dir, "sidestage.run") }

// maxRunFile is the longest run file that is believed, in bytes.
const maxRunFile = 4096

// write puts the run file in its place in one move, so that nobody reads half.
func (r runFile) write(dir string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode run file: %w", err)
	}
	next, err := os.CreateTemp(dir, "sidestage.run.*") // 0600
	if err != nil {
		return core.E(core.Unavailable, "write run file: %w", err)
	}
	_, err = next.Write(append(data, '\n'))
	if err = errors.Join(err, next.Close()); err == nil {
		err = os.Rename(next.Name(), runPath(dir))
	}
	if err != nil {
		_ = os.Remove(next.Name()) // the error of interest is the first one
		return core.E(core.Unavailable, "write run file: %w", err)
	}
	return nil
}

// remove takes the run file away, if it is still this one.
func (r runFile) remove(dir string) {
	if now, err := readRunFile(dir); err == nil && now == r {
		_ = os.Remove(runPath(dir)) // stale it would mean nothing
	}
}

// readRunFile reads the run file; NotFound when there is none that makes sense.
func readRunFile(dir string) (runFile, error) {
	var r runFile
	file, err := os.Open(runPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return r, core.E(core.NotFound, "no desk has run here: %w", err)
	}
	if err != nil {
		return r, core.E(core.Denied, "read the run file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(file, maxRunFile))
	if err != nil {
		return r, core.E(core.Unavailable, "read the run file: %w", err)
	}
	if json.Unmarshal(data, &r) != nil || r.Address == "" || r.Token == "" {
		return r, core.E(core.NotFound, "the run file %s makes no sense", runPath(dir))
	}
	return r, nil
}

// probeTimeout is how long a desk on this machine may take to accept.
const probeTimeout = time.Second

// running finds the desk that runs on dir; NotFound when none does. A run file
// that was left behind is known by nobody listening there or, if another program
// does by now, by the lock being free. The lock is looked at last: a look may
// turn away a desk that starts in that instant.
func running(ctx context.Context, dir string) (runFile, error) {
	r, err := readRunFile(dir)
	if err != nil {
		return r, err
	}
	dialer := net.Dialer{Timeout: probeTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", r.Address)
	if err != nil {
		return r, core.E(core.NotFound, "the desk of the run file does not answer: %w", err)
	}
	_ = conn.Close()
	held, err := storage.Held(dir)
	if err != nil {
		return r, err
	}
	if !held {
		return r, core.E(core.NotFound, "the run file was left behind")
	}
	return r, nil
}

// RunsAt is where the desk that runs on dir answers, host:port; NotFound when
// none runs.
func RunsAt(ctx context.Context, dir string) (string, error) {
	r, err := running(ctx, dir)
	return r.Address, err
}

// reachable is a listener's address as this machine dials it.
func reachable(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return l.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
