package token_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/token"
)

// step is one thing that befalls the login.
type step struct {
	Do    string
	For   time.Duration // of "wait"
	Fates []fate        // of "lay down fates"; the first is that of "crash"
}

func steps() *rapid.Generator[[]step] {
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
		return step{
			Do: rapid.SampledFrom([]string{
				"ask", "wait", "be refused", "lay down fates", "crash", "restart", "log in", "log in wrong", "log out",
				"go offline", "go online", "have the store refuse",
			}).Draw(rt, "do"),
			For:   rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 6 * time.Minute, time.Hour, life - 4*time.Minute, life}).Draw(rt, "for"),
			Fates: rapid.SliceOfN(rapid.SampledFrom([]fate{well, down, lostBefore, lostAfter, refuse}), 1, 3).Draw(rt, "fates"),
		}
	}), 8, 60)
}

// machine drives one login through anything that can befall it, and watches
// every refresh that arrives at the platform, under whose lock its own fields are.
type machine struct {
	*bench
	stop    context.CancelFunc
	done    chan error
	refused map[string]bool // access tokens somebody was turned away with
	unknown map[string]bool // refresh tokens whose answer never came
	unlucky bool            // this login has met with a loss, a crash or a refusal
	broken  chan string     // the first rule found broken
}

func TestNoSpentRefreshTokenIsSentButInTheOneCase(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		todo := steps().Draw(rt, "steps")
		broken := make(chan string, 1)
		synctest.Test(t, func(t *testing.T) {
			m := &machine{bench: newBench(t), refused: map[string]bool{}, unknown: map[string]bool{}, broken: broken}
			m.p.onAnswer = m.watch
			m.login()
			m.start()
			defer func() { m.halt() }()
			for i := 0; i < len(todo) && len(broken) == 0; i++ {
				m.do(todo[i])
				m.check()
			}
		})
		select {
		case rule := <-broken:
			rt.Fatal(rule)
		default:
		}
	})
}

func (m *machine) do(s step) {
	switch s.Do {
	case "ask":
		m.ask("")
	case "wait":
		pass(s.For)
	case "be refused":
		if cur, ok := m.current(); ok {
			m.note(func() { m.refused[cur.Access] = true })
			m.ask(cur.Access)
		}
	case "lay down fates":
		m.p.then(s.Fates...)
	case "crash":
		m.crash(s.Fates[0])
	case "restart":
		m.halt()
		m.restart()
		m.start()
	case "log in":
		m.login()
	case "log in wrong":
		m.loginWrong()
	case "log out":
		_ = m.src.Logout(context.Background())
	case "go offline":
		m.src.Offline()
	case "go online":
		m.src.Online()
	case "have the store refuse":
		m.storeRefuses()
	}
}

// fault notes a broken rule.
func (m *machine) fault(format string, a ...any) {
	select {
	case m.broken <- fmt.Sprintf(format, a...):
	default:
	}
}

func (m *machine) note(f func()) {
	m.p.mu.Lock()
	defer m.p.mu.Unlock()
	f()
}

func (m *machine) start() {
	ctx, stop := context.WithCancel(context.Background())
	m.stop, m.done = stop, make(chan error, 1)
	go func(src *token.Source, done chan error) { done <- src.Run(ctx) }(m.src, m.done)
	synctest.Wait()
}

func (m *machine) halt() {
	m.stop()
	if err := <-m.done; err != nil {
		panic(err)
	}
}

func (m *machine) current() (token.Stored, bool) {
	t, err := m.shelf.Load(context.Background(), "twitch")
	return t, err == nil
}

// watch is the rule: called for every refresh that arrives, before its fate.
func (m *machine) watch(refresh string, f fate) {
	cur, ok := m.current()
	if !ok || cur.Refresh != refresh || cur.Refreshing.Sends == 0 {
		m.fault("%s was sent without a stored intent: %v %+v", refresh, cur, cur.Refreshing)
	}
	if cur.State == token.StateLoginRequired {
		m.fault("%s was sent for a dead login", refresh)
	}
	serves := time.Now().UnixMilli() < cur.ExpiresAt && !m.refused[cur.Access]
	if n := m.p.sent[refresh]; n > 1 || n == 1 && (!m.unknown[refresh] || serves) {
		m.fault("%s was sent again after %d times; unknown %v, access still serves %v", refresh, n, m.unknown[refresh], serves)
	}
	if f == lostBefore || f == lostAfter {
		m.unknown[refresh] = true
	}
	if f == lostBefore || f == lostAfter || f == refuse {
		m.unlucky = true
	}
}

// ask asks for a token. What comes must be what is stored.
func (m *machine) ask(refused string) {
	got, err := m.src.Token(context.Background(), refused)
	cur, ok := m.current()
	switch {
	case err == nil && (!ok || got != cur.Access):
		m.fault("token %q was handed out, stored is %q", got, cur.Access)
	case err == nil && (got == refused || time.Now().UnixMilli() >= cur.ExpiresAt):
		m.fault("token %q was handed out, it no longer serves", got)
	case err != nil && core.KindOf(err) != core.LoginRequired && !core.Temporary(err):
		m.fault("error of kind %v: %v", core.KindOf(err), err)
	}
}

// crash ends the program while a refresh is under way, if one can be had.
func (m *machine) crash(f fate) {
	cur, ok := m.current()
	if !ok {
		return
	}
	before := m.shelf
	m.note(func() {
		m.refused[cur.Access] = true
		m.p.fates = []fate{f}
		m.p.onSend = func(refresh string) {
			if m.shelf != before {
				return
			}
			m.shelf = before.copy()
			m.note(func() {
				m.unknown[refresh] = f != down || m.unknown[refresh]
				m.unlucky = true
			})
		}
	})
	_, _ = m.src.Token(context.Background(), cur.Access)
	m.halt()
	m.note(func() { m.p.onSend, m.p.fates = nil, nil })
	m.restart()
	m.start()
}

// login logs in. The one resending of a refresh token whose answer was lost may
// be under way just then, and the platform then ends the new grant with the old
// ones, before the source has heard of it: a person logs in once more.
func (m *machine) login() {
	g := m.p.login()
	m.note(func() { m.unlucky = false })
	_, err := m.src.Login(context.Background(), g)
	if core.ReasonOf(err) == "grant-refused" {
		g = m.p.login()
		_, err = m.src.Login(context.Background(), g)
	}
	if err != nil {
		m.fault("login: %v", err)
	}
	if cur, ok := m.current(); !ok || cur.Access != g.Access || !cur.Validated {
		m.fault("after the login of %q this is stored: %v", g.Access, cur)
	}
}

func (m *machine) loginWrong() {
	before, had := m.current()
	_, err := m.src.Login(context.Background(), token.Grant{Access: "secret-wrong", Refresh: "secret-worse", ExpiresIn: life})
	if core.KindOf(err) != core.LoginRequired {
		m.fault("wrong login: %v", err)
	}
	if after, has := m.current(); has != had || after.Access != before.Access || after.Refresh != before.Refresh {
		m.fault("a wrong login turned %v into %v", before, after)
	}
}

// storeRefuses lets the store fail for a minute in which a token is asked for.
func (m *machine) storeRefuses() {
	m.shelf.breakSaves(core.E(core.Unavailable, "disk full"))
	m.ask("")
	pass(time.Minute)
	m.shelf.breakSaves(nil)
}

// check holds after every step: who met with no bad luck can be helped.
func (m *machine) check() {
	cur, ok := m.current()
	m.note(func() { ok = ok && !m.unlucky })
	if !ok {
		return
	}
	if cur.State != "ok" {
		m.fault("the login was lost without cause: %v", cur)
	}
}
