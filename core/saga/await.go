package saga

import (
	"context"
	"time"

	"sidestage/core"
)

// Await parks until Ready says so, holding neither goroutine nor worker.
// Whoever commits what may change the answer calls Engine.Wake after the
// commit; a wake that comes before the wait is not lost.
type Await[T Tx] struct {
	Name string
	// Ready only reads. It may be asked long after the Body that made it has
	// returned. A temporary error is a fault of the store.
	Ready func(context.Context, T) (bool, error)
	// Deadline ends the wait with an Unavailable error, reason ReasonDeadline; the
	// first one asked for is kept. Zero waits for ever.
	Deadline time.Time
}

// ReasonDeadline is the reason of the error of a wait that was in vain.
const ReasonDeadline = "deadline"

// Do returns when the wait is over. The error of a wait that goes on must be
// returned by the Body.
func (a Await[T]) Do(ctx context.Context, r *Run[T]) (None, error) {
	f := r.f
	st, err := f.ask(a.Name)
	switch {
	case err != nil:
		return None{}, err
	case st.State == StepSucceeded:
		return None{}, nil
	case st.final():
		return None{}, st.Error
	case st.State != StepStarted: // new, or had in vain and begun again by hand
		st.Attempt, st.NextAt = st.Attempt+1, a.Deadline
	}
	f.failpoint(st, "asked")
	ready, late, err := a.look(ctx, r, st)
	switch {
	case f.stopped != nil:
		return None{}, f.stopped
	case err != nil:
		f.setState(f.active())
		return None{}, f.fail(st, err)
	case ready:
		f.failpoint(st, "ready")
		return None{}, nil
	case late:
		f.setState(f.active())
		return None{}, f.fail(st, core.Because(core.Unavailable, ReasonDeadline, "waited in vain until %s", st.NextAt.UTC().Format(time.RFC3339)))
	}
	f.failpoint(st, "parked")
	return None{}, f.parkUntil(st.NextAt)
}

// look asks Ready and, in the same transaction, books the end of the wait or
// the wait.
func (a Await[T]) look(ctx context.Context, r *Run[T], st *Step) (ready, late bool, err error) {
	f := r.f
	late = !st.NextAt.IsZero() && !time.Now().Before(st.NextAt)
	ready, err = within(ctx, r, st, func(ctx context.Context, tx T) (bool, error) {
		ready, err := a.Ready(ctx, tx)
		switch {
		case err != nil || late && !ready:
			return ready, err
		case ready:
			f.setState(f.active())
			return ready, f.succeed(st, None{})
		}
		st.State = StepStarted
		f.touch(st)
		f.wait(a.Name, st.NextAt)
		// Known to wakes from the hook of this very commit on, so that the
		// wake of no later commit can pass it by.
		tx.AfterCommit(func() { r.onPark(a.Ready) })
		return ready, nil
	})
	return ready, late, err
}
