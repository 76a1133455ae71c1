package saga_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/storage"
)

func six(did *diary) []saga.Effect[string] {
	var all []saga.Effect[string]
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		all = append(all, did.effect(name, nil))
	}
	return all
}

func TestResultsRideInTheNextCommit(t *testing.T) {
	read := func(ctx context.Context, r *run) error {
		_, err := saga.Read[int]{Name: "read", Run: func(context.Context) (int, error) { return 1, nil }}.Do(ctx, r)
		return err
	}
	local := func(ctx context.Context, r *run) error {
		_, err := saga.Local[saga.Tx, int]{Name: "local", Run: func(context.Context, saga.Tx) (int, error) { return 1, nil }}.Do(ctx, r)
		return err
	}
	var did diary
	for name, c := range map[string]struct {
		body func(context.Context, *run) error
		want int
	}{
		"nothing":      {body(), 1},
		"six effects":  {body(six(&did)...), 7},
		"three reads":  {inTurn(read, read, read), 1},
		"three locals": {inTurn(local, local, local), 4},
		"a mixture":    {inTurn(read, local, body(did.effect("x", nil)), read, body(did.effect("y", nil)), local), 5},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.open(one(c.body)).run("1")
				h.want("1", saga.Completed)
				if h.commits() != c.want {
					t.Errorf("%d commits beside the start, want %d", h.commits(), c.want)
				}
			})
		})
	}
}

func inTurn(parts ...func(context.Context, *run) error) func(context.Context, *run) error {
	return func(ctx context.Context, r *run) error {
		for _, part := range parts {
			if err := part(ctx, r); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestASagasStatesAreJournalled(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		busy := did.effect("busy", errBusy)
		busy.Attempts = 2
		h.open(one(body(did.effect("a", nil), busy))).run("1")
		pass(time.Minute)
		var got []event.SagaChanged
		_ = h.db.View(t.Context(), func(tx *storage.Tx) error {
			records, err := tx.EventsAfter(0, 100)
			for _, r := range records {
				if e, err := event.Decode(r); err == nil {
					got = append(got, e.(event.SagaChanged))
				}
			}
			return err
		})
		want := []string{"running", "waiting", "running", "compensating", "compensated"}
		if len(got) != len(want) {
			t.Fatalf("%+v", got)
		}
		for i, e := range got {
			if e.State != want[i] || e.SagaID != "1" || e.Kind != "k" || (i > 0) != (e.Step == "busy") || (i > 2) != (e.Error == "busy") {
				t.Errorf("%d: %+v", i, e)
			}
		}
	})
}

// Whatever commit of a saga cannot be written, for however long: no step runs
// twice and nothing needs a person.
func TestAStoreThatFailsLosesNothing(t *testing.T) {
	const steps = 9 // commits of the saga below
	saved := func(ctx context.Context, r *run) error {
		_, err := saga.Local[saga.Tx, string]{
			Name: "local", Run: func(_ context.Context, tx saga.Tx) (string, error) {
				return "", tx.AppendEvent(event.ChatReplied{SagaID: "1", Text: "local"})
			},
			Undo: func(_ context.Context, tx saga.Tx, _ string) error {
				return tx.AppendEvent(event.ChatReplied{SagaID: "1", Text: "undo local"})
			},
		}.Do(ctx, r)
		return err
	}
	for _, fault := range []error{errDisk, core.Because(core.Ambiguous, "disk-error", "commit")} {
		for first := 1; first <= steps; first++ {
			for _, times := range []int{1, 3} {
				inHouse(t, func(t *testing.T, h *house) {
					var did diary
					h.before = func(n int) error {
						if n >= first && n < first+times {
							return fault
						}
						return nil
					}
					h.open(refunding(&did, inTurn(body(did.effect("a", nil)), saved, body(did.effect("b", nil)), body(did.effect("bad", errNo))))).run("1")
					pass(time.Minute)
					h.want("1", saga.Compensated)
					did.want(t, "a", "b", "bad", "undo b", "undo a", "refund")
					w := world{db: h.db}
					if lines := w.lines(); lines["1/local"] != 1 || lines["1/undo local"] != 1 {
						t.Errorf("fault %d: %v", first, lines)
					}
				})
			}
		}
	}
}

// A store that says no and has done it all the same.
func TestACommitOfUnknownOutcomeIsNotDoneTwice(t *testing.T) {
	for at := 1; at <= 5; at++ {
		inHouse(t, func(t *testing.T, h *house) {
			var did diary
			h.after = func(n int, err error) error {
				if n == at {
					return core.E(core.Ambiguous, "commit: input/output error")
				}
				return err
			}
			h.open(one(inTurn(body(did.effect("a", nil)), func(ctx context.Context, r *run) error {
				_, err := saga.Local[saga.Tx, none]{Name: "local", Run: func(_ context.Context, tx saga.Tx) (none, error) {
					return none{}, tx.AppendEvent(event.ChatReplied{SagaID: "1", Text: "local"})
				}}.Do(ctx, r)
				return err
			}, body(did.effect("b", nil))))).run("1")
			pass(time.Minute)
			h.want("1", saga.Completed)
			did.want(t, "a", "b")
			w := world{db: h.db}
			if lines := w.lines(); lines["1/local"] != 1 {
				t.Errorf("fault %d: %v", at, lines)
			}
		})
	}
}

func TestATemporaryErrorOfALocalIsAFaultOfTheStore(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		var healed atomic.Bool
		d := h.open(one(inTurn(body(did.effect("a", nil)), func(ctx context.Context, r *run) error {
			_, err := saga.Local[saga.Tx, none]{Name: "local", Run: func(context.Context, saga.Tx) (none, error) {
				if healed.Load() {
					return none{}, nil
				}
				return none{}, errDisk
			}}.Do(ctx, r)
			return err
		})))
		d.run("1")
		pass(time.Minute)
		h.want("1", saga.Running, saga.StepSucceeded) // known before, and so durable
		healed.Store(true)
		pass(2 * time.Second)
		h.want("1", saga.Completed)
		did.want(t, "a")
	})
}
