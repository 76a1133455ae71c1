package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"sidestage/core"
)

// A disk is full when the file may have no more pages.
func limitPages(t *testing.T, db *DB, spare int) {
	t.Helper()
	var pages int
	if err := db.writer.db.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := db.writer.db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages+spare)); err != nil {
		t.Fatal(err)
	}
}

func TestOnAFullDiskTheWholeGroupFailsAndNothingIsDamaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := Open(context.Background(), t.TempDir(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		limitPages(t, db, 2)
		var wg sync.WaitGroup
		free := make(chan struct{})
		var mu sync.Mutex
		var errs []error
		var hooks []string
		update := func(key string, size int, wait bool) {
			err := db.Update(context.Background(), func(tx *Tx) error {
				if wait {
					<-free
				}
				tx.AfterCommit(func() { hooks = append(hooks, key) })
				_ = tx.SetMeta(key, strings.Repeat("x", size)) // a fn that does not look
				return nil
			})
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		}
		wg.Go(func() { update("before", 1, true) })
		synctest.Wait()
		for _, u := range []struct {
			key  string
			size int
		}{{"small", 1}, {"big", 1 << 20}, {"late", 1}} {
			wg.Go(func() { update(u.key, u.size, false) })
			synctest.Wait()
		}
		close(free)
		wg.Wait()
		full := 0
		for _, err := range errs {
			if core.KindOf(err) == core.Unavailable && core.ReasonOf(err) == "disk-full" {
				full++
			} else if err != nil {
				t.Error(err)
			}
		}
		if full != 3 {
			t.Errorf("the whole group of 3 should fail: %v", errs)
		}
		if !slices.Equal(hooks, []string{"before"}) {
			t.Errorf("hooks %v", hooks)
		}
		limitPages(t, db, 1<<20)
		var keys []string
		if err := db.Update(context.Background(), func(tx *Tx) (err error) {
			keys, err = collect(tx, "SELECT key FROM meta WHERE key <> 'platform'", nil, scanString)
			return errors.Join(err, tx.SetMeta("big", strings.Repeat("x", 1<<20)))
		}); err != nil || !slices.Equal(keys, []string{"before"}) {
			t.Errorf("afterwards %v, %v", keys, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

func scanString(rows *sql.Rows) (s string, err error) {
	err = rows.Scan(&s)
	return s, err
}

func TestAfterAnErrorThatIsNoConstraintATransactionIsClosed(t *testing.T) {
	db := fresh(t)
	err := db.Update(context.Background(), func(tx *Tx) error {
		if err := tx.SetMeta("k", "v"); err != nil {
			return err
		}
		if _, err := tx.exec("INSERT INTO nowhere VALUES (1)"); err == nil {
			t.Error("wrote into nowhere")
		}
		if err := tx.SetMeta("k", "w"); err == nil || !strings.Contains(err.Error(), "nowhere") {
			t.Errorf("a statement after the failure: %v", err)
		}
		return nil
	})
	if core.KindOf(err) != core.Internal {
		t.Errorf("%v", err)
	}
	err = db.View(context.Background(), func(tx *Tx) error { _, err := tx.Meta("k"); return err })
	if core.KindOf(err) != core.NotFound {
		t.Errorf("kept: %v", err)
	}
}

func TestAConstraintRefusesOneStatementOnly(t *testing.T) {
	db := fresh(t)
	const insert = "INSERT INTO meta (key, value) VALUES (?, ?)"
	if err := db.Update(context.Background(), func(tx *Tx) error {
		if _, err := tx.exec(insert, "k", "v"); err != nil {
			return err
		}
		if _, err := tx.exec(insert, "k", "w"); core.KindOf(err) != core.Conflict || core.ReasonOf(err) != "exists" {
			t.Errorf("a second k: %v", err)
		}
		if _, err := tx.exec(insert, "", "w"); core.KindOf(err) != core.Internal {
			t.Errorf("a CHECK: %v", err)
		}
		if _, err := tx.exec(insert, "platform", "moon"); core.KindOf(err) != core.Internal {
			t.Errorf("an unknown platform: %v", err)
		}
		_, err := tx.exec(insert, "l", "v")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, db); got != "v" {
		t.Errorf("kept %q", got)
	}
}

func TestOneRowIsOneRow(t *testing.T) {
	db := fresh(t)
	if err := db.View(context.Background(), func(tx *Tx) error {
		var n int
		if err := tx.get("SELECT 1 UNION ALL SELECT 2", nil, &n); core.KindOf(err) != core.Internal {
			t.Errorf("two rows: %v", err)
		}
		if err := tx.get("SELECT 'x'", nil, &n); err == nil {
			t.Error("a word was read as a number")
		}
		return tx.get("SELECT 7 WHERE ? = 'q'", []any{"q"}, &n)
	}); err != nil {
		t.Fatal(err)
	}
}

func TestStatementsArePreparedOnce(t *testing.T) {
	db := fresh(t)
	put(t, db, "1")
	known := len(db.writer.stmts)
	stmt := db.writer.known("SAVEPOINT update_call")
	for range 3 {
		put(t, db, "2")
		kept(t, db)
	}
	if len(db.writer.stmts) != known || stmt == nil || db.writer.known("SAVEPOINT update_call") != stmt || len(db.readers.stmts) != 1 {
		t.Errorf("writer knows %d then %d, readers %d", known, len(db.writer.stmts), len(db.readers.stmts))
	}
}

func TestAGroupHasABound(t *testing.T) {
	l := newLine()
	calls := make([]*call, 2*maxGroup+2)
	for i := range calls {
		calls[i] = newCall(nil)
		if err := l.join(calls[i]); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []struct{ leader, members int }{{0, 1}, {1, maxGroup}, {1 + maxGroup, maxGroup}, {1 + 2*maxGroup, 1}} {
		select {
		case g := <-calls[want.leader].turn:
			if len(g.calls) != want.members {
				t.Errorf("a group of %d, want %d", len(g.calls), want.members)
			}
		default:
			t.Errorf("call %d does not lead", want.leader)
		}
		l.pass()
	}
	if l.busy {
		t.Error("busy with nobody in line")
	}
}
