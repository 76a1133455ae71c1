package saga

import (
	"context"
	"errors"
	"time"

	"sidestage/core"
)

// undoAttempts is how often an undo is tried before it is given up; the others
// and the refund go on all the same.
const undoAttempts = 5

// undo takes back one step that succeeded.
type undo struct {
	st  *Step
	run func(context.Context) error
}

// keepUndo remembers how to take st back, unless that was done or given up.
func (f *frame) keepUndo(st *Step, u undo) {
	if st.State == StepSucceeded && !f.refund {
		u.st = st
		f.undos = append(f.undos, u)
	}
}

// undone books an undo; it becomes durable with whatever comes next.
func (f *frame) undone(st *Step) {
	st.State, st.Error, st.NextAt, st.EndedAt = StepUndone, nil, time.Time{}, time.Now()
	f.touch(st)
}

// undoAll takes back what succeeded, last first. One that keeps failing is
// recorded and stops none of the others. The error is a stop, not a failure.
func (f *frame) undoAll(ctx context.Context) error {
	for len(f.undos) > 0 {
		u := f.undos[len(f.undos)-1]
		if u.st.State == StepSucceeded {
			if err := f.undoOne(ctx, u); err != nil {
				return err
			}
		}
		f.undos = f.undos[:len(f.undos)-1]
	}
	return nil
}

func (f *frame) undoOne(ctx context.Context, u undo) error {
	st := u.st
	switch {
	case f.stopping():
		f.stopped = errInterrupted
		return f.stopped
	case st.NextAt.After(time.Now()):
		return f.parkUntil(st.NextAt)
	}
	f.failpoint(st, "undo")
	st.UndoAttempt++
	_, err := call(ctx, 0, func(ctx context.Context) (None, error) { return None{}, u.run(ctx) })
	switch {
	case err == nil:
		f.failpoint(st, "undone")
		f.undone(st)
		return nil
	case errors.Is(err, errInterrupted):
		f.stopped = errInterrupted
		return f.stopped
	case st.UndoAttempt < undoAttempts && (core.Temporary(err) || unclear(err)):
		st.State, st.Error, st.NextAt = StepSucceeded, failure(err), time.Now().Add(delay(st.UndoAttempt, err))
		return f.retryAt(ctx, st, st.NextAt)
	}
	f.log.Error("undo given up", "saga", f.saga.ID, "step", st.Name, "error", err)
	st.State, st.Error, st.NextAt = StepUndoFailed, failure(err), time.Time{}
	f.touch(st)
	return nil
}
