package desk_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/config"
	"sidestage/core/saga"
	"sidestage/core/sim"
	"sidestage/core/workflow"
	"sidestage/storage"
)

// raids lists the sagas of raids.
func (w *world) raids() (all []saga.Saga) {
	w.t.Helper()
	w.check(w.desk.Store().View(w.t.Context(), func(tx *storage.Tx) error {
		found, err := tx.SagaList("", 100)
		for _, s := range found {
			if s.Kind == workflow.Raid {
				all = append(all, s)
			}
		}
		return err
	}))
	return all
}

func TestARaidIsThankedForAndGetsAShoutoutWithinTwitchsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldAfter(t, sim.Options{Seed: 1}, func(s *config.Settings) {
			s.Chat.RaidThanks, s.Chat.RaidShoutout = true, true
		}, func(*world) {})
		w.check(w.sim.GoLive())
		time.Sleep(time.Minute)
		for i, from := range []string{"kai", "mo", "kai"} { // the second comes too soon, the third a second time
			w.check(w.sim.Raid(from, 40+i))
			time.Sleep(time.Minute + 30*time.Second)
		}
		thanks := 0
		for _, line := range w.sim.Posts() {
			if strings.Contains(line.Text, "thank you for the raid, and welcome to all 4") {
				thanks++
			}
		}
		raids := w.raids()
		if thanks != 3 || w.sim.Shoutouts() != 1 || len(raids) != 3 {
			t.Errorf("%d thanks, %d shoutouts, %d sagas", thanks, w.sim.Shoutouts(), len(raids))
		}
		for _, s := range raids {
			if s.State != saga.Completed {
				t.Errorf("%+v", s)
			}
		}
		w.stop()
	})
}

func TestARaidIsOnlyNotedUnlessSettingsSayMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 1})
		time.Sleep(time.Minute)
		w.check(w.sim.Raid("kai", 40))
		time.Sleep(time.Minute)
		if w.sim.Shoutouts() != 0 || len(w.raids()) != 0 {
			t.Errorf("%d shoutouts, %d sagas", w.sim.Shoutouts(), len(w.raids()))
		}
		w.stop()
	})
}
