package twitch_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/sim"
	"sidestage/core/twitch"
)

const stopOther = "stop other programs with this login, or run sidestage eventsub cleanup"

// desks are sessions of one login at one simulated Twitch, as of desks that know
// nothing of each other.
func desks(t *testing.T, n int) ([]*twitch.Session, *twitch.Client) {
	helix, s := simulated(t, sim.Options{Seed: 1, Speed: 1})
	helix.Timeout = time.Second
	all := make([]*twitch.Session, n)
	for i := range all {
		c := &twitch.Client{URL: helix.URL, ClientID: helix.ClientID, HTTP: helix.HTTP, Token: helix.Token}
		all[i] = &twitch.Session{
			URL: "ws://twitch.test/ws", HTTP: helix.HTTP, Helix: c,
			Wanted: func() []twitch.Subscription { return twitch.Wishes(s.Broadcaster().ID, []string{}) },
		}
	}
	return all, helix
}

// Twitch refuses the second of two equal subscriptions, for it takes a connection
// that vanished for alive. So the second takes what the first has, once: the first
// gives way without a connection, and takes over once it is alone.
func TestOfTwoDesksOfOneLoginTheNewerListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two, helix := desks(t, 2)
		first, second := two[0], two[1]
		start(t, first, new(inbox).handle)
		time.Sleep(5 * time.Second)
		stopSecond := start(t, second, new(inbox).handle)
		time.Sleep(time.Hour)
		if h := second.Health(); h.State != twitch.Healthy || h.Sessions != 1 {
			t.Errorf("the second: %+v", h)
		}
		h := first.Health()
		if h.State != twitch.Elsewhere || h.Sessions != 1 || time.Since(h.Since) < 50*time.Minute || !strings.Contains(h.Reason, "another program with this login listens to the channel") {
			t.Errorf("the first: %+v", h)
		}
		all := int64(len(twitch.Wishes("1", []string{})))
		for i, s := range two {
			calls := s.Helix.Usage().Calls
			if n := calls["DELETE /eventsub/subscriptions"]; n != int64(i)*all {
				t.Errorf("%d of %d subscriptions deleted by %d", n, all, i)
			}
			if n := calls["POST /eventsub/subscriptions"] + calls["GET /eventsub/subscriptions"]; n > 100 {
				t.Errorf("%d calls in an hour", n)
			}
		}
		stopSecond()
		time.Sleep(2 * time.Minute)
		if h := first.Health(); h.State != twitch.Healthy {
			t.Errorf("alone: %+v", h)
		}
		listed, err := helix.Subscriptions(t.Context())
		if err != nil || len(listed) == 0 {
			t.Error(listed, err)
		}
	})
}

// Twitch may let both listen. Then both handle every redemption, which has to be
// said, and said no more when the other one is gone.
func TestAnotherDeskThatListensTooIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		var there atomic.Value
		there.Store("another")
		f.answering(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				f.accept(w, r)
				return
			}
			f.mu.Lock()
			all := slices.Clone(f.made)
			f.mu.Unlock()
			if whose := there.Load().(string); whose != "" {
				all = append(all, listed("x", redemptions, whose))
			}
			all = append(all, listed("y", chat, "a bot"), listed("z", redemptions, "")) // a webhook
			answer(w, http.StatusOK, map[string]any{"data": all})
		})
		s := f.session()
		s.Former = []string{"former"}
		sk := up(t, f, s, b)
		rest := func(d time.Duration) {
			for range d / (5 * time.Second) {
				time.Sleep(5 * time.Second)
				sk.keepalive()
			}
			synctest.Wait()
		}
		rest(2 * time.Minute)
		if h := s.Health(); h.State != twitch.Degraded || len(h.Missing) != 0 ||
			h.Reason != "another program with this login hears of redemptions too, so that requests are handled twice: "+stopOther {
			t.Errorf("%+v", h)
		}
		for _, whose := range []string{"", "former"} {
			there.Store(whose)
			rest(11 * time.Minute)
			if h := s.Health(); h.State != twitch.Healthy || h.Reason != "" {
				t.Errorf("%q: %+v", whose, h)
			}
		}
		if n := len(f.seen(http.MethodDelete)); n != 0 || !sk.alive() {
			t.Errorf("%d deleted, alive %v", n, sk.alive())
		}
	})
}

func TestWhatATooHighCostIsDueToDecidesWhatIsSaid(t *testing.T) {
	for name, v := range map[string]struct{ after, want string }{
		"connections": {"", "(number of websocket transports limit exceeded, Twitch allows a login 3 connections and subscriptions of a cost of 10): " + stopOther},
		"calls":       {"30", "(number of websocket transports limit exceeded, too many calls in a minute): the desk asks again by itself"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				f.chatAnswers(func(w http.ResponseWriter, r *http.Request) {
					if v.after != "" {
						w.Header().Set("Retry-After", v.after)
					}
					refusal(http.StatusTooManyRequests, "number of websocket transports limit exceeded")(w, r)
				})
				s := f.session()
				start(t, s, new(inbox).handle)
				f.next().welcome("s1")
				synctest.Wait()
				if want := "Twitch does not tell of chat " + v.want; s.Health().Reason != want {
					t.Errorf("%s, want %s", s.Health().Reason, want)
				}
			})
		})
	}
}
