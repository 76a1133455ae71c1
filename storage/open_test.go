package storage_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sidestage/core"
	"sidestage/storage"
)

func TestADatabaseIsMadeForItsOwnerOnlyAndKeepsItsPlatform(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%20", "desk")
	db := open(t, dir, storage.Options{Platform: storage.Demo})
	set(t, db, "k", "v")
	if runtime.GOOS != "windows" {
		for name, want := range map[string]os.FileMode{
			"": 0o700, "sidestage.db": 0o600, "sidestage.db-wal": 0o600, "sidestage.db-shm": 0o600,
			"sidestage.lock": 0o600, "sidestage.holder": 0o600,
		} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != want {
				t.Errorf("%q has mode %v, want %v", name, info.Mode().Perm(), want)
			}
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir, storage.Options{})
	if db.Platform() != storage.Demo || value(t, db, "k") != "v" || value(t, db, "platform") != "demo" {
		t.Errorf("reopened as %q with %q", db.Platform(), value(t, db, "k"))
	}
}

func TestWithoutAWishANewDatabaseIsLive(t *testing.T) {
	if db := open(t, t.TempDir(), storage.Options{}); db.Platform() != storage.Live {
		t.Errorf("platform %q", db.Platform())
	}
}

func TestAnEmptyFileIsADatabaseToBeMade(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sidestage.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, storage.Options{ReadOnly: true}, core.NotFound, "")
	set(t, open(t, dir, storage.Options{}), "k", "v")
}

func TestADirectoryWithoutANameIsRefused(t *testing.T) {
	for _, ro := range []bool{false, true} {
		if msg := refused(t, "", storage.Options{ReadOnly: ro}, core.Invalid, "no-directory"); !strings.Contains(msg, "--data-dir") {
			t.Error(msg)
		}
	}
}

func TestTheOtherPlatformIsRefused(t *testing.T) {
	for _, ours := range []storage.Platform{storage.Live, storage.Demo} {
		dir := t.TempDir()
		if err := open(t, dir, storage.Options{Platform: ours}).Close(); err != nil {
			t.Fatal(err)
		}
		other := map[storage.Platform]storage.Platform{storage.Live: storage.Demo, storage.Demo: storage.Live}[ours]
		before := files(t, dir)
		for _, ro := range []bool{false, true} {
			msg := refused(t, dir, storage.Options{Platform: other, ReadOnly: ro}, core.Conflict, "platform")
			if !strings.Contains(msg, fmt.Sprintf("is a %s database and cannot be used for %s", ours, other)) {
				t.Error(msg)
			}
		}
		if got := files(t, dir)["sidestage.db"]; got != before["sidestage.db"] {
			t.Error("the refused file has changed")
		}
	}
	refused(t, t.TempDir(), storage.Options{Platform: "moon"}, core.Invalid, "")
}

func TestWhatIsNotOurDatabaseIsRefusedAndLeftAlone(t *testing.T) {
	for name, content := range map[string]string{
		"text":        "dear diary",
		"long text":   strings.Repeat("dear diary\n", 1000),
		"two bytes":   "\x00\x00", // one byte alone SQLite takes for none
		"broken head": "SQLite format 3\x00" + strings.Repeat("\xff", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "sidestage.db")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, ro := range []bool{false, true} {
				if msg := refused(t, dir, storage.Options{ReadOnly: ro}, core.Invalid, "not-a-database"); !strings.Contains(msg, file) {
					t.Errorf("the message does not name the file: %s", msg)
				}
			}
			got := files(t, dir)
			delete(got, "sidestage.lock")
			if want := map[string]string{"sidestage.db": content}; !maps.Equal(got, want) {
				t.Errorf("left %v", got)
			}
		})
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sidestage.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, storage.Options{}, core.Invalid, "not-a-database")
}

func TestASecondProcessHearsWhoHoldsTheLock(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, storage.Options{Address: "127.0.0.1:7433"})
	pid := os.Getpid()
	msg := refused(t, dir, storage.Options{}, core.Conflict, "locked")
	if want := fmt.Sprintf("%s is in use by pid %d at 127.0.0.1:7433", dir, pid); msg != want {
		t.Errorf("%q, want %q", msg, want)
	}
	if err := db.SetAddress("127.0.0.1:9"); err != nil {
		t.Fatal(err)
	}
	if msg := refused(t, dir, storage.Options{}, core.Conflict, "locked"); !strings.HasSuffix(msg, " at 127.0.0.1:9") {
		t.Error(msg)
	}
	if err := db.SetAddress(""); err != nil {
		t.Fatal(err)
	}
	if msg := refused(t, dir, storage.Options{}, core.Conflict, "locked"); msg != fmt.Sprintf("%s is in use by pid %d", dir, pid) {
		t.Error(msg)
	}
	if err := os.WriteFile(filepath.Join(dir, "sidestage.holder"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if msg := refused(t, dir, storage.Options{}, core.Conflict, "locked"); msg != dir+" is in use by another process" {
		t.Error(msg)
	}
	set(t, db, "still", "well")
}

func TestAStaleHolderMeansNothingAndClosingTwiceIsHarmless(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sidestage.holder"), []byte(`{"pid":1,"address":"x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	first := open(t, dir, storage.Options{})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir, storage.Options{Address: "here"})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if msg := refused(t, dir, storage.Options{}, core.Conflict, "locked"); !strings.Contains(msg, "at here") {
		t.Error(msg)
	}
	set(t, second, "k", "v")
}

func TestReadOnlySeesALiveDatabaseAndChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "desk")
	refused(t, dir, storage.Options{ReadOnly: true}, core.NotFound, "")
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("a reader made the directory: %v", err)
	}
	writer := open(t, dir, storage.Options{Platform: storage.Demo})
	set(t, writer, "k", "1")
	reader := open(t, dir, storage.Options{ReadOnly: true})
	if reader.Platform() != storage.Demo {
		t.Errorf("platform %q", reader.Platform())
	}
	for _, want := range []string{"2", "3"} {
		set(t, writer, "k", want)
		if got := value(t, reader, "k"); got != want {
			t.Errorf("reads %q, want %q", got, want)
		}
	}
	err := reader.Update(context.Background(), func(*storage.Tx) error { return nil })
	if core.ReasonOf(err) != "read-only" || core.KindOf(err) != core.Denied {
		t.Errorf("update: %v", err)
	}
	if err := reader.SetAddress("x"); core.ReasonOf(err) != "read-only" {
		t.Errorf("set address: %v", err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if got := value(t, reader, "k"); got != "3" {
		t.Errorf("after the writer left it reads %q", got)
	}
}

func TestAViewCannotWrite(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	err := db.View(context.Background(), func(tx *storage.Tx) error { return tx.SetMeta("k", "v") })
	if core.KindOf(err) != core.Denied {
		t.Errorf("%v", err)
	}
	if got := value(t, db, "k"); got != "" {
		t.Errorf("written %q", got)
	}
}
