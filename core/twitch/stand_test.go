package twitch_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/twitch"
)

// chatAnswers gives the subscriptions to chat to h; everything else is granted.
func (f *fake) chatAnswers(h http.HandlerFunc) {
	f.answering(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		last := f.calls[len(f.calls)-1]
		f.mu.Unlock()
		if r.Method == http.MethodPost && last.subType == chat.Type {
			h(w, r)
			return
		}
		f.accept(w, r)
	})
}

func TestARefusedSubscriptionLeavesTheOthersWorking(t *testing.T) {
	for _, status := range []int{http.StatusForbidden, http.StatusBadRequest, http.StatusGone} {
		synctest.Test(t, func(t *testing.T) {
			f, b := newFake(t), &inbox{}
			f.chatAnswers(refusal(status, "subscription missing proper authorization"))
			s := f.session()
			var ready atomic.Int32
			s.Ready = func(context.Context) { ready.Add(1) }
			start(t, s, b.handle)
			sk := f.next()
			sk.welcome("s1")
			for range 30 {
				time.Sleep(10 * time.Second)
				sk.keepalive()
			}
			sk.notify("m1")
			synctest.Wait()
			h := s.Health()
			if h.State != twitch.Degraded || cmp.Diff([]string{chat.Type}, h.Missing) != "" || !strings.Contains(h.Reason, "missing proper authorization") {
				t.Errorf("%d: %+v", status, h)
			}
			if n := len(f.seen(http.MethodPost)); n != 2 || b.ids() != "m1" || ready.Load() != 1 {
				t.Errorf("%d: %d tries, handled %q, ready %d times", status, n, b.ids(), ready.Load())
			}
		})
	}
}

func TestALateSubscriptionIsTriedUntilItStands(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"unavailable": refusal(http.StatusServiceUnavailable, ""),
		"limited":     refusal(http.StatusTooManyRequests, "websocket transport subscriptions total cost exceeded"),
		"not enabled": func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusAccepted, map[string]any{"data": []any{map[string]any{"status": "websocket_connection_unused"}}})
		},
		"not JSON": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, b := newFake(t), &inbox{}
				f.chatAnswers(h)
				s := f.session()
				var ready atomic.Int32
				s.Ready = func(context.Context) { ready.Add(1) }
				start(t, s, b.handle)
				sk := f.next()
				sk.welcome("s1")
				for range 12 {
					time.Sleep(10 * time.Second)
					sk.keepalive()
				}
				if h := s.Health(); h.State != twitch.Degraded || h.Reason == "" || ready.Load() != 1 {
					t.Errorf("%+v, ready %d times", h, ready.Load())
				}
				if n := len(f.seen(http.MethodPost)); n < 4 || n > 30 {
					t.Errorf("%d tries in two minutes", n)
				}
				f.answering(f.accept)
				for range 4 {
					time.Sleep(10 * time.Second)
					sk.keepalive()
				}
				if h := s.Health(); h.State != twitch.Healthy || h.Reason != "" || ready.Load() != 2 {
					t.Errorf("%+v, ready %d times: the gap of the late one needs catching up too", h, ready.Load())
				}
			})
		})
	}
}

func TestAConflictWithOurOwnSessionCountsAsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		f.answering(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				answer(w, http.StatusOK, map[string]any{"data": []any{listed("a", redemptions, "old"), listed("b", redemptions, "s1")}})
				return
			}
			refusal(http.StatusConflict, "subscription already exists")(w, r)
		})
		s := f.session(redemptions)
		up(t, f, s, b)
		if n := len(f.seen(http.MethodDelete)); n != 0 {
			t.Errorf("%d deleted", n)
		}
	})
}

func TestLeftoversOfADeadSessionAreDeletedOnce(t *testing.T) {
	for _, status := range []int{http.StatusConflict, http.StatusTooManyRequests} {
		synctest.Test(t, func(t *testing.T) {
			f, b := newFake(t), &inbox{}
			other := redemptions
			other.Condition = map[string]string{"broadcaster_user_id": "42"}
			hook := listed("hook", redemptions, "")
			f.answering(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodGet && r.URL.Query().Get("after") == "":
					answer(w, http.StatusOK, map[string]any{
						"data":       []any{listed("theirs", other, "dead"), hook, listed("left", redemptions, "dead")},
						"pagination": map[string]any{"cursor": "p2"},
					})
				case r.Method == http.MethodGet:
					answer(w, http.StatusOK, map[string]any{"data": []any{listed("more", redemptions, "dead2"), listed("chat", chat, "dead")}})
				case r.Method == http.MethodPost && len(f.seen(http.MethodDelete)) < 2:
					refusal(status, "subscription already exists")(w, r)
				default:
					f.accept(w, r)
				}
			})
			up(t, f, f.session(redemptions), b)
			deleted := f.seen(http.MethodDelete)
			if len(deleted) != 2 || deleted[0].deleteID != "left" || deleted[1].deleteID != "more" {
				t.Errorf("deleted %+v", deleted)
			}
			if n := len(f.seen(http.MethodPost)); n != 2 {
				t.Errorf("%d tries", n)
			}
		})
	}
}

func listed(id string, s twitch.Subscription, session string) map[string]any {
	cond := map[string]any{"reward_id": ""} // Twitch lists what nobody asked for
	for k, v := range s.Condition {
		cond[k] = v
	}
	return map[string]any{
		"id": id, "status": "enabled", "type": s.Type, "version": s.Version, "condition": cond,
		"transport": map[string]any{"method": "websocket", "session_id": session},
	}
}

func TestTheBucketsLimitIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		f.answering(func(w http.ResponseWriter, r *http.Request) {
			if len(f.seen("")) == 1 {
				w.Header().Set("Retry-After", "7")
				refusal(http.StatusTooManyRequests, "")(w, r)
				return
			}
			f.accept(w, r)
		})
		start(t, f.session(redemptions), b.handle)
		f.next().welcome("s1")
		time.Sleep(9 * time.Second)
		calls := f.seen("")
		if len(calls) != 2 || calls[1].at.Sub(calls[0].at) < 7*time.Second || calls[1].method != http.MethodPost {
			t.Errorf("%+v", calls)
		}
	})
}

func TestWithoutALoginNothingConnectsUntilThereIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		var asked atomic.Int32
		var in atomic.Bool
		s.Helix.Token = func(context.Context, string) (string, error) {
			asked.Add(1)
			if !in.Load() {
				return "", core.E(core.LoginRequired, "log in with: sidestage auth twitch")
			}
			return "tok", nil
		}
		start(t, s, b.handle)
		time.Sleep(10 * time.Minute)
		if h := s.Health(); h.State != twitch.LoginRequired || !strings.Contains(h.Reason, "sidestage auth") {
			t.Errorf("%+v", h)
		}
		if n := asked.Load(); len(f.dialled()) != 0 || n > 120 {
			t.Errorf("%d connections, the token asked for %d times", len(f.dialled()), n)
		}
		in.Store(true)
		f.next().welcome("s1")
		synctest.Wait()
		if h := s.Health(); h.State != twitch.Healthy || h.Reason != "" {
			t.Errorf("%+v", h)
		}
	})
}

func TestATokenThatTwitchRefusesIsNotHammered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		f.answering(refusal(http.StatusUnauthorized, "OAuth token is missing"))
		s := f.session()
		start(t, s, b.handle)
		ended := time.Now().Add(5 * time.Minute)
		for time.Now().Before(ended) {
			sk := f.next()
			sk.welcome("s")
			<-sk.ended
			if h := s.Health(); h.State != twitch.LoginRequired && h.State != twitch.Subscribing {
				t.Fatalf("%+v", h)
			}
		}
		if n := len(f.seen("")); n > 80 {
			t.Errorf("%d calls in five minutes", n)
		}
	})
}

func TestAnUnusedConnectionNamesTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		f.answering(refusal(http.StatusForbidden, "subscription missing proper authorization"))
		s := f.session()
		start(t, s, b.handle)
		var opened []time.Time
		for range 12 {
			sk := f.next()
			opened = append(opened, time.Now())
			sk.welcome("s")
			time.Sleep(10 * time.Second)
			_ = sk.conn.Close(4003, "connection unused")
			synctest.Wait()
			if h := s.Health(); !strings.Contains(h.Reason, "4003") || !strings.Contains(h.Reason, "missing proper authorization") {
				t.Errorf("%+v", h)
			}
		}
		if span := opened[11].Sub(opened[0]); span < 2*time.Minute {
			t.Errorf("12 connections in %v: no backing off", span)
		}
	})
}

func TestReadyIsCancelledAndAwaitedWithItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		var running atomic.Int32
		s.Ready = func(ctx context.Context) {
			if running.Add(1) != 1 {
				t.Error("two at a time")
			}
			<-ctx.Done()
			time.Sleep(3 * time.Second) // tidying up
			running.Add(-1)
		}
		stop := start(t, s, b.handle)
		sk := f.next()
		sk.welcome("s1")
		synctest.Wait()
		_ = sk.conn.CloseNow()
		f.next().welcome("s2")
		synctest.Wait()
		if running.Load() != 1 {
			t.Errorf("%d running", running.Load())
		}
		stop()
		if running.Load() != 0 {
			t.Error("Run returned before Ready")
		}
	})
}
