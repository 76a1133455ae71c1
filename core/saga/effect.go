package saga

import (
	"context"
	"errors"
	"time"

	"sidestage/core"
)

// Answer is what a Probe found out.
type Answer uint8

// The answers. Only certainty is Happened or DidNotHappen.
const (
	Unknown Answer = iota
	Happened
	DidNotHappen
)

// Effect changes the outside. Its intent is durable before Run; after a crash
// or an unclear answer Probe decides, and Run is never repeated on a guess.
type Effect[R any] struct {
	Name string
	// Before looks at the outside first; what it returns is stored as the
	// intent and given to Run and Probe. May be nil.
	Before func(context.Context) (R, error)
	Run    func(ctx context.Context, before R) (R, error)
	// Probe finds out whether an earlier Run took effect. Without one, an
	// unclear Effect that is not Idempotent needs a person's decision.
	Probe func(ctx context.Context, before R) (R, Answer, error)
	// Undo takes the effect back. It is idempotent and tried five times.
	Undo       func(context.Context, R) error
	Idempotent bool // running it twice is as good as once
	Commit     bool // the point of no return: afterwards nothing is undone
	// BestEffort lets the saga go on when it fails; an unclear outcome is
	// booked as uncertain and not tried again.
	BestEffort bool
	Attempts   int           // in all; 0 means 1
	Timeout    time.Duration // of one attempt, of Before and of Probe; 0 means 30 s
	Lane       *Lane         // one at a time with other Effects of this lane; may be nil
}

// Lane lets Effects through one at a time, each from its Before to its answer.
type Lane struct{ slot chan struct{} }

// NewLane makes an empty lane.
func NewLane() *Lane { return &Lane{slot: make(chan struct{}, 1)} }

func (l *Lane) enter(ctx context.Context) (leave func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	select {
	case l.slot <- struct{}{}:
		return func() { <-l.slot }, nil
	case <-ctx.Done():
		return nil, errInterrupted
	}
}

// Do runs the step, or returns what the journal has of it.
func (e Effect[R]) Do(ctx context.Context, s Scope) (R, error) {
	var none R
	f := s.frame()
	st, err := f.ask(e.Name)
	switch {
	case err != nil:
		return none, err
	case st.State == StepSucceeded, st.State == StepUndone, st.State == StepUndoFailed:
		return e.replay(f, st)
	case e.BestEffort && (st.final() || st.State == StepUncertain || st.State == StepStarted):
		return none, e.letGo(f, st)
	case st.final():
		return none, st.Error
	case st.State == StepUncertain:
		f.stopped = errUndecided
		return none, f.stopped
	}
	leave, err := e.Lane.enter(ctx)
	if err != nil {
		f.stopped = err
		return none, err
	}
	defer leave()
	if st.State == StepStarted && !e.Idempotent {
		return e.question(ctx, f, st, core.E(core.Ambiguous, "the desk stopped before the answer"))
	}
	return e.attempt(ctx, f, st)
}

// replay returns a stored success, after a decision by hand too.
func (e Effect[R]) replay(f *frame, st *Step) (R, error) {
	out, err := decode[R](f, st)
	if err != nil {
		return out, err
	}
	e.keep(f, st, out)
	return out, nil
}

// keep remembers what a success means for the rest of the saga.
func (e Effect[R]) keep(f *frame, st *Step, out R) {
	if e.Commit && f.saga.CommittedAt.IsZero() {
		f.saga.CommittedAt, f.changed = time.Now(), true
	}
	if e.Undo != nil {
		f.keepUndo(st, undo{run: func(ctx context.Context) error { return e.Undo(ctx, out) }})
	}
}

// letGo passes over a best-effort step that will not be tried again.
func (e Effect[R]) letGo(f *frame, st *Step) error {
	if st.State == StepStarted {
		st.State, st.EndedAt = StepUncertain, time.Now()
		f.touch(st)
	}
	return nil
}

// attempt makes the intent durable and runs.
func (e Effect[R]) attempt(ctx context.Context, f *frame, st *Step) (R, error) {
	var none R
	before := none
	if st.State == StepStarted { // idempotent, found after a crash
		var err error
		if before, err = decode[R](f, st); err != nil {
			return none, err
		}
	} else if e.Before != nil {
		var err error
		if before, err = call(ctx, e.Timeout, e.Before); err != nil {
			st.Attempt++
			return e.failed(ctx, f, st, before, asRead(err))
		}
	}
	if err := f.intend(ctx, st, before); err != nil {
		return none, err
	}
	f.failpoint(st, "intended")
	out, err := call(ctx, e.Timeout, func(ctx context.Context) (R, error) { return e.Run(ctx, before) })
	if err != nil {
		return e.failed(ctx, f, st, before, err)
	}
	f.failpoint(st, "done")
	return e.succeeded(f, st, out)
}

// intend writes the intent before anything leaves the house.
func (f *frame) intend(ctx context.Context, st *Step, before any) error {
	last := st.Error
	if err := f.succeed(st, before); err != nil {
		return err
	}
	st.State, st.Error, st.StartedAt, st.EndedAt = StepStarted, last, time.Now(), time.Time{}
	st.Attempt++
	if err := f.save(ctx); err != nil {
		return f.lost(err)
	}
	return nil
}

func (e Effect[R]) succeeded(f *frame, st *Step, out R) (R, error) {
	if err := f.succeed(st, out); err != nil {
		return out, err
	}
	e.keep(f, st, out)
	return out, nil
}

// failed decides what an error of an attempt means.
func (e Effect[R]) failed(ctx context.Context, f *frame, st *Step, before R, err error) (R, error) {
	var none R
	more := st.Attempt < e.Attempts
	switch {
	case errors.Is(err, errInterrupted):
		f.stopped = errInterrupted
		return none, f.stopped
	case core.Temporary(err) && more, unclear(err) && e.Idempotent && more:
		return none, f.again(ctx, st, err)
	case !unclear(err):
		return none, e.giveUp(f, st, err)
	case e.BestEffort:
		st.Error = failure(err)
		return none, e.letGo(f, st)
	}
	return e.question(ctx, f, st, err)
}

func (e Effect[R]) giveUp(f *frame, st *Step, err error) error {
	if err = f.fail(st, err); e.BestEffort {
		f.log.Warn("step given up", "saga", f.saga.ID, "step", st.Name, "error", err)
		return nil
	}
	return err
}

// asRead makes an error of a call that changes nothing certain: it had no
// effect, whatever became of the answer.
func asRead(err error) error {
	if unclear(err) && !errors.Is(err, errInterrupted) {
		return core.E(core.Unavailable, "look first: %w", err)
	}
	return err
}

// probePatience is how long a probe that cannot reach the platform is tried
// again before the question goes to a person.
const probePatience = 5 * time.Minute

// question settles an effect that may have happened.
func (e Effect[R]) question(ctx context.Context, f *frame, st *Step, why error) (R, error) {
	var none R
	if e.Probe == nil {
		return none, f.undecided(ctx, st, why)
	}
	before, err := decode[R](f, st)
	if err != nil {
		return none, err
	}
	out, answer, err := e.probe(ctx, before)
	switch {
	case errors.Is(err, errInterrupted):
		f.stopped = errInterrupted
		return none, f.stopped
	case err != nil && time.Since(st.StartedAt) < probePatience && (core.Temporary(err) || unclear(err)):
		st.Error = failure(err)
		return none, f.retryAt(ctx, st, time.Now().Add(delay(2, err)))
	case err != nil:
		return none, f.undecided(ctx, st, err)
	case answer == Happened:
		return e.succeeded(f, st, out)
	case answer == DidNotHappen:
		return e.onceMore(ctx, f, st, core.Because(core.Unavailable, didNotHappen, "it did not happen: %w", why))
	}
	return none, f.undecided(ctx, st, why)
}

// didNotHappen is the reason of an effect that certainly had none.
const didNotHappen = "did-not-happen"

// onceMore tries an effect that did not happen one more time, not twice.
func (e Effect[R]) onceMore(ctx context.Context, f *frame, st *Step, why error) (R, error) {
	var none R
	tried := st.Error != nil && st.Error.Reason == didNotHappen
	if tried || st.Attempt >= e.Attempts {
		return none, e.giveUp(f, st, why)
	}
	st.State, st.Error = StepFailed, failure(why)
	return e.attempt(ctx, f, st)
}

func (e Effect[R]) probe(ctx context.Context, before R) (R, Answer, error) {
	type found struct {
		r R
		a Answer
	}
	got, err := call(ctx, e.Timeout, func(ctx context.Context) (found, error) {
		r, a, err := e.Probe(ctx, before)
		return found{r, a}, err
	})
	return got.r, got.a, err
}
