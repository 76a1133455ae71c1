package saga

import (
	"context"
	"time"

	"sidestage/core"
)

// Read asks the outside and changes nothing. No intent is written: after a
// crash it simply runs again, until its result is in the journal.
type Read[R any] struct {
	Name     string
	Run      func(context.Context) (R, error)
	Attempts int           // in all; 0 means 1. Temporary and unclear errors are tried again
	Timeout  time.Duration // of one attempt; 0 means 30 s
}

// Do runs the step, or returns what the journal has of it.
func (r Read[R]) Do(ctx context.Context, s Scope) (R, error) {
	var none R
	f := s.frame()
	st, err := f.ask(r.Name)
	switch {
	case err != nil:
		return none, err
	case st.State == StepSucceeded:
		return decode[R](f, st)
	case st.final():
		return none, st.Error
	}
	st.Attempt, st.StartedAt = st.Attempt+1, time.Now()
	out, err := call(ctx, f, r.Timeout, r.Run)
	err = asRead(err)
	switch {
	case err == nil:
		f.failpoint(st, "read")
		return out, f.succeed(st, out)
	case interrupted(err):
		return none, f.halt(errInterrupted)
	case core.Temporary(err) && st.Attempt < r.Attempts:
		return none, f.again(ctx, st, err)
	}
	return none, f.fail(st, err)
}
