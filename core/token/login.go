package token

import (
	"context"
	"reflect"
	"time"

	"sidestage/core"
)

// Login asks the platform whose g is and replaces the login by it. It wins over
// a refresh under way. A grant the platform refuses touches nothing, and is
// LoginRequired or Denied; one that cannot be checked now is kept, as
// unvalidated. A program that ends before g is stored loses g, which a person
// can give again, and never the former login.
func (s *Source) Login(ctx context.Context, g Grant) (Status, error) {
	if err := g.check(); err != nil {
		return Status{}, err
	}
	next := newStored(g, time.Now())
	id, err := s.validate(ctx, g.Access)
	switch {
	case turnedAway(err):
		return Status{}, core.Because(core.KindOf(err), "grant-refused", "the %s login was not taken: %w", core.PlatformName(s.platform), err)
	case err != nil:
		s.log.Warn("login kept unvalidated", "error", err)
	default:
		next = next.identified(*id, g.Access, time.Now())
	}
	if err := s.replace(context.WithoutCancel(ctx), next); err != nil {
		return Status{}, err
	}
	s.nudge()
	return s.Status(ctx, false)
}

// Renew refreshes the login now, though its access token may serve. While the
// answer to an earlier refresh is unknown that is a Conflict: the refresh token
// is sent again only once the access token is of no use. A refresh under way is
// joined.
func (s *Source) Renew(ctx context.Context) (Status, error) {
	if err := s.load(ctx); err != nil {
		return Status{}, err
	}
	s.mu.Lock()
	t, under := s.login, s.flight != nil
	s.mu.Unlock()
	if t != nil && !under && t.Refreshing.Sends > 0 && t.serves("", time.Now()) {
		return Status{}, core.Because(core.Conflict, "refresh-unknown",
			"the answer to the last refresh of the %s login was lost, so nothing is sent while the access token serves, until %s",
			s.platform, t.expiry().UTC().Format(time.RFC3339))
	}
	refused := ""
	if t != nil {
		refused = t.Access
	}
	if _, err := s.Token(ctx, refused); err != nil {
		return Status{}, err
	}
	return s.Status(ctx, false)
}

// Logout forgets the login and asks the platform, once, to end it. Being logged
// out already is NotFound.
func (s *Source) Logout(ctx context.Context) error {
	access, err := s.forget(ctx)
	if err != nil {
		return err
	}
	s.nudge()
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	if err := s.provider.Revoke(ctx, access); err != nil {
		s.log.Info("login forgotten here, not ended at the platform", "error", err)
	}
	return nil
}

// replace stores next in place of the login there is. It is told of even where
// the state is the former one's: it may be somebody else's.
func (s *Source) replace(ctx context.Context, next Stored) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.save(ctx, next); err != nil {
		return err
	}
	s.startOver()
	s.untell()
	s.tell(next.state())
	return nil
}

// forget deletes the login and returns its access token. A login too damaged
// to read is deleted as well.
func (s *Source) forget(ctx context.Context) (string, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	t, err := s.reload(ctx)
	if core.KindOf(err) == core.LoginRequired {
		return "", core.E(core.NotFound, "not logged in to %s", core.PlatformName(s.platform))
	}
	return t.Access, s.remove(ctx)
}

// remove deletes the login. The caller holds the store.
func (s *Source) remove(ctx context.Context) error {
	if err := s.store.Delete(ctx, s.platform); err != nil {
		return core.E(core.KindOf(err), "forget the %s login: %w", core.PlatformName(s.platform), err)
	}
	s.know(nil)
	s.startOver()
	s.tell(StateLoggedOut)
	return nil
}

// startOver makes whatever was under way for the former login late.
func (s *Source) startOver() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logins++
	s.unsaved, s.pace = nil, pace{}
}

// confirm notes who the login is, if it has not been replaced since.
func (s *Source) confirm(ctx context.Context, logins int, access string, id Identity) error {
	ctx = context.WithoutCancel(ctx)
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	t, now := s.held()
	if t == nil || now != logins {
		return nil
	}
	next := t.identified(id, access, time.Now())
	if !reflect.DeepEqual(next, *t) {
		if err := s.save(ctx, next); err != nil {
			return err
		}
	}
	s.tell(next.state())
	return nil
}

// untell makes the next state news, whichever it is.
func (s *Source) untell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = ""
}
