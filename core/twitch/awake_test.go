package twitch_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core/twitch"
)

func TestAfterSleepTheOldSocketIsNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		var asleep atomic.Int64
		s.SetWall(func() time.Time { return time.Now().Add(time.Duration(asleep.Load())) })
		sk := up(t, f, s, b)
		for range 3 { // a clock that is set a little is no sleep
			time.Sleep(9 * time.Second)
			sk.keepalive()
			asleep.Add(int64(10 * time.Second))
		}
		synctest.Wait()
		if !sk.alive() {
			t.Fatal("a clock that was set cost the session")
		}
		asleep.Add(int64(3 * time.Hour))
		time.Sleep(6 * time.Second) // well within the keepalive
		synctest.Wait()
		if sk.alive() {
			t.Error("the old socket is still held")
		}
		next := f.next()
		next.welcome("s2")
		synctest.Wait()
		if h := s.Health(); h.State != twitch.Healthy || h.SessionID != "s2" || len(f.dialled()) != 2 {
			t.Errorf("%+v after %d dials", h, len(f.dialled()))
		}
		if !strings.Contains(f.logged(), "asleep for 3h") {
			t.Errorf("nobody said why: %s", f.logged())
		}
	})
}

func TestASubscriptionThatIsDeletedIsMissedAndMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		var gone atomic.Bool
		f.answering(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				f.accept(w, r)
				return
			}
			data := []any{listed("a", redemptions, "s1")}
			if !gone.Load() {
				data = append(data, listed("b", chat, "s1"))
			}
			answer(w, http.StatusOK, map[string]any{"data": data})
		})
		s := f.session()
		sk := up(t, f, s, b)
		rest := func(d time.Duration) {
			for range d / (5 * time.Second) {
				time.Sleep(5 * time.Second)
				sk.keepalive()
			}
		}
		rest(10*time.Minute + 30*time.Second) // between two looks
		if n := len(f.seen(http.MethodPost)); n != 2 || len(f.seen(http.MethodGet)) == 0 {
			t.Errorf("%d subscriptions though all stood", n)
		}
		gone.Store(true)
		rest(time.Minute)
		posts := f.seen(http.MethodPost)
		if len(posts) != 3 || posts[2].subType != chat.Type || s.Health().State != twitch.Healthy {
			t.Errorf("%d subscriptions, %+v", len(posts), s.Health())
		}
	})
}

func TestWhatTheLoginAllowsNowIsAskedForInAFreshSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		wanted := []twitch.Subscription{redemptions}
		var more atomic.Bool
		s.Wanted = func() []twitch.Subscription {
			if more.Load() {
				return append(slices.Clone(wanted), chat)
			}
			return wanted
		}
		sk := up(t, f, s, b)
		s.Renew()
		synctest.Wait()
		if !sk.alive() {
			t.Fatal("a session was lost for nothing")
		}
		more.Store(true)
		s.Renew()
		f.next().welcome("s2")
		synctest.Wait()
		if posts := f.seen(http.MethodPost); len(posts) != 3 || sk.alive() || s.Health().State != twitch.Healthy {
			t.Errorf("%d subscriptions, the old socket alive %v, %+v", len(posts), sk.alive(), s.Health())
		}
	})
}

func TestAPermissionThatCameBackIsTriedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		s := f.session()
		sk := up(t, f, s, b)
		f.answering(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet { // whose login it is
				answer(w, http.StatusOK, map[string]any{"data": []any{map[string]any{"id": "1337", "login": "x"}}})
				return
			}
			f.accept(w, r)
		})
		for n := range 2 {
			sk.send(fmt.Appendf(nil, `{"metadata":{"message_id":"rv%d","message_type":"revocation","subscription_type":"channel.chat.message"},`+
				`"payload":{"subscription":{"status":"authorization_revoked","type":"channel.chat.message","version":"1","condition":{"broadcaster_user_id":"1337","user_id":"1337"}}}}`, n))
			time.Sleep(time.Second)
			if posts := f.seen(http.MethodPost); len(posts) != 3+n || s.Health().State != twitch.Healthy {
				t.Errorf("%d subscriptions, %+v", len(posts), s.Health())
			}
		}
	})
}

func TestWhatIsMissingIsSaidWithWhyAndWhatToDo(t *testing.T) {
	for status, want := range map[int]string{
		http.StatusForbidden:       "Twitch does not tell of chat (no, this login does not allow it): run sidestage auth login twitch",
		http.StatusConflict:        "Twitch does not tell of chat (no, another session holds it): stop other programs with this login, or run sidestage eventsub cleanup",
		http.StatusTooManyRequests: "Twitch does not tell of chat (no, Twitch allows a login 3 connections and subscriptions of a cost of 10): stop other programs with this login, or run sidestage eventsub cleanup",
		http.StatusBadRequest:      "Twitch does not tell of chat (no)",
	} {
		synctest.Test(t, func(t *testing.T) {
			f, b := newFake(t), &inbox{}
			f.answering(func(w http.ResponseWriter, r *http.Request) {
				if n := len(f.seen(http.MethodPost)); r.Method == http.MethodPost && n > 1 {
					refusal(status, "no")(w, r)
					return
				}
				f.accept(w, r)
			})
			s := f.session()
			start(t, s, b.handle)
			f.next().welcome("s1")
			synctest.Wait()
			if d := cmp.Diff(want, s.Health().Reason); d != "" {
				t.Error(d)
			}
		})
	}
}
