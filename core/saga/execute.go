package saga

import (
	"context"
	"errors"
	"time"

	"sidestage/core"
)

// load reads a saga and its journal for a run.
func (e *Engine[T]) load(ctx context.Context, id string) (*Run[T], error) {
	f := &frame{dirty: map[int]bool{}, stop: e.stop, log: e.log, booked: e.cfg.Booked}
	if err := e.store.View(ctx, func(tx T) error { return f.read(tx, id) }); err != nil {
		return nil, err
	}
	r := &Run[T]{f: f, update: e.store.Update, onPark: func(ready func(context.Context, T) (bool, error)) {
		e.park(turnOf(f.saga), func(ctx context.Context, tx T) (bool, error) {
			return guard(f, core.Internal, func() (bool, error) { return ready(ctx, tx) })
		})
	}}
	f.save = r.save
	return r, nil
}

// read takes the journal of a saga from tx.
func (f *frame) read(tx Tx, id string) (err error) {
	if f.saga, err = tx.SagaByID(id); err != nil {
		return err
	}
	f.written = f.saga.State
	steps, err := tx.SagaSteps(id)
	for i := range steps {
		f.steps = append(f.steps, &steps[i])
	}
	return err
}

// execute runs a saga until it ends, parks, or the desk stops. The error is a
// fault of the store: the saga is to be loaded anew.
func (e *Engine[T]) execute(ctx context.Context, id string) (due time.Time, err error) {
	r, err := e.load(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	f := r.f
	switch {
	case f.saga.State.Terminal(), f.saga.State == NeedsDecision:
		return time.Time{}, nil
	case f.saga.WaitingFor == ForRetry && f.saga.NextAt.After(time.Now()):
		return f.saga.NextAt, nil // it is not time yet
	}
	f.setState(f.active())
	kind, ok := e.kinds[f.saga.Kind][f.saga.Version]
	if !ok {
		_ = f.breaks("this program has no %s saga of version %d", f.saga.Kind, f.saga.Version)
	} else if cause := f.run(func() error { return kind.Body(ctx, r) }); f.stopped == nil {
		e.settle(ctx, r, kind, cause)
	}
	return f.due, f.leave(ctx)
}

// run calls one of a kind's functions; a panic is its error.
func (f *frame) run(fn func() error) error {
	_, err := guard(f, core.Internal, func() (None, error) { return None{}, fn() })
	return err
}

// settle decides what the Body's end means.
func (e *Engine[T]) settle(ctx context.Context, r *Run[T], kind Kind[T], cause error) {
	f := r.f
	st, compensating := f.unasked(), f.saga.RefundSeq > 0
	switch {
	case st != nil:
		_ = f.breaks("step %d, %q, is in the journal, but was not asked for", st.Seq, st.Name)
	case compensating && cause == nil:
		_ = f.breaks("the failure before step %d did not come again", f.saga.RefundSeq)
	case compensating:
		e.compensate(ctx, r, kind)
	case cause == nil:
		f.setState(Completed)
	case !f.saga.CommittedAt.IsZero():
		f.log.Error("saga failed after its commit", "saga", f.saga.ID, "kind", f.saga.Kind, "error", cause)
		f.saga.Error = failure(cause)
		f.setState(Failed)
	default:
		f.saga.RefundSeq, f.saga.Error = len(f.steps)+1, failure(cause)
		f.setState(Compensating)
		if f.save(ctx) != nil {
			return
		}
		core.Failpoint("saga", f.saga.Kind, "compensating")
		e.compensate(ctx, r, kind)
	}
}

// compensate undoes what succeeded, then runs the kind's Refund.
func (e *Engine[T]) compensate(ctx context.Context, r *Run[T], kind Kind[T]) {
	f := r.f
	if f.undoAll(ctx) != nil {
		return
	}
	f.refund, f.pos = true, f.saga.RefundSeq-1
	var err error
	if kind.Refund != nil {
		err = f.run(func() error { return kind.Refund(ctx, r, f.saga.Error) })
	}
	st := f.unasked()
	switch {
	case f.stopped != nil:
	case st != nil:
		_ = f.breaks("step %d, %q, is in the journal, but was not asked for", st.Seq, st.Name)
	case err != nil:
		f.log.Error("refund failed", "saga", f.saga.ID, "kind", f.saga.Kind, "error", err)
		f.setState(Failed)
	case f.undoFailed():
		f.setState(Failed)
	default:
		f.setState(Compensated)
	}
}

func (f *frame) undoFailed() bool {
	for _, st := range f.steps {
		if st.State == StepUndoFailed {
			return true
		}
	}
	return false
}

// leave makes durable what a run that is over or interrupted still holds.
func (f *frame) leave(ctx context.Context) error {
	switch {
	case f.stopped == nil:
	case errors.Is(f.stopped, errBroken):
		f.log.Error("saga stopped", "saga", f.saga.ID, "kind", f.saga.Kind, "error", f.saga.Error)
		f.setState(Failed)
	case errors.Is(f.stopped, errInterrupted):
		// At once again, should only the Body have cancelled its context.
		f.due = time.Now().Add(storeDelay)
		if len(f.dirty) == 0 {
			return nil
		}
	case errors.Is(f.stopped, errParked), errors.Is(f.stopped, errUndecided):
		return nil
	default:
		return f.stopped
	}
	if err := f.save(ctx); err != nil {
		return err
	}
	if f.saga.State.Terminal() {
		core.Failpoint("saga", f.saga.Kind, "ended")
	}
	return nil
}
