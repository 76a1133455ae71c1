package token

import (
	"context"
	"time"

	"sidestage/core"
)

const (
	// checkEvery is how often Twitch wants a login in use validated
	// (https://dev.twitch.tv/docs/authentication/validate-tokens).
	checkEvery = time.Hour
	// checkSoon is the wait while a login has not been validated at all.
	checkSoon = time.Minute
	// never is a wait no program outlives.
	never = 100 * 365 * 24 * time.Hour
)

// Run validates the login at once and hourly, and refreshes it five minutes
// before its end, or after a second if that is past. It returns nil when ctx
// ends and no refresh is under way any more.
func (s *Source) Run(ctx context.Context) error {
	defer s.Settle()
	var checked time.Time
	for {
		now := time.Now()
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-time.After(s.untilCheck(checked, now)):
			s.check(ctx)
			checked = time.Now()
		case <-time.After(s.untilRefresh(ctx, now)):
			if _, err := s.Token(ctx, ""); err != nil && ctx.Err() == nil {
				s.log.Log(ctx, core.KindOf(err).LogLevel(), "no token could be had ahead of time", "error", err)
			}
		}
	}
}

// Online lets Run refresh ahead of time. A new source is online.
func (s *Source) Online() { s.setOffline(false) }

// Offline keeps Run from refreshing ahead of time: a token asked for is still
// refreshed, and validation goes on.
func (s *Source) Offline() { s.setOffline(true) }

func (s *Source) setOffline(offline bool) {
	s.mu.Lock()
	s.offline = offline
	s.mu.Unlock()
	s.nudge()
}

// nudge makes Run look at its schedule again.
func (s *Source) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Source) untilCheck(last, now time.Time) time.Duration {
	wait := checkEvery
	if t, _ := s.held(); t != nil && t.state() == StateUnvalidated {
		wait = checkSoon
	}
	return last.Add(wait).Sub(now)
}

// untilRefresh is the wait until the login wants refreshing.
func (s *Source) untilRefresh(ctx context.Context, now time.Time) time.Duration {
	if err := s.load(ctx); err != nil && core.KindOf(err) != core.LoginRequired {
		return slowest
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.login == nil || s.login.State != stateOK || s.offline {
		return never
	}
	at := s.due(*s.login)
	if at.Before(now) {
		return time.Second
	}
	return at.Sub(now)
}

// check validates the login. One whose token is refused is refreshed, and
// validated once more.
func (s *Source) check(ctx context.Context) {
	for range 2 {
		if s.load(ctx) != nil { // a store that fails is told of where a token is asked for
			return
		}
		t, logins := s.held()
		if t == nil || !t.serves("", time.Now()) {
			return
		}
		id, err := s.validate(ctx, t.Access)
		switch kind := core.KindOf(err); {
		case err == nil:
			err = s.confirm(ctx, logins, t.Access, *id)
		case kind == core.LoginRequired:
			if _, err = s.Token(ctx, t.Access); err == nil {
				continue
			}
		case kind == core.Denied && !t.Validated:
			err = s.disown(ctx, logins, err)
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("login not validated", "error", err)
		}
		return
	}
}

// disown ends a login that, now that the platform is reached, turns out not to
// be for this program.
func (s *Source) disown(ctx context.Context, logins int, cause error) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	t, now := s.held()
	if t == nil || now != logins {
		return cause
	}
	return s.condemn(ctx, *t, cause)
}
