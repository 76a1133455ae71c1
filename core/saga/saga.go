// Package saga runs durable work: ordinary Go functions whose steps are
// journalled, so that a crash, a kill or a restart goes on where it was and
// nothing happens twice. It knows nothing of what the steps do.
//
// A Body reads top to bottom and asks for steps: Read, Local, Effect, Await.
// A step whose result is in the journal returns it instead of running again,
// so a Body must ask for the same steps in the same order every time; settings
// that choose a branch are read in a step. An error of a step is an ordinary
// error, but once Err… a step says the saga is parked, interrupted or stuck,
// every further step refuses and the Body must return.
//
// The contract, in short:
//   - an Effect's intent is durable before it runs, its result before anything
//     durable follows; results ride in the commit of whatever comes next;
//   - an Effect found started is a question for its Probe, never a guess: an
//     unknown answer parks the saga as needs-decision until a person resolves it;
//   - a failure before the commit (Effect.Commit) undoes what succeeded in
//     reverse, then runs Kind.Refund; after the commit nothing is undone;
//   - a saga is identified by its id: starting one twice changes nothing.
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

// Terminal reports whether a saga in this state is over.
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

// Saga is one piece of durable work.
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
	UpdatedAt   time.Time
	Error       *Failure // why it is compensating, failed or undecided
}

// Step is one journalled step. Result is what Run returned or, while the step
// is started or uncertain, what Before returned.
type Step struct {
	SagaID      string
	Seq         int // from 1
	Name        string
	State       StepState
	Attempt     int
	UndoAttempt int
	Result      json.RawMessage
	NextAt      time.Time
	Error       *Failure
	StartedAt   time.Time
	EndedAt     time.Time
}

// Failure is an error as the journal keeps it. It is itself an error of the
// same kind and reason.
type Failure struct {
	Kind    string `json:"kind"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message"`
}

func (f *Failure) Error() string        { return f.Message }
func (f *Failure) ErrorKind() core.Kind { return core.ParseKind(f.Kind) }
func (f *Failure) ErrorReason() string  { return f.Reason }

func failure(err error) *Failure {
	return &Failure{Kind: core.KindOf(err).String(), Reason: core.ReasonOf(err), Message: err.Error()}
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
	// SagaOpen lists every saga the engine resumes by itself, in order.
	SagaOpen() ([]Saga, error)

	AppendEvent(event.Event) error
	AfterCommit(func())
	Now() time.Time
}

// Store runs transactions.
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
	// reason of the failure. Its steps are journalled like the Body's. It may
	// be nil.
	Refund func(ctx context.Context, r *Run[T], cause error) error
}

// None is the result of a step that has none.
type None struct{}
