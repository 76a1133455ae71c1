package desk_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/sim"
)

// TestSettingsReadAgainHoldAtOnceOrNotAtAll asks in chat before and after the
// settings were read again, rightly and wrongly.
func TestSettingsReadAgainHoldAtOnceOrNotAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := ""
		w := newWorld(t, sim.Options{Seed: 7})
		w.reread = func() (*config.Loaded, error) {
			env := map[string]string{"SIDESTAGE_CHAT_TEXT_QUEUE": file, "SIDESTAGE_CHAT_SOURCE": "eventsub"}
			l, err := config.Load(config.Sources{
				Env:   func(name string) (string, bool) { return env[name], env[name] != "" },
				Flags: map[string]string{"data-dir": w.dir},
			})
			if err == nil {
				s := w.settings()
				s.DataDir, s.Chat, s.Reward.Song.ID = w.dir, l.Chat, "w7"
				l.Settings = s
			}
			return l, err
		}
		time.Sleep(time.Minute)
		file = "{usr} {songs}"
		if _, err := w.desk.ReloadSettings(t.Context()); core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "{usr}") {
			t.Errorf("broken settings: %v", err)
		}
		w.hears("kai", "!queue", "@kai up next: 1. ")
		file = "{user}: {songs}."
		got, err := w.desk.ReloadSettings(t.Context())
		if err != nil || !slices.Equal(got.Applied, []string{"chat.text.queue"}) || !slices.Equal(got.Restart, []string{"reward.song.id"}) {
			t.Errorf("%+v, %v", got, err)
		}
		time.Sleep(time.Minute)
		w.hears("kai", "!q", "kai: 1. ")
		w.stop()
	})
}

// TestTheQueueGoesByNewSettingsAtOnce: those of the next requests and of the end
// of the stream. What a request was accepted under stays its own, and what needs
// a restart is named.
func TestTheQueueGoesByNewSettingsAtOnce(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		w.wants("oskar_nord", 0)
		before := w.wants("bitcrusher", 1)
		w.reread = func() (*config.Loaded, error) {
			s := w.settings()
			s.Song.Fulfil, s.Song.Order, s.Song.OnOffline, s.Song.Search = "accepted", "fair", "refund", false
			s.Song.Rules.ViewerMax.Value, s.Chat.Source = 2, config.SourceAuto
			return &config.Loaded{Settings: s}, nil
		}
		got, err := c.ReloadSettings(w.t.Context())
		applied := []string{"song.search", "song.order", "song.fulfil", "song.on_offline", "song.rules.viewer_max"}
		if err != nil || !slices.Equal(got.Applied, applied) || !slices.Equal(got.Restart, []string{"chat.source"}) {
			t.Errorf("%+v, %v", got, err)
		}
		again, first := w.wants("bitcrusher", 2), w.wants("QuietQuill", 3)
		w.wantQueue(c, "oskar_nord* bitcrusher QuietQuill bitcrusher") // they take turns now
		w.wantBooked(before, "unfulfilled")
		w.wantBooked(again, "fulfilled")
		w.wantBooked(first, "fulfilled")
		w.wantBooked(w.wants("bitcrusher", 4), "canceled")
		w.wantSaid("2 songs of yours wait already")
		id, err := w.sim.Redeem("LinearLinda", w.desk.Rewards().Song, "Long Way to Juniper")
		w.check(err)
		time.Sleep(5 * time.Second)
		w.wantBooked(id, "canceled")
		w.wantSaid("@LinearLinda a request needs a Spotify track link.")
		if end, err := c.PreviewStreamEnd(w.t.Context()); err != nil || !end.Refund || len(end.Refunded) != 1 || end.Refunded[0].Track.EventID != before {
			t.Errorf("%+v, %v", end, err)
		}
	})
}
