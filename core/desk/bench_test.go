package desk_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"sidestage/core/api"
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
	w := &world{t: b, dir: b.TempDir()}
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

// BenchmarkEventsToFiftyClients appends 200 events a second and reports how
// long after its commit an event reaches the slowest hundredth of fifty
// clients' reads.
func BenchmarkEventsToFiftyClients(b *testing.B) {
	const clients, pause = 50, 5 * time.Millisecond
	w := &world{t: b, dir: b.TempDir()}
	var err error
	if w.sim, err = sim.New(sim.Options{}); err != nil {
		b.Fatal(err)
	}
	d, err := desk.Open(b.Context(), desk.Config{Settings: w.settings(), Platform: storage.Demo})
	if err != nil {
		b.Fatal(err)
	}
	w.check(d.Listen(b.Context(), "127.0.0.1:0"))
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { w.check(d.Run(ctx)) })
	client := &api.Client{Address: d.Address()}
	var mu sync.Mutex
	var delays []time.Duration
	var ready, readers sync.WaitGroup
	ready.Add(clients)
	for range clients {
		readers.Go(func() {
			for e, err := range client.Events(ctx, 0) {
				switch {
				case err != nil || ctx.Err() != nil:
					return
				case e.Record == nil:
					ready.Done()
				default:
					mu.Lock()
					delays = append(delays, time.Since(e.Record.At))
					mu.Unlock()
				}
			}
		})
	}
	ready.Wait()
	for b.Loop() {
		w.check(d.Store().Update(ctx, func(tx *storage.Tx) error { return tx.AppendEvent(event.ChatReplied{SagaID: "s", Text: "hello"}) }))
		time.Sleep(pause)
	}
	time.Sleep(200 * time.Millisecond)
	stop()
	readers.Wait()
	running.Wait()
	w.check(d.Close())
	w.check(w.sim.Close())
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)*99/100].Microseconds())/1000, "p99-ms")
}
