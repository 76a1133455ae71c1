package twitch_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"sidestage/core/twitch"
)

func TestAReconnectMovesTheSessionWithoutAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		var ready atomic.Int32
		s.Ready = func(context.Context) { ready.Add(1) }
		old := up(t, f, s, b)
		old.reconnect("ws://twitch.test/ws/cell-c?challenge=abc%2F1&id=s1")
		old.notify("m1")
		next := f.next()
		if next.url != "/ws/cell-c?challenge=abc%2F1&id=s1" {
			t.Errorf("dialled %s", next.url)
		}
		time.Sleep(9 * time.Second) // the new edge takes its time
		old.notify("m2")
		synctest.Wait()
		if !old.alive() || s.Health().State != twitch.Healthy {
			t.Fatalf("the old socket was given up early: %+v", s.Health())
		}
		next.welcome("s2")
		old.notify("m2")
		old.notify("m3")
		next.notify("m3")
		next.notify("m4")
		time.Sleep(time.Second)
		synctest.Wait()
		if old.alive() || old.code != websocket.StatusNormalClosure {
			t.Errorf("the old socket: alive %v, code %d", old.alive(), old.code)
		}
		if b.ids() != "m1 m2 m3 m4" {
			t.Errorf("handled %q", b.ids())
		}
		if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "s2" {
			t.Errorf("%+v", h)
		}
		if n := len(f.seen("")); n != 2 || ready.Load() != 1 {
			t.Errorf("%d Helix calls, ready %d times: a moved session keeps its subscriptions", n, ready.Load())
		}
		if strings.Contains(f.logged(), "challenge") {
			t.Error("the reconnect URL was logged")
		}
		if old.inData+next.inData != 0 {
			t.Error("something was sent on a socket")
		}
	})
}

func TestTheOldSocketNeedsNoKeepaliveWhileMoving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		old := up(t, f, s, b)
		time.Sleep(14 * time.Second)
		old.reconnect("ws://twitch.test/ws/2")
		next := f.next()
		time.Sleep(8 * time.Second)
		next.welcome("s2")
		synctest.Wait()
		if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "s2" {
			t.Errorf("%+v", h)
		}
		time.Sleep(16 * time.Second) // the new one does
		synctest.Wait()
		if next.alive() {
			t.Error("the new socket has no watchdog")
		}
	})
}

func TestAnOldSocketThatEndsFirstDoesNotStopTheMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		old := up(t, f, s, b)
		old.reconnect("ws://twitch.test/ws/2")
		_ = old.conn.Close(4004, "client reconnect grace time expired")
		next := f.next()
		if next.url != "/ws/2" {
			t.Fatalf("dialled %s", next.url)
		}
		next.welcome("s2")
		synctest.Wait()
		if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "s2" {
			t.Errorf("%+v", h)
		}
		if n := len(f.seen(http.MethodPost)); n != 2 {
			t.Errorf("%d subscriptions", n)
		}
	})
}

func TestSessionsMoveAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		sk := up(t, f, s, b)
		for _, id := range []string{"a", "b", "c"} {
			sk.reconnect("ws://twitch.test/ws/" + id)
			sk = f.next()
			sk.welcome(id)
			sk.notify("m-" + id)
		}
		synctest.Wait()
		if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "c" || b.ids() != "m-a m-b m-c" {
			t.Errorf("%+v, handled %q", h, b.ids())
		}
	})
}

func TestAFailedMoveFallsBackToAFreshSession(t *testing.T) {
	moves := map[string]func(t *testing.T, f *fake, old *socket){
		"refused": func(_ *testing.T, f *fake, old *socket) {
			f.mu.Lock()
			f.refuse = func(r *http.Request) bool { return r.URL.Path == "/ws/2" }
			f.mu.Unlock()
			old.reconnect("ws://twitch.test/ws/2")
		},
		"4007": func(_ *testing.T, f *fake, old *socket) {
			old.reconnect("ws://twitch.test/ws/2")
			_ = f.next().conn.Close(4007, "invalid reconnect attempt")
		},
		"no welcome": func(t *testing.T, f *fake, old *socket) {
			old.reconnect("ws://twitch.test/ws/2")
			next := f.next()
			time.Sleep(11 * time.Second)
			synctest.Wait()
			if next.alive() {
				t.Error("the silent socket is kept")
			}
		},
		"no address": func(_ *testing.T, _ *fake, old *socket) {
			old.send([]byte(`{"metadata":{"message_type":"session_reconnect"},"payload":{"session":{"reconnect_url":null}}}`))
		},
	}
	for name, move := range moves {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, b := newFake(t), &inbox{}
				s := f.session()
				var ready atomic.Int32
				s.Ready = func(context.Context) { ready.Add(1) }
				old := up(t, f, s, b)
				move(t, f, old)
				fresh := f.next()
				if fresh.url != "/ws" {
					t.Errorf("dialled %s", fresh.url)
				}
				fresh.welcome("s3")
				synctest.Wait()
				if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "s3" {
					t.Errorf("%+v", h)
				}
				if n := len(f.seen(http.MethodPost)); n != 4 || ready.Load() != 2 || old.alive() {
					t.Errorf("%d subscriptions, ready %d times, old alive %v", n, ready.Load(), old.alive())
				}
			})
		})
	}
}

func TestSubscribingGoesOnUnderTheIDOfTheNewSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		f.answering(func(w http.ResponseWriter, r *http.Request) {
			if n := len(f.seen(http.MethodPost)); n == 2 {
				refusal(http.StatusBadRequest, "websocket transport session does not exist or has already disconnected")(w, r)
				return
			}
			f.accept(w, r)
		})
		s := f.session()
		start(t, s, b.handle)
		old := f.next()
		old.welcome("s1")
		synctest.Wait()
		old.reconnect("ws://twitch.test/ws/2")
		f.next().welcome("s2")
		synctest.Wait()
		posts := f.seen(http.MethodPost)
		if h := s.Health(); h.State != twitch.Healthy || len(posts) != 3 || posts[2].sessionID != "s2" || posts[2].subType != chat.Type {
			t.Errorf("%+v after %+v", h, posts)
		}
	})
}
