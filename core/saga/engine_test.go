package saga_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is an engine on a real database, inside a synctest bubble.
type desk struct {
	t      *testing.T
	db     *storage.DB
	store  storage.Store[saga.Tx]
	engine *saga.Engine[saga.Tx]
	stop   func()
}

type kind = saga.Kind[saga.Tx]
type run = saga.Run[saga.Tx]

func open(t *testing.T, dir string, kinds ...kind) *desk {
	t.Helper()
	db, err := storage.Open(t.Context(), dir, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, db: db, store: storage.In(db, func(tx *storage.Tx) saga.Tx { return tx })}
	if d.engine, err = saga.New(d.store, saga.Config{}, kinds...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.engine.Run(ctx) }()
	d.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	return d
}

func (d *desk) start(kind, id string) {
	d.t.Helper()
	err := d.store.Update(d.t.Context(), func(tx saga.Tx) error {
		_, _, err := d.engine.Start(tx, kind, id, time.Now(), struct{}{})
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) saga(id string) (s saga.Saga, steps []saga.Step) {
	d.t.Helper()
	err := d.store.View(d.t.Context(), func(tx saga.Tx) (err error) {
		if s, err = tx.SagaByID(id); err != nil {
			return err
		}
		steps, err = tx.SagaSteps(id)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return s, steps
}

func (d *desk) wantState(id string, want saga.State) {
	d.t.Helper()
	s, steps := d.saga(id)
	if s.State != want {
		d.t.Fatalf("saga %s is %s (%v), want %s; steps %+v", id, s.State, s.Error, want, steps)
	}
}

func TestASagaRunsItsStepsInOrderAndCompletes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran []string
		step := func(name string) saga.Effect[string] {
			return saga.Effect[string]{Name: name, Run: func(context.Context, string) (string, error) {
				ran = append(ran, name)
				return name + "!", nil
			}}
		}
		d := open(t, t.TempDir(), kind{Name: "k", Version: 1, Body: func(ctx context.Context, r *run) error {
			for _, name := range []string{"a", "b", "c"} {
				if got, err := step(name).Do(ctx, r); err != nil || got != name+"!" {
					return err
				}
			}
			return nil
		}})
		defer d.stop()
		d.start("k", "1")
		d.start("k", "1")
		synctest.Wait()
		d.wantState("1", saga.Completed)
		if len(ran) != 3 {
			t.Errorf("ran %v", ran)
		}
	})
}

func TestAFailureBeforeTheCommitUndoesInReverseThenRefunds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var did []string
		note := func(s string) { did = append(did, s) }
		effect := func(name string, err error) saga.Effect[saga.None] {
			return saga.Effect[saga.None]{
				Name: name,
				Run:  func(context.Context, saga.None) (saga.None, error) { note(name); return saga.None{}, err },
				Undo: func(context.Context, saga.None) error { note("undo " + name); return nil },
			}
		}
		d := open(t, t.TempDir(), kind{
			Name: "k", Version: 1,
			Body: func(ctx context.Context, r *run) error {
				if _, err := effect("a", nil).Do(ctx, r); err != nil {
					return err
				}
				if _, err := effect("b", nil).Do(ctx, r); err != nil {
					return err
				}
				_, err := effect("c", core.Because(core.Denied, "nope", "not today")).Do(ctx, r)
				return err
			},
			Refund: func(ctx context.Context, r *run, cause error) error {
				if core.ReasonOf(cause) != "nope" || core.KindOf(cause) != core.Denied {
					t.Errorf("cause %v", cause)
				}
				_, err := effect("refund", nil).Do(ctx, r)
				return err
			},
		})
		defer d.stop()
		d.start("k", "1")
		synctest.Wait()
		d.wantState("1", saga.Compensated)
		want := []string{"a", "b", "c", "undo b", "undo a", "refund"}
		if len(did) != len(want) {
			t.Fatalf("did %v, want %v", did, want)
		}
		for i := range want {
			if did[i] != want[i] {
				t.Fatalf("did %v, want %v", did, want)
			}
		}
	})
}

func TestAWaitIsReleasedByAWakeAndByItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ready := false
		d := open(t, t.TempDir(), kind{Name: "k", Version: 1, Body: func(ctx context.Context, r *run) error {
			a := saga.Await[saga.Tx]{Name: "turn", Ready: func(context.Context, saga.Tx) (bool, error) { return ready, nil }}
			if r.ID() == "late" {
				a.Deadline = time.Now().Add(time.Minute)
			}
			_, err := a.Do(ctx, r)
			return err
		}})
		defer d.stop()
		d.start("k", "woken")
		d.start("k", "late")
		synctest.Wait()
		d.wantState("woken", saga.Waiting)
		time.Sleep(61 * time.Second)
		synctest.Wait()
		d.wantState("late", saga.Compensated)
		d.wantState("woken", saga.Waiting)
		ready = true
		d.engine.Wake()
		synctest.Wait()
		d.wantState("woken", saga.Completed)
	})
}

func TestTemporaryErrorsAreRetriedAndUnclearOnesProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, probes := 0, 0
		answer := saga.Unknown
		d := open(t, t.TempDir(), kind{Name: "k", Version: 1, Body: func(ctx context.Context, r *run) error {
			_, err := saga.Read[int]{Name: "read", Attempts: 3, Run: func(context.Context) (int, error) {
				calls++
				if calls < 3 {
					return 0, core.E(core.Unavailable, "busy")
				}
				return calls, nil
			}}.Do(ctx, r)
			if err != nil {
				return err
			}
			_, err = saga.Effect[saga.None]{
				Name: "effect",
				Run:  func(context.Context, saga.None) (saga.None, error) { return saga.None{}, errors.New("x") },
			}.Do(ctx, r)
			if core.KindOf(err) != core.Internal {
				t.Errorf("error %v", err)
			}
			_, err = saga.Effect[saga.None]{
				Name: "unclear", Attempts: 2,
				Run: func(context.Context, saga.None) (saga.None, error) {
					return saga.None{}, core.E(core.Ambiguous, "lost")
				},
				Probe: func(context.Context, saga.None) (saga.None, saga.Answer, error) {
					probes++
					return saga.None{}, answer, nil
				},
			}.Do(ctx, r)
			return err
		}})
		defer d.stop()
		d.start("k", "1")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		d.wantState("1", saga.NeedsDecision)
		if calls != 3 || probes != 1 {
			t.Errorf("%d calls, %d probes", calls, probes)
		}
		if err := d.engine.Resolve(t.Context(), "1", true); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		d.wantState("1", saga.Completed)
		if err := d.engine.Resolve(t.Context(), "1", true); core.KindOf(err) != core.Conflict {
			t.Errorf("second decision: %v", err)
		}
	})
}

// completed tells ended of every saga that reaches its end.
func completed(ended chan<- struct{}) func([]event.Record) {
	return func(records []event.Record) {
		for _, r := range records {
			if e, err := event.Decode(r); err == nil {
				if c, ok := e.(event.SagaChanged); ok && c.State == string(saga.Completed) {
					ended <- struct{}{}
				}
			}
		}
	}
}
