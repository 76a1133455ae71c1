package saga_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
)

// gate is what an await waits for; it opens in a transaction, as state does.
type gate struct {
	h    *house
	open map[string]bool
}

func (g *gate) await(ctx context.Context, r *run, deadline time.Time) error {
	_, err := saga.Await[saga.Tx]{Name: "turn", Deadline: deadline, Ready: func(context.Context, saga.Tx) (bool, error) {
		return g.open[r.ID()], nil
	}}.Do(ctx, r)
	return err
}

// set opens the gate for id, and wakes d after the commit.
func (g *gate) set(d *desk, id string) {
	g.h.t.Helper()
	err := g.h.Store.Update(context.Background(), func(tx saga.Tx) error {
		g.open[id] = true
		tx.AfterCommit(d.Wake)
		return nil
	})
	if err != nil {
		g.h.t.Error(err)
	}
}

func TestAWaitHoldsNoWorkerAndIsReleasedByAWake(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := &gate{h, map[string]bool{}}
		d := h.openWith(saga.Config{Width: 1}, one(func(ctx context.Context, r *run) error { return g.await(ctx, r, time.Time{}) }))
		d.start("1", "2", "3")
		synctest.Wait()
		for _, id := range []string{"1", "2", "3"} {
			if s := h.want(id, saga.Waiting, saga.StepStarted); s.WaitingFor != "turn" || !s.NextAt.IsZero() {
				t.Errorf("waits for %q until %v", s.WaitingFor, s.NextAt)
			}
		}
		before := h.commits()
		d.Wake()
		pass(time.Hour)
		if n := h.commits() - before; n != 0 {
			t.Errorf("a wake for nothing costs %d commits", n)
		}
		g.set(d, "2")
		synctest.Wait()
		h.want("2", saga.Completed, saga.StepSucceeded)
		h.want("1", saga.Waiting)
	})
}

func TestAWaitThatIsOverAlreadyDoesNotWait(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := &gate{h, map[string]bool{"1": true}}
		h.open(one(func(ctx context.Context, r *run) error { return g.await(ctx, r, time.Time{}) })).run("1")
		h.want("1", saga.Completed, saga.StepSucceeded)
	})
}

// The wake of a commit that follows the one that parks comes before the engine
// has done anything else.
func TestAWakeRightBehindTheCommitThatParksIsNotLost(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := &gate{h, map[string]bool{}}
		d := h.open(one(func(ctx context.Context, r *run) error { return g.await(ctx, r, time.Time{}) }))
		h.after = func(_ int, err error) error {
			h.after = nil
			g.set(d, "1")
			time.Sleep(time.Second) // the wake is heard while the commit returns
			return err
		}
		d.run("1")
		pass(2 * time.Second)
		h.want("1", saga.Completed)
	})
}

func TestAWakeDuringALookIsNotLost(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		open, looks := false, 0
		var d *desk
		d = h.open(one(func(ctx context.Context, r *run) error {
			_, err := saga.Await[saga.Tx]{Name: "turn", Ready: func(context.Context, saga.Tx) (bool, error) {
				if looks++; looks == 2 { // what this look sees is old already
					defer func() { open = true; d.Wake() }()
				}
				return open, nil
			}}.Do(ctx, r)
			return err
		}))
		d.run("1")
		d.Wake()
		synctest.Wait()
		h.want("1", saga.Completed)
	})
}

func TestADeadlineEndsAWaitAndTheFirstOneCounts(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := &gate{h, map[string]bool{}}
		k := one(func(ctx context.Context, r *run) error { return g.await(ctx, r, time.Now().Add(time.Minute)) })
		d := h.open(k)
		d.run("1")
		pass(50 * time.Second)
		d.stop()
		h.open(k)
		pass(9 * time.Second)
		h.want("1", saga.Waiting)
		pass(2 * time.Second)
		s := h.want("1", saga.Compensated, saga.StepFailed)
		if s.Error.ErrorKind() != core.Unavailable || s.Error.ErrorReason() != "deadline" {
			t.Errorf("%+v", s.Error)
		}
	})
}

func TestAWaitGoesOnAfterARestartAndSeesWhatHappenedMeanwhile(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := &gate{h, map[string]bool{}}
		k := one(func(ctx context.Context, r *run) error { return g.await(ctx, r, time.Time{}) })
		d := h.open(k)
		d.start("1", "2")
		synctest.Wait()
		d.stop()
		g.set(d, "1") // nobody is there to hear it
		d = h.open(k)
		synctest.Wait()
		h.want("1", saga.Completed)
		h.want("2", saga.Waiting)
		g.set(d, "2")
		synctest.Wait()
		h.want("2", saga.Completed)
	})
}

func TestWhatIsWrongWithAReadyIsItsOwnSagasTrouble(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		fault, g := errBusy, &gate{h, map[string]bool{}}
		broken := map[string]bool{}
		d := h.open(one(func(ctx context.Context, r *run) error {
			_, err := saga.Await[saga.Tx]{Name: "turn", Ready: func(context.Context, saga.Tx) (bool, error) {
				switch {
				case broken[r.ID()] && r.ID() == "1":
					panic("oh")
				case broken[r.ID()] && r.ID() == "2":
					return false, errNo
				case broken[r.ID()]:
					return false, fault
				}
				return g.open[r.ID()], nil
			}}.Do(ctx, r)
			return err
		}))
		d.start("1", "2", "3", "4")
		synctest.Wait()
		broken = map[string]bool{"1": true, "2": true, "3": true}
		g.set(d, "4")
		synctest.Wait()
		h.want("4", saga.Completed)
		h.want("1", saga.Compensated, saga.StepFailed)
		h.want("2", saga.Compensated, saga.StepFailed)
		h.want("3", saga.Waiting, saga.StepStarted) // the store's trouble
		broken["3"] = false
		g.set(d, "3")
		pass(2 * time.Second)
		h.want("3", saga.Completed)
	})
}
