package desk_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
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
