package storage_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/storage"
)

func TestABackupIsAWholeDatabaseAndOverwritesNothing(t *testing.T) {
	ctx, from, dir := context.Background(), t.TempDir(), t.TempDir()
	db := open(t, from, storage.Options{Platform: storage.Demo})
	set(t, db, "k", "v")
	mustUpdate(t, db, func(tx *storage.Tx) error { return tx.AppendEvent(event.ChatReplied{SagaID: "s", Text: "hello"}) })
	file := filepath.Join(dir, "copy.bak")
	c, err := storage.Backup(ctx, from, file)
	if err != nil {
		t.Fatal(err)
	}
	if c.File != file || c.Bytes < 4096 || c.Schema != 1 || c.Platform != storage.Demo || time.Since(c.Until) > time.Minute {
		t.Errorf("%+v", c)
	}
	private(t, file, 0o600)
	if _, err := storage.Backup(ctx, from, file); core.KindOf(err) != core.Conflict || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("a second time: %v", err)
	}
	for _, name := range []string{"copy.db", "copy.DB"} {
		if _, err := storage.Backup(ctx, from, filepath.Join(dir, name)); core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "name it copy.bak") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := storage.Backup(ctx, from, filepath.Join(dir, "no", "such.bak")); core.KindOf(err) != core.Unavailable {
		t.Errorf("into nowhere: %v", err)
	}
	if names := list(t, dir); !slices.Equal(names, []string{"copy.bak"}) {
		t.Errorf("left behind: %v", names)
	}
	if err := os.Rename(file, filepath.Join(dir, "sidestage.db")); err != nil {
		t.Fatal(err)
	}
	if got := value(t, open(t, dir, storage.Options{}), "k"); got != "v" {
		t.Errorf("the copy holds %q", got)
	}
}

func TestBackupsHaveAPlaceOfTheirOwnAndTheOldestGoWhenAsked(t *testing.T) {
	dir := t.TempDir()
	closeNow(t, open(t, dir, storage.Options{}))
	c, err := storage.Backup(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := regexp.MatchString(`^sidestage-\d{8}T\d{6}\.\d{3}Z\.bak$`, filepath.Base(c.File)); !ok {
		t.Errorf("%s", c.File)
	}
	place := filepath.Join(dir, "backups")
	private(t, place, 0o700)
	old := []string{"sidestage-20200101T000000.000Z.bak", "sidestage-20200101T000000.001Z.bak"}
	others := []string{"sidestage-schema-1-20200101T000000.000Z.bak", "sidestage-replaced-20200101T000000.000Z.bak", "mine.bak"}
	for _, name := range slices.Concat(old, others) {
		if err := os.WriteFile(filepath.Join(place, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	gone, err := storage.Prune(dir, 1)
	if err != nil || !slices.Equal(gone, []string{filepath.Join(place, old[0]), filepath.Join(place, old[1])}) {
		t.Errorf("%v, %v", gone, err)
	}
	if names := list(t, place); len(names) != 4 || !slices.Contains(names, filepath.Base(c.File)) {
		t.Errorf("left: %v", names)
	}
	if gone, err := storage.Prune(t.TempDir(), 1); len(gone) != 0 || err != nil {
		t.Errorf("%v, %v", gone, err)
	}
}

// TestABackupOfADatabaseInUseIsOfOneMoment: each transaction writes two values
// that are the same.
func TestABackupOfADatabaseInUseIsOfOneMoment(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, storage.Options{})
	var copies []string
	var writing sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	writing.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			mustUpdate(t, db, func(tx *storage.Tx) error {
				return errors.Join(tx.SetMeta("a", fmt.Sprint(i)), tx.SetMeta("b", fmt.Sprint(i)))
			})
		}
	})
	for i := range 5 {
		c, err := storage.Backup(ctx, dir, filepath.Join(dir, fmt.Sprint(i, ".bak")))
		if err != nil {
			t.Fatal(err)
		}
		copies = append(copies, c.File)
	}
	stop()
	writing.Wait()
	for _, file := range copies {
		there := t.TempDir()
		if err := os.Rename(file, filepath.Join(there, "sidestage.db")); err != nil {
			t.Fatal(err)
		}
		copied := open(t, there, storage.Options{})
		if a, b := value(t, copied, "a"), value(t, copied, "b"); a != b {
			t.Errorf("%s and %s in one copy", a, b)
		}
	}
}

func TestWhatCannotBeBackedUpLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := storage.Backup(t.Context(), dir, ""); core.KindOf(err) != core.NotFound {
		t.Errorf("nothing: %v", err)
	}
	if _, err := storage.Backup(t.Context(), "", ""); core.ReasonOf(err) != "no-directory" {
		t.Errorf("no name: %v", err)
	}
	if names := list(t, dir); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
	file := damaged(t, dir, "sidestage.db")
	if _, err := storage.Backup(t.Context(), dir, ""); core.KindOf(err) != core.Invalid {
		t.Errorf("damaged %s: %v", file, err)
	}
	if names := list(t, filepath.Join(dir, "backups")); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
}

// damaged makes a database some of whose pages hold nonsense.
func damaged(t *testing.T, dir, name string) string {
	t.Helper()
	made := t.TempDir()
	db := open(t, made, storage.Options{})
	for i := range 200 {
		set(t, db, fmt.Sprint("k", i), strings.Repeat("v", 500))
	}
	closeNow(t, db)
	data, err := os.ReadFile(filepath.Join(made, "sidestage.db"))
	if err != nil {
		t.Fatal(err)
	}
	for i := len(data) - 20*4096; i < len(data); i++ {
		data[i] = 0xa5
	}
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestARestoredCopyIsTheDatabaseAndTheFormerIsMovedAside(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, storage.Options{})
	set(t, db, "k", "before")
	c, err := storage.Backup(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	set(t, db, "k", "after")
	if _, err := storage.Restore(t.Context(), dir, c.File); core.ReasonOf(err) != "locked" {
		t.Errorf("in use: %v", err)
	}
	if got := value(t, db, "k"); got != "after" {
		t.Errorf("refused, and it holds %q", got)
	}
	closeNow(t, db)

	r, err := storage.Restore(t.Context(), dir, c.File)
	if err != nil {
		t.Fatal(err)
	}
	db = open(t, dir, storage.Options{})
	if got := value(t, db, "k"); got != "before" || value(t, db, storage.MetaRestored) == "" {
		t.Errorf("restored, it holds %q", got)
	}
	closeNow(t, db)
	private(t, filepath.Join(dir, "sidestage.db"), 0o600)
	if !strings.HasPrefix(filepath.Base(r.Aside), "sidestage-replaced-") || r.File != filepath.Join(dir, "sidestage.db") {
		t.Errorf("%+v", r)
	}
	for _, name := range list(t, dir) {
		if strings.HasSuffix(name, ".part") {
			t.Errorf("left behind: %s", name)
		}
	}

	if _, err = storage.Restore(t.Context(), dir, r.Aside); err != nil {
		t.Fatal(err)
	}
	if got := value(t, open(t, dir, storage.Options{}), "k"); got != "after" {
		t.Errorf("what was moved aside holds %q", got)
	}
}

// TestWhatADeadProgramLeftInTheLogIsMovedAsideToo restores over a database that
// was never closed.
func TestWhatADeadProgramLeftInTheLogIsMovedAsideToo(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	db := open(t, from, storage.Options{})
	c, err := storage.Backup(t.Context(), from, "")
	if err != nil {
		t.Fatal(err)
	}
	set(t, db, "k", "in the log")
	for _, name := range []string{"sidestage.db", "sidestage.db-wal"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := storage.Restore(t.Context(), dir, c.File)
	if err != nil {
		t.Fatal(err)
	}
	if db := open(t, dir, storage.Options{}); value(t, db, "k") != "" {
		t.Error("the old log is in the new database")
	} else {
		closeNow(t, db)
	}
	if _, err := storage.Restore(t.Context(), dir, r.Aside); err != nil {
		t.Fatal(err)
	}
	if got := value(t, open(t, dir, storage.Options{}), "k"); got != "in the log" {
		t.Errorf("what was moved aside holds %q", got)
	}
}

func TestADamagedDatabaseIsMovedAsideAsItIs(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	set(t, open(t, from, storage.Options{}), "k", "v")
	c, err := storage.Backup(t.Context(), from, "")
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(damaged(t, dir, "sidestage.db"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := storage.Restore(t.Context(), dir, c.File)
	if err != nil {
		t.Fatal(err)
	}
	if got := value(t, open(t, dir, storage.Options{}), "k"); got != "v" {
		t.Errorf("restored, it holds %q", got)
	}
	if is, err := os.ReadFile(r.Aside); err != nil || string(is) != string(was) {
		t.Errorf("what was moved aside has changed: %v", err)
	}
}

func TestWhatIsNoCopyIsNotRestored(t *testing.T) {
	dir, copies := t.TempDir(), t.TempDir()
	set(t, open(t, dir, storage.Options{}), "k", "v")
	closeNow(t, open(t, copies, storage.Options{Platform: storage.Demo}))
	text := filepath.Join(copies, "diary.bak")
	if err := os.WriteFile(text, []byte(strings.Repeat("dear diary\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(copies, "empty.bak")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	closeNow(t, open(t, elsewhere, storage.Options{}))
	before := files(t, elsewhere)
	for file, want := range map[string]string{
		text:                                   "invalid not-a-database",
		empty:                                  "not-found ",
		filepath.Join(copies, "none.bak"):      "not-found ",
		damaged(t, copies, "damaged.bak"):      "invalid",
		filepath.Join(copies, "sidestage.db"):  "conflict platform",
		filepath.Join(copies, "no", "dir.bak"): "not-found ",
	} {
		_, err := storage.Restore(t.Context(), elsewhere, file)
		if got := core.KindOf(err).String() + " " + core.ReasonOf(err); err == nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s: %v", file, got, err)
		}
	}
	after := files(t, elsewhere)
	delete(after, "sidestage.lock")
	delete(before, "sidestage.lock")
	if fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("left %v", list(t, elsewhere))
	}
	if _, err := storage.Restore(t.Context(), "", text); core.ReasonOf(err) != "no-directory" {
		t.Errorf("%v", err)
	}
}

func closeNow(t *testing.T, db *storage.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func private(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != mode {
		t.Errorf("%s has mode %v", path, info.Mode().Perm())
	}
}

// list is the names in dir; none where it does not exist.
func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestExaminingChangesNothingWhetherADeskRunsOrNot(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, storage.Options{Platform: storage.Demo})
	set(t, db, "k", "v")
	for range 2 { // open, then closed
		before := files(t, dir)
		c, err := storage.Examine(t.Context(), dir)
		if err != nil || c.Platform != storage.Demo || c.Schema < 1 || c.Older || c.Bytes < 4096 {
			t.Errorf("%+v, %v", c, err)
		}
		after := files(t, dir)
		delete(before, "sidestage.db-shm") // where readers of an open one note themselves
		delete(after, "sidestage.db-shm")
		if fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("left %v", list(t, dir))
		}
		closeNow(t, db)
	}
	if _, err := storage.Examine(t.Context(), t.TempDir()); core.KindOf(err) != core.NotFound {
		t.Errorf("nothing: %v", err)
	}
	broken := t.TempDir()
	damaged(t, broken, "sidestage.db")
	if _, err := storage.Examine(t.Context(), broken); core.KindOf(err) != core.Invalid || core.ReasonOf(err) == "" {
		t.Errorf("damaged: %v", err)
	}
}
