package saga

import (
	"context"

	"sidestage/core"
)

// Local changes our own state, in the journal's own transaction: the rows Run
// writes, its events and its result commit together, exactly once.
//
// A temporary error of Run or Undo is a fault of the store, as one of the
// commit is: nothing is booked and the saga is loaded again a moment later.
type Local[T Tx, R any] struct {
	Name string
	Run  func(context.Context, T) (R, error)
	// Undo takes it back, in a transaction with its journal entry; nil when
	// there is nothing to undo. It is idempotent.
	Undo func(context.Context, T, R) error
}

// Do runs the step, or returns what the journal has of it. An error of Run
// rolls back what it wrote.
func (l Local[T, R]) Do(ctx context.Context, r *Run[T]) (R, error) {
	var none R
	f := r.f
	st, err := f.ask(l.Name)
	switch {
	case err != nil:
		return none, err
	case st.final():
		return none, st.Error
	case st.succeeded():
		out, err := decode[R](f, st)
		if err == nil {
			l.keepUndo(r, st, out)
		}
		return out, err
	}
	f.failpoint(st, "local")
	st.Attempt++
	out, err := within(ctx, r, st, func(ctx context.Context, tx T) (R, error) {
		out, err := l.Run(ctx, tx)
		if err == nil {
			err = f.succeed(st, out)
		}
		return out, err
	})
	switch {
	case f.stopped != nil:
		return none, f.stopped
	case err != nil:
		return none, f.fail(st, err)
	}
	f.failpoint(st, "stored")
	l.keepUndo(r, st, out)
	return out, nil
}

func (l Local[T, R]) keepUndo(r *Run[T], st *Step, out R) {
	if l.Undo == nil {
		return
	}
	r.f.keepUndo(st, func(ctx context.Context) error {
		_, err := within(ctx, r, st, func(ctx context.Context, tx T) (None, error) {
			r.f.undone(st)
			return None{}, l.Undo(ctx, tx, out)
		})
		return err
	})
}

// within runs fn, which books st, in the transaction that commits it. It
// returns an error of fn that is an answer, and nothing is booked; any other
// fault stops the run, once all that was known before is durable. fn's context
// is never cancelled: a transaction waits for nothing.
func within[T Tx, R any](ctx context.Context, r *Run[T], st *Step, fn func(context.Context, T) (R, error)) (out R, own error) {
	f := r.f
	restore := f.mark(st)
	err := r.commit(ctx, func(tx T) error {
		out, own = guard(f, core.Internal, func() (R, error) { return fn(context.WithoutCancel(ctx), tx) })
		return own
	})
	switch {
	case err == nil:
		return out, nil
	case f.stopped != nil:
		return out, f.stopped
	}
	restore()
	if own != nil && !core.Temporary(own) {
		return out, own
	}
	if len(f.dirty) > 0 && f.save(ctx) != nil {
		return out, f.stopped
	}
	return out, f.lost(err)
}

// mark remembers st and the saga as they are.
func (f *frame) mark(st *Step) (restore func()) {
	step, dirty, saga, changed := *st, f.dirty[st.Seq], f.saga, f.changed
	return func() {
		*st, f.saga, f.changed = step, saga, changed
		if !dirty {
			delete(f.dirty, st.Seq)
		}
	}
}
