package desk_test

import (
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/sim"
)

// TestPointsThatSomebodyElseSpentAreToldOf: a request that came to nothing was
// fulfilled on Twitch's page before the desk could return its points.
func TestPointsThatSomebodyElseSpentAreToldOf(t *testing.T) {
	wired := func(s *config.Settings) { s.Twitch.HelixURL = "http://twitch-eventsub/helix" }
	party(t, wired, func(w *world, c *api.Client) {
		w.cable.refuse(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
		w.cable.each((*line).reset)
		id, err := w.sim.Redeem("QuietQuill", w.desk.Rewards().Song, "https://open.spotify.com/album/1")
		w.check(err)
		time.Sleep(time.Minute)
		w.check(w.sim.Moderate(id, true))
		w.cable.refuse(nil)
		time.Sleep(6 * time.Minute)
		if s := w.saga(c, id); s.State != "compensated" {
			t.Errorf("the saga is %s: %+v", s.State, s.Error)
		}
		w.wantNotReturned(c, "QuietQuill")
	})
}

// wantNotReturned checks that the streamer is told of a viewer's points.
func (w *world) wantNotReturned(c *api.Client, viewer string) {
	w.t.Helper()
	all, err := c.ErrorStats(w.t.Context(), api.Within{}, 0)
	w.check(err)
	if !slices.ContainsFunc(all, func(e api.ErrorStats) bool {
		return e.Place == "points not returned" && strings.Contains(e.Message, viewer)
	}) {
		w.t.Errorf("nobody is told: %+v", all)
	}
}

// TestSettlementsWaitForATwitchThatIsAway: while Twitch cannot be reached, or the
// desk has no login there, a song that Spotify has plays on, nothing is given up,
// and all is settled once Twitch is back.
func TestSettlementsWaitForATwitchThatIsAway(t *testing.T) {
	for name, away := range map[string]struct{ goes, comes func(*world) }{
		"not reached": {
			func(w *world) {
				w.cable.refuse(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
				w.cable.each((*line).reset)
			},
			func(w *world) { w.cable.refuse(nil) },
		},
		"no login": {
			func(w *world) { w.check(w.desk.Logout(w.t.Context(), sim.Twitch)) },
			func(w *world) {
				grant, err := w.sim.GrantTwitch()
				w.check(err)
				w.login(sim.Twitch, grant)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			wired := func(s *config.Settings) { s.Twitch.HelixURL = "http://twitch-eventsub/helix" }
			party(t, wired, func(w *world, c *api.Client) {
				w.wants("Mo_Types", 0)
				next, refused := w.wants("bitcrusher", 1), w.wants("QuietQuill", 2)
				away.goes(w)
				_, err := c.RemoveFromQueue(w.t.Context(), refused, api.RemoveRequest{})
				w.check(err)
				w.check(w.sim.Skip())
				time.Sleep(10 * time.Minute)
				for _, id := range []string{next, refused} {
					if s := w.saga(c, id); s.State != "waiting" || s.Steps[len(s.Steps)-1].Error == nil {
						t.Errorf("the saga is %s after %+v", s.State, s.Steps[len(s.Steps)-1])
					}
				}
				away.comes(w)
				time.Sleep(6 * time.Minute)
				w.wantBooked(next, "fulfilled")
				w.wantBooked(refused, "canceled")
				if got := w.request(next); got != "heard" {
					t.Errorf("the song is %s", got)
				}
			})
		})
	}
}
