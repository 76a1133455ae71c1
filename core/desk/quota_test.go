package desk_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/api"
	"sidestage/core/sim"
)

func TestASpentQuotaIsSaidAndCostsNoFurtherCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Viewers: true, Seed: 3, Speed: 6, Faults: []string{"quota"}})
		health := func() api.Health {
			h, err := w.desk.Reach().Health(t.Context())
			w.check(err)
			return h
		}
		time.Sleep(9 * time.Second)
		before := health()
		if c := before.Components.Spotify; c.Status != api.StatusOK || before.WebAPI.Total == 0 || !before.WebAPI.BarredUntil.IsZero() {
			t.Errorf("before: %+v, %+v", c, before.WebAPI)
		}
		time.Sleep(time.Minute)
		first := health()
		if c := first.Components.Spotify; c.Status != api.StatusDegraded || !strings.Contains(c.Reason, "Spotify takes no calls until ") {
			t.Errorf("%+v", c)
		}
		if left := time.Until(first.WebAPI.BarredUntil); left < 13*time.Hour || first.WebAPI.Barred != "quota-exceeded" {
			t.Errorf("%+v", first.WebAPI)
		}
		time.Sleep(10 * time.Minute)
		w.sim.StopViewers()
		time.Sleep(50 * time.Minute)
		if now := health(); now.WebAPI.Total != first.WebAPI.Total {
			t.Errorf("%d calls, then %d", first.WebAPI.Total, now.WebAPI.Total)
		}
		w.stop()
	})
}
