package desk_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/config"
	"sidestage/core/sim"
	"sidestage/storage"
)

// A heavy year: so many streams, and in each so many of these. Lines of chat
// leave nothing behind, but for those that are commands.
const (
	yearStreams  = 200
	yearRequests = 60
	yearRolls    = 400
	yearLines    = 20_000
	yearCommands = yearLines / 50
	yearMost     = 250_000_000 // bytes
)

// TestAYearOfHeavyUseStaysSmall lives through one such stream, with all that a
// desk and its viewers leave in the database, and reckons what a year of them
// comes to: all that stays, and of what is forgotten as many streams as there
// are before it is.
func TestAYearOfHeavyUseStaysSmall(t *testing.T) {
	var before, after, kept map[string]int64
	synctest.Test(t, func(t *testing.T) {
		w := newWorldAfter(t, sim.Options{Seed: 7, Speed: 1}, func(s *config.Settings) { s.Chat.Rate = 100 }, func(*world) {})
		time.Sleep(time.Minute)
		before = w.sizes()
		w.heavyStream()
		if got := w.tally(); got.Rolls != yearRolls || got.Received != yearRolls+yearRequests || got.Open != 0 || got.TracksPlayed < yearRequests/2 {
			t.Errorf("%+v", got)
		}
		after = w.sizes()
		w.check(w.desk.Store().Update(context.Background(), func(tx *storage.Tx) error {
			for _, forget := range []func(time.Time, int) (int, error){tx.ReceiptPrune, tx.SagaPrune, tx.JournalPrune} {
				if n, err := forget(tx.Now().Add(time.Second), 1<<20); n < yearRolls || err != nil {
					t.Errorf("%d forgotten: %v", n, err)
				}
			}
			return nil
		}))
		kept = w.sizes()
		w.stop()
	})
	var sum int64
	for _, name := range slices.Sorted(maps.Keys(after)) {
		stays, passes := kept[name]-before[name], after[name]-kept[name]
		year := stays*yearStreams + passes*yearStreams*30/365 // receipts go after 7 days
		if sum += year; year > 100_000 {
			t.Logf("%-32s %6.1f MB a year", name, float64(year)/1e6)
		}
	}
	t.Logf("%-32s %6.1f MB a year", "all", float64(sum)/1e6)
	if sum > yearMost {
		t.Errorf("a year takes %d bytes", sum)
	}
}

// heavyStream is four hours of it.
func (w *world) heavyStream() {
	links := w.sim.Links(20)
	asks := []string{"!stats", "!song", "!queue", "!raffle", "!leaderboard", "!achievements"}
	for i := range yearRolls {
		who := fmt.Sprint("viewer", i%97)
		_, err := w.sim.Redeem(who, "Keyboard raffle", "")
		w.check(err)
		for n := range yearCommands / yearRolls {
			_, err = w.sim.Say(who, asks[(i+n)%len(asks)])
			w.check(err)
		}
		if i*yearRequests/yearRolls != (i+1)*yearRequests/yearRolls {
			_, err = w.sim.Redeem(fmt.Sprint("viewer", i%31), "Song request", links[i%len(links)])
			w.check(err)
		}
		time.Sleep(4 * time.Hour / yearRolls)
	}
	time.Sleep(time.Hour)
}

// sizes is how many bytes each table and index takes.
func (w *world) sizes() map[string]int64 {
	w.t.Helper()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "sidestage.db")+"?mode=ro")
	w.check(err)
	defer raw.Close() //nolint:errcheck // only read
	rows, err := raw.QueryContext(context.Background(), "SELECT name, sum(pgsize) FROM dbstat GROUP BY name")
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // only read
	got := map[string]int64{}
	for rows.Next() {
		var name string
		var size int64
		w.check(rows.Scan(&name, &size))
		got[name] = size
	}
	w.check(rows.Err())
	return got
}
