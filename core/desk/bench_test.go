package desk_test

import (
	"testing"
	"time"

	"sidestage/core/desk"
	"sidestage/core/event"
	"sidestage/core/sim"
	"sidestage/storage"
)

// BenchmarkRedemption is a roll from the viewer's click to the completed saga:
// notification, journal, three calls to Twitch, chat.
func BenchmarkRedemption(b *testing.B) {
	w := newWorld(b, sim.Options{Speed: 1})
	ended := make(chan struct{}, 16)
	stop := w.desk.Follow(func(r event.Record) {
		e, err := event.Decode(r)
		if c, ok := e.(event.SagaChanged); err == nil && ok && c.State == "completed" {
			ended <- struct{}{}
		}
	})
	for w.sim.Books().Delivered == 0 { // until the session stands
		if _, err := w.sim.Say("luna", "!song"); err != nil {
			b.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	<-ended
	b.ResetTimer()
	for b.Loop() {
		if _, err := w.sim.Redeem("luna", "Keyboard raffle", ""); err != nil {
			b.Fatal(err)
		}
		<-ended
	}
	b.StopTimer()
	stop()
	w.stop()
}

// BenchmarkOpen is the start-up of a desk on a database that exists.
func BenchmarkOpen(b *testing.B) {
	w := &world{t: b}
	var err error
	if w.sim, err = sim.New(sim.Options{}); err != nil {
		b.Fatal(err)
	}
	c := desk.Config{Settings: w.settings(), Platform: storage.Demo}
	for b.Loop() {
		d, err := desk.Open(b.Context(), c)
		if err != nil {
			b.Fatal(err)
		}
		w.check(d.Close())
	}
	w.check(w.sim.Close())
}
