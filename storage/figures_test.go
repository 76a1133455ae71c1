package storage_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/core/saga"
	"sidestage/core/song"
	"sidestage/storage"
	"sidestage/storage/years"
)

// regular is the viewer of years.Read who did most.
const regular = "100000000"

// asked is what chat commands ask of years, by the command.
func asked() map[string]func(*storage.Tx) error {
	return map[string]func(*storage.Tx) error{
		"!stats": func(tx *storage.Tx) error {
			_, _, err1 := tx.SongCountsOf(regular)
			_, err2 := tx.RaffleEntry(regular)
			return errors.Join(err1, err2)
		},
		"!leaderboard":  func(tx *storage.Tx) error { _, err := tx.RaffleEntries(raffle.ByClosest, 5); return err },
		"!raffle":       func(tx *storage.Tx) error { _, err := tx.RaffleEntry(regular); return err },
		"!achievements": func(tx *storage.Tx) error { _, err := tx.AchievementsOf(regular); return err },
		"!queue":        func(tx *storage.Tx) error { _, _, err := song.Queue(tx, 4); return err },
		"!song":         func(tx *storage.Tx) error { _, err := song.NowPlaying(tx); return err },
	}
}

// BenchmarkYearsAsked measures what chat commands read, years later.
func BenchmarkYearsAsked(b *testing.B) {
	db := years.Read(b, years.Requests(b))
	for name, ask := range asked() {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				begun := time.Now()
				if err := db.View(b.Context(), ask); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begun))
			}
			report(b, took)
		})
	}
}

// report tells the middle and the slowest hundredth.
func report(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[(len(took)-1)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkYearsInsert measures a transaction that books what came in: the
// redemption with its saga and what it leads to.
func BenchmarkYearsInsert(b *testing.B) {
	db := years.Write(b, years.Requests(b))
	n := 0
	for name, book := range map[string]func(*storage.Tx, core.Redemption) error{
		"roll": func(tx *storage.Tx, r core.Redemption) error {
			_, err := raffle.Record(tx, raffle.Roll{ID: r.ID, Viewer: r.Viewer, WinningNumber: 4207, Roll: 1 + n%10_000})
			return errors.Join(err, raffle.Announce(tx, r.ID))
		},
		"request": func(tx *storage.Tx, r core.Redemption) error {
			track := song.Track{ID: fmt.Sprint("t", n%997), URI: fmt.Sprint("spotify:track:t", n%997), Name: "Song", Artists: []string{"Artist"}, ISRC: fmt.Sprint("QZ", n)}
			_, err := song.Persist(tx, song.Request{ID: r.ID, Viewer: r.Viewer, Track: track, RedeemedAt: r.RedeemedAt, Fulfil: song.FulfilHandedOver})
			return errors.Join(err, tx.SongSetState(r.ID, song.Heard, ""))
		},
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				n++
				begun := time.Now()
				if err := db.Update(b.Context(), func(tx *storage.Tx) error { return booked(tx, n, book) }); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begun))
			}
			report(b, took)
		})
	}
}

func booked(tx *storage.Tx, n int, book func(*storage.Tx, core.Redemption) error) error {
	scramble := uint32(n * 2654435761) //nolint:gosec // it wraps
	id := fmt.Sprintf("%08x-bbbb-4bbb-8bbb-%012x", scramble, n)
	who := core.Viewer{ID: fmt.Sprint(100_000_000 + scramble%200), Login: "viewer", Name: "Viewer"}
	r := core.Redemption{ID: id, RewardID: "w", Viewer: who, Cost: 200, RedeemedAt: tx.Now()}
	if err := tx.ViewerPut(who); err != nil {
		return err
	}
	_, err1 := tx.RedemptionInsert(r, "raffle")
	_, err2 := tx.SagaInsert(saga.Saga{ID: id, Kind: "k", Version: 1, State: saga.Running, Params: []byte("{}"), OrderedAt: tx.Now(), CreatedAt: tx.Now(), UpdatedAt: tx.Now()})
	err3 := book(tx, r)
	_, err4 := tx.RedemptionSettle(id, core.Fulfilled, "")
	return errors.Join(err1, err2, err3, err4, tx.AppendEvent(event.RedemptionFulfilled{RedemptionID: id}))
}

// BenchmarkYearsPrune measures one turn of forgetting, as large as a desk takes it,
// in which nobody else writes.
func BenchmarkYearsPrune(b *testing.B) {
	db := years.Write(b, years.Requests(b))
	for name, forget := range map[string]func(*storage.Tx, time.Time, int) (int, error){
		"receipts": (*storage.Tx).ReceiptPrune, "sagas": (*storage.Tx).SagaPrune, "events": (*storage.Tx).JournalPrune,
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				begun := time.Now()
				err := db.Update(b.Context(), func(tx *storage.Tx) error { _, err := forget(tx, tx.Now(), 25); return err })
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begun))
			}
			report(b, took)
		})
	}
}
