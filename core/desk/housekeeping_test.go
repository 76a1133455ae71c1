package desk_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/config"
	"sidestage/core/event"
	"sidestage/core/sim"
	"sidestage/storage"
)

// A desk that was away for long forgets all that has become too old, in as many
// turns as it takes, and goes on every day.
func TestADeskForgetsReceiptsAfterAWeek(t *testing.T) {
	const week, day = 7 * 24 * time.Hour, 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		w := newWorldAfter(t, sim.Options{Speed: 1}, func(*config.Settings) {}, func(w *world) {
			w.check(w.sim.Pause())
			w.check(w.desk.Store().Update(context.Background(), func(tx *storage.Tx) error {
				for i := range 350 {
					at := tx.Now().Add(-week - time.Hour)
					if i >= 300 {
						at = tx.Now().Add(-week + time.Hour)
					}
					if _, err := tx.ReceiptInsert(event.Receipt{ID: fmt.Sprint("r", i), Type: "t", State: event.ReceiptDone, ReceivedAt: at}); err != nil {
						return err
					}
				}
				return nil
			}))
		})
		left := func(of time.Duration) (n int) {
			w.check(w.desk.Store().Update(context.Background(), func(tx *storage.Tx) (err error) {
				n, err = tx.ReceiptPrune(tx.Now().Add(-of), 1000)
				return err
			}))
			return n
		}
		time.Sleep(time.Minute)
		if n := left(week); n != 0 {
			t.Errorf("%d are left", n)
		}
		time.Sleep(day)
		if n := left(day); n != 0 { // those that were a week old a day ago
			t.Errorf("%d are left a day later", n)
		}
		w.stop()
	})
}
