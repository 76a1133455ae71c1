package saga

import (
	"context"

	"sidestage/core"
)

// Local changes our own state, in the journal's own transaction: the rows Run
// writes, its events and its result commit together, exactly once.
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
	case st.State != "": // succeeded, perhaps undone since
		out, err := decode[R](f, st)
		l.keepUndo(r, st, out)
		return out, err
	}
	f.failpoint(st, "local")
	st.Attempt = 1
	out, ran, err := l.run(ctx, r, st)
	switch {
	case ran != nil:
		return none, f.fail(st, ran)
	case err != nil:
		return none, f.lost(err)
	}
	f.failpoint(st, "stored")
	l.keepUndo(r, st, out)
	return out, nil
}

// run tells an error of Run apart from one of the store.
func (l Local[T, R]) run(ctx context.Context, r *Run[T], st *Step) (out R, ran, err error) {
	before := *st
	err = r.commit(ctx, func(tx T) error {
		*st = before
		if out, ran = guard(func() (R, error) { return l.Run(ctx, tx) }); ran != nil {
			return ran
		}
		return r.f.succeed(st, out)
	})
	if err != nil {
		*st = before
		delete(r.f.dirty, st.Seq)
	}
	return out, ran, err
}

func (l Local[T, R]) keepUndo(r *Run[T], st *Step, out R) {
	if l.Undo == nil {
		return
	}
	r.f.keepUndo(st, undo{run: func(ctx context.Context) error {
		return r.commit(ctx, func(tx T) error {
			if err := l.Undo(ctx, tx, out); err != nil {
				return err
			}
			r.f.undone(st)
			return nil
		})
	}})
}

// guard turns a panic into an error.
func guard[R any](fn func() (R, error)) (r R, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = core.E(core.Internal, "panic: %v", p)
		}
	}()
	return fn()
}
