package saga

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// errParked and the others are what a step returns when the saga cannot go on
// now. A Body returns them as they are.
var (
	errParked      = errors.New("saga parked")
	errInterrupted = errors.New("saga interrupted: the desk is stopping")
	errUndecided   = errors.New("saga needs a decision")
	errBroken      = errors.New("saga stopped: its journal does not fit")
)

// frame is the part of a run that does not depend on the transaction's type.
type frame struct {
	saga    Saga
	written State // the state the database has
	steps   []*Step
	pos     int // steps asked for so far
	dirty   map[int]bool
	changed bool // the saga row differs from the database
	stopped error
	refund  bool // running Kind.Refund
	undos   []undo
	due     time.Time // when parked: when to look again; zero = only when woken

	save func(context.Context) error // Run.save
	stop <-chan struct{}             // closed when the desk stops
	log  *slog.Logger

	booked func(kind, step string, state StepState) // Config.Booked
}

// ask gives the journal's step at the next position, new when it is not there.
func (f *frame) ask(name string) (*Step, error) {
	switch {
	case f.stopped != nil:
		return nil, f.stopped
	case f.saga.RefundSeq > 0 && !f.refund && f.pos+1 >= f.saga.RefundSeq:
		return nil, f.saga.Error // the Body failed before it came here
	case f.stopping():
		return nil, f.halt(errInterrupted)
	}
	f.pos++
	if f.pos > len(f.steps) {
		f.steps = append(f.steps, &Step{SagaID: f.saga.ID, Seq: f.pos, Name: name, StartedAt: time.Now()})
	}
	st := f.steps[f.pos-1]
	if st.Name != name || st.Seq != f.pos {
		return nil, f.breaks("step %d is %q in the journal, but %q was asked for as step %d", st.Seq, st.Name, name, f.pos)
	}
	return st, nil
}

// unasked is a journalled step that a replay has not come by, or nil.
func (f *frame) unasked() *Step {
	end := len(f.steps)
	if f.saga.RefundSeq > 0 && !f.refund {
		end = f.saga.RefundSeq - 1
	}
	if f.pos >= end {
		return nil
	}
	return f.steps[f.pos]
}

// final reports a step that is over and failed for good.
func (s *Step) final() bool { return s.State == StepFailed && s.NextAt.IsZero() }

// succeeded reports a step that has a result, whether or not it was undone since.
func (s *Step) succeeded() bool {
	return s.State == StepSucceeded || s.State == StepUndone || s.State == StepUndoFailed
}

func (f *frame) touch(st *Step) { f.dirty[st.Seq] = true }

// flush writes what is not yet durable into tx.
func (f *frame) flush(tx Tx) error {
	for _, st := range f.steps {
		if !f.dirty[st.Seq] {
			continue
		}
		if err := tx.SagaPutStep(*st); err != nil {
			return err
		}
		kind, name, state := f.saga.Kind, st.Name, st.State
		tx.AfterCommit(func() { f.booked(kind, name, state) })
	}
	if !f.changed {
		return nil
	}
	f.saga.UpdatedAt = tx.Now()
	if err := tx.SagaPut(f.saga); err != nil {
		return err
	}
	if f.saga.State == f.written {
		return nil
	}
	return tx.AppendEvent(f.event())
}

func (f *frame) event() event.SagaChanged {
	e := event.SagaChanged{SagaID: f.saga.ID, Kind: f.saga.Kind, State: string(f.saga.State)}
	if n := len(f.steps); n > 0 {
		e.Step = f.steps[n-1].Name
	}
	if f.saga.Error != nil {
		e.Error = f.saga.Error.Message
	}
	return e
}

func (f *frame) stopping() bool {
	select {
	case <-f.stop:
		return true
	default:
		return false
	}
}

// halt ends the run: every further step refuses with err.
func (f *frame) halt(err error) error {
	f.stopped = err
	return err
}

// lost stops a run whose journal could not be written; the engine loads it
// anew later.
func (f *frame) lost(err error) error {
	return f.halt(fmt.Errorf("write journal of saga %s: %w", f.saga.ID, err))
}

// breaks stops a saga whose journal does not fit its code. One that is
// compensating keeps kind and reason of the failure it compensates.
func (f *frame) breaks(format string, a ...any) error {
	why := failure(core.E(core.Internal, format, a...))
	if cause := f.saga.Error; f.saga.RefundSeq > 0 && cause != nil {
		said := strings.TrimSuffix(cause.Message, "; "+why.Message) // by the try before this one
		why.Kind, why.Reason, why.Message = cause.Kind, cause.Reason, said+"; "+why.Message
	}
	f.saga.Error = why
	return f.halt(errBroken)
}

// committed books the point of no return. A refund has none.
func (f *frame) committed() {
	if f.saga.CommittedAt.IsZero() && !f.refund {
		f.saga.CommittedAt, f.changed = time.Now(), true
	}
}

// active is the state of a saga that is not waiting.
func (f *frame) active() State {
	if f.saga.RefundSeq > 0 {
		return Compensating
	}
	return Running
}

func (f *frame) setState(s State) { f.put(s, "", time.Time{}) }

// wait books that the saga waits.
func (f *frame) wait(what string, until time.Time) { f.put(Waiting, what, until) }

func (f *frame) put(s State, waitingFor string, next time.Time) {
	if f.saga.State == s && f.saga.WaitingFor == waitingFor && f.saga.NextAt.Equal(next) {
		return
	}
	f.saga.State, f.saga.WaitingFor, f.saga.NextAt, f.changed = s, waitingFor, next, true
}

// parkUntil ends the run until at, without writing: the journal says so already.
func (f *frame) parkUntil(at time.Time) error {
	f.due = at
	return f.halt(errParked)
}

// again books a failed attempt and parks until the next.
func (f *frame) again(ctx context.Context, st *Step, err error) error {
	st.remember(err)
	st.State, st.NextAt = StepFailed, time.Now().Add(delay(st.Attempt, err))
	return f.retryAt(ctx, st, st.NextAt)
}

// retryAt parks durably until at.
func (f *frame) retryAt(ctx context.Context, st *Step, at time.Time) error {
	f.wait(ForRetry, at)
	f.touch(st)
	if err := f.save(ctx); err != nil {
		return err
	}
	return f.parkUntil(at)
}

// uncertain books that nobody will find out whether st happened.
func (f *frame) uncertain(st *Step, why error) {
	st.State, st.Error, st.NextAt, st.EndedAt = StepUncertain, failure(why), time.Time{}, time.Now()
	f.touch(st)
}

// undecided parks the saga until a person resolves st.
func (f *frame) undecided(ctx context.Context, st *Step, why error) error {
	f.log.Error("saga needs a decision", "saga", f.saga.ID, "kind", f.saga.Kind, "step", st.Name, "error", why)
	f.uncertain(st, why)
	if f.saga.RefundSeq == 0 { // else it is still about what is compensated
		f.saga.Error = failure(core.E(core.Ambiguous, "%s: %w", st.Name, why))
	}
	f.setState(NeedsDecision)
	if err := f.save(ctx); err != nil {
		return err
	}
	return f.halt(errUndecided)
}

// intend writes the intent before anything leaves the house, unless the desk
// is stopping.
func (f *frame) intend(ctx context.Context, st *Step, before any) error {
	data, err := json.Marshal(before)
	switch {
	case err != nil:
		return f.breaks("what %s saw before does not encode: %v", st.Name, err)
	case f.stopping():
		return f.halt(errInterrupted)
	}
	if !st.hadNone() && !st.inDoubt() {
		st.Error = nil
	}
	st.State, st.Result, st.NextAt, st.StartedAt, st.EndedAt = StepStarted, data, time.Time{}, time.Now(), time.Time{}
	st.Attempt++
	f.touch(st)
	return f.save(ctx)
}

// succeed books a result; it becomes durable with whatever comes next.
func (f *frame) succeed(st *Step, result any) error {
	data, err := json.Marshal(result)
	if err != nil {
		return f.breaks("result of %s does not encode: %v", st.Name, err)
	}
	st.State, st.Result, st.Error, st.NextAt, st.EndedAt = StepSucceeded, data, nil, time.Time{}, time.Now()
	f.touch(st)
	return nil
}

// fail books a final failure of st. The Body gets the same error as on replay.
func (f *frame) fail(st *Step, err error) error {
	st.State, st.Error, st.NextAt, st.EndedAt = StepFailed, failure(err), time.Time{}, time.Now()
	f.touch(st)
	return st.Error
}

// decode reads a stored result. One that no longer decodes stops the saga.
func decode[R any](f *frame, st *Step) (R, error) {
	var r R
	if err := json.Unmarshal(st.Result, &r); err != nil {
		return r, f.breaks("result of %s does not decode: %v", st.Name, err)
	}
	return r, nil
}

func (f *frame) failpoint(st *Step, where string) {
	core.Failpoint("saga", f.saga.Kind, st.Name, where)
}
