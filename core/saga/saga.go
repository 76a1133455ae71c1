// Package saga runs durable work: ordinary Go functions whose steps are
// journalled, so that a crash, a kill or a restart goes on where it was and
// nothing happens twice. It knows nothing of what the steps do.
//
// A Body reads top to bottom and asks for steps, one after the other: Read,
// Local, Effect, Await. A step whose result is in the journal returns it
// instead of running again, so a Body must ask for the same steps in the same
// order every time; settings that choose a branch are read in a step. A
// journal that does not fit stops the saga as failed, and nothing runs.
//
// # Errors of steps
//
// A step's error is either its failure, which the Body may act upon, or says
// that the saga cannot go on now: it is parked, the desk stops, a person must
// decide, or its journal does not fit. Then every further step refuses with the
// same error. Either way it is right to return it.
//
// What the code inside a step returns decides what follows (package core has
// the vocabulary):
//
//   - temporary (core.Temporary): certainly without effect; tried again later,
//     while the step has attempts left
//   - core.Ambiguous, an unclassified error after a time-out, a panic: it may
//     have happened. A Read asks again, an Effect its Probe
//   - anything else: certainly without effect, and the step has failed
//
// # The contract
//
//   - An Effect's intent is durable before it runs, its result before anything
//     durable follows; results ride in the commit of whatever comes next.
//   - An Effect found started is a question for its Probe, never a guess: an
//     unknown answer makes the saga needs-decision until a person resolves it.
//   - A failure before the commit (Effect.Commit) undoes what succeeded, last
//     first, then runs Kind.Refund. After the commit nothing is undone: a
//     failure there waits for a person.
//   - A saga is known by its id: starting one twice changes nothing.
//   - Of each kind Config.Width sagas run at once; the others wait their turn in
//     the database, in the order of (OrderedAt, ID). One that waits holds neither
//     a goroutine nor a turn.
package saga

import (
	"context"
	"encoding/json"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// State is where a saga stands.
type State string

// The states of a saga. Waiting means for a retry or an Await; Failed and
// NeedsDecision wait for a person and are never resumed by themselves.
const (
	Running       State = "running"
	Waiting       State = "waiting"
	Compensating  State = "compensating"
	Completed     State = "completed"
	Compensated   State = "compensated"
	Failed        State = "failed"
	NeedsDecision State = "needs-decision"
)

// Terminal reports whether a saga in this state is over. A Failed one is, until
// a person says otherwise.
func (s State) Terminal() bool { return s == Completed || s == Compensated || s == Failed }

// StepState is where a step stands.
type StepState string

// The states of a step. Failed with a NextAt waits for its next attempt.
const (
	StepStarted    StepState = "started"
	StepSucceeded  StepState = "succeeded"
	StepFailed     StepState = "failed"
	StepUndone     StepState = "undone"
	StepUndoFailed StepState = "undo-failed"
	StepUncertain  StepState = "uncertain"
)

// ForRetry is Saga.WaitingFor of a saga that waits to try again.
const ForRetry = "retry"

// Saga is one piece of durable work. Times are stored in whole milliseconds.
type Saga struct {
	ID         string
	Kind       string
	Version    int
	State      State
	Params     json.RawMessage
	OrderedAt  time.Time // whose turn comes first: (OrderedAt, ID)
	WaitingFor string    // ForRetry or the name of an Await step; "" when not waiting
	NextAt     time.Time // when waiting: due, or the Await's deadline; zero = none
	// RefundSeq is the seq of the first step after the undos; 0 while nothing
	// has failed.
	RefundSeq   int
	CommittedAt time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time // when the saga last changed; its steps have times of their own
	Error       *Failure  // why it is compensating, failed or undecided
}

// Standing is how many sagas of a kind are in a state.
type Standing struct {
	Kind  string
	State State
	Count int
}

// Step is one journalled step. Result is what Run returned or, while the step
// is started, uncertain or was decided by hand, what Before returned.
type Step struct {
	SagaID      string
	Seq         int // from 1
	Name        string
	State       StepState
	Attempt     int
	UndoAttempt int
	Result      json.RawMessage
	// NextAt is when a failed step or undo is tried again, the deadline of a
	// started Await, and until when the probe of a started Effect is repeated if
	// it reaches nobody; zero = none.
	NextAt    time.Time
	Error     *Failure
	StartedAt time.Time
	EndedAt   time.Time
}

// Failure is an error as the journal keeps it. It is itself an error of the
// same kind and reason.
type Failure struct {
	Kind    string `json:"kind"`
	Reason  string `json:"reason,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Message string `json:"message"`
}

func (f *Failure) Error() string { return f.Message }

// ErrorKind is the kind of the error that was stored.
func (f *Failure) ErrorKind() core.Kind { return core.ParseKind(f.Kind) }

// ErrorReason is the reason of the error that was stored.
func (f *Failure) ErrorReason() string { return f.Reason }

// ErrorDetail is the detail of the error that was stored.
func (f *Failure) ErrorDetail() string { return f.Detail }

func failure(err error) *Failure {
	return &Failure{Kind: core.KindOf(err).String(), Reason: core.ReasonOf(err), Detail: core.DetailOf(err), Message: err.Error()}
}

// Tx is the slice of a transaction that the engine needs.
type Tx interface {
	// SagaInsert stores a new saga; false when the id is taken.
	SagaInsert(Saga) (bool, error)
	// SagaByID finds a saga; a NotFound error when there is none.
	SagaByID(id string) (Saga, error)
	// SagaSteps lists the journal of a saga by seq.
	SagaSteps(id string) ([]Step, error)
	// SagaPut writes a saga's changed columns.
	SagaPut(Saga) error
	// SagaPutStep writes one step, new or changed.
	SagaPutStep(Step) error
	// SagaOpen lists every saga the engine resumes by itself (running, waiting,
	// compensating), in order.
	SagaOpen() ([]Saga, error)

	AppendEvent(event.Event) error
	AfterCommit(func())
	Now() time.Time
}

// Store runs transactions. Update returns nil only when the work is durable,
// and runs the function given to it at most once.
type Store[T Tx] interface {
	Update(ctx context.Context, fn func(T) error) error
	View(ctx context.Context, fn func(T) error) error
}

// Kind is a sort of saga. Sagas begun by an older Version keep running its
// Body as long as that Kind is registered too.
type Kind[T Tx] struct {
	Name    string
	Version int
	Body    func(context.Context, *Run[T]) error
	// Refund runs after the undos of a failed saga; cause has the kind and
	// reason of the failure. Its steps are journalled like the Body's, but none
	// of them is undone. It may be nil.
	Refund func(ctx context.Context, r *Run[T], cause error) error
}

// None is the result of a step that has none.
type None struct{}
