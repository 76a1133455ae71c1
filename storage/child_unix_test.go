//go:build unix

package storage_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sidestage/core/testenv"
	"sidestage/storage"
)

// childJobs are what this binary does as a child, each in a data directory.
func childJobs() map[string]func(dir string) error {
	return map[string]func(dir string) error{
		"open":      openOnce,
		"read":      func(dir string) error { return openWith(dir, storage.Options{ReadOnly: true}) },
		"open-full": func(dir string) error { return limited(8<<10, func() error { return openOnce(dir) }) },
		"fill":      fill,
	}
}

func openOnce(dir string) error { return openWith(dir, storage.Options{}) }

func openWith(dir string, o storage.Options) error {
	db, err := storage.Open(context.Background(), dir, o)
	if err != nil {
		return err
	}
	return db.Close()
}

// limited runs fn while no file may grow beyond size: to SQLite, a disk that
// fails.
func limited(size uint64, fn func() error) error {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: size, Max: size}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	return fn()
}

// fill writes until the disk fails, which only the COMMIT notices.
func fill(dir string) error {
	db, err := storage.Open(context.Background(), dir, storage.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	hooked := false
	err = limited(256<<10, func() error {
		return db.Update(context.Background(), func(tx *storage.Tx) error {
			tx.AfterCommit(func() { hooked = true })
			return tx.SetMeta("big", strings.Repeat("x", 400<<10))
		})
	})
	if hooked {
		return errors.New("the hook ran")
	}
	return err
}

// child runs job in dir, as nobody when somebody must be refused.
func child(t *testing.T, job, dir string, asNobody bool) answer {
	t.Helper()
	exe := os.Args[0]
	cmd := exec.CommandContext(t.Context(), exe, dir)
	if asNobody {
		cmd = exec.CommandContext(t.Context(), publicCopy(t, exe), dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), childEnv+"="+job)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if asNobody && os.IsPermission(err) {
		testenv.Missing(t, "the right to start a process as nobody")
	}
	var a answer
	if err != nil || json.Unmarshal(out, &a) != nil {
		t.Fatalf("child %s: %v %s %s", job, err, out, stderr.String())
	}
	return a
}

const nobody = 65534

// publicCopy puts the test binary where nobody may run it.
func publicCopy(t *testing.T, exe string) string {
	t.Helper()
	dir := publicDir(t)
	to := filepath.Join(dir, "child")
	in, err := os.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return to
}

// publicDir is a directory anybody may enter; t.TempDir's are not.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sidestage-storage") //nolint:usetesting // its parent would be closed to nobody
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWhereNothingMayBeWrittenOpeningSaysSo(t *testing.T) {
	root := os.Geteuid() == 0
	for _, tc := range []struct {
		name       string
		dir, file  os.FileMode
		exists     bool
		sayingThat string
	}{
		{"an empty directory", 0o555, 0, false, "lock the data directory"},
		{"a directory with a database", 0o555, 0o444, true, "lock"},
		{"a database", 0o777, 0o444, true, "sidestage.db may not be written"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := publicDir(t)
			if tc.exists {
				if err := openOnce(dir); err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"sidestage.db", "sidestage.lock"} {
					if err := os.Chmod(filepath.Join(dir, name), tc.file); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := os.Chmod(dir, tc.dir); err != nil {
				t.Fatal(err)
			}
			before := files(t, dir)
			a := child(t, "open", dir, root)
			if a.Kind != "denied" || a.Reason != "not-writable" || !strings.Contains(a.Text, tc.sayingThat) {
				t.Errorf("%+v", a)
			}
			if tc.exists && tc.dir == 0o555 {
				if a := child(t, "read", dir, root); a.Kind != "denied" || !strings.Contains(a.Text, "its -wal and -shm beside it") {
					t.Errorf("to a reader: %+v", a)
				}
			}
			if got := files(t, dir)["sidestage.db"]; got != before["sidestage.db"] {
				t.Error("the database has changed")
			}
		})
	}
}

func TestOpeningOnAFullDiskSaysSoAndCanBeRepeated(t *testing.T) {
	dir := t.TempDir()
	if a := child(t, "open-full", dir, false); a.Kind != "unavailable" || a.Reason != "disk-error" {
		t.Errorf("%+v", a)
	}
	set(t, open(t, dir, storage.Options{}), "k", "v")
}

func TestACommitTheDiskRefusesIsNotASuccess(t *testing.T) {
	dir := t.TempDir()
	if a := child(t, "fill", dir, false); a.Kind != "ambiguous" || a.Reason != "disk-error" {
		t.Errorf("%+v", a)
	}
	db := open(t, dir, storage.Options{})
	if got := value(t, db, "big"); got != "" {
		t.Errorf("%d bytes were kept", len(got))
	}
}

func TestALockDiesWithItsProcess(t *testing.T) {
	dir := t.TempDir()
	if a := child(t, "open", dir, false); a.Kind != "none" {
		t.Errorf("%+v", a)
	}
	open(t, dir, storage.Options{})
	if a := child(t, "open", dir, false); a.Reason != "locked" || !strings.Contains(a.Text, dir+" is in use by ") {
		t.Errorf("%+v", a)
	}
	if a := child(t, "read", dir, false); a.Kind != "none" {
		t.Errorf("a reader beside us: %+v", a)
	}
}
