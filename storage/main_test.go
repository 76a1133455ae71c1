package storage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/storage"
)

// childEnv names a job for this test binary run again as a child process, with
// other rights or limits than the tests themselves.
const childEnv = "SIDESTAGE_STORAGE_CHILD"

func TestMain(m *testing.M) {
	if job := os.Getenv(childEnv); job != "" {
		runChild(job, os.Args[len(os.Args)-1])
		return
	}
	goleak.VerifyTestMain(m)
}

// answer is what a child prints: the error it met.
type answer struct {
	Kind, Reason, Text string
}

func runChild(job, dir string) {
	err := childJobs()[job](dir)
	a := answer{Kind: "none"}
	if err != nil {
		a = answer{Kind: core.KindOf(err).String(), Reason: core.ReasonOf(err), Text: err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func open(tb testing.TB, dir string, o storage.Options) *storage.DB {
	tb.Helper()
	db, err := storage.Open(context.Background(), dir, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return db
}

// refused opens dir, which has to fail with the kind and reason, and gives the
// message.
func refused(t *testing.T, dir string, o storage.Options, kind core.Kind, reason string) string {
	t.Helper()
	db, err := storage.Open(context.Background(), dir, o)
	if err == nil {
		_ = db.Close()
		t.Fatal("opened what must be refused")
	}
	if core.KindOf(err) != kind || core.ReasonOf(err) != reason {
		t.Fatalf("%v/%q: %v; want %v/%q", core.KindOf(err), core.ReasonOf(err), err, kind, reason)
	}
	return err.Error()
}

func set(tb testing.TB, db *storage.DB, key, value string) {
	tb.Helper()
	if err := db.Update(context.Background(), func(tx *storage.Tx) error { return tx.SetMeta(key, value) }); err != nil {
		tb.Fatal(err)
	}
}

// value is what is kept under key, "" for nothing.
func value(tb testing.TB, db *storage.DB, key string) (v string) {
	tb.Helper()
	err := db.View(context.Background(), func(tx *storage.Tx) (err error) {
		v, err = tx.Meta(key)
		return err
	})
	if err != nil && core.KindOf(err) != core.NotFound {
		tb.Fatal(err)
	}
	return v
}

// files reads every file under dir, to see later that nothing has changed.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		got[filepath.Base(path)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}
