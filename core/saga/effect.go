package saga

import (
	"context"
	"time"

	"sidestage/core"
)

// Effect changes the outside. Its intent is durable before Run; after a crash
// or an unclear answer Probe decides, and Run is never repeated on a guess.
type Effect[R any] struct {
	Name string
	// Before looks at the outside first; what it returns is stored as the
	// intent and given to Run and Probe. May be nil.
	Before func(context.Context) (R, error)
	Run    func(ctx context.Context, before R) (R, error)
	// Probe finds out whether an earlier Run took effect. DidNotHappen gives
	// the step one more try, once. Without a Probe, an unclear Effect that is
	// not Idempotent needs a person's decision.
	Probe func(ctx context.Context, before R) (R, Answer, error)
	// Undo takes the effect back. It is idempotent and tried five times.
	Undo       func(context.Context, R) error
	Idempotent bool // running it twice is as good as once
	Commit     bool // the point of no return: afterwards nothing is undone
	// BestEffort lets the saga go on, with a zero result, when the step fails;
	// an unclear outcome is booked as uncertain and not tried again.
	BestEffort bool
	Attempts   int           // in all; 0 means 1
	Timeout    time.Duration // of one call of any of the four; 0 means 30 s
	Lane       *Lane         // one at a time with other Effects of this lane; may be nil
	// Patience is for an Effect that holds up nobody else and whose Probe is never
	// mistaken: so long the Probe is repeated while it reaches nobody, instead of
	// five minutes, and what did not happen is tried again as long as there are
	// attempts left, instead of once.
	Patience time.Duration
}

// Do runs the step, or returns what the journal has of it.
func (e Effect[R]) Do(ctx context.Context, s Scope) (R, error) {
	var none R
	f := s.frame()
	st, err := f.ask(e.Name)
	switch {
	case err != nil:
		return none, err
	case st.succeeded():
		return e.replay(f, st)
	case e.BestEffort && (st.final() || st.State == StepUncertain):
		return none, nil
	case e.BestEffort && st.State == StepStarted:
		f.uncertain(st, errUnanswered)
		return none, nil
	case st.final():
		return none, st.Error
	case st.State == StepUncertain:
		return none, f.undecided(ctx, st, st.Error)
	}
	leave, err := e.Lane.enter(ctx, f)
	if err != nil {
		return none, err
	}
	defer leave()
	if st.State == StepStarted {
		return e.resume(ctx, f, st)
	}
	return e.attempt(ctx, f, st)
}

// resume goes on with a step found started.
func (e Effect[R]) resume(ctx context.Context, f *frame, st *Step) (R, error) {
	if !e.Idempotent {
		return e.question(ctx, f, st, errUnanswered)
	}
	st.remember(errUnanswered)
	return e.attempt(ctx, f, st)
}

// errUnanswered is what is known of a step found started.
var errUnanswered = core.Because(core.Ambiguous, "unanswered", "its last attempt has no answer")

// replay returns a stored success, perhaps undone since.
func (e Effect[R]) replay(f *frame, st *Step) (R, error) {
	out, err := decode[R](f, st)
	if err == nil {
		e.keep(f, st, out)
	}
	return out, err
}

// keep remembers what a success means for the rest of the saga.
func (e Effect[R]) keep(f *frame, st *Step, out R) {
	if e.Commit {
		f.committed()
	}
	if e.Undo == nil {
		return
	}
	f.keepUndo(st, func(ctx context.Context) error {
		_, err := call(ctx, f, e.Timeout, func(ctx context.Context) (None, error) { return None{}, e.Undo(ctx, out) })
		if err == nil {
			f.undone(st)
		}
		return err
	})
}

// attempt makes the intent durable and runs.
func (e Effect[R]) attempt(ctx context.Context, f *frame, st *Step) (R, error) {
	var none R
	before, err := e.before(ctx, f, st)
	switch {
	case f.stopped != nil:
		return none, f.stopped
	case err != nil:
		st.Attempt++
		return e.failed(ctx, f, st, err)
	}
	if err := f.intend(ctx, st, before); err != nil {
		return none, err
	}
	f.failpoint(st, "intended")
	out, err := call(ctx, f, e.Timeout, func(ctx context.Context) (R, error) { return e.Run(ctx, before) })
	if err != nil {
		return e.failed(ctx, f, st, err)
	}
	f.failpoint(st, "done")
	return e.succeeded(f, st, out)
}

// before looks at the outside, or remembers what was seen: an idempotent step
// may be found started.
func (e Effect[R]) before(ctx context.Context, f *frame, st *Step) (R, error) {
	var none R
	switch {
	case st.State == StepStarted:
		return decode[R](f, st)
	case e.Before == nil:
		return none, nil
	}
	out, err := call(ctx, f, e.Timeout, e.Before)
	return out, asRead(err)
}

func (e Effect[R]) succeeded(f *frame, st *Step, out R) (R, error) {
	err := f.succeed(st, out)
	if err == nil {
		e.keep(f, st, out)
	}
	return out, err
}

// failed decides what an error of an attempt means.
func (e Effect[R]) failed(ctx context.Context, f *frame, st *Step, err error) (R, error) {
	var none R
	more := st.Attempt < e.Attempts
	switch {
	case core.Temporary(err) && (more || interrupted(err)): // a stopping desk costs no attempt
		return none, f.again(ctx, st, err)
	case interrupted(err):
		return none, f.halt(errInterrupted)
	case !unclear(err) && !st.inDoubt():
		return none, e.giveUp(f, st, err)
	case e.BestEffort:
		f.uncertain(st, err)
		return none, nil
	case e.Idempotent && more:
		return none, f.again(ctx, st, err)
	}
	return e.question(ctx, f, st, err)
}

func (e Effect[R]) giveUp(f *frame, st *Step, err error) error {
	err = f.fail(st, err)
	if !e.BestEffort {
		return err
	}
	f.log.Warn("step given up", "saga", f.saga.ID, "step", st.Name, "error", err)
	return nil
}
