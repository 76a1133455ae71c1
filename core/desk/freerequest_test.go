package desk_test

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/sim"
)

// chatty lets viewers ask for songs in chat, without points, and speaks of
// nothing else.
func chatty(change func(*config.Settings)) func(*config.Settings) {
	return func(s *config.Settings) {
		s.Chat.Commands["sr"].Enabled, s.Chat.Achievements = true, false
		if change != nil {
			change(s)
		}
	}
}

// asksInChat has a viewer ask for the nth song in chat, and returns the id of the
// request.
func (w *world) asksInChat(viewer string, n int) string {
	w.t.Helper()
	id, err := w.sim.Say(viewer, "!sr "+w.sim.Links(12)[n])
	w.check(err)
	time.Sleep(5 * time.Second)
	return "sr-" + id
}

// told are the lines of chat that name a viewer and are no answer to them.
func (w *world) told(viewer string) (lines []string) {
	for _, p := range w.sim.Posts() {
		if p.ReplyTo == "" && strings.Contains(p.Text, "@"+viewer+" ") {
			lines = append(lines, p.Text)
		}
	}
	return lines
}

func (w *world) wantTold(viewer string, want ...string) {
	w.t.Helper()
	if got := strings.Join(w.told(viewer), "\n"); got != strings.Join(want, "\n") {
		w.t.Errorf("%s hears %q, want %q", viewer, got, want)
	}
}

// TestAFreeRequestThatComesToNothingIsTold: as one that cost points, and without
// a word about points.
func TestAFreeRequestThatComesToNothingIsTold(t *testing.T) {
	party(t, chatty(nil), func(w *world, c *api.Client) {
		w.asksInChat("oskar_nord", 0) // Spotify has it
		removed := w.asksInChat("bitcrusher", 1)
		w.asksInChat("QuietQuill", 2)
		_, err := c.RemoveFromQueue(w.t.Context(), removed, api.RemoveRequest{})
		w.check(err)
		time.Sleep(5 * time.Second)
		w.wantTold("bitcrusher", "@bitcrusher your song was taken out of the queue.")
		w.hears("QuietQuill", "!wrongsong", "@QuietQuill out of the queue: ")
		w.wantTold("QuietQuill") // nothing beside the answer

		_, err = c.Skip(w.t.Context(), api.SkipRequest{})
		w.check(err)
		time.Sleep(5 * time.Second)
		w.check(w.sim.SetDevice(false))
		w.asksInChat("LinearLinda", 3)
		time.Sleep(3 * time.Minute)
		w.wantTold("LinearLinda", "@LinearLinda song requests are unavailable right now.")
		w.wantTold("oskar_nord")
		w.wantQueue(c, "")
	})
}

// TestAFreeRequestIsAnsweredWhenSpotifyIsNotThere: at once where Spotify wants to be
// left alone, and soon where it cannot be reached.
func TestAFreeRequestIsAnsweredWhenSpotifyIsNotThere(t *testing.T) {
	for name, goes := range map[string]func(*world){
		"no quota": func(w *world) {
			w.check(w.sim.SetFault("quota", true))
			time.Sleep(time.Minute)
		},
		"not reached": func(w *world) {
			w.radio.refuse(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
			w.radio.each((*line).reset)
		},
	} {
		t.Run(name, func(t *testing.T) {
			party(t, chatty(nil), func(w *world, c *api.Client) {
				goes(w)
				w.hears("bitcrusher", "!sr "+w.sim.Links(3)[1], "@bitcrusher song requests are unavailable right now.")
				w.wantQueue(c, "")
			})
		})
	}
}

// TestAFreeRequestFromTheDeskIsNobodysNews: chat hears nothing of what the
// streamer queues and takes out again.
func TestAFreeRequestFromTheDeskIsNobodysNews(t *testing.T) {
	party(t, chatty(nil), func(w *world, c *api.Client) {
		w.wants("oskar_nord", 0)
		_, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: w.sim.Links(2)[1], As: "bitcrusher"}, "k")
		w.check(err)
		time.Sleep(5 * time.Second)
		_, err = c.RemoveFromQueue(w.t.Context(), "k", api.RemoveRequest{})
		w.check(err)
		time.Sleep(5 * time.Second)
		w.wantTold("bitcrusher")
	})
}

func TestAFreeRequestTakesItsTurnWhereViewersTakeTurns(t *testing.T) {
	fair := chatty(func(s *config.Settings) { s.Song.Order = "fair" })
	party(t, fair, func(w *world, c *api.Client) {
		w.wants("oskar_nord", 0)
		w.wants("bitcrusher", 1)
		w.wants("bitcrusher", 2)
		w.asksInChat("bitcrusher", 3)
		w.asksInChat("QuietQuill", 4)
		w.wantQueue(c, "oskar_nord* bitcrusher QuietQuill bitcrusher bitcrusher")
	})
}

// TestNobodyIsOvertakenWhenViewersNoLongerTakeTurns: what waits was given its round,
// and who asks under the new order comes after it.
func TestNobodyIsOvertakenWhenViewersNoLongerTakeTurns(t *testing.T) {
	fair := chatty(func(s *config.Settings) { s.Song.Order = "fair" })
	party(t, fair, func(w *world, c *api.Client) {
		w.wants("oskar_nord", 0)
		w.wants("bitcrusher", 1)
		w.wants("bitcrusher", 2)
		w.reread = func() (*config.Loaded, error) { return &config.Loaded{Settings: w.settings()}, nil }
		_, err := c.ReloadSettings(w.t.Context())
		w.check(err)
		w.wants("QuietQuill", 3)
		w.wants("LinearLinda", 4)
		w.wantQueue(c, "oskar_nord* bitcrusher bitcrusher QuietQuill LinearLinda")
	})
}

// TestClosedRequestsSpareWhomTheSettingsSpare: moderators, here, and not those
// below them.
func TestClosedRequestsSpareWhomTheSettingsSpare(t *testing.T) {
	spare := chatty(func(s *config.Settings) { s.Song.Rules.ClosedExempt = "moderator" })
	party(t, spare, func(w *world, c *api.Client) {
		w.hears("adathelovely", "!requests off dinner", "@AdaTheLovely song requests are closed.", sim.Moderator)
		r, err := c.Rewards(w.t.Context())
		if err != nil || !strings.Contains(strings.Join(r[0].Held, " "), api.HeldClosed) {
			t.Errorf("the reward is not paused: %+v, %v", r, err)
		}
		w.hears("bitcrusher", "!sr "+w.sim.Links(3)[1], "@bitcrusher song requests are closed right now: dinner.", "vip")
		w.hears("adathelovely", "!sr "+w.sim.Links(3)[2], "@AdaTheLovely ", sim.Moderator)
		w.wantQueue(c, "AdaTheLovely*")
	})
}
