package workflow

import (
	"context"
	"errors"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/event"
	"sidestage/core/saga"
)

// settled is the result of fulfil and refund: what Twitch has booked, which
// somebody else may have decided before us.
type settled struct {
	Status    core.Status `json:"status"`
	Elsewhere bool        `json:"elsewhere,omitempty"`
	// Forgotten: Twitch does not know the redemption any more. It keeps what is
	// open, and forgets what was settled, after a few days or when the reward is
	// deleted, which fulfils what waits on it.
	Forgotten bool `json:"forgotten,omitempty"`
}

// asks is the intent of a settlement, and its result if a person says that it
// happened.
func asks(to core.Status) func(context.Context) (settled, error) {
	return func(context.Context) (settled, error) { return settled{Status: to}, nil }
}

// settle books r, unless somebody else was faster: then what they booked is
// what holds.
func (s *Sagas) settle(ctx context.Context, r core.Redemption, to core.Status) (settled, error) {
	known, err := s.onRecord(ctx, r.ID)
	if err != nil || known != core.Unfulfilled {
		return settled{Status: known, Elsewhere: true}, err
	}
	err = s.Twitch.Settle(ctx, r, to)
	if err == nil {
		return settled{Status: to}, nil
	}
	if core.ReasonOf(err) != ReasonSettled {
		return settled{}, untilLogin(err)
	}
	now, readErr := s.Twitch.Status(ctx, r)
	switch {
	case readErr != nil && core.KindOf(readErr) == core.NotFound:
		return settled{Status: core.Fulfilled, Elsewhere: true, Forgotten: true}, nil
	case readErr != nil:
		return settled{}, core.E(core.Ambiguous, "read status back: %w", readErr)
	case now == core.Unfulfilled:
		return settled{}, err
	}
	return settled{Status: now, Elsewhere: true}, nil
}

// untilLogin has a settlement that lacks a login wait for one: nothing was sent,
// or it was refused.
func untilLogin(err error) error {
	if err != nil && core.KindOf(err) == core.LoginRequired {
		return core.Because(core.Unavailable, core.ReasonOf(err), "%w", err)
	}
	return err
}

// settleProbe answers whether r was settled. Twitch settles a redemption once,
// so unfulfilled means that nothing happened; one that is forgotten was settled,
// as it was asked for.
func (s *Sagas) settleProbe(ctx context.Context, r core.Redemption, asked settled) (settled, saga.Answer, error) {
	now, err := s.Twitch.Status(ctx, r)
	switch {
	case err != nil && core.KindOf(err) == core.NotFound:
		return asked, saga.Happened, nil
	case err != nil:
		return settled{}, saga.Unknown, untilLogin(err)
	case now == core.Unfulfilled:
		return settled{}, saga.DidNotHappen, nil
	}
	return settled{Status: now}, saga.Happened, nil
}

// fulfil is the point of no return. A redemption that was cancelled elsewhere
// fails the saga instead.
func (s *Sagas) fulfil(ctx context.Context, run *saga.Run[Tx], r core.Redemption) error {
	check := func(got settled) error {
		if got.Status == core.Canceled {
			return errCancelled()
		}
		return nil
	}
	_, err := saga.Effect[settled]{
		Name: stepFulfil, Commit: true, Attempts: settleAttempts, Patience: settlePatience,
		Before: asks(core.Fulfilled),
		Run: func(ctx context.Context, _ settled) (settled, error) {
			got, err := s.settle(ctx, r, core.Fulfilled)
			return got, errors.Join(err, check(got))
		},
		Probe: func(ctx context.Context, asked settled) (settled, saga.Answer, error) {
			got, answer, err := s.settleProbe(ctx, r, asked)
			if err == nil && check(got) != nil {
				return got, saga.DidNotHappen, nil //nolint:nilerr // cancelled elsewhere is an answer
			}
			return got, answer, err
		},
	}.Do(ctx, run)
	return err
}

// booked is the result of a Local that records a settlement.
type booked struct {
	At   time.Time `json:"at"`
	Told bool      `json:"told,omitempty"` // chat hears of it in one line with others
}

// book records what Twitch has booked.
func book(tx Tx, id string, to core.Status, reason string) (booked, error) {
	fresh, err := tx.RedemptionSettle(id, to, reason)
	if err != nil || !fresh {
		return booked{At: tx.Now()}, err
	}
	if to == core.Fulfilled {
		return booked{At: tx.Now()}, tx.AppendEvent(event.RedemptionFulfilled{RedemptionID: id})
	}
	return booked{At: tx.Now()}, tx.AppendEvent(event.RedemptionRefunded{RedemptionID: id, Reason: reason})
}

// refund returns the points of a saga that failed and tells chat why. Points
// that somebody else returned need no word from us: whoever did it had a reason.
func (s *Sagas) refund(ctx context.Context, run *saga.Run[Tx], cause error) error {
	p, err := saga.Params[Late](run)
	if err != nil {
		return err
	}
	r := p.Redemption
	got, err := saga.Effect[settled]{
		Name: stepRefund, Attempts: settleAttempts, Patience: settlePatience,
		Before: asks(core.Canceled),
		Run:    func(ctx context.Context, _ settled) (settled, error) { return s.settle(ctx, r, core.Canceled) },
		Probe: func(ctx context.Context, asked settled) (settled, saga.Answer, error) {
			return s.settleProbe(ctx, r, asked)
		},
	}.Do(ctx, run)
	if err != nil {
		return err
	}
	done, err := saga.Local[Tx, booked]{Name: "book-refund", Run: func(_ context.Context, tx Tx) (booked, error) {
		done, err := book(tx, r.ID, got.Status, core.ReasonOf(cause))
		if err == nil && got.Status != core.Canceled {
			err = tx.AppendEvent(notReturned(r, got))
		}
		if err == nil {
			done.Told, err = tx.SongToldTogether(r.ID)
		}
		return done, err
	}}.Do(ctx, run)
	switch {
	case err != nil:
		return err
	case len(p.For) > 0:
		return s.say(ctx, run, "tell-chat", said{Text: s.words().ReturnedTo(chat.Missed, p.For), Since: done.At})
	case got.Status != core.Canceled || got.Elsewhere || p.Told || done.Told:
		return nil
	}
	return s.say(ctx, run, "tell-chat", said{Text: s.words().Refused(r.Viewer.Name, cause), Since: done.At})
}

// notReturned tells the streamer of points that were to go back and cannot.
func notReturned(r core.Redemption, got settled) event.Event {
	e := event.ErrorHappened{
		Kind: core.Conflict.String(), Reason: ReasonElsewhere, Place: "points not returned", SagaID: r.ID, Times: 1,
		Message: "what " + r.Viewer.Name + " asked for came to nothing, and the redemption was fulfilled on Twitch's side, so that its points stay spent",
	}
	if got.Forgotten {
		e.Kind, e.Reason = core.NotFound.String(), "forgotten"
		e.Message = "Twitch does not know this redemption of " + r.Viewer.Name + " any more, and so keeps the points: its reward may have been deleted"
	}
	return e
}

// said is one message to chat. Since is when it was asked for: a message that
// comes too late confuses more than it helps and is dropped. Before is when
// what follows has waited for it long enough; zero when nothing does.
type said struct {
	Text    string
	ReplyTo string
	Since   time.Time
	Before  time.Time
}

func (m said) late(now time.Time) bool {
	return chat.Stale(m.Since, now) || !m.Before.IsZero() && now.After(m.Before)
}

// say sends a message as well as it can be done, and notes what was said. While
// chat is busy the saga waits for a retry, and other sagas run.
func (s *Sagas) say(ctx context.Context, run *saga.Run[Tx], name string, m said) error {
	id, err := saga.Effect[string]{
		Name: name, BestEffort: true, Attempts: chatAttempts, Timeout: chatTimeout,
		Run: func(ctx context.Context, _ string) (string, error) {
			if m.late(time.Now()) {
				return "", core.Because(core.Denied, "stale", "the answer comes too late")
			}
			ctx, cancel := context.WithDeadline(ctx, m.Since.Add(chat.MaxReplyAge))
			defer cancel()
			return s.Twitch.Say(ctx, m.Text, m.ReplyTo)
		},
	}.Do(ctx, run)
	if err != nil || id == "" {
		return err
	}
	_, err = saga.Local[Tx, saga.None]{Name: "note-reply", Run: func(_ context.Context, tx Tx) (saga.None, error) {
		return saga.None{}, tx.AppendEvent(event.ChatReplied{SagaID: run.ID(), Text: m.Text})
	}}.Do(ctx, run)
	return err
}
