package storage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/storage"
)

var errNo = errors.New("no")

// group runs calls, in order, as one group: they queue behind an update that
// ends only when all of them wait. It needs a synctest bubble.
type group struct {
	db   *storage.DB
	free chan struct{}
	wg   sync.WaitGroup
}

func newGroup(t *testing.T, db *storage.DB) *group {
	t.Helper()
	g := &group{db: db, free: make(chan struct{})}
	g.wg.Go(func() {
		if err := db.Update(context.Background(), func(*storage.Tx) error { <-g.free; return nil }); err != nil {
			t.Errorf("the update before: %v", err)
		}
	})
	synctest.Wait()
	return g
}

func (g *group) add(call func()) {
	g.wg.Go(call)
	synctest.Wait()
}

func (g *group) run() {
	close(g.free)
	g.wg.Wait()
}

func TestAFailingMemberOfAGroupTakesBackOnlyItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, t.TempDir(), storage.Options{})
		var hooks []string
		update := func(key string, end func() error) error {
			return db.Update(context.Background(), func(tx *storage.Tx) error {
				tx.AfterCommit(func() { hooks = append(hooks, key) })
				if err := tx.SetMeta(key, "x"); err != nil {
					return err
				}
				return end()
			})
		}
		ok := func() error { return nil }
		g := newGroup(t, db)
		var a, b, d, f error
		var panicked any
		unwound := false
		g.add(func() { a = update("a", ok) })
		g.add(func() { b = update("b", func() error { return errNo }) })
		g.add(func() {
			defer func() { panicked = recover() }()
			_ = update("c", func() error { panic("oops") })
		})
		g.add(func() { d = update("d", ok) })
		g.add(func() {
			defer func() { unwound = true }()
			_ = update("e", func() error { runtime.Goexit(); return nil })
		})
		g.add(func() { f = update("f", ok) })
		g.run()
		if a != nil || !errors.Is(b, errNo) || d != nil || f != nil {
			t.Errorf("outcomes %v, %v, %v, %v", a, b, d, f)
		}
		if panicked != "oops" || !unwound {
			t.Errorf("panic %v arrived, Goexit %v", panicked, unwound)
		}
		if want := []string{"a", "d", "f"}; !slices.Equal(hooks, want) {
			t.Errorf("hooks %v, want %v", hooks, want)
		}
		for key, want := range map[string]string{"a": "x", "b": "", "c": "", "d": "x", "e": "", "f": "x"} {
			if got := value(t, db, key); got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
	})
}

func TestALeaderThatPanicsServesItsGroupFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, t.TempDir(), storage.Options{})
		g := newGroup(t, db)
		var panicked any
		g.add(func() {
			defer func() { panicked = recover() }()
			_ = db.Update(context.Background(), func(*storage.Tx) error { panic("first") })
		})
		g.add(func() { set(t, db, "k", "v") })
		g.run()
		if panicked != "first" || value(t, db, "k") != "v" {
			t.Errorf("panicked %v, kept %q", panicked, value(t, db, "k"))
		}
		set(t, db, "baton", "passed")
	})
}

func TestAPanickingHookStopsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, t.TempDir(), storage.Options{})
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = db.Update(context.Background(), func(tx *storage.Tx) error {
				tx.AfterCommit(func() { panic("hook") })
				return tx.SetMeta("k", "v")
			})
		}()
		if value(t, db, "k") != "v" {
			t.Error("what was committed is gone")
		}
		set(t, db, "baton", "passed")
	})
}

func TestACancelledCallerLeavesTheLineAndOnlyThat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, t.TempDir(), storage.Options{})
		ctx, cancel := context.WithCancel(context.Background())
		g := newGroup(t, db)
		var left error
		ran := false
		g.add(func() { left = db.Update(ctx, func(*storage.Tx) error { ran = true; return nil }) })
		g.add(func() { set(t, db, "after", "v") })
		cancel()
		synctest.Wait()
		if !errors.Is(left, context.Canceled) || core.KindOf(left) != core.Unavailable || ran {
			t.Errorf("left with %v, ran %v", left, ran)
		}
		g.run()
		if ran || value(t, db, "after") != "v" {
			t.Errorf("ran %v, after %q", ran, value(t, db, "after"))
		}
		if err := db.Update(ctx, func(*storage.Tx) error { ran = true; return nil }); !errors.Is(err, context.Canceled) || ran {
			t.Errorf("a context that is over at the start: %v, ran %v", err, ran)
		}
	})
}

func TestAContextThatEndsDuringTheTurnDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, t.TempDir(), storage.Options{})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := db.Update(ctx, func(tx *storage.Tx) error {
			<-ctx.Done()
			return tx.SetMeta("k", "v")
		})
		if err != nil || value(t, db, "k") != "v" {
			t.Errorf("%v, kept %q", err, value(t, db, "k"))
		}
	})
}

func TestCloseWaitsForTheGroupAndRefusesWhatComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		db := open(t, dir, storage.Options{})
		g := newGroup(t, db)
		g.add(func() { set(t, db, "queued", "v") })
		view := make(chan struct{})
		g.add(func() { _ = db.View(context.Background(), func(*storage.Tx) error { <-view; return nil }) })
		closed := false
		g.add(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			closed = true
		})
		none := func(*storage.Tx) error { t.Error("ran after Close"); return nil }
		if err := db.Update(context.Background(), none); core.KindOf(err) != core.Unavailable {
			t.Errorf("update: %v", err)
		}
		if err := db.View(context.Background(), none); core.KindOf(err) != core.Unavailable {
			t.Errorf("view: %v", err)
		}
		if closed {
			t.Error("Close did not wait for the group")
		}
		close(g.free)
		synctest.Wait()
		if closed {
			t.Error("Close did not wait for the view")
		}
		close(view)
		g.wg.Wait()
		if got := value(t, open(t, dir, storage.Options{}), "queued"); got != "v" {
			t.Errorf("the queued update kept %q", got)
		}
	})
}

func TestEventsReachTheListenerOnceATransactionInCommitOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, t.TempDir(), storage.Options{})
		var heard [][]event.Record
		db.OnEvents(func(rs []event.Record) {
			heard = append(heard, rs)
			if last(t, db) < rs[len(rs)-1].Seq {
				t.Error("heard of an event before it was durable")
			}
		})
		roll := func(fail error, ids ...string) error {
			return db.Update(context.Background(), func(tx *storage.Tx) error {
				for _, id := range ids {
					if err := tx.AppendEvent(event.RaffleRolled{RollID: id}); err != nil {
						return err
					}
				}
				return fail
			})
		}
		g := newGroup(t, db)
		var a, b, c error
		g.add(func() { a = roll(nil, "1", "2") })
		g.add(func() { b = roll(errNo, "x") })
		g.add(func() { c = roll(nil, "3") })
		g.run()
		if a != nil || !errors.Is(b, errNo) || c != nil {
			t.Fatal(a, b, c)
		}
		var got [][]string
		var all []event.Record
		for _, rs := range heard {
			var ids []string
			for _, r := range rs {
				ids = append(ids, fmt.Sprint(r.Seq, " ", r.Subject))
			}
			got, all = append(got, ids), append(all, rs...)
		}
		if d := cmp.Diff([][]string{{"1 1", "2 2"}, {"3 3"}}, got); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(all, after(t, db, 0, 100)); d != "" {
			t.Errorf("the journal tells otherwise: %s", d)
		}
		if rs := after(t, db, 1, 1); len(rs) != 1 || rs[0].Seq != 2 {
			t.Errorf("after 1, at most 1: %v", rs)
		}
		err := db.View(context.Background(), func(tx *storage.Tx) error { _, err := tx.EventsAfter(0, 0); return err })
		if core.KindOf(err) != core.Invalid {
			t.Errorf("limit 0: %v", err)
		}
	})
}

func last(t *testing.T, db *storage.DB) (seq int64) {
	t.Helper()
	if err := db.View(context.Background(), func(tx *storage.Tx) (err error) { seq, err = tx.LastSeq(); return err }); err != nil {
		t.Error(err)
	}
	return seq
}

func after(t *testing.T, db *storage.DB, seq int64, limit int) (rs []event.Record) {
	t.Helper()
	err := db.View(context.Background(), func(tx *storage.Tx) (err error) { rs, err = tx.EventsAfter(seq, limit); return err })
	if err != nil {
		t.Error(err)
	}
	return rs
}

func TestATransactionHasOneTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, t.TempDir(), storage.Options{})
		time.Sleep(1234567 * time.Nanosecond) // the bubble's, not ours
		if err := db.Update(context.Background(), func(tx *storage.Tx) error {
			start := tx.Now()
			time.Sleep(time.Second)
			if tx.Now() != start || start != start.Truncate(time.Millisecond).UTC() {
				t.Errorf("%v then %v", start, tx.Now())
			}
			return tx.AppendEvent(event.StreamOnline{SessionID: "s"})
		}); err != nil {
			t.Fatal(err)
		}
		if at := after(t, db, 0, 1)[0].At; at != time.Now().Add(-time.Second).Truncate(time.Millisecond).UTC() {
			t.Errorf("journalled at %v", at)
		}
	})
}

func TestATransactionIsOverWhenItsFunctionIs(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	var kept *storage.Tx
	if err := db.Update(context.Background(), func(tx *storage.Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := kept.SetMeta("k", "v"); core.KindOf(err) != core.Internal {
		t.Errorf("a write after the end: %v", err)
	}
	if value(t, db, "k") != "" {
		t.Error("it was written")
	}
}

func TestAViewIsOneSnapshot(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	set(t, db, "k", "old")
	err := db.View(context.Background(), func(tx *storage.Tx) error {
		for range 3 {
			if v, err := tx.Meta("k"); err != nil || v != "old" {
				return fmt.Errorf("reads %q: %w", v, err)
			}
			set(t, db, "k", "new")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if got := value(t, db, "k"); got != "new" {
		t.Errorf("afterwards %q", got)
	}
}

func TestReadersAndWritersAtOnceSeeOnlyWholeTransactions(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				if err := db.Update(context.Background(), func(tx *storage.Tx) error {
					return errors.Join(tx.SetMeta("a", fmt.Sprint(i)), tx.SetMeta("b", fmt.Sprint(i)))
				}); err != nil {
					t.Error(err)
				}
				if err := db.View(context.Background(), func(tx *storage.Tx) error {
					a, errA := tx.Meta("a")
					b, errB := tx.Meta("b")
					if a != b {
						t.Errorf("a is %s and b is %s", a, b)
					}
					return errors.Join(errA, errB)
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAViewEndsWithItsContext(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	err := db.View(ctx, func(tx *storage.Tx) error {
		cancel()
		_, err := tx.LastSeq()
		return err
	})
	if core.KindOf(err) != core.Unavailable {
		t.Errorf("%v", err)
	}
	set(t, db, "still", "well")
}

type metaTx interface{ SetMeta(key, value string) error }

func TestInNarrowsATransaction(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	store := storage.In(db, func(tx *storage.Tx) metaTx { return tx })
	if err := store.Update(context.Background(), func(tx metaTx) error { return tx.SetMeta("k", "v") }); err != nil {
		t.Fatal(err)
	}
	if err := store.View(context.Background(), func(tx metaTx) error { return tx.SetMeta("k", "w") }); err == nil {
		t.Error("a view wrote")
	}
	if got := value(t, db, "k"); got != "v" {
		t.Errorf("kept %q", got)
	}
}

// maxMixture is more than fits a group.
const maxMixture = 80

// Whatever the mixture: what returned nil is there and its hook ran, in the
// order of the journal; of everything else there is nothing.
func TestEveryMixtureKeepsExactlyWhatReturnedNil(t *testing.T) {
	made := t.TempDir()
	if err := open(t, made, storage.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"ok", "fail", "panic", "cancel"}), 1, maxMixture).Draw(rt, "calls")
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
			rt.Fatal(err)
		}
		var succeeded, hooks, journal []string
		synctest.Test(t, func(t *testing.T) {
			db := open(t, dir, storage.Options{})
			succeeded, hooks = mix(t, db, kinds)
			for _, r := range after(t, db, 0, maxMixture) {
				journal = append(journal, r.Subject)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		if d := cmp.Diff(journal, hooks); d != "" {
			rt.Errorf("journal and hooks: %s", d)
		}
		slices.Sort(journal)
		slices.Sort(succeeded)
		if d := cmp.Diff(succeeded, journal); d != "" {
			rt.Errorf("succeeded and journal: %s", d)
		}
	})
}

// mix starts an update for each kind, cancels some while they wait, and tells
// which returned nil and whose hooks ran, in order.
func mix(t *testing.T, db *storage.DB, kinds []string) (succeeded, hooks []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ctxs := map[bool]context.Context{true: ctx, false: t.Context()} // by whether it gets cancelled
	free := make(chan struct{})
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, kind := range kinds {
		id := fmt.Sprint(i, kind)
		wg.Go(func() {
			defer func() { _ = recover() }()
			err := db.Update(ctxs[kind == "cancel"], func(tx *storage.Tx) error {
				<-free
				tx.AfterCommit(func() { hooks = append(hooks, id) })
				if err := tx.AppendEvent(event.RaffleVoided{RollID: id}); err != nil {
					return err
				}
				switch kind {
				case "fail":
					return errNo
				case "panic":
					panic(id)
				}
				return nil
			})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				succeeded = append(succeeded, id)
			}
		})
	}
	synctest.Wait()
	cancel()
	synctest.Wait()
	close(free)
	wg.Wait()
	return succeeded, hooks
}
