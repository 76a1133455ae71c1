package desk_test

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/sim"
)

func TestSubscriptionsAreListedSetUpAndCleanedUp(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		count := func(all api.Subscriptions) (ours, others int) {
			for _, s := range all.Subscriptions {
				switch {
				case s.Session == api.SessionOther:
					others++
				case s.Status == "enabled": // what was revoked is listed for a while
					ours++
				}
			}
			return ours, others
		}
		all, err := c.Subscriptions(w.t.Context())
		w.check(err)
		wanted, others := count(all)
		if wanted < 7 || others != 0 || all.MaxCost != 10 || all.Session.State != "healthy" {
			t.Errorf("%+v", all)
		}
		// Twitch does not notice that a connection is gone, and the next one has
		// to clear what is in its way.
		w.sim.DropSockets(10 * time.Minute)
		time.Sleep(10 * time.Second)
		all, err = c.Subscriptions(w.t.Context())
		w.check(err)
		if ours, _ := count(all); ours != wanted || all.Session.Status != api.StatusOK {
			t.Errorf("after a drop: %d ours, %+v", ours, all.Session)
		}
		// What was revoked is told, and asked for again when a person says so.
		w.sim.Unsubscribe("channel.raid", "user_removed")
		time.Sleep(time.Second)
		h, err := c.Health(w.t.Context())
		w.check(err)
		if e := h.Components.EventSub; e.Status != api.StatusDegraded || len(e.Missing) != 1 || e.Missing[0] != "channel.raid" {
			t.Errorf("%+v", e)
		}
		all, err = c.SetUpEventSub(w.t.Context())
		w.check(err)
		if ours, _ := count(all); ours != wanted || all.Session.Status != api.StatusOK {
			t.Errorf("after a setup: %d ours, %+v", ours, all.Session)
		}
		done, err := c.CleanUpEventSub(w.t.Context())
		w.check(err)
		if done.Kept != wanted {
			t.Errorf("%+v", done)
		}
		all, err = c.Subscriptions(w.t.Context())
		w.check(err)
		if ours, others := count(all); ours != wanted || others != 0 {
			t.Errorf("after a clean-up: %d ours, %d others", ours, others)
		}
		w.sim.CloseSockets(4000)
		synctest.Wait()
		if _, err := c.SetUpEventSub(w.t.Context()); err != nil && core.KindOf(err) != core.Unavailable {
			t.Errorf("without a connection: %v", err)
		}
	})
}

func TestTheLeftoversOfFourLostConnectionsDoNotKeepTheNextOneOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 1, Speed: 1})
		c := w.desk.Reach()
		time.Sleep(time.Minute)
		for range 4 {
			w.sim.DropSockets(time.Hour)
			time.Sleep(time.Minute)
		}
		h, err := c.Health(t.Context())
		w.check(err)
		if h.Components.EventSub.Status != api.StatusOK {
			t.Errorf("%+v", h.Components.EventSub)
		}
		c.Close()
		w.stop()
	})
}

func TestADeskThatEndedBadlyClearsWhatItLeftAtTwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 1, Speed: 1})
		time.Sleep(time.Minute)
		w.sim.DropSockets(time.Hour) // Twitch takes the connection for alive
		w.restart(func() {})
		time.Sleep(10 * time.Second)
		c := w.desk.Reach()
		h, err := c.Health(t.Context())
		w.check(err)
		if h.Components.EventSub.Status != api.StatusOK {
			t.Errorf("%+v", h.Components.EventSub)
		}
		c.Close()
		w.stop()
	})
}

func TestADeskGivesWayToASecondOneOfItsLoginAndSaysSo(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		second := w.open(w.t.TempDir())
		grant, err := w.sim.GrantTwitch()
		w.check(err)
		_, err = second.Login(w.t.Context(), "twitch", bytes.NewReader(grant))
		w.check(err)
		ctx, cancel := context.WithCancel(w.t.Context())
		ended := make(chan error)
		go func() { ended <- second.Run(ctx) }()
		other := second.Reach()
		time.Sleep(30 * time.Minute)
		h, err := other.Health(w.t.Context())
		w.check(err)
		want := "another program with this login listens to the channel: stop it, or run sidestage eventsub cleanup if none runs any more"
		if e := h.Components.EventSub; e.Status != api.StatusOK {
			w.t.Errorf("the second: %+v", e)
		}
		h, err = c.Health(w.t.Context())
		w.check(err)
		if e := h.Components.EventSub; e.Status != api.StatusDegraded || e.State != "elsewhere" || e.Reason != want {
			w.t.Errorf("the first: %+v", e)
		}
		other.Close()
		cancel()
		w.check(<-ended)
		w.check(second.Close())
	})
}
