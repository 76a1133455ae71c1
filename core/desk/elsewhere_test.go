package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/sim"
)

// asks is a viewer asking for a track.
func (w *world) asks(viewer, uri string) string {
	w.t.Helper()
	id, err := w.sim.Redeem(viewer, "Song request", "https://open.spotify.com/track/"+strings.TrimPrefix(uri, "spotify:track:"))
	w.check(err)
	return id
}

func (w *world) saga(c *api.Client, id string) api.Saga {
	w.t.Helper()
	s, err := c.Saga(w.t.Context(), id)
	w.check(err)
	return s
}

// entry is a redemption in Twitch's books.
func (w *world) entry(id string) sim.Entry {
	w.t.Helper()
	for _, r := range w.sim.Redemptions() {
		if r.ID == id {
			return r
		}
	}
	w.t.Fatalf("no redemption %s", id)
	return sim.Entry{}
}

// said is how many lines the desk wrote in chat that mention a viewer.
func (w *world) said(viewer string) (lines []string) {
	for _, p := range w.sim.Posts() {
		if strings.Contains(strings.ToLower(p.Text), "@"+viewer) {
			lines = append(lines, p.Text)
		}
	}
	return lines
}

func TestWhatAModeratorCancelsIsNeitherPlayedNorRefundedTwiceNorTalkedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 1, Speed: 1, Faults: []string{"moderator"}})
		c := w.desk.Reach()
		time.Sleep(time.Minute)
		uri := w.other(c)
		w.asks("luna", uri)
		id := w.asks("kai", uri) // every third is rejected, this one first
		time.Sleep(10 * time.Second)
		if s := w.saga(c, id); s.State != "compensated" || s.Error == nil || s.Error.Reason != "cancelled-elsewhere" {
			t.Errorf("%s: %+v", s.State, s.Error)
		}
		if lines := w.said("kai"); len(lines) > 1 || len(lines) == 1 && !strings.Contains(lines[0], "is in the queue") {
			t.Errorf("chat heard %q", lines)
		}
		if a := w.sim.Points()["kai"]; a.Refunded != a.Spent {
			t.Errorf("%+v", a)
		}
		time.Sleep(20 * time.Minute) // it may have been handed over first: then it is skipped
		h, err := c.History(t.Context(), 10)
		w.check(err)
		if len(h.Requests) != 1 || h.Requests[0].RequesterDisplayName != "luna" {
			t.Errorf("played: %+v", h.Requests)
		}
		c.Close()
		w.stop()
	})
}

func TestWhatTheStreamerFulfilsByHandIsPlayed(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		id := w.asks("kai", w.other(c))
		w.check(w.sim.Moderate(id, true)) // before the desk has looked the track up
		time.Sleep(10 * time.Second)
		if s := w.saga(c, id); s.State != "completed" {
			t.Errorf("%s: %+v", s.State, s.Error)
		}
		if got := w.entry(id).Status; got != "FULFILLED" || len(w.sim.Adds()) != 1 {
			t.Errorf("%s, %d tracks added", got, len(w.sim.Adds()))
		}
	})
}

func TestARequestThatWaitsIsWithdrawnWhenItsPointsGoBack(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		w.check(w.sim.SetFault("slow", true))
		uri := w.other(c)
		waiting := ""
		for i := 0; waiting == "" && i < 40; i++ { // until one is slow and the next waits for it
			w.asks(fmt.Sprint("first", i), uri)
			id := w.asks(fmt.Sprint("second", i), uri)
			time.Sleep(700 * time.Millisecond)
			if s := w.saga(c, id); s.WaitingFor == "turn" {
				waiting = id
			}
			time.Sleep(time.Second)
			if waiting == "" {
				continue
			}
			if s := w.saga(c, id); s.WaitingFor != "turn" || w.sim.Moderate(id, false) != nil {
				waiting = ""
			}
		}
		if waiting == "" {
			t.Fatal("nobody ever waited for a turn")
		}
		time.Sleep(3 * time.Second)
		w.check(w.sim.SetFault("slow", false))
		time.Sleep(time.Minute)
		if s := w.saga(c, waiting); s.State != "compensated" || s.Error.Reason != "cancelled-elsewhere" {
			t.Errorf("%s: %+v", s.State, s.Error)
		}
		added := 0
		for _, st := range w.saga(c, waiting).Steps {
			if st.Name == "add-to-player" && st.State == "succeeded" {
				added++
			}
		}
		if added != 0 {
			t.Error("it was handed over all the same")
		}
	})
}

// whileAway runs fn on a desk whose viewers asked for n rolls while it was away
// for two hours, and for one more just now.
func whileAway(t *testing.T, n int, policy string, fn func(*world, *api.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldAfter(t, sim.Options{Seed: 1, Speed: 1}, func(s *config.Settings) { s.CatchUp, s.Chat.Achievements = policy, false }, func(w *world) {
			for i := range n {
				_, err := w.sim.Redeem(fmt.Sprint("viewer", i), "Keyboard raffle", "")
				w.check(err)
			}
			time.Sleep(2 * time.Hour)
			_, err := w.sim.Redeem("kai", "Keyboard raffle", "")
			w.check(err)
		})
		c := w.desk.Reach()
		time.Sleep(30 * time.Second)
		fn(w, c)
		c.Close()
		w.stop()
	})
}

func TestWhatWasMissedForTooLongIsRefundedInOneLine(t *testing.T) {
	whileAway(t, 5, "process", func(w *world, c *api.Client) {
		b := w.sim.Books()
		if b.Cancelled != 5 || b.Fulfilled != 1 {
			t.Errorf("%+v", b)
		}
		if lines := w.said("viewer0"); len(lines) != 1 || !strings.Contains(lines[0], "@viewer4 nobody was at the desk") {
			t.Errorf("%q", lines)
		}
		if len(w.sim.Posts()) != 2 {
			t.Errorf("%+v", w.sim.Posts())
		}
	})
}

func TestAFewThatWereMissedAreToldOneByOne(t *testing.T) {
	whileAway(t, 2, "refund", func(w *world, c *api.Client) {
		if b := w.sim.Books(); b.Cancelled != 3 || len(w.sim.Posts()) != 3 {
			t.Errorf("%+v %+v", b, w.sim.Posts())
		}
	})
}

func TestTheStreamerDecidesAboutWhatWasMissed(t *testing.T) {
	whileAway(t, 2, "ask", func(w *world, c *api.Client) {
		all, err := c.Sagas(w.t.Context(), "needs-decision", 10)
		w.check(err)
		if len(all.Sagas) != 3 || len(w.sim.Posts()) != 0 {
			t.Fatalf("%+v", all)
		}
		taken, refunded, byTwitch := all.Sagas[0].ID, all.Sagas[1].ID, all.Sagas[2].ID
		_, err = c.ResolveSaga(w.t.Context(), taken, true)
		w.check(err)
		_, err = c.ResolveSaga(w.t.Context(), refunded, false)
		w.check(err)
		w.check(w.sim.Moderate(byTwitch, false))
		time.Sleep(2 * time.Minute)
		for id, want := range map[string]string{taken: "completed FULFILLED", refunded: "compensated CANCELED", byTwitch: "compensated CANCELED"} {
			if got := w.saga(c, id).State + " " + w.entry(id).Status; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if len(w.sim.Posts()) != 2 { // nothing about what the moderator did
			t.Errorf("%+v", w.sim.Posts())
		}
	})
}
