package token

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

const (
	// margin is how long before its end an access token counts as expired.
	margin = 5 * time.Minute
	// refreshLimit bounds one refresh, whoever waits for it.
	refreshLimit = 30 * time.Second
	// askLimit bounds a validation, a revocation, and a save nobody may cancel.
	askLimit = 10 * time.Second
)

// Source hands out the access tokens of one platform's login. It is safe for
// concurrent use.
type Source struct {
	platform string
	provider Provider
	store    Store
	log      *slog.Logger
	changed  func(event.LoginChanged)

	writing chan struct{} // holds one item while somebody changes the store
	wake    chan struct{} // tells Run that its schedule may have changed

	mu      sync.Mutex // guards what follows; never held while waiting
	login   *Stored    // what the store holds; nil while not known
	unsaved *Stored    // an answer the store would not take; it must go in before all else
	logins  int        // counts logins and logouts, so that a late answer knows it is late
	told    string     // the state last told to changed
	flight  *flight
	pace    pace
	offline bool
}

// flight is one refresh under way, shared by all who need it.
type flight struct {
	done chan struct{}
	err  error // read after done is closed
}

// New makes the source of platform's tokens ("twitch" or "spotify"). changed,
// which may be nil, hears of every change of the login's state once it is
// stored, in order; it must not wait for the source.
func New(platform string, p Provider, s Store, log *slog.Logger, changed func(event.LoginChanged)) *Source {
	src := &Source{
		platform: platform, provider: p, store: s, log: log.With("platform", platform), changed: changed,
		writing: make(chan struct{}, 1), wake: make(chan struct{}, 1),
	}
	for _, place := range []string{"before-refresh", "after-refresh", "stored"} {
		core.RegisterFailpoints("token/" + platform + "/" + place)
	}
	return src
}

// String names the source; like Format, it keeps its login from being printed.
func (s *Source) String() string { return "token source of " + s.platform }

// Format is String for every verb.
func (s *Source) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// Token is an access token to use now. refused is the token the platform has
// just turned away, or empty: if it is still the current one it is refreshed,
// else the current one is the answer. While a refresh cannot be had, a token
// that is neither refused nor expired is still served.
//
// LoginRequired names the command that helps. No error is Ambiguous: a caller
// without a token has certainly done nothing.
func (s *Source) Token(ctx context.Context, refused string) (string, error) {
	for range 2 { // the first refresh may have been that of a login since replaced
		if err := s.load(ctx); err != nil {
			return "", err
		}
		access, f, err := s.look(ctx, refused)
		if f == nil {
			return access, err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", core.E(core.Unavailable, "wait for the %s token: %w", core.PlatformName(s.platform), context.Cause(ctx))
		}
		if access, ok := s.serving(refused); ok {
			if f.err != nil {
				s.log.Warn("token kept in use, its refresh failed", "error", f.err)
			}
			return access, nil
		}
		if f.err != nil {
			return "", f.err
		}
	}
	return "", core.Because(core.Unavailable, "token-refused", "%s gives out the access token it refuses", core.PlatformName(s.platform))
}

// Settle waits until no refresh is under way. A process that ends before it
// may lose the login with the answer.
func (s *Source) Settle() {
	s.mu.Lock()
	f := s.flight
	s.mu.Unlock()
	if f != nil {
		<-f.done
	}
}

// look answers from memory if it can; else it names the refresh to wait for.
func (s *Source) look(ctx context.Context, refused string) (string, *flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case s.login == nil:
		return "", nil, s.loggedOut()
	case s.login.State != stateOK:
		return "", nil, s.loginRequired(nil)
	case !s.wants(*s.login, refused, now):
		return s.login.Access, nil, nil
	}
	if err := s.pace.barred(now); err != nil {
		return "", nil, err
	}
	if s.flight == nil {
		s.flight = &flight{done: make(chan struct{})}
		go s.fly(context.WithoutCancel(ctx), s.flight, refused)
	}
	return "", s.flight, nil
}

// wants reports whether a caller who saw refused turned away needs a refresh
// of t. The caller holds mu.
func (s *Source) wants(t Stored, refused string, now time.Time) bool {
	return !t.serves(refused, now) || !now.Before(s.due(t))
}

// due is when t is refreshed although it serves. The caller holds mu.
func (s *Source) due(t Stored) time.Time {
	at := t.expiry().Add(-margin)
	if t.Refreshing.Sends > 0 && s.unsaved == nil { // its answer is unknown: not while the token serves
		at = t.expiry()
	}
	if s.pace.next.After(at) {
		return s.pace.next
	}
	return at
}

// serving is the current access token, if it serves.
func (s *Source) serving(refused string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.login == nil || !s.login.serves(refused, time.Now()) {
		return "", false
	}
	return s.login.Access, true
}

// lock waits for the right to change the store.
func (s *Source) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case s.writing <- struct{}{}:
		return func() { <-s.writing }, nil
	case <-ctx.Done():
		return nil, core.E(core.Unavailable, "wait for the %s login: %w", core.PlatformName(s.platform), context.Cause(ctx))
	}
}

// load makes the stored login known, if it is not.
func (s *Source) load(ctx context.Context) error {
	s.mu.Lock()
	known := s.login != nil
	s.mu.Unlock()
	if known {
		return nil
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = s.reload(ctx)
	return err
}

// reload reads the login anew. The caller holds the store.
func (s *Source) reload(ctx context.Context) (Stored, error) {
	t, err := s.store.Load(ctx, s.platform)
	if core.KindOf(err) == core.NotFound {
		s.know(nil)
		return t, s.loggedOut()
	}
	if err != nil {
		return t, fmt.Errorf("load the %s login: %w", core.PlatformName(s.platform), err)
	}
	s.know(&t)
	return t, nil
}

// know remembers what the store holds.
func (s *Source) know(t *Stored) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.login = t
	switch {
	case s.told != "":
	case t == nil:
		s.told = StateLoggedOut
	default:
		s.told = t.state()
	}
}

// save stores t and then remembers it. The caller holds the store.
func (s *Source) save(ctx context.Context, t Stored) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	if err := s.store.Save(ctx, s.platform, t); err != nil {
		return fmt.Errorf("store the %s login: %w", core.PlatformName(s.platform), err)
	}
	s.know(&t)
	return nil
}

// tell lets changed hear of state, unless it has. The caller holds the store.
func (s *Source) tell(state string) {
	s.mu.Lock()
	news := s.told != state
	s.told = state
	s.mu.Unlock()
	if news && s.changed != nil {
		s.changed(event.LoginChanged{Platform: s.platform, State: state})
	}
}

func (s *Source) loggedOut() error { return LoggedOut(s.platform) }

// LoggedOut is the error of what needs a login to platform while there is none.
func LoggedOut(platform string) error {
	return core.Because(core.LoginRequired, "logged-out", "not logged in to %s: run sidestage auth login %s", core.PlatformName(platform), platform)
}

// loginRequired is the error of a login only a person can renew; cause may be nil.
func (s *Source) loginRequired(cause error) error {
	const say = "the %s login is no longer good: run sidestage auth login %s"
	name := core.PlatformName(s.platform)
	if cause == nil {
		return core.Because(core.LoginRequired, "login-refused", say, name, s.platform)
	}
	return core.Because(core.LoginRequired, "login-refused", say+": %w", name, s.platform, cause)
}
