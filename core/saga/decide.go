package saga

import (
	"context"
	"fmt"
	"time"

	"sidestage/core"
)

// Retry makes a saga that waits for a retry, failed or needs a decision try
// again now: undos and refunds that were given up get their attempts back, an
// uncertain step is probed again. Any other state is a Conflict.
func (e *Engine[T]) Retry(ctx context.Context, id string) error {
	return e.byHand(ctx, id, "retry", func(f *frame) error {
		switch f.saga.State {
		case Waiting:
			if f.saga.WaitingFor != ForRetry {
				return core.E(core.Conflict, "saga %s waits for %s, there is nothing to retry", id, f.saga.WaitingFor)
			}
		case NeedsDecision, Failed:
		default:
			return core.E(core.Conflict, "saga %s is %s, there is nothing to retry", id, f.saga.State)
		}
		for _, st := range f.steps {
			f.reopen(st)
		}
		return nil
	})
}

// reopen makes a step that waits, was given up or is uncertain run again.
func (f *frame) reopen(st *Step) {
	last := st.Seq == len(f.steps)
	switch {
	case st.State == StepUndoFailed:
		st.State, st.UndoAttempt = StepSucceeded, 0
	case st.State == StepUncertain && last:
		st.State = StepStarted
	case st.final() && last && f.mayRepeat(st):
		st.Error = nil
		st.repeat()
	case st.State == StepFailed && !st.final():
		st.repeat()
	default:
		return
	}
	f.touch(st)
}

// repeat gives a failed step its attempts back.
func (s *Step) repeat() {
	s.State, s.NextAt, s.Attempt = StepFailed, time.Now(), 0
}

// mayRepeat: a failed step is run again only after the point of no return or
// in the refund; before that its failure has already been acted upon.
func (f *frame) mayRepeat(st *Step) bool {
	return !f.saga.CommittedAt.IsZero() || f.saga.RefundSeq > 0 && st.Seq >= f.saga.RefundSeq
}

// Resolve answers for the platform whether the uncertain step of a saga that
// needs a decision happened. If it did the saga goes on, with what Before
// returned as the step's result. If not, the saga
// undoes and refunds; a step of the refund, or one after the commit, is tried
// again instead. Any other state is a Conflict.
func (e *Engine[T]) Resolve(ctx context.Context, id string, happened bool) error {
	return e.byHand(ctx, id, "resolve", func(f *frame) error {
		if f.saga.State != NeedsDecision || len(f.steps) == 0 || f.steps[len(f.steps)-1].State != StepUncertain {
			return core.E(core.Conflict, "saga %s is %s, there is nothing to decide", id, f.saga.State)
		}
		st := f.steps[len(f.steps)-1]
		switch {
		case happened:
			st.State, st.Error, st.EndedAt = StepSucceeded, nil, time.Now()
			f.touch(st)
		case f.mayRepeat(st):
			st.Error = nil
			st.repeat()
			f.touch(st)
		default:
			_ = f.fail(st, core.Because(core.Unavailable, didNotHappen, "%s: did not happen (decided by hand)", st.Name))
		}
		return nil
	})
}

// byHand changes a saga that is not running, in one transaction, and queues it.
func (e *Engine[T]) byHand(ctx context.Context, id, what string, change func(*frame) error) error {
	err := e.store.Update(ctx, func(tx T) error {
		f := &frame{dirty: map[int]bool{}, booked: e.cfg.Booked}
		if err := f.read(tx, id); err != nil {
			return err
		}
		if err := change(f); err != nil {
			return err
		}
		if f.saga.RefundSeq == 0 {
			f.saga.Error = nil
		}
		f.setState(f.active())
		tx.AfterCommit(func() { e.enqueue(turnOf(f.saga)) })
		return f.flush(tx)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
