package saga_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
)

// reply is one attempt's outcome; it may take its time over it.
type reply struct {
	err   error
	after time.Duration
	panic bool
}

func (r reply) give(ctx context.Context) error {
	if r.panic {
		panic("oh")
	}
	select {
	case <-time.After(r.after):
	case <-ctx.Done():
		if r.err == nil {
			return ctx.Err()
		}
	}
	return r.err
}

// found is one answer of a probe.
type found struct {
	answer saga.Answer
	err    error
}

// replies hands out one after the other, then the last again.
func next[V any](from *[]V) V {
	v := (*from)[0]
	if len(*from) > 1 {
		*from = (*from)[1:]
	}
	return v
}

func TestWhatAnAttemptsOutcomeMeans(t *testing.T) {
	ok, busy, no, lost := reply{}, reply{err: errBusy}, reply{err: errNo}, reply{err: errLost}
	late, lateNo := reply{after: time.Hour}, reply{err: errNo, after: time.Hour}
	yes, not, unknown := found{answer: saga.Happened}, found{answer: saga.DidNotHappen}, found{}
	unreachable, broken := found{err: errBusy}, found{err: errNo}
	for _, c := range []struct {
		name    string
		effect  saga.Effect[string]
		runs    []reply
		probes  []found
		want    saga.State
		runN    int
		probeN  int
		failure core.Kind // of a compensated or undecided one
	}{
		{"success", saga.Effect[string]{}, []reply{ok}, nil, saga.Completed, 1, 0, 0},
		{"temporary, one attempt", saga.Effect[string]{}, []reply{busy, ok}, nil, saga.Compensated, 1, 0, core.Unavailable},
		{"temporary, then success", saga.Effect[string]{Attempts: 3}, []reply{busy, busy, ok}, nil, saga.Completed, 3, 0, 0},
		{"temporary to the end", saga.Effect[string]{Attempts: 3}, []reply{busy}, nil, saga.Compensated, 3, 0, core.Unavailable},
		{"refused", saga.Effect[string]{Attempts: 3}, []reply{no}, []found{yes}, saga.Compensated, 1, 0, core.Denied},
		{"unclassified", saga.Effect[string]{Attempts: 3}, []reply{{err: errors.New("odd")}}, []found{yes}, saga.Compensated, 1, 0, core.Internal},
		{"unclear, no probe", saga.Effect[string]{Attempts: 3}, []reply{lost}, nil, saga.NeedsDecision, 1, 0, core.Ambiguous},
		{"unclear, happened", saga.Effect[string]{Attempts: 3}, []reply{lost}, []found{yes}, saga.Completed, 1, 1, 0},
		{"unclear, unknown", saga.Effect[string]{Attempts: 3}, []reply{lost}, []found{unknown}, saga.NeedsDecision, 1, 1, core.Ambiguous},
		{"unclear, did not happen, one more try", saga.Effect[string]{}, []reply{lost, ok}, []found{not}, saga.Completed, 2, 1, 0},
		{"unclear, did not happen, not two more", saga.Effect[string]{Attempts: 9}, []reply{lost}, []found{not}, saga.Compensated, 2, 2, core.Unavailable},
		{"did not happen, busy, did not happen", saga.Effect[string]{Attempts: 9}, []reply{lost, busy, lost}, []found{not}, saga.Compensated, 3, 2, core.Unavailable},
		{"probe unreachable, then happened", saga.Effect[string]{}, []reply{lost}, []found{unreachable, unreachable, yes}, saga.Completed, 1, 3, 0},
		{"probe refused", saga.Effect[string]{}, []reply{lost}, []found{broken}, saga.NeedsDecision, 1, 1, core.Ambiguous},
		{"time-out", saga.Effect[string]{Timeout: time.Second}, []reply{late}, []found{yes}, saga.Completed, 1, 1, 0},
		{"time-out, no probe", saga.Effect[string]{Attempts: 3}, []reply{late}, nil, saga.NeedsDecision, 1, 0, core.Ambiguous},
		{"refused after the time-out", saga.Effect[string]{Timeout: time.Second}, []reply{lateNo}, []found{yes}, saga.Compensated, 1, 0, core.Denied},
		{"busy after the time-out", saga.Effect[string]{Attempts: 2}, []reply{{err: errBusy, after: time.Hour}, ok}, nil, saga.Completed, 2, 0, 0},
		{"panic", saga.Effect[string]{Attempts: 3}, []reply{{panic: true}}, nil, saga.NeedsDecision, 1, 0, core.Ambiguous},
		{"idempotent, unclear, then success", saga.Effect[string]{Idempotent: true, Attempts: 2}, []reply{lost, ok}, nil, saga.Completed, 2, 0, 0},
		{"idempotent, unclear to the end", saga.Effect[string]{Idempotent: true, Attempts: 2}, []reply{lost}, nil, saga.NeedsDecision, 2, 0, core.Ambiguous},
		{"idempotent, unclear, then refused", saga.Effect[string]{Idempotent: true, Attempts: 2}, []reply{lost, no}, nil, saga.NeedsDecision, 2, 0, core.Ambiguous},
		{"idempotent, unclear, then refused, did not happen", saga.Effect[string]{Idempotent: true, Attempts: 2}, []reply{lost, no, ok}, []found{not}, saga.Completed, 3, 1, 0},
		{"best effort, refused", saga.Effect[string]{BestEffort: true}, []reply{no}, nil, saga.Completed, 1, 0, 0},
		{"best effort, busy to the end", saga.Effect[string]{BestEffort: true, Attempts: 2}, []reply{busy}, nil, saga.Completed, 2, 0, 0},
		{"best effort, unclear", saga.Effect[string]{BestEffort: true, Attempts: 2, Idempotent: true}, []reply{lost}, []found{not}, saga.Completed, 1, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				runs, probes := 0, 0
				e := c.effect
				e.Name = "e"
				e.Run = func(ctx context.Context, _ string) (string, error) { runs++; return "done", next(&c.runs).give(ctx) }
				if c.probes != nil {
					e.Probe = func(context.Context, string) (string, saga.Answer, error) {
						probes++
						f := next(&c.probes)
						return "seen", f.answer, f.err
					}
				}
				h.open(one(body(e))).run("1")
				pass(time.Hour)
				s := h.want("1", c.want)
				if runs != c.runN || probes != c.probeN {
					t.Errorf("%d runs, %d probes; want %d, %d", runs, probes, c.runN, c.probeN)
				}
				if s.Error != nil && s.Error.ErrorKind() != c.failure || (s.Error == nil) != (c.want == saga.Completed) {
					t.Errorf("error %+v, want %s", s.Error, c.failure)
				}
			})
		})
	}
}

func TestAReadIsAskedAgainWhateverHidTheAnswer(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		runs := []reply{{err: errBusy}, {err: errLost}, {after: time.Hour}, {panic: true}, {}}
		n := 0
		read := func(attempts int) func(ctx context.Context, r *run) error {
			return func(ctx context.Context, r *run) error {
				_, err := saga.Read[int]{Name: "read", Attempts: attempts, Run: func(ctx context.Context) (int, error) {
					n++
					return n, next(&runs).give(ctx)
				}}.Do(ctx, r)
				return err
			}
		}
		d := h.open(one(read(5)))
		d.run("1")
		pass(time.Hour)
		h.want("1", saga.Completed)
		if n != 5 {
			t.Errorf("%d reads", n)
		}
		d.stop()
		runs = []reply{{err: errLost}} // a read certainly had no effect
		h.open(one(read(2))).run("2")
		pass(time.Hour)
		if s := h.want("2", saga.Compensated); s.Error.ErrorKind() != core.Unavailable || n != 7 {
			t.Errorf("%v after %d reads", s.Error, n)
		}
	})
}

func TestBeforeIsStoredAsTheIntentAndGivenToRunAndProbe(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		looks := []reply{{err: errLost}, {}, {}}
		runs := []reply{{err: errLost}, {}}
		n := 0
		e := saga.Effect[int]{
			Name: "e", Attempts: 3,
			Before: func(ctx context.Context) (int, error) { n++; return n, next(&looks).give(ctx) },
			Run: func(ctx context.Context, before int) (int, error) {
				_, steps := h.saga("1")
				did.note("run %d %s %s", before, steps[0].State, steps[0].Result)
				return 10 * before, next(&runs).give(ctx)
			},
			Probe: func(_ context.Context, before int) (int, saga.Answer, error) {
				did.note("probe %d", before)
				return 0, saga.DidNotHappen, nil
			},
		}
		h.open(one(func(ctx context.Context, r *run) error { _, err := e.Do(ctx, r); return err })).run("1")
		pass(time.Hour)
		h.want("1", saga.Completed)
		did.want(t, "run 2 started 2", "probe 2", "run 3 started 3")
		if _, steps := h.saga("1"); string(steps[0].Result) != "30" || steps[0].Attempt != 3 {
			t.Errorf("%+v", steps[0])
		}
	})
}

func TestAProbeThatReachesNobodyIsRepeatedForFiveMinutesFromItsFirstTime(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		asked := 0
		e := saga.Effect[string]{Name: "e", Run: func(ctx context.Context, _ string) (string, error) { <-ctx.Done(); return "", ctx.Err() }}
		d := h.open(one(body(e)))
		d.run("1")
		d.stop() // found started long after
		pass(24 * time.Hour)
		e.Probe = func(context.Context, string) (string, saga.Answer, error) { asked++; return "", saga.Unknown, errBusy }
		d = h.open(one(body(e)))
		pass(4 * time.Minute)
		d.stop()
		h.open(one(body(e)))
		pass(30 * time.Second)
		h.want("1", saga.Waiting, saga.StepStarted)
		pass(2 * time.Minute)
		h.want("1", saga.NeedsDecision, saga.StepUncertain)
		if asked < 200 || asked > 900 { // every ½ s … 1 s
			t.Errorf("asked %d times", asked)
		}
	})
}

// TestPatienceOutlastsALongOutage: nobody is asked to decide, and nobody is asked
// too often.
func TestPatienceOutlastsALongOutage(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var asked atomic.Int64
		var away atomic.Bool
		away.Store(true)
		h.open(one(body(saga.Effect[string]{
			Name: "e", Attempts: 200, Patience: 12 * time.Hour,
			Run: func(context.Context, string) (string, error) {
				if away.Load() {
					return "", core.E(core.Ambiguous, "no answer")
				}
				return "ran", nil
			},
			Probe: func(context.Context, string) (string, saga.Answer, error) {
				asked.Add(1)
				if away.Load() {
					return "", saga.Unknown, errBusy
				}
				return "", saga.DidNotHappen, nil
			},
		}))).run("1")
		pass(10 * time.Hour)
		h.want("1", saga.Waiting, saga.StepStarted)
		if n := asked.Load(); n < 100 || n > 400 {
			t.Errorf("asked %d times", n)
		}
		away.Store(false)
		pass(10 * time.Minute)
		h.want("1", saga.Completed, saga.StepSucceeded)
	})
}

// TestPatienceTriesWhatDidNotHappenAgain: as long as there are attempts left.
func TestPatienceTriesWhatDidNotHappenAgain(t *testing.T) {
	for attempts, want := range map[int]saga.State{5: saga.Compensated, 6: saga.Completed} {
		inHouse(t, func(t *testing.T, h *house) {
			var ran atomic.Int64
			h.open(one(body(saga.Effect[string]{
				Name: "e", Attempts: attempts, Patience: time.Hour,
				Run: func(context.Context, string) (string, error) {
					if ran.Add(1) <= 5 {
						return "", core.E(core.Ambiguous, "no answer")
					}
					return "ran", nil
				},
				Probe: func(context.Context, string) (string, saga.Answer, error) { return "", saga.DidNotHappen, nil },
			}))).run("1")
			pass(time.Hour)
			h.want("1", want)
			if n := ran.Load(); n != int64(attempts) {
				t.Errorf("ran %d times", n)
			}
		})
	}
}

type limited time.Duration

func (limited) Error() string               { return "too many" }
func (limited) ErrorKind() core.Kind        { return core.RateLimited }
func (limited) Temporary() bool             { return true }
func (l limited) RetryDelay() time.Duration { return time.Duration(l) }

func TestTheWaitForARetryIsWhatThePlatformAskedForClampedAndDurable(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{
		0: 250 * time.Millisecond, time.Millisecond: time.Second, time.Minute: time.Minute, 48 * time.Hour: 30 * time.Minute,
	} {
		t.Run(asked.String(), func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				var runs atomic.Int32
				k := one(body(saga.Effect[string]{Name: "e", Attempts: 2, Run: func(context.Context, string) (string, error) {
					if runs.Add(1) == 1 {
						return "", fmt.Errorf("wrapped: %w", limited(asked))
					}
					return "", nil
				}}))
				d := h.open(k)
				d.run("1")
				s := h.want("1", saga.Waiting, saga.StepFailed)
				if s.WaitingFor != saga.ForRetry || time.Until(s.NextAt) > want*11/10+250*time.Millisecond {
					t.Errorf("waits for %q until %v", s.WaitingFor, s.NextAt)
				}
				d.stop()
				h.open(k)
				pass(want - time.Millisecond)
				if n := runs.Load(); n != 1 {
					t.Errorf("ran %d times before it was due", n)
				}
				pass(want/10 + 251*time.Millisecond)
				h.want("1", saga.Completed)
			})
		})
	}
}

func TestTheWaitsGrow(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var at []time.Time
		h.open(one(body(saga.Effect[string]{Name: "e", Attempts: 12, Run: func(context.Context, string) (string, error) {
			at = append(at, time.Now())
			return "", errBusy
		}}))).run("1")
		pass(time.Hour)
		for i, limit := 1, 500*time.Millisecond; i < len(at); i++ {
			if wait := at[i].Sub(at[i-1]); wait < limit/2 || wait > limit+time.Millisecond {
				t.Errorf("wait %d is %v, want %v … %v", i, wait, limit/2, limit)
			}
			limit = min(2*limit, 30*time.Second)
		}
	})
}

func TestAnEffectFoundStartedIsAQuestion(t *testing.T) {
	for _, c := range []struct {
		name   string
		effect saga.Effect[string]
		want   saga.State
		step   saga.StepState
		again  int
	}{
		{"no probe", saga.Effect[string]{}, saga.NeedsDecision, saga.StepUncertain, 0},
		{"happened", saga.Effect[string]{Probe: says(saga.Happened)}, saga.Completed, saga.StepSucceeded, 0},
		{"unknown", saga.Effect[string]{Probe: says(saga.Unknown)}, saga.NeedsDecision, saga.StepUncertain, 0},
		{"did not happen", saga.Effect[string]{Probe: says(saga.DidNotHappen)}, saga.Completed, saga.StepSucceeded, 1},
		{"idempotent", saga.Effect[string]{Idempotent: true}, saga.Completed, saga.StepSucceeded, 1},
		{"best effort", saga.Effect[string]{BestEffort: true, Idempotent: true, Probe: says(saga.DidNotHappen)}, saga.Completed, saga.StepUncertain, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				first, again := true, 0
				c.effect.Name = "e"
				c.effect.Run = func(ctx context.Context, _ string) (string, error) {
					if first {
						first = false
						<-ctx.Done()
						return "", ctx.Err()
					}
					again++
					return "", nil
				}
				d := h.open(one(body(c.effect)))
				d.run("1")
				d.stop()
				h.want("1", saga.Running, saga.StepStarted)
				h.open(one(body(c.effect)))
				synctest.Wait()
				h.want("1", c.want, c.step)
				if again != c.again {
					t.Errorf("ran again %d times, want %d", again, c.again)
				}
			})
		})
	}
}

func says(a saga.Answer) func(context.Context, string) (string, saga.Answer, error) {
	return func(context.Context, string) (string, saga.Answer, error) { return "", a, nil }
}

func TestALaneHoldsOneEffectFromItsBeforeToItsAnswer(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		lane := saga.NewLane()
		d := h.open(one(func(ctx context.Context, r *run) error {
			_, err := saga.Effect[string]{
				Name: "add", Lane: lane, Timeout: time.Second,
				Before: func(context.Context) (string, error) { did.note("before"); return "", nil },
				Run: func(ctx context.Context, _ string) (string, error) {
					<-ctx.Done()
					did.note("run")
					return "", ctx.Err()
				},
				Probe: func(context.Context, string) (string, saga.Answer, error) {
					time.Sleep(500 * time.Millisecond)
					did.note("probe")
					return "", saga.Happened, nil
				},
			}.Do(ctx, r)
			return err
		}))
		d.start("1", "2", "3")
		pass(time.Minute)
		did.want(t, "before", "run", "probe", "before", "run", "probe", "before", "run", "probe")
	})
}
