package twitch_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/twitch"
)

// up starts a session and brings it to healthy under the id "s1".
func up(t *testing.T, f *fake, s *twitch.Session, b *inbox) *socket {
	t.Helper()
	start(t, s, b.handle)
	sk := f.next()
	sk.welcome("s1")
	synctest.Wait()
	if h := s.Health(); h.State != twitch.Healthy {
		t.Fatalf("not healthy: %+v", h)
	}
	return sk
}

func TestASessionSubscribesBecomesHealthyAndHandsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		var ready atomic.Int32
		s.Ready = func(context.Context) { ready.Add(1) }
		if h := s.Health(); h.State != twitch.Connecting {
			t.Errorf("before Run: %+v", h)
		}
		stop := start(t, s, b.handle)
		sk := f.next()
		synctest.Wait()
		if h := s.Health(); h.State != twitch.Connecting || len(f.seen("")) != 0 {
			t.Errorf("before the welcome: %+v and %d calls", h, len(f.seen("")))
		}
		sk.welcome("s1")
		sk.notify("m1")
		synctest.Wait()
		want := twitch.Health{State: twitch.Healthy, SessionID: "s1", Since: time.Now(), Sessions: 1}
		if d := cmp.Diff(want, s.Health()); d != "" {
			t.Error(d)
		}
		posts := f.seen(http.MethodPost)
		if len(posts) != 2 || posts[0].sessionID != "s1" || posts[0].subType != redemptions.Type || posts[1].subType != chat.Type {
			t.Errorf("subscriptions: %+v", posts)
		}
		if ready.Load() != 1 || b.ids() != "m1" {
			t.Errorf("ready %d times, handled %q", ready.Load(), b.ids())
		}
		stop()
		synctest.Wait()
		if sk.alive() || sk.code != websocket.StatusNormalClosure || sk.inData != 0 {
			t.Errorf("at the stop: alive %v, code %d, %d frames sent", sk.alive(), sk.code, sk.inData)
		}
		if h := s.Health(); h.State != twitch.Connecting || h.Reason != "stopped" {
			t.Errorf("after the stop: %+v", h)
		}
	})
}

func TestSilenceBeyondTheKeepaliveMakesAFreshSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		sk := up(t, f, s, b)
		for range 20 { // a keepalive that is a little late every time
			time.Sleep(10*time.Second + 20*time.Millisecond)
			sk.keepalive()
		}
		synctest.Wait()
		if !sk.alive() || len(f.dialled()) != 1 {
			t.Fatal("late keepalives cost the session")
		}
		quiet := time.Now()
		for range 2 { // pings are answered and prove nothing
			time.Sleep(5 * time.Second)
			if err := sk.conn.Ping(t.Context()); err != nil {
				t.Errorf("ping: %v", err)
			}
		}
		again := f.next()
		if waited := time.Since(quiet); waited < 15*time.Second || waited > 16*time.Second {
			t.Errorf("a fresh socket after %v of silence", waited)
		}
		again.welcome("s2")
		synctest.Wait()
		if posts := f.seen(http.MethodPost); len(posts) != 4 || posts[3].sessionID != "s2" {
			t.Errorf("subscriptions: %+v", posts)
		}
		if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "s2" {
			t.Errorf("%+v", h)
		}
	})
}

func TestTheKeepaliveOfTheWelcomeAndOfTheSettingCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		s.URL += "?shard=1"
		s.Keepalive = time.Hour
		start(t, s, b.handle)
		sk := f.next()
		if sk.url != "/ws?keepalive_timeout_seconds=600&shard=1" {
			t.Errorf("dialled %s", sk.url)
		}
		sk.send([]byte(`{"metadata":{"message_type":"session_welcome"},"payload":{"session":{"id":"s1","keepalive_timeout_seconds":60}}}`))
		time.Sleep(64 * time.Second)
		synctest.Wait()
		if !sk.alive() {
			t.Error("gave up before the keepalive it was promised")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if sk.alive() {
			t.Error("still there after 66 s of silence")
		}
	})
}

func TestEveryCloseCodeLeadsToAFreshSession(t *testing.T) {
	for name, data := range frames(t, "close_") {
		t.Run(name, func(t *testing.T) {
			code, reason := closing(t, data)
			synctest.Test(t, func(t *testing.T) {
				f, b := newFake(t), &inbox{}
				s := f.session()
				sk := up(t, f, s, b)
				_ = sk.conn.Close(code, reason)
				again := f.next()
				if again.url != "/ws" {
					t.Errorf("dialled %s", again.url)
				}
				if h := s.Health(); h.State != twitch.Connecting || !strings.Contains(h.Reason, reason) {
					t.Errorf("%+v", h)
				}
				again.welcome("s2")
				synctest.Wait()
				if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "s2" {
					t.Errorf("%+v", h)
				}
				if loud := strings.Contains(f.logged(), "level=ERROR"); loud != (code == 4001) {
					t.Errorf("logged as an error: %v", loud)
				}
			})
		})
	}
}

func TestAConnectionThatJustVanishesIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		_ = up(t, f, s, b).conn.CloseNow()
		f.next().welcome("s2")
		synctest.Wait()
		if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "s2" {
			t.Errorf("%+v", h)
		}
	})
}

func TestAnUnreachableTwitchIsTriedLessAndLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		var down atomic.Bool
		down.Store(true)
		f.refuse = func(*http.Request) bool { return down.Load() }
		s := f.session()
		start(t, s, b.handle)
		time.Sleep(20 * time.Minute)
		dials := f.dialled()
		if n := len(dials); n < 40 || n > 160 {
			t.Errorf("%d attempts in 20 minutes", n)
		}
		for i := 1; i < len(dials); i++ {
			if gap := dials[i].Sub(dials[i-1]); gap > 31*time.Second {
				t.Errorf("a pause of %v", gap)
			}
		}
		if n := strings.Count(f.logged(), "session lost"); n != 1 {
			t.Errorf("the same trouble was logged %d times", n)
		}
		down.Store(false)
		sk := f.next()
		sk.welcome("s1")
		for range 10 {
			time.Sleep(10 * time.Second)
			sk.keepalive()
		}
		lost := time.Now()
		_ = sk.conn.CloseNow()
		f.next().welcome("s2")
		if waited := time.Since(lost); waited > time.Second {
			t.Errorf("after a good session the pause is still %v", waited)
		}
	})
}

func TestNoWelcomeWithinTenSecondsIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		start(t, s, b.handle)
		sk := f.next()
		time.Sleep(12 * time.Second)
		synctest.Wait()
		if sk.alive() {
			t.Error("still waiting")
		}
		if n := len(f.seen("")); n != 0 {
			t.Errorf("%d calls without a session", n)
		}
		f.next().welcome("s2")
		synctest.Wait()
		if h := s.Health(); h.State != twitch.Healthy {
			t.Errorf("%+v", h)
		}
	})
}

// Without the session's id nothing can be subscribed to: that is no welcome.
func TestAWelcomeWithoutASessionIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		start(t, s, b.handle)
		sk := f.next()
		sk.send([]byte(`{"metadata":{"message_id":"w","message_type":"session_welcome"},"payload":{"session":{"id":null,"status":"connected"}}}`))
		synctest.Wait()
		if h := s.Health(); sk.alive() || h.State != twitch.Connecting || !strings.Contains(h.Reason, "no session id") || len(f.seen("")) != 0 {
			t.Errorf("alive %v, %+v, %d calls", sk.alive(), h, len(f.seen("")))
		}
		f.next().welcome("s2")
		synctest.Wait()
		if h := s.Health(); h.State != twitch.Healthy {
			t.Errorf("%+v", h)
		}
	})
}

func TestNothingWantedConnectsNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		s.Wanted = func() []twitch.Subscription { return nil }
		start(t, s, b.handle)
		time.Sleep(5 * time.Minute)
		if n := len(f.dialled()); n != 0 {
			t.Errorf("%d connections", n)
		}
		if h := s.Health(); h.State != twitch.Connecting || h.Reason != "nothing to subscribe to" {
			t.Errorf("%+v", h)
		}
	})
}

func TestAnUnusableAddressFailsAtOnce(t *testing.T) {
	for _, url := range []string{"", "://", "https://twitch.test/ws", "ws:///ws"} {
		s := &twitch.Session{URL: url}
		err := s.Run(t.Context(), nil)
		if core.KindOf(err) != core.Invalid {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestRevocationsDegradeAndAskForALoginOnlyWhenItIsGone(t *testing.T) {
	revocation := `{"metadata":{"message_id":"rv","message_type":"revocation","subscription_type":"channel.chat.message"},` +
		`"payload":{"subscription":{"id":"other","status":"user_removed","type":"channel.chat.message","version":"1","condition":{"broadcaster_user_id":"1337","user_id":"1337"}}}}`
	for name, dead := range map[string]bool{"login stands": false, "login gone": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, b := newFake(t), &inbox{}
				s := f.session()
				sk := up(t, f, s, b)
				if dead {
					f.answering(refusal(http.StatusUnauthorized, "invalid access token"))
				}
				sk.send([]byte(revocation))
				time.Sleep(time.Second)
				h := s.Health()
				if len(b.messages()) != 1 || !b.messages()[0].Revoked() {
					t.Error("the revocation was not handed over")
				}
				if dead && h.State != twitch.LoginRequired {
					t.Errorf("%+v", h)
				}
				if !dead && (h.State != twitch.Degraded || cmp.Diff([]string{chat.Type}, h.Missing) != "" || !strings.Contains(h.Reason, "user_removed")) {
					t.Errorf("%+v", h)
				}
				if n := len(f.seen(http.MethodPost)); n != 2 {
					t.Errorf("%d subscriptions: it was asked for again", n)
				}
			})
		})
	}
}

func TestAnErrorOfTheHandlerIsLoggedAndARepeatIsAnotherChance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		b.fail = func(m twitch.Message) error {
			if m.ID == "m1" && len(b.got) == 1 {
				return errors.New("disk full")
			}
			return nil
		}
		sk := up(t, f, f.session(), b)
		for _, id := range []string{"m1", "m2", "m1", "m2", "m1"} {
			sk.notify(id)
		}
		synctest.Wait()
		if b.ids() != "m1 m2 m1" {
			t.Errorf("handled %q", b.ids())
		}
		if !strings.Contains(f.logged(), "level=ERROR") || !strings.Contains(f.logged(), "disk full") {
			t.Errorf("logged %s", f.logged())
		}
	})
}

// closing reads a recorded close frame.
func closing(t *testing.T, data []byte) (websocket.StatusCode, string) {
	t.Helper()
	var c struct {
		Code   websocket.StatusCode `json:"close_code"`
		Reason string
	}
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c.Code, c.Reason
}
