package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sidestage/core"
)

// maxSends is how often one refresh token is sent at most: once, and once more
// if the first answer is unknown and the access token no longer serves.
const maxSends = 2

var errUnknownTwice = errors.New("the answers to two refreshes were lost")

// attempt is a refresh whose intent is stored.
type attempt struct {
	login Stored // as it was before, and is again if nothing happened
	sent  time.Time
}

// of reports whether t is still the login that a was sent for.
func (a *attempt) of(t *Stored) bool {
	return t != nil && t.Refresh == a.login.Refresh && t.AuthorizedAt == a.login.AuthorizedAt
}

// fly is one refresh, on its own time.
func (s *Source) fly(ctx context.Context, f *flight, refused string) {
	ctx, cancel := context.WithTimeout(ctx, refreshLimit)
	defer cancel()
	err := s.refresh(ctx, refused)
	s.mu.Lock()
	if err != nil && core.KindOf(err) != core.LoginRequired {
		s.pace.failed(time.Now(), err)
	}
	f.err, s.flight = err, nil
	s.mu.Unlock()
	close(f.done)
	s.nudge()
}

func (s *Source) refresh(ctx context.Context, refused string) error {
	a, err := s.begin(ctx, refused)
	if a == nil || err != nil {
		return err
	}
	core.Failpoint("token", s.platform, "before-refresh")
	g, err := s.provider.Refresh(ctx, a.login.Refresh)
	if err == nil {
		core.Failpoint("token", s.platform, "after-refresh")
	}
	return s.settle(ctx, a, g, err)
}

// begin makes the intent durable. It answers nil if no refresh is needed after
// all. The login is read anew first: the price is small against that of
// sending a refresh token somebody else has spent.
func (s *Source) begin(ctx context.Context, refused string) (*attempt, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if t := s.leftOver(); t != nil {
		return nil, s.keep(ctx, *t)
	}
	t, err := s.reload(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	s.mu.Lock()
	wanted := s.wants(t, refused, now)
	s.mu.Unlock()
	switch {
	case t.State != stateOK:
		return nil, s.loginRequired(nil)
	case !wanted:
		return nil, nil
	case t.Refreshing.Sends >= maxSends:
		return nil, s.condemn(ctx, t, errUnknownTwice)
	}
	if err := s.save(ctx, t.sending(now)); err != nil {
		return nil, err
	}
	return &attempt{login: t, sent: now}, nil
}

// settle stores what became of a, however long that took: it cannot be had again.
func (s *Source) settle(ctx context.Context, a *attempt, g Grant, err error) error {
	ctx = context.WithoutCancel(ctx)
	unlock, lockErr := s.lock(ctx)
	if lockErr != nil {
		return lockErr
	}
	defer unlock()
	t, _ := s.held()
	if !a.of(t) {
		s.log.Info("answer to a refresh dropped: the login was replaced meanwhile")
		return nil
	}
	before := *t
	before.Refreshing = a.login.Refreshing
	next := before
	if err == nil {
		if next, err = before.refreshed(g, a.sent); err != nil { // spent on an answer of no use: as good as lost
			err = core.E(core.Ambiguous, "unusable answer: %w", err)
		}
	}
	switch {
	case err == nil:
		return s.keep(ctx, next)
	case refusedForGood(err):
		return s.condemn(ctx, before, err)
	case core.KindOf(err) != core.Ambiguous && core.Temporary(err):
		if err := s.save(ctx, before); err != nil { // the intent stays open, which only errs on the safe side
			s.log.Warn("refresh without effect not noted", "error", err)
		}
		return fmt.Errorf("refresh the %s login: %w", core.PlatformName(s.platform), err)
	default: // to callers this is no Ambiguous: the refresh is unknown, not what they are about to do
		return core.Because(core.Unavailable, "refresh-unknown", "refresh the %s login, answer unknown: %w", core.PlatformName(s.platform), err)
	}
}

// refusedForGood reports whether a refresh ended in a refusal no retry changes.
func refusedForGood(err error) bool {
	return slices.Contains([]core.Kind{core.LoginRequired, core.Denied, core.Invalid, core.NotFound}, core.KindOf(err))
}

// keep stores the answer of a refresh, or holds on to it until the store can.
// The caller holds the store.
func (s *Source) keep(ctx context.Context, t Stored) error {
	err := s.save(ctx, t)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.unsaved = &t
		return err
	}
	s.unsaved = nil
	s.pace.succeeded(time.Now())
	core.Failpoint("token", s.platform, "stored")
	return nil
}

func (s *Source) leftOver() *Stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unsaved
}

// held is what the store is known to hold, and the count of logins so far.
func (s *Source) held() (*Stored, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.login, s.logins
}

// condemn puts the login beyond refreshing, for cause, and returns the error
// that says so. The caller holds the store.
func (s *Source) condemn(ctx context.Context, t Stored, cause error) error {
	t = t.refusedForGood()
	if err := s.save(ctx, t); err != nil {
		s.log.Error("end of the login not noted", "error", err)
		s.know(&t)
	}
	s.tell(StateLoginRequired)
	return s.loginRequired(cause)
}
