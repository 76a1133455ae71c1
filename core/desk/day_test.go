package desk_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/api"
	"sidestage/core/sim"
	"sidestage/core/testenv"
)

// TestADayOfTroublesAreSettledToTheLastPoint disturbs the connection in every
// way for hours, while viewers roll and a moderator settles some of it on
// Twitch's page first.
func TestADayOfTroublesAreSettledToTheLastPoint(t *testing.T) {
	long := testenv.Day(2 * time.Hour)
	if testing.Short() {
		long = 30 * time.Minute
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 11, Speed: 1, Faults: []string{"duplicate", "reorder"}})
		w.check(w.sim.Pause()) // nobody looks at a player that stands still
		r := rand.New(rand.NewPCG(11, 1))
		for begun := time.Now(); time.Since(begun) < long; {
			w.disturb(r)
			for n := range 3 + r.IntN(8) {
				id, err := w.sim.Redeem(fmt.Sprint("viewer", n), "Keyboard raffle", "")
				w.check(err)
				if r.IntN(6) == 0 {
					w.moderated[id] = w.sim.Moderate(id, r.IntN(2) == 0) == nil // or the desk was faster
				}
				time.Sleep(time.Duration(r.Int64N(int64(8 * time.Second))))
			}
			for _, fault := range callFaults {
				w.check(w.sim.SetFault(fault, false))
			}
			time.Sleep(time.Minute)
			c := w.desk.Reach()
			h, err := c.Health(t.Context())
			w.check(err)
			c.Close()
			if h.Components.EventSub.Status != api.StatusOK {
				t.Errorf("a minute after the trouble: %+v", h.Components.EventSub)
			}
			time.Sleep(time.Duration(r.Int64N(int64(3 * time.Minute))))
		}
		w.sim.StopViewers()
		time.Sleep(7 * time.Minute) // longer than any backoff or probe
		got, b := w.tally(), w.sim.Books()
		w.stop()
		unheard := b.Taken - got.Received
		if unheard < 0 || unheard > len(w.moderated) || got.Open != 0 || got.NeedsDecision != 0 {
			t.Errorf("%+v of %+v", got, b)
		}
		if got.Rolls != got.Fulfilled || got.Refunded == 0 {
			t.Errorf("%d rolls count, %d were paid for: %+v", got.Rolls, got.Fulfilled, b)
		}
	})
}

var callFaults = []string{"server-error", "unauthorized", "rate-limit", "timeout-after", "slow"}

// disturb does one of the things that end a connection, or make Twitch hard to
// reach.
func (w *world) disturb(r *rand.Rand) {
	switch r.IntN(5) {
	case 0:
		w.sim.CloseSockets(4000 + r.IntN(8))
	case 1:
		w.sim.DropSockets(time.Duration(r.Int64N(int64(10 * time.Minute))))
	case 2:
		w.sim.Reconnect()
	case 3:
		w.sim.CloseSockets(0)
	default:
		w.check(w.sim.SetFault(callFaults[r.IntN(len(callFaults))], true))
	}
}
