package saga_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
)

// parked is an await that goes on when a person says so.
func parked(ctx context.Context, r *run, open *bool) error {
	_, err := saga.Await[saga.Tx]{Name: "turn", Ready: func(context.Context, saga.Tx) (bool, error) { return *open, nil }}.Do(ctx, r)
	return err
}

func TestAJournalThatDoesNotFitStopsTheSagaAndRunsNothing(t *testing.T) {
	var did diary
	a, b, c := did.effect("a", nil), did.effect("b", nil), did.effect("c", nil)
	bad := did.effect("bad", errNo)
	for name, now := range map[string]func(context.Context, *run) error{
		"another name":              body(a, c),
		"another order":             body(b, a, bad),
		"ends early":                body(a),
		"fails early":               func(context.Context, *run) error { return errNo },
		"fails early in its steps":  body(bad),
		"an extra step in between":  body(a, c, b),
		"params it cannot read":     func(_ context.Context, r *run) error { _, err := saga.Params[int](r); return err },
		"a result it cannot decode": func(ctx context.Context, r *run) error { _, err := saga.Effect[int]{Name: "a"}.Do(ctx, r); return err },
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				did.told = nil
				open := false
				then := one(func(ctx context.Context, r *run) error {
					if err := body(a, b)(ctx, r); err != nil {
						return err
					}
					return parked(ctx, r, &open)
				})
				d := h.open(then)
				d.run("1")
				h.want("1", saga.Waiting)
				d.stop()
				did.told = nil

				d = h.open(kind{Name: "k", Version: 1, Body: now, Refund: func(context.Context, *run, error) error {
					did.note("refund")
					return nil
				}})
				synctest.Wait()
				if s := h.want("1", saga.Failed, saga.StepSucceeded, saga.StepSucceeded, saga.StepStarted); s.Error == nil || s.RefundSeq != 0 {
					t.Errorf("%+v", s)
				}
				pass(time.Hour)
				did.want(t)
				d.stop()

				open = true // and with the right program it goes on
				d = h.open(then)
				if err := d.Retry(t.Context(), "1"); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				h.want("1", saga.Completed)
				did.want(t)
			})
		})
	}
}

func TestACompensationThatDoesNotFitIsStoppedAndKeepsItsCause(t *testing.T) {
	var did diary
	a, bad := did.effect("a", nil), did.effect("bad", errNo)
	busy := saga.Effect[string]{Name: "refund", Attempts: 2, Run: func(context.Context, string) (string, error) { return "", errBusy }}
	refund := func(steps ...saga.Effect[string]) func(context.Context, *run, error) error {
		return func(ctx context.Context, r *run, cause error) error {
			if core.ReasonOf(cause) != "nope" || core.KindOf(cause) != core.Denied {
				did.note("cause %v", cause)
			}
			return body(steps...)(ctx, r)
		}
	}
	for name, now := range map[string]kind{
		"no failure any more":     {Body: body(a), Refund: refund(busy)},
		"another step":            {Body: body(bad, a), Refund: refund(busy)},
		"another step in refund":  {Body: body(a, bad), Refund: refund(a)},
		"a step less in refund":   {Body: body(a, bad), Refund: refund()},
		"no refund any more":      {Body: body(a, bad)},
		"a failure of its refund": {Body: body(a, bad), Refund: func(context.Context, *run, error) error { return errBusy }},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				did.told = nil
				d := h.open(kind{Name: "k", Version: 1, Body: body(a, bad), Refund: refund(busy)})
				d.run("1")
				h.want("1", saga.Waiting)
				d.stop()
				now.Name, now.Version = "k", 1
				d = h.open(now)
				pass(time.Minute)
				s := h.want("1", saga.Failed)
				if s.Error.ErrorReason() != "nope" || s.Error.ErrorKind() != core.Denied {
					t.Errorf("cause %+v", s.Error)
				}
				did.want(t, "a", "bad", "undo a")
				d.stop()

				busy := busy
				busy.Run = func(context.Context, string) (string, error) { return "", nil }
				d = h.open(kind{Name: "k", Version: 1, Body: body(a, bad), Refund: refund(busy)})
				if err := d.Retry(t.Context(), "1"); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				h.want("1", saga.Compensated)
				did.want(t, "a", "bad", "undo a")
			})
		})
	}
}

func TestAStoredResultIsReturnedInsteadOfRunningAgain(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		open := false
		k := one(func(ctx context.Context, r *run) error {
			read, err := saga.Read[int]{Name: "read", Run: func(context.Context) (int, error) { did.note("read"); return 41, nil }}.Do(ctx, r)
			if err != nil {
				return err
			}
			got, err := saga.Local[saga.Tx, []string]{Name: "local", Run: func(context.Context, saga.Tx) ([]string, error) {
				did.note("local")
				return []string{"x", "y"}, nil
			}}.Do(ctx, r)
			if err != nil {
				return err
			}
			_, failed := did.effect("bad", errNo).Do(ctx, r)
			if err := parked(ctx, r, &open); err != nil {
				return err
			}
			params, err := saga.Params[string](r)
			did.note("%d %v %v %s %s", read, got, core.KindOf(failed), core.ReasonOf(failed), params)
			return err
		})
		h.open(k).run("1")
		did.want(t, "read", "local", "bad")
		open = true
		h.open(k)
		synctest.Wait()
		h.want("1", saga.Completed)
		did.want(t, "read", "local", "bad", "41 [x y] denied nope 1")
	})
}

func TestAStepAfterTheSentinelRefuses(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		open := false
		d := h.open(one(func(ctx context.Context, r *run) error {
			_ = parked(ctx, r, &open) // swallowed
			if _, err := did.effect("a", nil).Do(ctx, r); err == nil {
				did.note("went on")
			}
			if _, err := saga.Params[string](r); err == nil {
				did.note("went on")
			}
			return nil
		}))
		d.run("1")
		h.want("1", saga.Waiting, saga.StepStarted)
		open = true
		d.Wake()
		synctest.Wait()
		h.want("1", saga.Completed)
		did.want(t, "a", "went on", "went on")
	})
}

func TestResultsThatDoNotEncodeStopTheSaga(t *testing.T) {
	for name, b := range map[string]func(context.Context, *run) error{
		"read": func(ctx context.Context, r *run) error {
			_, err := saga.Read[func()]{Name: "s", Run: func(context.Context) (func(), error) { return func() {}, nil }}.Do(ctx, r)
			return err
		},
		"local": func(ctx context.Context, r *run) error {
			_, err := saga.Local[saga.Tx, func()]{Name: "s", Run: func(context.Context, saga.Tx) (func(), error) { return func() {}, nil }}.Do(ctx, r)
			return err
		},
		"effect": func(ctx context.Context, r *run) error {
			_, err := saga.Effect[chan int]{Name: "s", Before: func(context.Context) (chan int, error) { return make(chan int), nil }}.Do(ctx, r)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.open(one(b)).run("1")
				h.want("1", saga.Failed)
			})
		})
	}
}

func TestAFailureKeepsKindAndReasonInTheJournal(t *testing.T) {
	data, err := json.Marshal(saga.Failure{Kind: "denied", Reason: "nope", Message: "not today"})
	if err != nil || string(data) != `{"kind":"denied","reason":"nope","message":"not today"}` {
		t.Errorf("%s, %v", data, err)
	}
}
