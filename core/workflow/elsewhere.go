package workflow

import (
	"context"
	"errors"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// The steps that settle a redemption.
const (
	stepFulfil = "fulfil"
	stepRefund = "refund"
)

// ReasonElsewhere is the reason, in the books, of a settlement that was not
// ours: the streamer or a moderator made it on Twitch's own page.
const ReasonElsewhere = "elsewhere"

// ReasonCancelled is the reason of the error that ends a saga whose points were
// returned on Twitch's side.
const ReasonCancelled = "cancelled-elsewhere"

func errCancelled() error {
	return core.Because(core.Conflict, ReasonCancelled, "the points were returned on Twitch's side")
}

// SettledElsewhere records that Twitch has booked a redemption as to. False
// means that this is no news: it is on record, or its saga has asked for a
// settlement and will find out by itself.
func SettledElsewhere(tx Tx, id string, to core.Status) (fresh bool, err error) {
	steps, err := tx.SagaSteps(id)
	if err != nil {
		return false, err
	}
	for _, st := range steps {
		asked := st.Name == stepFulfil || st.Name == stepRefund
		if asked && (st.State == saga.StepStarted || st.State == saga.StepSucceeded) {
			return false, nil
		}
	}
	fresh, err = tx.RedemptionSettle(id, to, ReasonElsewhere)
	if err != nil || !fresh {
		return false, err
	}
	if to == core.Fulfilled {
		return true, tx.AppendEvent(event.RedemptionFulfilled{RedemptionID: id})
	}
	return true, tx.AppendEvent(event.RedemptionRefunded{RedemptionID: id, Reason: ReasonElsewhere})
}

// StillWanted is an error, a Conflict with ReasonCancelled, when the points of a
// redemption were returned on Twitch's side: nobody waits for it any more. An
// Await that may take long asks it in Ready, a step with an effect before it has
// one. What is no redemption is wanted.
func StillWanted(tx Tx, id string) error {
	status, err := tx.RedemptionStatus(id)
	switch {
	case core.KindOf(err) == core.NotFound && err != nil:
		return nil //nolint:nilerr // a request from the desk
	case err == nil && status == core.Canceled:
		return errCancelled()
	}
	return err
}

// unwanted tells the answer of StillWanted from a fault of the store.
func unwanted(tx Tx, id string) (bool, error) {
	err := StillWanted(tx, id)
	if core.ReasonOf(err) == ReasonCancelled {
		return true, nil
	}
	return false, err
}

// onRecord is what the database has of a redemption.
func (s *Sagas) onRecord(ctx context.Context, id string) (status core.Status, err error) {
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		status, err = tx.RedemptionStatus(id)
		return err
	})
	return status, err
}

// undecided is a saga that waits for a person about a redemption somebody else
// has settled. step is its last one.
type undecided struct {
	id     string
	state  saga.State
	step   string
	status core.Status
}

// Judge is what Decide asks of the engine.
type Judge interface {
	Retry(ctx context.Context, id string) error
	Resolve(ctx context.Context, id string, happened bool) error
}

// Decide answers in a person's place what Twitch has answered: a saga that is
// undecided, or could not refund, about a redemption that was settled on
// Twitch's side. What Twitch does not know, such as whether a track was added to
// a queue, stays a question, but for points that went back: then nobody waits
// for the track, and should it come it is skipped.
func (s *Sagas) Decide(ctx context.Context, judge Judge) error {
	var open []undecided
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		open, err = listUndecided(tx)
		return err
	})
	for _, u := range open {
		err = errors.Join(err, s.decide(ctx, judge, u))
	}
	return err
}

func listUndecided(tx Tx) ([]undecided, error) {
	redemptions, err := tx.RedemptionsUndecided()
	if err != nil {
		return nil, err
	}
	var all []undecided
	for _, r := range redemptions {
		about, err := tx.SagaByID(r.ID)
		if err != nil {
			return nil, err
		}
		steps, err := tx.SagaSteps(r.ID)
		if err != nil {
			return nil, err
		}
		u := undecided{id: r.ID, state: about.State, status: r.Status}
		if n := len(steps); n > 0 {
			u.step = steps[n-1].Name
		}
		all = append(all, u)
	}
	return all, nil
}

func (s *Sagas) decide(ctx context.Context, judge Judge, u undecided) error {
	canceled := u.status == core.Canceled
	switch {
	case u.state == saga.Failed && u.step == stepRefund:
		return judge.Retry(ctx, u.id)
	case u.state == saga.Failed:
		return nil
	case u.step == stepFulfil:
		return judge.Resolve(ctx, u.id, !canceled)
	case u.step == stepRefund:
		return judge.Resolve(ctx, u.id, canceled)
	case u.step == stepLate:
		return judge.Resolve(ctx, u.id, !canceled)
	case !canceled:
		return nil
	}
	if err := s.Store.Update(ctx, func(tx Tx) error { return song.Surplus(tx, u.id) }); err != nil {
		return err
	}
	return judge.Resolve(ctx, u.id, false)
}
