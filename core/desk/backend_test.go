package desk_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/sim"
)

// evening runs fn in a world without viewers, a minute into the stream.
func evening(t *testing.T, fn func(*world, *api.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 1, Speed: 1})
		c := w.desk.Reach()
		time.Sleep(time.Minute)
		fn(w, c)
		c.Close()
		w.stop()
	})
}

// now is what the desk says is playing.
func (w *world) now(c *api.Client) api.NowPlaying {
	w.t.Helper()
	now, err := c.NowPlaying(w.t.Context())
	w.check(err)
	if now.Track == nil {
		w.t.Fatal("nothing is playing")
	}
	return now
}

// other is a track that plays much later by itself.
func (w *world) other(c *api.Client) string {
	w.t.Helper()
	q, err := c.Queue(w.t.Context(), 10)
	w.check(err)
	return q.Tracks[len(q.Tracks)-1].URI
}

// playing is what really plays.
func (w *world) playing() string { return w.sim.Player().URI }

func TestASkipSkipsTheOccurrenceItNamesOnce(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		before := w.now(c)
		got, err := c.Skip(w.t.Context(), api.SkipRequest{Occurrence: before.Occurrence})
		if err != nil || got.Track.ID != before.Track.ID || got.Occurrence != before.Occurrence {
			t.Errorf("%+v, %v", got, err)
		}
		after := w.playing()
		if after == before.Track.URI {
			t.Error("it still plays")
		}
		_, err = c.Skip(w.t.Context(), api.SkipRequest{Occurrence: before.Occurrence})
		if core.KindOf(err) != core.Conflict || core.ReasonOf(err) != "not-current" || w.playing() != after {
			t.Errorf("again: %v, %s plays instead of %s", err, w.playing(), after)
		}
	})
}

func TestASkipOfWhatIsOverSkipsNothing(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		before := w.now(c)
		w.check(w.sim.Skip()) // the streamer, in Spotify itself; the desk has not looked yet
		after := w.playing()
		_, err := c.Skip(w.t.Context(), api.SkipRequest{Occurrence: before.Occurrence})
		if core.KindOf(err) != core.Conflict || w.playing() != after {
			t.Errorf("%v, %s plays instead of %s", err, w.playing(), after)
		}
	})
}

func TestASkipWithoutANameSkipsWhatIsCurrentWhenItArrives(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		w.now(c)
		w.check(w.sim.Skip())
		current := w.playing()
		got, err := c.Skip(w.t.Context(), api.SkipRequest{})
		if err != nil || got.Track.URI != current || w.playing() == current {
			t.Errorf("%+v, %v; %s played and now %s", got, err, current, w.playing())
		}
	})
}

func TestTwoSkipsAtOnceSkipTwoTracksInTurn(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		first := w.playing()
		got := make(chan string, 2)
		for range 2 {
			go func() {
				skipped, err := c.Skip(w.t.Context(), api.SkipRequest{})
				got <- fmt.Sprint(skipped.Track.URI, err)
			}()
		}
		a, b := <-got, <-got
		if a == b || a != first+"<nil>" && b != first+"<nil>" {
			t.Errorf("%s and %s were skipped", a, b)
		}
	})
}

func TestASkipThatIsNotAnsweredIsAmbiguousAndNotRepeated(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		before := w.playing()
		w.check(w.sim.SetFault("timeout-after", true))
		var err error
		for range 20 { // the fault strikes a share of the calls
			before = w.playing()
			if _, err = c.Skip(w.t.Context(), api.SkipRequest{}); err != nil {
				break
			}
			time.Sleep(10 * time.Second)
		}
		w.check(w.sim.SetFault("timeout-after", false))
		if core.KindOf(err) != core.Ambiguous {
			t.Errorf("%v", err)
		}
		if w.playing() == before {
			t.Error("the fault has no effect")
		}
	})
}

func TestWithoutADeviceThereIsNothingToSkip(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		w.check(w.sim.SetDevice(false))
		_, err := c.Skip(w.t.Context(), api.SkipRequest{})
		if core.KindOf(err) != core.Unavailable || core.ReasonOf(err) != "no-active-device" {
			t.Errorf("%v", err)
		}
		w.check(w.sim.SetDevice(true))
	})
}

func TestASkippedRequestIsRecordedAsSkipped(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		_, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: w.other(c), As: "mo"}, "k")
		w.check(err)
		time.Sleep(15 * time.Second)
		_, err = c.Skip(w.t.Context(), api.SkipRequest{})
		w.check(err)
		time.Sleep(7 * time.Second) // the desk has seen it, and it does not count as heard yet
		if got := w.now(c).Track.EventID; got != "k" {
			t.Errorf("%q plays", got)
		}
		_, err = c.Skip(w.t.Context(), api.SkipRequest{Occurrence: w.now(c).Occurrence})
		w.check(err)
		time.Sleep(15 * time.Second)
		h, err := c.History(w.t.Context(), 1)
		if err != nil || len(h.Requests) != 1 {
			t.Errorf("%+v, %v", h, err)
			return
		}
		if got := h.Requests[0]; got.EventID != "k" || got.RequesterDisplayName != "mo" || got.Outcome != api.OutcomeSkipped {
			t.Errorf("%+v", got)
		}
	})
}

func TestARequestFromTheDeskGoesItsWayWithoutPointsOrChat(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		posts := len(w.sim.Posts())
		added, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: w.other(c)}, "")
		if err != nil || !added.New || added.Saga.Viewer.ID != w.sim.Broadcaster().ID {
			t.Errorf("%+v, %v", added, err)
		}
		time.Sleep(time.Minute)
		s, err := c.Saga(w.t.Context(), added.Saga.ID)
		if err != nil || s.State != "completed" || s.Step.Name != "record-handover" {
			t.Errorf("%+v, %v", s, err)
		}
		if n := len(w.sim.Adds()); n != 1 {
			t.Errorf("%d adds", n)
		}
		if n := len(w.sim.Posts()); n != posts {
			t.Errorf("chat heard %d messages", n-posts)
		}
	})
}

func TestARequestFromTheDeskIsRefusedAtOnceWhereThatIsCertain(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		for link, want := range map[string]core.Kind{
			"https://open.spotify.com/album/1kTlYbs28MXw7hwO0NLYif": core.Invalid,
			"hello": core.NotFound, "https://youtu.be/dQw4w9WgXcQ": core.Invalid,
			"https://open.spotify.com/track/4PTG3Z6ehGkBFwjybzWkR8": core.NotFound,
		} {
			if _, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: link}, ""); core.KindOf(err) != want {
				t.Errorf("%s: %v", link, err)
			}
		}
		if all, err := c.Sagas(w.t.Context(), "", 10); err != nil || len(all.Sagas) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestTheSameKeyIsTheSameRequest(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		link := w.playing()
		for _, want := range []bool{true, false} {
			added, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: link}, "k1")
			if err != nil || added.New != want || added.Saga.ID != "k1" {
				t.Errorf("%+v, %v", added, err)
			}
		}
		_, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: link, As: "mo"}, "k1")
		if core.KindOf(err) != core.Conflict || core.ReasonOf(err) != "key-used" {
			t.Errorf("for somebody else: %v", err)
		}
		if _, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: link}, "k/1"); core.KindOf(err) != core.Invalid {
			t.Errorf("a key that cannot be one: %v", err)
		}
	})
}

func TestAKnownViewersRequestCountsAsTheirs(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		kai := w.sim.Viewer("kai")
		_, err := w.sim.Redeem("kai", "Keyboard raffle", "")
		w.check(err)
		time.Sleep(10 * time.Second)
		for name, id := range map[string]string{"@Kai": kai.ID, "kai": kai.ID, "Nobody": "guest:nobody"} {
			added, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: w.playing(), As: name}, "")
			if err != nil || added.Saga.Viewer.ID != id {
				t.Errorf("%s: %+v, %v", name, added.Saga.Viewer, err)
			}
		}
	})
}

func TestHealthOfARunningDesk(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		h, err := c.Health(w.t.Context())
		if err != nil || h.Status != api.StatusOK || !h.Running || h.Platform != "demo" || h.Channel.ID != w.sim.Broadcaster().ID {
			t.Errorf("%+v, %v", h, err)
		}
		if h.Helix.Calls["GET /users"] == 0 || h.Helix.API.Points != 800 || h.Helix.API.Left == 0 || h.Helix.API.Refusals != 0 {
			t.Errorf("%+v", h.Helix)
		}
		w.check(w.sim.Revoke("spotify"))
		time.Sleep(2 * time.Minute)
		h, err = c.Health(w.t.Context())
		if err != nil || h.Components.EventSub.Status != api.StatusOK {
			t.Errorf("%+v, %v", h, err)
		}
	})
}

func TestTheStreamSaysWhatItIsAbout(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		w.check(w.sim.GoLive())
		time.Sleep(2 * time.Second)
		before, err := c.Stream(w.t.Context())
		w.check(err)
		if before.Title == "" || before.Category == "" {
			t.Errorf("%+v", before)
		}
		w.check(w.sim.Retitle("keyboards", "Music"))
		time.Sleep(2 * time.Second)
		for range 2 {
			now, err := c.Stream(w.t.Context())
			if w.check(err); now.Title != "keyboards" || now.Category != "Music" {
				t.Errorf("%+v", now)
			}
			time.Sleep(10 * time.Minute) // and Get Streams agrees
		}
	})
}
