package saga_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
)

func TestASagaRunsItsStepsInOrderAndOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		d := h.open(one(body(did.effect("a", nil), did.effect("b", nil), did.effect("c", nil))))
		d.run("1")
		d.run("1")
		h.want("1", saga.Completed, saga.StepSucceeded, saga.StepSucceeded, saga.StepSucceeded)
		did.want(t, "a", "b", "c")
	})
}

func TestStartingTheSameIDAgainReturnsTheSagaThereIs(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		d := h.open(one(body()), kind{Name: "other", Version: 1, Body: body()})
		d.run("1")
		err := h.Update(t.Context(), func(tx saga.Tx) error {
			s, fresh, err := d.Start(tx, "other", "1", time.Now(), "new params")
			if fresh || s.Kind != "k" || s.State != saga.Completed || string(s.Params) != `"1"` {
				t.Errorf("fresh %v, %+v", fresh, s)
			}
			if _, _, err := d.Start(tx, "unheard of", "2", time.Now(), nil); core.KindOf(err) != core.Internal {
				t.Errorf("unknown kind: %v", err)
			}
			if _, _, err := d.Start(tx, "k", "2", time.Now(), func() {}); err == nil {
				t.Error("params that do not encode")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAStartThatIsRolledBackRunsNothing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		d := h.open(one(body(did.effect("a", nil))))
		_ = h.Update(t.Context(), func(tx saga.Tx) error {
			_, _, _ = d.Start(tx, "k", "1", time.Now(), nil)
			return errNo
		})
		pass(time.Minute)
		did.want(t)
	})
}

func TestASagaStoredByADeskThatNeverRunsIsPickedUpByTheNext(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		k := one(body(did.effect("a", nil)))
		h.idle(saga.Config{}, k).start("1")
		synctest.Wait()
		h.want("1", saga.Running)
		h.open(k)
		synctest.Wait()
		h.want("1", saga.Completed)
	})
}

func TestSagasOfAKindStartInOrderAndAtMostItsWidthAtOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		var mu sync.Mutex
		now, most := 0, 0
		step := func(by int) {
			mu.Lock()
			defer mu.Unlock()
			now += by
			most = max(most, now)
		}
		k := one(func(ctx context.Context, r *run) error {
			did.note("%s", r.ID())
			step(1)
			defer step(-1)
			_, err := saga.Read[none]{Name: "slow", Run: func(context.Context) (none, error) {
				time.Sleep(time.Second)
				return none{}, nil
			}}.Do(ctx, r)
			return err
		})
		ids := []string{"c2", "a1", "b9", "a3", "d1", "a2", "c1"}
		h.idle(saga.Config{}, k).start(ids...)
		d := h.openWith(saga.Config{Width: 1}, k)
		pass(time.Minute)
		slices.Sort(ids)
		did.want(t, ids...)
		d.stop()

		wide := h.openWith(saga.Config{}, k)
		wide.start("x1", "x2", "x3", "x4", "x5")
		pass(time.Minute)
		h.want("x5", saga.Completed)
		wide.stop()
		if most != 3 {
			t.Errorf("%d at once, want 3", most)
		}
	})
}

func TestOrderDoesNotDependOnWhatTheDatabaseDoesNotKeep(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		d := h.idle(saga.Config{}, one(body()))
		at := time.UnixMilli(5).Add(123 * time.Microsecond)
		var begun saga.Saga
		err := h.Update(t.Context(), func(tx saga.Tx) (err error) {
			begun, _, err = d.Start(tx, "k", "1", at, nil)
			return err
		})
		if stored, _ := h.saga("1"); err != nil || !begun.OrderedAt.Equal(stored.OrderedAt) {
			t.Errorf("%v, %v: %v", begun.OrderedAt, stored.OrderedAt, err)
		}
	})
}

func TestOneKindDoesNotHoldUpAnother(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		d := h.open(kind{Name: "slow", Version: 1, Body: func(ctx context.Context, _ *run) error {
			<-ctx.Done()
			return ctx.Err()
		}}, one(body()))
		for i := range 5 {
			_ = h.Update(t.Context(), func(tx saga.Tx) error {
				_, _, err := d.Start(tx, "slow", fmt.Sprint("s", i), time.Now(), nil)
				return err
			})
		}
		d.run("1")
		h.want("1", saga.Completed)
	})
}

func TestASagaOfAnUnknownKindOrVersionIsStoppedAndCanBeTriedAgain(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		v2 := kind{Name: "k", Version: 2, Body: body(did.effect("a", nil))}
		h.idle(saga.Config{}, v2).start("1")
		for _, older := range []kind{one(body()), {Name: "other", Version: 1, Body: body()}} {
			d := h.open(older)
			synctest.Wait()
			if s := h.want("1", saga.Failed); s.Error == nil {
				t.Error("no reason")
			}
			d.stop()
			if err := h.idle(saga.Config{}, older).Retry(t.Context(), "1"); err != nil {
				t.Fatal(err)
			}
		}
		did.want(t)
		h.open(one(body()), v2)
		synctest.Wait()
		h.want("1", saga.Completed)
		did.want(t, "a")
	})
}

func TestAnOlderSagaKeepsItsOwnBody(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		v1 := one(body(did.effect("old", nil)))
		h.idle(saga.Config{}, v1).start("1")
		d := h.open(v1, kind{Name: "k", Version: 2, Body: body(did.effect("new", nil))})
		synctest.Wait()
		d.run("2")
		did.want(t, "old", "new")
	})
}

func TestKindsMustBeTold(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		for _, kinds := range [][]kind{{one(body()), one(body())}, {{Version: 1, Body: body()}}} {
			if _, err := saga.New[saga.Tx](h, saga.Config{}, kinds...); core.KindOf(err) != core.Internal || err == nil {
				t.Errorf("%+v: %v", kinds, err)
			}
		}
	})
}

func TestOnlyWhatGoesOnByItselfIsOpen(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		d := h.idle(saga.Config{}, one(body()))
		states := []saga.State{saga.Running, saga.Waiting, saga.Compensating, saga.Completed, saga.Compensated, saga.Failed, saga.NeedsDecision}
		for _, state := range states {
			d.start(string(state))
			h.edit(string(state), func(s *saga.Saga, _ []saga.Step) {
				if s.State = state; state == saga.Waiting {
					s.WaitingFor = saga.ForRetry
				}
			})
		}
		var open []string
		_ = h.View(t.Context(), func(tx saga.Tx) error {
			all, err := tx.SagaOpen()
			for _, s := range all {
				open = append(open, s.ID)
			}
			return err
		})
		if want := "[compensating running waiting]"; fmt.Sprint(open) != want {
			t.Errorf("open %v, want %s", open, want)
		}
	})
}
