package desk_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/sim"
)

// party runs fn in a world without scripted viewers, a minute into the stream,
// with settings changed.
func party(t *testing.T, change func(*config.Settings), fn func(*world, *api.Client)) {
	t.Helper()
	if change == nil {
		change = func(*config.Settings) {}
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorldAfter(t, sim.Options{Seed: 1, Speed: 1}, change, func(*world) {})
		c := w.desk.Reach()
		time.Sleep(time.Minute)
		fn(w, c)
		c.Close()
		w.stop()
	})
}

// wants has a viewer redeem the nth song of the simulator and returns the
// redemption's id. It is in the queue when it returns.
func (w *world) wants(viewer string, n int) string {
	w.t.Helper()
	links := w.sim.Links(12)
	id, err := w.sim.Redeem(viewer, w.desk.Rewards().Song, links[n])
	w.check(err)
	time.Sleep(5 * time.Second)
	return id
}

// queued lists who waits, in order: the requesters' names, with "*" where
// Spotify has the track.
func (w *world) queued(c *api.Client) string {
	w.t.Helper()
	q, err := c.Queue(w.t.Context(), 20)
	w.check(err)
	return names(q)
}

func names(q api.Queue) string {
	var all []string
	for _, t := range q.Tracks {
		switch t.State {
		case api.StateQueued:
			all = append(all, t.RequesterDisplayName+"*")
		case api.StatePending:
			all = append(all, t.RequesterDisplayName)
		}
	}
	return strings.Join(all, " ")
}

func (w *world) wantQueue(c *api.Client, want string) {
	w.t.Helper()
	if got := w.queued(c); got != want {
		w.t.Errorf("%q waits, want %q", got, want)
	}
}

// booked is what Twitch has booked for a redemption.
func (w *world) booked(id string) string {
	for _, r := range w.sim.Redemptions() {
		if r.ID == id {
			return strings.ToLower(r.Status)
		}
	}
	return "unknown"
}

func (w *world) wantBooked(id, want string) {
	w.t.Helper()
	if got := w.booked(id); got != want {
		w.t.Errorf("redemption is %s, want %s", got, want)
	}
}

// heard reports whether chat heard a text.
func (w *world) heard(text string) bool {
	for _, p := range w.sim.Posts() {
		if strings.Contains(p.Text, text) {
			return true
		}
	}
	return false
}

func (w *world) wantSaid(text string) {
	w.t.Helper()
	if !w.heard(text) {
		w.t.Errorf("chat did not hear %q: %+v", text, w.sim.Posts())
	}
}

func TestOneRequestWaitsAtSpotifyTheOthersWithUs(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		kai, mo := w.wants("Mo_Types", 0), w.wants("bitcrusher", 1)
		w.wants("QuietQuill", 2)
		w.wantQueue(c, "Mo_Types* bitcrusher QuietQuill")
		w.wantBooked(kai, "fulfilled")
		w.wantBooked(mo, "unfulfilled")
		w.check(w.sim.Skip())
		time.Sleep(35 * time.Second)
		w.wantQueue(c, "bitcrusher* QuietQuill")
		w.wantBooked(mo, "fulfilled")
		if n := len(w.sim.Adds()); n != 2 {
			w.t.Errorf("%d adds", n)
		}
		w.wantSaid("number 2, in about")
	})
}

func TestWithImmediateHandoverAllGoToSpotifyAsTheyCome(t *testing.T) {
	immediate := func(s *config.Settings) { s.Song.Handover = "immediate" }
	party(t, immediate, func(w *world, c *api.Client) {
		for i, viewer := range []string{"Mo_Types", "bitcrusher", "QuietQuill"} {
			w.wants(viewer, i)
		}
		w.wantQueue(c, "Mo_Types* bitcrusher* QuietQuill*")
	})
}

func TestAMoveIsTheOrderOfPlay(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		w.wants("Mo_Types", 0)
		w.wants("bitcrusher", 1)
		w.wants("QuietQuill", 2)
		last := w.wants("LinearLinda", 3)
		got, err := c.MoveInQueue(w.t.Context(), last, 3)
		if err != nil || got.Position != 3 || got.Track.EventID != last {
			t.Errorf("%+v, %v", got, err)
		}
		w.wantQueue(c, "Mo_Types* bitcrusher LinearLinda QuietQuill")
		if got, err := c.Promote(w.t.Context(), last); err != nil || got.Position != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		later := w.wants("oskar_nord", 4)
		w.wantQueue(c, "Mo_Types* LinearLinda bitcrusher QuietQuill oskar_nord")
		if got, err := c.MoveInQueue(w.t.Context(), last, 99); err != nil || got.Position != 5 {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := c.MoveInQueue(w.t.Context(), later, 1); err != nil || got.Position != 2 {
			t.Errorf("before what Spotify has: %+v, %v", got, err)
		}
		w.wantQueue(c, "Mo_Types* oskar_nord bitcrusher QuietQuill LinearLinda")
		w.check(w.sim.Skip())
		time.Sleep(35 * time.Second)
		w.wantQueue(c, "oskar_nord* bitcrusher QuietQuill LinearLinda")
		if _, err := c.MoveInQueue(w.t.Context(), later, 3); core.KindOf(err) != core.Conflict || core.ReasonOf(err) != "not-waiting" {
			t.Errorf("moved at Spotify: %v", err)
		}
	})
}

func TestARemovalBeforeHandoverRefundsAndNothingIsAdded(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		w.wants("Mo_Types", 0)
		gone, kept := w.wants("bitcrusher", 1), w.wants("QuietQuill", 2)
		got, err := c.RemoveFromQueue(w.t.Context(), gone, api.RemoveRequest{})
		if err != nil || got.Points != api.PointsReturn || got.Copy != api.CopyNone || got.Says != "The points go back to bitcrusher." {
			t.Errorf("%+v, %v", got, err)
		}
		no := false
		got, err = c.RemoveFromQueue(w.t.Context(), kept, api.RemoveRequest{Refund: &no})
		if err != nil || got.Points != api.PointsStay {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := c.RemoveFromQueue(w.t.Context(), gone, api.RemoveRequest{}); core.ReasonOf(err) != "over" {
			t.Errorf("again: %v", err)
		}
		time.Sleep(5 * time.Second)
		w.wantQueue(c, "Mo_Types*")
		w.wantBooked(gone, "canceled")
		w.wantBooked(kept, "fulfilled")
		w.wantSaid("your song was taken out of the queue. Points returned.")
		if n := len(w.sim.Adds()); n != 1 {
			t.Errorf("%d adds", n)
		}
	})
}

// Two viewers ask for the same song; the first is removed after handover: the
// second's copy still plays and is credited to the second.
func TestARemovalAfterHandoverSkipsThatCopyAndNoOther(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		first, second := w.wants("Mo_Types", 0), w.wants("bitcrusher", 0)
		got, err := c.RemoveFromQueue(w.t.Context(), first, api.RemoveRequest{})
		if err != nil || got.Points != api.PointsSpent || got.Copy != api.CopyLater {
			t.Errorf("%+v, %v", got, err)
		}
		time.Sleep(10 * time.Second)
		w.wantQueue(c, "bitcrusher*") // what is to be skipped holds nobody up
		w.check(w.sim.Skip())
		time.Sleep(40 * time.Second)
		if now := w.now(c); now.Track.EventID != second || now.Track.RequesterDisplayName != "bitcrusher" {
			t.Errorf("%+v plays", now.Track)
		}
		time.Sleep(5 * time.Minute)
		h, err := c.History(w.t.Context(), 10)
		if err != nil || len(h.Requests) != 1 || h.Requests[0].EventID != second || h.Requests[0].Outcome != api.OutcomeHeard {
			t.Errorf("%+v, %v", h, err)
		}
		w.wantBooked(first, "fulfilled")
		w.wantBooked(second, "fulfilled")
	})
}

func TestAReplacedRequestPlaysTheOtherTrackInItsPlace(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		w.wants("Mo_Types", 0)
		id := w.wants("bitcrusher", 1)
		w.wants("QuietQuill", 2)
		got, err := c.Replace(w.t.Context(), id, w.sim.Links(12)[5])
		if err != nil || got.Was == got.Track.Name {
			t.Errorf("%+v, %v", got, err)
		}
		w.wantQueue(c, "Mo_Types* bitcrusher QuietQuill")
		w.check(w.sim.Skip())
		time.Sleep(35 * time.Second)
		if adds := w.sim.Adds(); len(adds) != 2 || adds[1].URI != got.Track.URI {
			t.Errorf("%+v", adds)
		}
	})
}

func TestWhileClosedRequestsAreRefundedAndTheReasonIsNamed(t *testing.T) {
	open := func(s *config.Settings) { s.Reward.PauseClosed = false } // so that viewers can ask
	party(t, open, func(w *world, c *api.Client) {
		if got, err := c.CloseRequests(w.t.Context(), " we sing  ourselves now. "); err != nil || got.Open || got.Reason != "we sing ourselves now." {
			t.Errorf("%+v, %v", got, err)
		}
		id := w.wants("Mo_Types", 0)
		w.wantBooked(id, "canceled")
		w.wantSaid("song requests are closed right now: we sing ourselves now. Points returned.")
		if _, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: w.sim.Links(1)[0]}, "k"); err != nil {
			t.Errorf("the streamer's own: %v", err)
		}
		time.Sleep(5 * time.Second)
		if got, err := c.OpenRequests(w.t.Context()); err != nil || !got.Open {
			t.Errorf("%+v, %v", got, err)
		}
		id = w.wants("Mo_Types", 0)
		w.wantBooked(id, "unfulfilled") // the streamer's is before it
	})
}

func TestClearTakesOutWhatWaitsAndSaysWhereThePointsAre(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		first, second := w.wants("Mo_Types", 0), w.wants("bitcrusher", 1)
		got, err := c.ClearQueue(w.t.Context(), api.RemoveRequest{})
		if err != nil || len(got.Removed) != 2 || got.Removed[0].Points != api.PointsSpent || got.Removed[1].Points != api.PointsReturn {
			t.Errorf("%+v, %v", got, err)
		}
		time.Sleep(5 * time.Second)
		w.wantQueue(c, "")
		w.wantBooked(first, "fulfilled")
		w.wantBooked(second, "canceled")
	})
}

func TestPointsSpentWhenHeardReturnWithASkip(t *testing.T) {
	heard := func(s *config.Settings) { s.Song.Fulfil = "heard" }
	party(t, heard, func(w *world, c *api.Client) {
		first, second, third := w.wants("Mo_Types", 0), w.wants("bitcrusher", 1), w.wants("QuietQuill", 2)
		w.wantBooked(first, "unfulfilled")
		w.check(w.sim.Skip()) // the first plays
		time.Sleep(35 * time.Second)
		w.wantQueue(c, "bitcrusher* QuietQuill")
		for range 2 { // the second plays, and is not heard
			_, err := c.Skip(w.t.Context(), api.SkipRequest{})
			w.check(err)
			time.Sleep(4 * time.Second)
		}
		time.Sleep(11 * time.Second)
		got, err := c.RemoveFromQueue(w.t.Context(), third, api.RemoveRequest{})
		if err != nil || got.Points != api.PointsReturn || got.Copy != api.CopyNow {
			t.Errorf("%+v, %v", got, err)
		}
		time.Sleep(10 * time.Second)
		w.wantBooked(first, "fulfilled")
		w.wantBooked(second, "canceled")
		w.wantBooked(third, "canceled")
		w.wantSaid("your song was skipped. Points returned.")
	})
}

func TestPointsSpentAtAcceptanceCannotReturn(t *testing.T) {
	accepted := func(s *config.Settings) { s.Song.Fulfil = "accepted" }
	party(t, accepted, func(w *world, c *api.Client) {
		w.wants("Mo_Types", 0)
		id := w.wants("bitcrusher", 1)
		w.wantBooked(id, "fulfilled")
		w.check(w.sim.SetDevice(false))
		w.check(w.sim.Skip())
		waits := w.wants("QuietQuill", 2)
		time.Sleep(10 * time.Minute)
		w.wantQueue(c, "Mo_Types* bitcrusher QuietQuill")
		got, err := c.RemoveFromQueue(w.t.Context(), id, api.RemoveRequest{})
		if err != nil || got.Points != api.PointsSpent || got.Says != "The points of bitcrusher are spent: Twitch cannot return them." {
			t.Errorf("%+v, %v", got, err)
		}
		w.check(w.sim.SetDevice(true))
		time.Sleep(5 * time.Minute)
		w.wantBooked(waits, "fulfilled")
		w.wantQueue(c, "")
	})
}

func TestWithoutADeviceRequestsWaitTwoMinutesAndNotInSeries(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		w.check(w.sim.SetDevice(false))
		first, second := w.wants("Mo_Types", 0), w.wants("bitcrusher", 1)
		w.wantBooked(first, "unfulfilled")
		q, err := c.Queue(w.t.Context(), 5)
		if err != nil || q.Outage == nil || q.Outage.Reason != "no-active-device" || !strings.Contains(q.Outage.Says, "no active device") {
			t.Errorf("%+v, %v", q.Outage, err)
		}
		h, err := c.Health(w.t.Context())
		if err != nil || h.Components.Player.State != "no-active-device" || h.Status != api.StatusDegraded {
			t.Errorf("%+v, %v", h.Components.Player, err)
		}
		time.Sleep(105 * time.Second)
		w.wantBooked(first, "unfulfilled")
		time.Sleep(20 * time.Second)
		w.wantBooked(first, "canceled")
		w.wantBooked(second, "canceled")
		w.wantSaid("song requests are unavailable right now. Points returned.")
	})
}

func TestADeviceThatComesBackInTimeIsFoundWithoutAnybodysHelp(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		w.check(w.sim.SetDevice(false))
		id := w.wants("Mo_Types", 0)
		time.Sleep(time.Minute)
		w.check(w.sim.SetDevice(true))
		time.Sleep(25 * time.Second)
		w.wantBooked(id, "fulfilled")
		w.wantQueue(c, "Mo_Types*")
		if q, err := c.Queue(w.t.Context(), 5); err != nil || q.Outage != nil {
			t.Errorf("%+v, %v", q.Outage, err)
		}
	})
}

// TestADeviceThatComesBackIsSeenWhileTheStreamerLooks: within five seconds in the
// first minute that somebody waits for it. Whoever waits for longer costs no more
// calls than before.
func TestADeviceThatComesBackIsSeenWhileTheStreamerLooks(t *testing.T) {
	patient := func(s *config.Settings) { s.Song.UnavailableFor = time.Hour }
	party(t, patient, func(w *world, c *api.Client) {
		calls := func() int {
			h, err := c.Health(w.t.Context())
			w.check(err)
			return h.WebAPI.Total
		}
		w.check(w.sim.SetDevice(false))
		id := w.wants("Mo_Types", 0)
		time.Sleep(27 * time.Second)
		w.check(w.sim.SetDevice(true))
		time.Sleep(6 * time.Second)
		w.wantBooked(id, "fulfilled")
		w.check(w.sim.SetDevice(false))
		w.wants("bitcrusher", 1)
		w.check(w.sim.Skip())
		time.Sleep(5 * time.Minute)
		before := calls()
		time.Sleep(10 * time.Minute)
		if n := calls() - before; n > 41 {
			w.t.Errorf("%d calls in ten minutes without a device", n)
		}
	})
}

func TestThePointsOfAStreamAreHeldAgainstTwitchsOwnList(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		w.check(w.sim.GoLive())
		time.Sleep(time.Second)
		w.wants("Mo_Types", 0)
		removed := w.wants("bitcrusher", 1)
		w.wants("QuietQuill", 2)
		_, err := c.RemoveFromQueue(w.t.Context(), removed, api.RemoveRequest{})
		w.check(err)
		time.Sleep(5 * time.Second)
		got, err := c.Points(w.t.Context(), "")
		one := api.Points{Redemptions: 1, Points: 500}
		if err != nil || !got.Balanced || got.Checked != 3 || got.Taken.Points != 1500 || got.Fulfilled != one || got.Refunded != one || got.Open != one {
			w.t.Errorf("%+v, %v", got, err)
		}
		w.sim.CloseSockets(4000)
		missed, err := w.sim.Redeem("LinearLinda", w.desk.Rewards().Song, w.sim.Links(12)[3])
		w.check(err)
		got, err = c.Points(w.t.Context(), got.SessionID)
		want := api.PointsDifference{RedemptionID: missed, Viewer: "LinearLinda", Here: "unknown", Twitch: "unfulfilled"}
		if err != nil || got.Balanced || len(got.Differences) != 1 || got.Differences[0] != want {
			w.t.Errorf("%+v, %v", got, err)
		}
		time.Sleep(2 * time.Minute) // it is caught up
		if got, err = c.Points(w.t.Context(), ""); err != nil || !got.Balanced || got.Taken.Redemptions != 4 {
			w.t.Errorf("%+v, %v", got, err)
		}
	})
}
