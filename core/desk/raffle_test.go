package desk_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sidestage/core/api"
	"sidestage/core/raffle"
	"sidestage/storage"
)

// live is an evening with the stream on.
func live(t *testing.T, fn func(*world, *api.Client)) {
	t.Helper()
	evening(t, func(w *world, c *api.Client) {
		w.check(w.sim.GoLive())
		time.Sleep(10 * time.Second)
		fn(w, c)
	})
}

// rolls has somebody roll and waits for how it ends.
func (w *world) rolls(viewer string) (redemption string) {
	w.t.Helper()
	id, err := w.sim.Redeem(viewer, "Keyboard raffle", "")
	w.check(err)
	time.Sleep(10 * time.Second)
	return id
}

func (w *world) seed() (s raffle.Seed) {
	w.t.Helper()
	w.check(w.desk.Store().View(context.Background(), func(tx *storage.Tx) (err error) { s, err = tx.RaffleSeedCurrent(); return err }))
	return s
}

func TestASessionIsProvenOnceItIsOver(t *testing.T) {
	live(t, func(w *world, c *api.Client) {
		now := w.seed()
		w.rolls("kai")
		w.rolls("luna")
		seeds, err := c.RaffleSeeds(w.t.Context(), 1)
		if err != nil || len(seeds) != 1 || seeds[0].Hash != now.Hash || seeds[0].Scope != api.SeedOfSession || seeds[0].Seed != "" || seeds[0].Rolls != 2 {
			t.Errorf("%+v, %v", seeds, err)
		}
		w.check(w.sim.GoOffline())
		time.Sleep(10 * time.Second)
		seeds, err = c.RaffleSeeds(w.t.Context(), 2)
		if err != nil || len(seeds) != 2 || seeds[0].Scope != api.SeedOffStream || seeds[1].Seed != now.Secret.Hex() {
			t.Errorf("%+v, %v", seeds, err)
		}
		proof, err := c.VerifyRaffle(w.t.Context(), seeds[1].SessionID)
		if err != nil || !proof.OK || proof.Rolls != 2 {
			t.Errorf("%+v, %v", proof, err)
		}
	})
}

// A seed that was revealed while somebody's roll is under way would tell them
// how it ends.
func TestASeedWaitsForTheSagasThatHoldIt(t *testing.T) {
	live(t, func(w *world, c *api.Client) {
		w.check(w.sim.SetFault("server-error", true)) // fulfilling takes long now
		id, err := w.sim.Redeem("kai", "Keyboard raffle", "")
		w.check(err)
		time.Sleep(time.Second)
		w.check(w.sim.GoOffline())
		for range 600 {
			time.Sleep(100 * time.Millisecond)
			var open, hidden bool
			w.check(w.desk.Store().View(context.Background(), func(tx *storage.Tx) error {
				s, err := tx.SagaByID(id)
				if err != nil {
					return err
				}
				open = !s.State.Terminal()
				seeds, err := tx.RaffleSeedsOf(1)
				hidden = len(seeds) == 1 && !seeds[0].Revealed()
				return err
			}))
			if open && !hidden {
				t.Fatal("revealed while a roll was under way")
			}
		}
		w.check(w.sim.SetFault("server-error", false))
		time.Sleep(5 * time.Minute)
		proof, err := c.VerifyRaffle(w.t.Context(), "1")
		if err != nil || !proof.OK || proof.Seeds != 1 {
			t.Errorf("%+v, %v", proof, err)
		}
	})
}

func TestASeedIsToldToNobodyBeforeItIsRevealed(t *testing.T) {
	live(t, func(w *world, c *api.Client) {
		roll := w.rolls("kai")
		now := w.seed().Secret
		var heard []any
		for name, ask := range map[string]func() (any, error){
			"seeds":   func() (any, error) { return c.RaffleSeeds(w.t.Context(), 0) },
			"proof":   func() (any, error) { return c.VerifyRaffle(w.t.Context(), "") },
			"saga":    func() (any, error) { return c.Saga(w.t.Context(), roll) },
			"journal": func() (any, error) { return c.Journal(w.t.Context(), 0, api.MaxLimit) },
			"health":  func() (any, error) { return c.Health(w.t.Context()) },
		} {
			answer, err := ask()
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			heard = append(heard, answer)
		}
		for e, err := range c.Events(w.t.Context(), 0) {
			w.check(err)
			heard = append(heard, e)
			break
		}
		w.check(w.desk.Store().View(context.Background(), func(tx *storage.Tx) error {
			steps, err := tx.SagaSteps(roll)
			for _, st := range steps {
				heard = append(heard, string(st.Result))
			}
			return err
		}))
		text, err := json.Marshal(heard)
		w.check(err)
		if strings.Contains(string(text), now.Hex()[:16]) {
			t.Error("the seed is known before it is revealed")
		}
		if !strings.Contains(string(text), now.Hash()) {
			t.Error("the hash is not published")
		}
	})
}
