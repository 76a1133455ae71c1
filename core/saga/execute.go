package saga

import (
	"context"
	"runtime/debug"
	"time"

	"sidestage/core"
)

// load reads a saga and its journal for a run.
func (e *Engine[T]) load(ctx context.Context, id string) (*Run[T], error) {
	f := &frame{dirty: map[int]bool{}, stopping: e.stopping, log: e.log}
	err := e.store.View(ctx, func(tx T) error {
		var err error
		if f.saga, err = tx.SagaByID(id); err != nil {
			return err
		}
		steps, err := tx.SagaSteps(id)
		for i := range steps {
			f.steps = append(f.steps, &steps[i])
		}
		return err
	})
	f.written = f.saga.State
	r := &Run[T]{f: f, update: e.store.Update, onPark: func(ready func(context.Context, T) (bool, error)) { e.park(f.saga, ready) }}
	f.save = func(ctx context.Context) error { return r.commit(ctx, func(T) error { return nil }) }
	return r, err
}

// execute runs a saga until it ends, parks, or the desk stops. The error is a
// fault of the store: the saga is to be loaded anew.
func (e *Engine[T]) execute(ctx context.Context, id string) (due time.Time, err error) {
	r, err := e.load(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	f := r.f
	if f.saga.State.Terminal() || f.saga.State == NeedsDecision {
		return time.Time{}, nil
	}
	f.setState(f.active())
	kind, ok := e.kinds[f.saga.Kind][f.saga.Version]
	if !ok {
		_ = f.breaks("this program has no %s saga of version %d", f.saga.Kind, f.saga.Version)
	} else if cause := e.body(ctx, r, kind.Body); f.stopped == nil {
		e.settle(ctx, r, kind, cause)
	}
	return f.due, e.leave(ctx, f)
}

// body runs one of a kind's functions; a panic is its error.
func (e *Engine[T]) body(ctx context.Context, r *Run[T], fn func(context.Context, *Run[T]) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = core.E(core.Internal, "panic: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(ctx, r)
}

// settle decides what the Body's end means.
func (e *Engine[T]) settle(ctx context.Context, r *Run[T], kind Kind[T], cause error) {
	f := r.f
	asked := len(f.steps) // the steps a replay must have asked for
	if f.saga.RefundSeq > 0 {
		asked = f.saga.RefundSeq - 1
	}
	switch {
	case f.pos < asked:
		_ = f.breaks("the journal has step %q, which was not asked for", f.steps[f.pos].Name)
	case cause == nil && f.saga.RefundSeq > 0:
		_ = f.breaks("the failure at step %d did not come again", f.saga.RefundSeq-1)
	case cause == nil:
		f.setState(Completed)
	case !f.saga.CommittedAt.IsZero():
		f.saga.Error = failure(cause)
		f.setState(Failed)
	default:
		e.compensate(ctx, r, kind, cause)
	}
}

// compensate undoes what succeeded, then runs the kind's Refund.
func (e *Engine[T]) compensate(ctx context.Context, r *Run[T], kind Kind[T], cause error) {
	f := r.f
	if f.saga.RefundSeq == 0 {
		f.saga.RefundSeq, f.saga.Error = len(f.steps)+1, failure(cause)
		f.setState(Compensating)
		if err := f.save(ctx); err != nil {
			_ = f.lost(err)
			return
		}
		core.Failpoint("saga", f.saga.Kind, "compensating")
	}
	if f.undoAll(ctx) != nil {
		return
	}
	f.refund, f.pos = true, f.saga.RefundSeq-1
	if kind.Refund != nil {
		err := e.body(ctx, r, func(ctx context.Context, r *Run[T]) error { return kind.Refund(ctx, r, f.saga.Error) })
		if f.stopped != nil {
			return
		}
		if err != nil {
			f.log.Error("refund failed", "saga", f.saga.ID, "error", err)
			f.setState(Failed)
			return
		}
	}
	f.setState(Compensated)
	for _, st := range f.steps {
		if st.State == StepUndoFailed {
			f.setState(Failed)
		}
	}
}

// leave makes durable what a run that is over or interrupted still holds.
func (e *Engine[T]) leave(ctx context.Context, f *frame) error {
	switch f.stopped {
	case nil:
	case errBroken:
		f.log.Error("saga stopped", "saga", f.saga.ID, "kind", f.saga.Kind, "error", f.saga.Error)
		f.setState(Failed)
	case errInterrupted:
		if len(f.dirty) == 0 {
			return nil
		}
	case errParked, errUndecided:
		return nil
	default:
		return f.stopped
	}
	if err := f.save(ctx); err != nil {
		return f.lost(err)
	}
	if f.saga.State.Terminal() {
		core.Failpoint("saga", f.saga.Kind, "ended")
	}
	return nil
}
