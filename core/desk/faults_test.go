package desk_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/api"
	"sidestage/core/event"
	"sidestage/core/sim"
	"sidestage/storage"
)

// A platform that is down for hours is counted, and hardly fills the journal.
func TestAStormOfErrorsIsCountedAndLeavesTheJournalAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 3, Faults: []string{"owner-premium"}})
		time.Sleep(3 * time.Hour)
		client := w.desk.Reach()
		defer client.Close()
		all, err := client.ErrorStats(t.Context(), api.Within{}, 0)
		w.check(err)
		var player api.ErrorStats
		for _, e := range all {
			if e.Place == "player not seen" {
				player = e
			}
		}
		if player.Kind != "denied" || player.Times < 30 || player.Message == "" {
			t.Errorf("the errors are %+v", all)
		}
		written := 0
		w.check(w.desk.Store().View(t.Context(), func(tx *storage.Tx) error {
			for last := int64(0); ; {
				recs, err := tx.EventsAfter(last, 1000)
				if err != nil || len(recs) == 0 {
					return err
				}
				last = recs[len(recs)-1].Seq
				for _, rec := range recs {
					if e, _ := event.Decode(rec); e != nil && strings.Contains(string(rec.Data), "player not seen") {
						written++
					}
				}
			}
		}))
		if written == 0 || written > 3+18+1 {
			t.Errorf("%d errors of one place are journalled in three hours", written)
		}
		w.stop()
	})
}

func TestMetricsTellWhatTheDeskDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Options{Seed: 3, Speed: 4, Viewers: true})
		time.Sleep(10 * time.Minute)
		text := w.metrics()
		for _, want := range []string{
			"sidestage_running 1", "sidestage_eventsub_up 1", "sidestage_eventsub_reconnects_total 0", "sidestage_database_up 1", "sidestage_live 1",
			`sidestage_saga_changes_total{kind="song-request",state="completed"}`, `sidestage_saga_steps_total{kind="keyboard-raffle",state="succeeded",step="`,
			`sidestage_helix_calls_total{call="`, `sidestage_spotify_calls_24h{call="`, "sidestage_queue_length ", "sidestage_bus_behind ", `sidestage_redemptions_total{outcome="received"}`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in\n%s", want, text)
			}
		}
		w.stop()
	})
}

// metrics is what Prometheus would read.
func (w *world) metrics() string {
	w.t.Helper()
	client := w.desk.Reach()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return client.Dial(ctx) }, DisableKeepAlives: true}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://127.0.0.1:7433"+api.MetricsPath, nil)
	w.check(err)
	resp, err := transport.RoundTrip(r)
	w.check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	w.check(err)
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s", resp.Status, text)
	}
	return string(text)
}
