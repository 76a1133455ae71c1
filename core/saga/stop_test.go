package saga_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
)

func TestStoppingGivesRunningStepsFiveSecondsAndBeginsNoOther(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		slow := did.effect("slow", nil)
		slow.Run = func(ctx context.Context, _ string) (string, error) {
			did.note("slow")
			select {
			case <-time.After(4 * time.Second):
				return "", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		k := one(body(slow, did.effect("b", nil)))
		d := h.open(k)
		d.run("1")
		began := time.Now()
		d.stop()
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("stopped after %v", took)
		}
		h.want("1", saga.Running, saga.StepSucceeded) // its result is not lost
		h.open(k)
		synctest.Wait()
		h.want("1", saga.Completed)
		did.want(t, "slow", "b")
	})
}

func TestWhatIsCutShortStaysStartedAndIsAQuestionNextTime(t *testing.T) {
	for name, c := range map[string]struct {
		err       error // nil: the context's
		want      saga.StepState
		completes bool // after the restart
	}{
		"no answer":                 {nil, saga.StepStarted, true},
		"an unclear answer":         {errLost, saga.StepStarted, true},
		"certainly without effect":  {core.E(core.Unavailable, "dial: %w", context.Canceled), saga.StepFailed, true},
		"an answer after all":       {errNo, saga.StepFailed, false},
		"asked to come again later": {limited(time.Minute), saga.StepFailed, false},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				runs := 0
				e := saga.Effect[string]{Name: "e", Attempts: 1, Timeout: time.Hour, Run: func(ctx context.Context, _ string) (string, error) {
					if runs++; runs > 1 {
						return "", nil
					}
					<-ctx.Done()
					if c.err != nil {
						return "", c.err
					}
					return "", ctx.Err()
				}, Probe: says(saga.Happened)}
				d := h.open(one(body(e)))
				d.run("1")
				began := time.Now()
				d.stop()
				if took := time.Since(began); took != 5*time.Second {
					t.Errorf("stopped after %v", took)
				}
				_, steps := h.saga("1")
				if steps[0].State != c.want {
					t.Fatalf("%+v, want %s", steps[0], c.want)
				}
				h.open(one(body(e)))
				pass(time.Hour)
				s, _ := h.saga("1")
				if c.completes != (s.State == saga.Completed) {
					t.Errorf("%s: %v", s.State, s.Error)
				}
			})
		})
	}
}

func TestStoppingCutsReadsProbesAndUndosShort(t *testing.T) {
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	var did diary
	undo := did.effect("a", nil)
	undo.Undo = func(ctx context.Context, _ string) error { return hang(ctx) }
	for name, b := range map[string]func(context.Context, *run) error{
		"read": func(ctx context.Context, r *run) error {
			_, err := saga.Read[none]{Name: "read", Attempts: 2, Run: func(ctx context.Context) (none, error) { return none{}, hang(ctx) }}.Do(ctx, r)
			return err
		},
		"before": body(saga.Effect[string]{Name: "e", Attempts: 2, Before: func(ctx context.Context) (string, error) { return "", hang(ctx) }}),
		"probe": body(saga.Effect[string]{
			Name: "e", Run: func(context.Context, string) (string, error) { return "", errLost },
			Probe: func(ctx context.Context, _ string) (string, saga.Answer, error) { return "", saga.Unknown, hang(ctx) },
		}),
		"undo": body(undo, did.effect("bad", errNo)),
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				d := h.open(one(b))
				d.run("1")
				began := time.Now()
				d.stop()
				if took := time.Since(began); took != 5*time.Second {
					t.Errorf("stopped after %v", took)
				}
				if s, _ := h.saga("1"); s.State != saga.Running && s.State != saga.Compensating {
					t.Errorf("it is %s: %v", s.State, s.Error)
				}
			})
		})
	}
}

func TestNobodyEntersALaneOrWritesAnIntentOnceTheDeskStops(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		lane := saga.NewLane()
		slow := func(ctx context.Context) (string, error) { time.Sleep(2 * time.Second); return "", nil }
		d := h.open(one(func(ctx context.Context, r *run) error {
			e := did.effect(r.ID(), nil)
			switch r.ID() {
			case "1":
				e.Lane, e.Run = lane, func(ctx context.Context, _ string) (string, error) { did.note("1"); return slow(ctx) }
			case "2":
				e.Lane = lane
			case "3":
				e.Before = slow
			}
			_, err := e.Do(ctx, r)
			return err
		}))
		d.start("1")
		synctest.Wait()
		d.start("2", "3")
		synctest.Wait()
		d.stop()
		did.want(t, "1")
		for _, id := range []string{"2", "3"} {
			if s, steps := h.saga(id); s.State != saga.Running || len(steps) != 0 {
				t.Errorf("%s is %s, %+v", id, s.State, steps)
			}
		}
	})
}

func TestABodyThatCancelsItsOwnContextIsNotForgotten(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		runs := 0
		h.open(one(func(ctx context.Context, r *run) error {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			_, err := saga.Read[none]{Name: "read", Timeout: time.Hour, Run: func(ctx context.Context) (none, error) {
				if runs++; runs > 1 {
					return none{}, nil
				}
				<-ctx.Done()
				return none{}, ctx.Err()
			}}.Do(ctx, r)
			return err
		})).run("1")
		pass(2 * time.Minute)
		h.want("1", saga.Completed)
	})
}

func TestRunEndsWithItsContextEvenBeforeItBegan(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		d := h.idle(saga.Config{}, one(body(did.effect("a", nil))))
		d.start("1")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.Run(ctx); err != nil {
			t.Error(err)
		}
		did.want(t)
	})
}
