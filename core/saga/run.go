package saga

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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

// Scope is what Read and Effect need of a run. Only *Run implements it.
type Scope interface{ frame() *frame }

// Run is one execution of a saga, from its journal on.
type Run[T Tx] struct {
	f      *frame
	update func(context.Context, func(T) error) error
	onPark func(ready func(context.Context, T) (bool, error))
}

func (r *Run[T]) frame() *frame { return r.f }

// ID is the saga's id.
func (r *Run[T]) ID() string { return r.f.saga.ID }

// Params decodes what the saga was started with. Params that no longer decode
// stop the saga as failed: a person must look.
func Params[P any](s Scope) (P, error) {
	var p P
	f := s.frame()
	if f.stopped != nil {
		return p, f.stopped
	}
	if err := json.Unmarshal(f.saga.Params, &p); err != nil {
		return p, f.breaks("params do not decode: %v", err)
	}
	return p, nil
}

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

	save     func(context.Context) error // makes everything durable
	stopping func() bool
	log      *slog.Logger
}

// ask gives the journal's step at the next position, new when it is not there.
func (f *frame) ask(name string) (*Step, error) {
	if f.stopped != nil {
		return nil, f.stopped
	}
	if f.saga.RefundSeq > 0 && !f.refund && f.pos+1 >= f.saga.RefundSeq {
		return nil, f.saga.Error
	}
	if f.stopping() {
		f.stopped = errInterrupted
		return nil, f.stopped
	}
	f.pos++
	if f.pos > len(f.steps) {
		f.steps = append(f.steps, &Step{SagaID: f.saga.ID, Seq: f.pos, Name: name, StartedAt: time.Now()})
	}
	st := f.steps[f.pos-1]
	if st.Name != name {
		return nil, f.breaks("step %d is %q in the journal, but %q was asked for", f.pos, st.Name, name)
	}
	if st.State == StepFailed && st.NextAt.After(time.Now()) {
		return nil, f.parkUntil(st.NextAt)
	}
	return st, nil
}

// final reports a step that is over and failed for good.
func (s *Step) final() bool { return s.State == StepFailed && s.NextAt.IsZero() }

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

// commit makes everything durable, together with what fn writes. A caller's
// cancellation does not reach it: what happened must be written down.
func (r *Run[T]) commit(ctx context.Context, fn func(T) error) error {
	err := r.update(context.WithoutCancel(ctx), func(tx T) error {
		if err := fn(tx); err != nil {
			return err
		}
		return r.f.flush(tx)
	})
	if err != nil {
		return err
	}
	r.f.written, r.f.changed = r.f.saga.State, false
	clear(r.f.dirty)
	return nil
}

// lost stops a run whose journal could not be written; the engine loads it
// anew later.
func (f *frame) lost(err error) error {
	f.stopped = fmt.Errorf("write journal of saga %s: %w", f.saga.ID, err)
	return f.stopped
}

// breaks stops a saga whose journal does not fit its code.
func (f *frame) breaks(format string, a ...any) error {
	f.saga.Error = failure(core.E(core.Internal, format, a...))
	f.stopped = errBroken
	return f.stopped
}

// active is the state of a saga that is not waiting.
func (f *frame) active() State {
	if f.saga.RefundSeq > 0 {
		return Compensating
	}
	return Running
}

func (f *frame) setState(s State) {
	f.saga.State, f.changed = s, true
	if s != Waiting {
		f.saga.WaitingFor, f.saga.NextAt = "", time.Time{}
	}
}

// parkUntil ends the run until at, without writing: the journal says so already.
func (f *frame) parkUntil(at time.Time) error {
	f.due, f.stopped = at, errParked
	return f.stopped
}

// retryAt parks durably until at.
func (f *frame) retryAt(ctx context.Context, st *Step, at time.Time) error {
	f.setState(Waiting)
	f.saga.WaitingFor, f.saga.NextAt = ForRetry, at
	f.touch(st)
	if err := f.save(ctx); err != nil {
		return f.lost(err)
	}
	return f.parkUntil(at)
}

// undecided parks the saga until a person resolves st.
func (f *frame) undecided(ctx context.Context, st *Step, why error) error {
	st.State, st.Error = StepUncertain, failure(why)
	f.touch(st)
	f.saga.Error = failure(core.E(core.Ambiguous, "%s: %w", st.Name, why))
	f.setState(NeedsDecision)
	if err := f.save(ctx); err != nil {
		return f.lost(err)
	}
	f.stopped = errUndecided
	return f.stopped
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
	if len(st.Result) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(st.Result, &r); err != nil {
		return r, f.breaks("result of %s does not decode: %v", st.Name, err)
	}
	return r, nil
}

func (f *frame) failpoint(st *Step, where string) {
	core.Failpoint("saga", f.saga.Kind, st.Name, where)
}
