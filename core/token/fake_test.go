package token_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const life = 4 * time.Hour

// fate is what the platform makes of the next refresh.
type fate int

const (
	well       fate = iota
	down            // not reached: nothing happened
	lostBefore      // the question was lost, and nobody knows
	lostAfter       // the answer was lost, and nobody knows
	refuse
)

var (
	errDown = core.E(core.Unavailable, "no route")
	errLost = core.E(core.Ambiguous, "connection reset")
	errGone = core.E(core.LoginRequired, "invalid grant")
)

// platform is as strict as Twitch: a refresh token is good once, and its second
// use ends the login.
type platform struct {
	mu       sync.Mutex
	n        int
	access   string               // issued last
	refresh  string               // the one that is good
	valid    map[string]time.Time // access token → its end
	spent    map[string]bool
	sent     map[string]int // refresh token → times it came in, or was lost on the way
	fates    []fate         // of the coming refreshes; then all go well
	fail     error          // instead of errDown
	life     time.Duration
	sticky   bool          // answers without a refresh token
	hang     chan struct{} // closed to let refreshes through
	asked    []time.Time   // when refreshes came in
	checks   []time.Time   // when validations came in
	checkErr error
	revoked  []string
	onSend   func(refresh string)
	onAnswer func(refresh string, f fate)
}

func newPlatform() *platform {
	return &platform{valid: map[string]time.Time{}, spent: map[string]bool{}, sent: map[string]int{}, life: life}
}

// issue makes a new pair. The caller holds mu or is alone.
func (p *platform) issue() token.Grant {
	p.n++
	p.access = fmt.Sprintf("secret-access-%d", p.n)
	if !p.sticky || p.refresh == "" {
		p.refresh = fmt.Sprintf("secret-refresh-%d", p.n)
	}
	p.valid[p.access] = time.Now().Add(p.life)
	return token.Grant{Access: p.access, Refresh: p.refresh, ExpiresIn: p.life, Scopes: []string{"chat", "points"}}
}

// end ends the login with everything it gave out.
func (p *platform) end() {
	p.access, p.refresh = "", ""
	clear(p.valid)
}

func (p *platform) login() token.Grant {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refresh = ""
	return p.issue()
}

func (p *platform) Refresh(ctx context.Context, refresh string) (token.Grant, error) {
	p.mu.Lock()
	hang, onSend := p.hang, p.onSend
	p.asked = append(p.asked, time.Now())
	p.mu.Unlock()
	if onSend != nil {
		onSend(refresh)
	}
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return token.Grant{}, core.E(core.Ambiguous, "no answer: %w", ctx.Err())
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answer(refresh, p.nextFate())
}

func (p *platform) nextFate() fate {
	if len(p.fates) == 0 {
		return well
	}
	f := p.fates[0]
	p.fates = p.fates[1:]
	return f
}

func (p *platform) answer(refresh string, f fate) (token.Grant, error) {
	if p.onAnswer != nil {
		p.onAnswer(refresh, f)
	}
	switch f { //nolint:exhaustive // the rest is answered below
	case down:
		if p.fail != nil {
			return token.Grant{}, p.fail
		}
		return token.Grant{}, errDown
	case lostBefore:
		p.sent[refresh]++
		return token.Grant{}, errLost
	case refuse:
		p.sent[refresh]++
		p.end()
		return token.Grant{}, errGone
	}
	p.sent[refresh]++
	if refresh != p.refresh || p.spent[refresh] {
		p.end()
		return token.Grant{}, errGone
	}
	if !p.sticky {
		p.spent[refresh] = true
	}
	g := p.issue()
	if p.sticky {
		g.Refresh = ""
	}
	if f == lostAfter {
		return token.Grant{}, errLost
	}
	return g, nil
}

func (p *platform) Validate(_ context.Context, access string) (token.Identity, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checks = append(p.checks, time.Now())
	switch {
	case p.checkErr != nil:
		return token.Identity{}, p.checkErr
	case !time.Now().Before(p.valid[access]):
		return token.Identity{}, core.E(core.LoginRequired, "invalid access token")
	}
	return token.Identity{UserID: "7", Login: "kai", Name: "Kai"}, nil
}

func (p *platform) Revoke(_ context.Context, access string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.revoked = append(p.revoked, access)
	return errors.New("no revocation here")
}

// then lays down what becomes of the coming refreshes.
func (p *platform) then(fates ...fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fates = fates
}

// failWith makes the next refresh fail with err.
func (p *platform) failWith(err error) {
	p.then(down)
	p.fail = err
}

func (p *platform) refreshes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// record is a login as a store writes it.
type record struct {
	Access, Refresh string
	Login           token.Stored
}

// shelf is a store in memory that keeps what a file would keep: JSON.
type shelf struct {
	mu   sync.Mutex
	json map[string][]byte
	fail error // of Save
	bad  error // of Load
}

func newShelf() *shelf { return &shelf{json: map[string][]byte{}} }

func (s *shelf) Load(_ context.Context, name string) (token.Stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bad != nil {
		return token.Stored{}, s.bad
	}
	data, ok := s.json[name]
	if !ok {
		return token.Stored{}, core.E(core.NotFound, "no login")
	}
	var r record
	err := json.Unmarshal(data, &r)
	r.Login.Access, r.Login.Refresh = r.Access, r.Refresh
	return r.Login, err
}

func (s *shelf) Save(ctx context.Context, name string, t token.Stored) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmp.Or(s.fail, ctx.Err()); err != nil {
		return err
	}
	data, err := json.Marshal(record{t.Access, t.Refresh, t})
	s.json[name] = data
	return err
}

func (s *shelf) Delete(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.json, name)
	return s.fail
}

func (s *shelf) copy() *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &shelf{json: maps.Clone(s.json)}
}

func (s *shelf) breakSaves(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// bench is a source with its platform, its store and what it told.
type bench struct {
	t     testing.TB
	p     *platform
	shelf *shelf
	src   *token.Source
	told  []string
}

func newBench(t testing.TB) *bench {
	b := &bench{t: t, p: newPlatform(), shelf: newShelf()}
	b.restart()
	return b
}

// loggedIn is a bench with a validated login, fresh now.
func loggedIn(t testing.TB) *bench {
	b := newBench(t)
	if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
		t.Fatal(err)
	}
	b.told = nil
	return b
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// restart makes a new source on the same store, as after a crash.
func (b *bench) restart() {
	b.src = token.New("twitch", b.p, b.shelf, quiet(), func(e event.LoginChanged) {
		b.told = append(b.told, e.State)
	})
}

// stored is the login as the store has it.
func (b *bench) stored() token.Stored {
	b.t.Helper()
	t, err := b.shelf.Load(b.t.Context(), "twitch")
	if err != nil {
		b.t.Fatal(err)
	}
	return t
}

// token asks for a token and checks that it is a stored one.
func (b *bench) token(refused string) (string, error) {
	b.t.Helper()
	got, err := b.src.Token(b.t.Context(), refused)
	if err == nil && got != b.stored().Access {
		b.t.Errorf("token %q was handed out, %q is stored", got, b.stored().Access)
	}
	return got, err
}

func (b *bench) want(refused, want string) {
	b.t.Helper()
	got, err := b.token(refused)
	if err != nil || got != want {
		b.t.Fatalf("Token(%q) = %q, %v; want %q", refused, got, err, want)
	}
}

func (b *bench) wantKind(refused string, want core.Kind) error {
	b.t.Helper()
	got, err := b.token(refused)
	if err == nil || core.KindOf(err) != want {
		b.t.Fatalf("Token(%q) = %q, %v; want kind %v", refused, got, err, want)
	}
	return err
}

func (b *bench) wantRefreshes(want int) {
	b.t.Helper()
	if got := b.p.refreshes(); got != want {
		b.t.Fatalf("%d refreshes were sent, want %d", got, want)
	}
}

// run runs the source until the test ends.
func (b *bench) run() {
	ctx, stop := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- b.src.Run(ctx) }()
	b.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			b.t.Errorf("Run = %v", err)
		}
	})
}

// pass lets d pass and whatever is due then happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// parrot answers every refresh with the access token there is.
type parrot struct{ *platform }

func (p parrot) Refresh(context.Context, string) (token.Grant, error) {
	return token.Grant{Access: p.access, ExpiresIn: life}, nil
}

// crashing keeps the store as a crash during a validation would leave it.
type crashing struct {
	*platform
	store *shelf
	left  *shelf
}

func (c *crashing) Validate(ctx context.Context, access string) (token.Identity, error) {
	c.left = c.store.copy()
	return c.platform.Validate(ctx, access)
}

// aged says that every token has an hour left.
type aged struct{ *platform }

func (a aged) Validate(ctx context.Context, access string) (token.Identity, error) {
	id, err := a.platform.Validate(ctx, access)
	id.ExpiresIn = time.Hour
	return id, err
}

// sluggish answers a minute late, whatever it is told.
type sluggish struct{ *platform }

func (p sluggish) Refresh(_ context.Context, refresh string) (token.Grant, error) {
	time.Sleep(time.Minute)
	return p.platform.Refresh(context.Background(), refresh)
}
