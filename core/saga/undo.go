package saga

import (
	"context"
	"time"

	"sidestage/core"
)

// undoAttempts is how often an undo is tried before it is given up; the others
// and the refund go on all the same.
const undoAttempts = 5

// undo takes back one step that succeeded, and books it.
type undo struct {
	st  *Step
	run func(context.Context) error
}

// keepUndo remembers how to take st back, unless that was done or given up.
func (f *frame) keepUndo(st *Step, run func(context.Context) error) {
	if st.State == StepSucceeded && !f.refund {
		f.undos = append(f.undos, undo{st, run})
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
		last := len(f.undos) - 1
		if err := f.undoOne(ctx, f.undos[last]); err != nil {
			return err
		}
		f.undos = f.undos[:last]
	}
	return nil
}

func (f *frame) undoOne(ctx context.Context, u undo) error {
	if f.stopping() {
		return f.halt(errInterrupted)
	}
	st := u.st
	f.failpoint(st, "undo")
	st.UndoAttempt++
	err := u.run(ctx)
	switch {
	case f.stopped != nil:
		return f.stopped
	case err == nil:
		f.failpoint(st, "undone")
		return nil
	case interrupted(err):
		return f.halt(errInterrupted)
	case st.UndoAttempt < undoAttempts && (core.Temporary(err) || unclear(err)):
		st.Error, st.NextAt = failure(err), time.Now().Add(delay(st.UndoAttempt, err))
		return f.retryAt(ctx, st, st.NextAt)
	}
	f.log.Error("undo given up", "saga", f.saga.ID, "step", st.Name, "error", err)
	st.State, st.Error, st.NextAt = StepUndoFailed, failure(err), time.Time{}
	f.touch(st)
	return nil
}
