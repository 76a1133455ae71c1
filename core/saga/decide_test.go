package saga_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
)

func TestAPersonDecides(t *testing.T) {
	lost := func(did *diary, name string) saga.Effect[string] { return did.effect(name, errLost) }
	for name, c := range map[string]struct {
		happened bool
		steps    func(*diary) []saga.Effect[string]
		want     saga.State
		told     []string
	}{
		"it happened": {true, func(d *diary) []saga.Effect[string] {
			return []saga.Effect[string]{d.effect("a", nil), lost(d, "b"), d.effect("c", nil)}
		}, saga.Completed, []string{"a", "b", "c"}},
		"it happened, and what follows fails": {true, func(d *diary) []saga.Effect[string] {
			return []saga.Effect[string]{d.effect("a", nil), lost(d, "b"), d.effect("c", errNo)}
		}, saga.Compensated, []string{"a", "b", "c", "undo b", "undo a", "refund"}},
		"it did not happen": {false, func(d *diary) []saga.Effect[string] {
			return []saga.Effect[string]{d.effect("a", nil), lost(d, "b"), d.effect("c", nil)}
		}, saga.Compensated, []string{"a", "b", "undo a", "refund"}},
		"the commit happened": {true, func(d *diary) []saga.Effect[string] {
			b := lost(d, "b")
			b.Commit = true
			return []saga.Effect[string]{d.effect("a", nil), b, d.effect("c", errNo)}
		}, saga.Failed, []string{"a", "b", "c"}},
		"the commit did not happen": {false, func(d *diary) []saga.Effect[string] {
			b := lost(d, "b")
			b.Commit = true
			return []saga.Effect[string]{d.effect("a", nil), b}
		}, saga.Compensated, []string{"a", "b", "undo a", "refund"}},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				var did diary
				k := one(body(c.steps(&did)...))
				k.Refund = func(ctx context.Context, r *run, _ error) error { return body(did.effect("refund", nil))(ctx, r) }
				d := h.open(k)
				d.run("1")
				pass(24 * time.Hour)
				if s := h.want("1", saga.NeedsDecision, saga.StepSucceeded, saga.StepUncertain); s.Error.ErrorKind() != core.Ambiguous {
					t.Errorf("%+v", s.Error)
				}
				if err := d.Resolve(t.Context(), "1", c.happened); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				h.want("1", c.want)
				did.want(t, c.told...)
				if err := d.Resolve(t.Context(), "1", c.happened); core.KindOf(err) != core.Conflict {
					t.Errorf("a second decision: %v", err)
				}
			})
		})
	}
}

func TestAnUndecidedStepAfterTheCommitOrInTheRefundIsTriedAgainIfItDidNotHappen(t *testing.T) {
	for name, commit := range map[string]bool{"after the commit": true, "in the refund": false} {
		for answer, happened := range map[string]bool{"happened": true, "did not happen": false} {
			t.Run(name+", "+answer, func(t *testing.T) {
				inHouse(t, func(t *testing.T, h *house) {
					var did diary
					first := errNo
					if commit {
						first = nil
					}
					begin, last := did.effect("begin", first), did.effect("last", errLost)
					begin.Commit = commit
					rest := func(ctx context.Context, r *run) error { return body(last)(ctx, r) } // as last is by then
					k, want := one(inTurn(body(begin), rest)), saga.Completed
					if !commit {
						k, want = one(body(begin)), saga.Compensated
						k.Refund = func(ctx context.Context, r *run, cause error) error {
							if core.ReasonOf(cause) != "nope" {
								did.note("cause %v", cause)
							}
							return rest(ctx, r)
						}
					}
					d := h.open(k)
					d.run("1")
					h.want("1", saga.NeedsDecision)
					last.Run = did.effect("again", nil).Run
					if err := d.Resolve(t.Context(), "1", happened); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					h.want("1", want)
					if happened {
						did.want(t, "begin", "last")
					} else {
						did.want(t, "begin", "last", "again")
					}
				})
			})
		}
	}
}

func TestRetryAndResolveInEveryState(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		d := h.idle(saga.Config{}, one(body()))
		for state, may := range map[saga.State]struct{ retry, resolve bool }{
			saga.Running: {}, saga.Compensating: {}, saga.Completed: {}, saga.Compensated: {},
			saga.Waiting: {retry: true}, saga.Failed: {retry: true}, saga.NeedsDecision: {retry: true}, "waiting for its turn": {},
		} {
			id := string(state)
			set := func() {
				h.edit(id, func(s *saga.Saga, _ []saga.Step) {
					if s.State, s.WaitingFor = state, ""; state == saga.Waiting {
						s.WaitingFor = saga.ForRetry
					} else if !state.Terminal() && len(state) > len(saga.NeedsDecision) {
						s.State, s.WaitingFor = saga.Waiting, "turn"
					}
				})
			}
			d.start(id)
			set()
			if err := d.Retry(t.Context(), id); (err == nil) != may.retry || err != nil && core.KindOf(err) != core.Conflict {
				t.Errorf("retry when %s: %v", state, err)
			}
			set()
			if err := d.Resolve(t.Context(), id, true); (err == nil) != may.resolve || err != nil && core.KindOf(err) != core.Conflict {
				t.Errorf("resolve when %s: %v", state, err)
			}
		}
		if err := d.Retry(t.Context(), "nobody"); core.KindOf(err) != core.NotFound {
			t.Errorf("retry nobody: %v", err)
		}
		if err := d.Resolve(t.Context(), "nobody", true); core.KindOf(err) != core.NotFound {
			t.Errorf("resolve nobody: %v", err)
		}
	})
}

func TestRetryDoesNotWaitAndGivesTheAttemptsBack(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		runs := 0
		d := h.open(one(body(saga.Effect[string]{Name: "e", Attempts: 2, Run: func(context.Context, string) (string, error) {
			if runs++; runs < 4 {
				return "", limited(10 * time.Minute)
			}
			return "", nil
		}})))
		d.run("1")
		for want := 2; want <= 4; want++ {
			if err := d.Retry(t.Context(), "1"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if runs != want {
				t.Fatalf("%d runs, want %d", runs, want)
			}
		}
		h.want("1", saga.Completed)
		pass(time.Hour) // what the old waits still release finds nothing to do
		if runs != 4 {
			t.Errorf("%d runs", runs)
		}
	})
}

func TestRetryOfAnUndoDoesNotUndoTheFailure(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		fault := errBusy
		a := did.effect("a", nil)
		a.Undo = func(context.Context, string) error { return fault }
		d := h.open(refunding(&did, body(a, did.effect("bad", errNo))))
		d.run("1")
		fault = nil
		if err := d.Retry(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		h.want("1", saga.Compensated)
		did.want(t, "a", "bad", "refund")
	})
}

func TestRetryOfAnUndecidedStepAsksItsProbeAgain(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		answer := saga.Unknown
		e := did.effect("e", errLost)
		e.Probe = func(context.Context, string) (string, saga.Answer, error) { return "", answer, nil }
		d := h.open(one(body(e)))
		d.run("1")
		for _, want := range []saga.State{saga.NeedsDecision, saga.Completed} {
			if err := d.Retry(t.Context(), "1"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			h.want("1", want)
			answer = saga.Happened
		}
		did.want(t, "e")
	})
}

func TestAnUndecidedOrFailedSagaHoldsUpNobody(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		k := one(func(ctx context.Context, r *run) error {
			if r.ID() == "9" {
				return nil
			}
			return body(did.effect(r.ID(), errLost))(ctx, r)
		})
		d := h.openWith(saga.Config{Width: 1}, k)
		d.start("1", "2", "3", "9")
		synctest.Wait()
		h.want("9", saga.Completed)
		d.stop()
		h.open(k)
		pass(24 * time.Hour)
		h.want("1", saga.NeedsDecision)
		did.want(t, "1", "2", "3")
	})
}
