package desk_test

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/sim"
)

// budget is how many calls to Spotify a stream of eight hours with 120 requests
// may cost: quotas of a few thousand a day were seen to be spent.
const budget = 2000

func TestAnEightHourStreamKeepsWithinTheBudgetOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 5, Speed: 1})
		w.check(w.sim.GoLive())
		time.Sleep(time.Minute)
		links := w.sim.Links(60)
		for i := range 120 {
			if i%20 == 19 { // they come in bursts too
				time.Sleep(20 * time.Second)
			} else {
				time.Sleep(4*time.Minute + 13*time.Second)
			}
			viewer := []string{"luna", "kai", "zoe"}[i%3]
			if _, err := w.sim.Redeem(viewer, "Song request", links[(i*7)%len(links)]); err != nil {
				t.Fatal(err)
			}
		}
		h, err := w.desk.Reach().Health(t.Context())
		w.check(err)
		got := w.tally()
		w.stop()
		for _, name := range slices.Sorted(maps.Keys(h.WebAPI.Calls)) {
			t.Logf("%-40s%6d", name, h.WebAPI.Calls[name])
		}
		t.Logf("%-40s%6d", "in all", h.WebAPI.Total)
		if h.WebAPI.Total >= budget || got.TracksPlayed < 60 {
			t.Errorf("%d calls, %d songs heard", h.WebAPI.Total, got.TracksPlayed)
		}
	})
}
