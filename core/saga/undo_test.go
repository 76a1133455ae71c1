package saga_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/saga"
)

// refunding is a kind "k" whose refund is the effect "refund".
func refunding(did *diary, b func(context.Context, *run) error) kind {
	return kind{Name: "k", Version: 1, Body: b, Refund: func(ctx context.Context, r *run, cause error) error {
		if core.ReasonOf(cause) != "nope" || core.KindOf(cause) != core.Denied {
			did.note("cause %v", cause)
		}
		refund := did.effect("refund", nil)
		_, err := refund.Do(ctx, r)
		return err
	}}
}

func TestAFailureBeforeTheCommitUndoesInReverseThenRefunds(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		plain := did.effect("plain", nil)
		plain.Undo = nil
		commit := did.effect("commit", errNo)
		commit.Commit = true
		h.open(refunding(&did, body(did.effect("a", nil), plain, did.effect("b", nil), commit, did.effect("never", nil)))).run("1")
		s := h.want("1", saga.Compensated, saga.StepUndone, saga.StepSucceeded, saga.StepUndone, saga.StepFailed, saga.StepSucceeded)
		if s.RefundSeq != 5 || !s.CommittedAt.IsZero() || s.Error.ErrorReason() != "nope" {
			t.Errorf("%+v", s)
		}
		did.want(t, "a", "plain", "b", "commit", "undo b", "undo a", "refund")
	})
}

func TestAfterTheCommitNothingIsUndone(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		commit, bad := did.effect("commit", nil), did.effect("bad", errNo)
		commit.Commit = true
		d := h.open(refunding(&did, func(ctx context.Context, r *run) error { return body(did.effect("a", nil), commit, bad)(ctx, r) }))
		d.run("1")
		s := h.want("1", saga.Failed, saga.StepSucceeded, saga.StepSucceeded, saga.StepFailed)
		if s.CommittedAt.IsZero() || s.RefundSeq != 0 || s.Error.ErrorReason() != "nope" {
			t.Errorf("%+v", s)
		}
		pass(time.Hour)
		bad.Run = did.effect("better", nil).Run
		if err := d.Retry(t.Context(), "1"); err != nil { // a person has seen to it
			t.Fatal(err)
		}
		synctest.Wait()
		h.want("1", saga.Completed)
		did.want(t, "a", "commit", "bad", "better")
	})
}

func TestAnOwnErrorOrAPanicOfTheBodyIsAFailureToo(t *testing.T) {
	for name, end := range map[string]func() error{
		"error": func() error { return errNo },
		"panic": func() error { panic("oh") },
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				var did diary
				k := one(func(ctx context.Context, r *run) error {
					if err := body(did.effect("a", nil))(ctx, r); err != nil {
						return err
					}
					return end()
				})
				h.open(k).run("1")
				h.want("1", saga.Compensated, saga.StepUndone)
				did.want(t, "a", "undo a")
			})
		})
	}
}

func TestAnErrorTheBodyActsUponIsNoFailure(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		h.open(one(func(ctx context.Context, r *run) error {
			bad := did.effect("bad", errNo)
			if _, err := bad.Do(ctx, r); core.ReasonOf(err) != "nope" {
				return err
			}
			return body(did.effect("instead", nil))(ctx, r)
		})).run("1")
		h.want("1", saga.Completed, saga.StepFailed, saga.StepSucceeded)
	})
}

func TestAnUndoIsTriedFiveTimesAndStopsNeitherTheOthersNorTheRefund(t *testing.T) {
	for name, c := range map[string]struct {
		undo  error
		tries int
	}{"temporary": {errBusy, 5}, "unclear": {errLost, 5}, "refused": {errNo, 1}} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				var did diary
				fault, tries := c.undo, 0
				b := did.effect("b", nil)
				b.Undo = func(context.Context, string) error { tries++; return fault }
				k := refunding(&did, body(did.effect("a", nil), b, did.effect("bad", errNo)))
				d := h.open(k)
				d.run("1")
				pass(time.Hour)
				h.want("1", saga.Failed, saga.StepUndone, saga.StepUndoFailed, saga.StepFailed, saga.StepSucceeded)
				did.want(t, "a", "b", "bad", "undo a", "refund")
				if tries != c.tries {
					t.Errorf("%d tries, want %d", tries, c.tries)
				}
				fault = nil
				if err := d.Retry(t.Context(), "1"); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				h.want("1", saga.Compensated, saga.StepUndone, saga.StepUndone, saga.StepFailed, saga.StepSucceeded)
				did.want(t, "a", "b", "bad", "undo a", "refund")
			})
		})
	}
}

func TestAnUndoGoesOnAfterARestartWhereItWas(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		fault := errBusy
		a := did.effect("a", nil)
		a.Undo = func(context.Context, string) error { did.note("undo a: %v", fault); return fault }
		k := refunding(&did, body(a, did.effect("b", nil), did.effect("bad", errNo)))
		d := h.open(k)
		d.run("1")
		if s := h.want("1", saga.Waiting); s.WaitingFor != saga.ForRetry || s.RefundSeq != 4 {
			t.Errorf("%+v", s)
		}
		d.stop()
		fault = nil
		h.open(k)
		pass(time.Minute)
		h.want("1", saga.Compensated)
		did.want(t, "a", "b", "bad", "undo b", "undo a: busy", "undo a: <nil>", "refund")
	})
}

func TestALocalAndItsUndoCommitWithWhatTheyWrite(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		write := func(text string) func(context.Context, saga.Tx) (string, error) {
			return func(_ context.Context, tx saga.Tx) (string, error) {
				return text, tx.AppendEvent(event.ChatReplied{SagaID: "1", Text: text})
			}
		}
		var undone []string
		h.open(one(func(ctx context.Context, r *run) error {
			_, err := saga.Local[saga.Tx, string]{Name: "a", Run: write("a"), Undo: func(ctx context.Context, tx saga.Tx, result string) error {
				undone = append(undone, result)
				_, err := write("undo a")(ctx, tx)
				return err
			}}.Do(ctx, r)
			if err != nil {
				return err
			}
			_, err = saga.Local[saga.Tx, string]{Name: "b", Run: func(ctx context.Context, tx saga.Tx) (string, error) {
				if _, err := write("b")(ctx, tx); err != nil {
					return "", err
				}
				return "", errNo
			}}.Do(ctx, r)
			return err
		})).run("1")
		h.want("1", saga.Compensated, saga.StepUndone, saga.StepFailed)
		w := world{db: h.db}
		if lines := w.lines(); len(lines) != 2 || lines["1/a"] != 1 || lines["1/undo a"] != 1 || len(undone) != 1 || undone[0] != "a" {
			t.Errorf("%v, %v", lines, undone)
		}
	})
}

func TestARefundThatFailsWaitsForAPersonAndGoesOnWithRetry(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var did diary
		fault := errNo
		k := one(body(did.effect("a", nil), did.effect("bad", errNo)))
		k.Refund = func(ctx context.Context, r *run, _ error) error {
			_, err := saga.Effect[string]{Name: "refund", Commit: true, Run: func(context.Context, string) (string, error) {
				did.note("refund: %v", fault)
				return "", fault
			}}.Do(ctx, r)
			if err != nil {
				return err
			}
			_, err = saga.Local[saga.Tx, none]{Name: "book", Run: func(context.Context, saga.Tx) (none, error) {
				did.note("book")
				return none{}, fault
			}}.Do(ctx, r)
			return err
		}
		d := h.open(k)
		d.run("1")
		h.want("1", saga.Failed)
		pass(24 * time.Hour)
		h.want("1", saga.Failed)
		fault = nil
		if err := d.Retry(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := h.want("1", saga.Compensated); !s.CommittedAt.IsZero() {
			t.Error("a refund has no point of no return")
		}
		did.want(t, "a", "bad", "undo a", "refund: not today", "refund: <nil>", "book")
	})
}
