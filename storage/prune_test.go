package storage_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/storage"
)

// passed is what a message leaves that led to a saga.
func passed(tx *storage.Tx, id string, receipt event.ReceiptState, state saga.State, at time.Time) error {
	if _, err := tx.ReceiptInsert(event.Receipt{ID: id, Type: "t", State: receipt, NextAt: at, ReceivedAt: at}); err != nil {
		return err
	}
	s := saga.Saga{ID: id, Kind: "k", Version: 1, State: saga.Running, Params: []byte("{}"), OrderedAt: at, CreatedAt: at, UpdatedAt: at}
	if _, err := tx.SagaInsert(s); err != nil {
		return err
	}
	if s.State = state; state == saga.Waiting {
		s.WaitingFor = saga.ForRetry
	}
	step := saga.Step{SagaID: id, Seq: 1, Name: "n", State: saga.StepSucceeded, Attempt: 1, Result: []byte(`"a result"`), StartedAt: at}
	return errors.Join(tx.SagaPut(s), tx.SagaPutStep(step), tx.AppendEvent(event.SagaChanged{SagaID: id}))
}

// Nothing that is new, under way, or that a person has to look at is forgotten,
// and of the rest only as much as asked for, the oldest first.
func TestOnlyWhatIsLongOverIsForgotten(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	ctx := t.Context()
	states := []saga.State{saga.Running, saga.Waiting, saga.Compensating, saga.Completed, saga.Compensated, saga.Failed, saga.NeedsDecision}
	receipts := []event.ReceiptState{event.ReceiptOpen, event.ReceiptDone, event.ReceiptDead}
	old, now := time.Now().Add(-time.Hour), time.Now()
	err := db.Update(ctx, func(tx *storage.Tx) error {
		for i, state := range states {
			receipt := receipts[i%len(receipts)]
			err := errors.Join(
				passed(tx, fmt.Sprint("old-", state), receipt, state, old.Add(-time.Duration(i)*time.Minute)),
				passed(tx, fmt.Sprint("new-", state), receipt, state, now),
			)
			if err != nil {
				return err
			}
		}
		return tx.AppendEvent(event.ChatReplied{SagaID: "old-completed", Text: "stays"})
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][3]int{{1, 1, 1}, {1, 1, 1}, {0, 0, 1}} {
		var got [3]int
		err := db.Update(ctx, func(tx *storage.Tx) (err error) {
			var errs [3]error
			got[0], errs[0] = tx.ReceiptPrune(old.Add(time.Second), 1)
			got[1], errs[1] = tx.SagaPrune(old.Add(time.Second), 1)
			got[2], errs[2] = tx.JournalPrune(time.Now().Add(time.Second), 1)
			return errors.Join(errs[:]...)
		})
		if got != want || err != nil {
			t.Errorf("round %d: %v forgotten, want %v, %v", i, got, want, err)
		}
	}
	err = db.View(ctx, func(tx *storage.Tx) error {
		left, err := tx.SagaList("", 100)
		if len(left) != 2*len(states)-2 {
			t.Errorf("%d sagas are left", len(left))
		}
		for _, id := range []string{"old-completed", "old-compensated"} {
			if steps, err := tx.SagaSteps(id); len(steps) != 0 || err != nil {
				t.Errorf("%v, %v", steps, err)
			}
		}
		recs, err2 := tx.EventsAfter(0, 100)
		var seqs []int64
		for _, r := range recs {
			seqs = append(seqs, r.Seq)
		}
		if d := cmp.Diff([]int64{4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, seqs); d != "" { // three are gone
			t.Error(d)
		}
		last, err3 := tx.LastSeq()
		if last != 15 {
			t.Errorf("last is %d", last)
		}
		return errors.Join(err, err2, err3)
	})
	if err != nil {
		t.Error(err)
	}
}

// Both parts of the journal are numbered and read as one, whichever way, and a
// number is not given twice though all was forgotten.
func TestRecordsThatAreForgottenLaterAreReadInTheirPlace(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	err := db.Update(t.Context(), func(tx *storage.Tx) error {
		for i := range 3 {
			err := errors.Join(tx.AppendEvent(event.SagaChanged{SagaID: fmt.Sprint("s", i)}), tx.AppendEvent(event.ChatReplied{SagaID: fmt.Sprint("c", i)}))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	both := []event.Type{event.SagaChanged{}.Type(), event.ChatReplied{}.Type()}
	var got []string
	subjects := func(recs []event.Record, err error) error {
		s := ""
		for _, r := range recs {
			s += r.Subject + " "
		}
		got = append(got, s)
		return err
	}
	err = db.Update(t.Context(), func(tx *storage.Tx) error {
		return errors.Join(
			subjects(tx.EventsAfter(1, 3)), subjects(tx.EventsOf(both, 1, 3)), subjects(tx.EventsOf(both, -1, 3)), subjects(tx.EventsOf(both[:1], -1, 2)),
			func() error { _, err := tx.JournalPrune(time.Now().Add(time.Second), 9); return err }(),
			tx.AppendEvent(event.SagaChanged{SagaID: "s9"}), subjects(tx.EventsAfter(4, 9)),
		)
	})
	if d := cmp.Diff([]string{"c0 s1 c1 ", "c0 s1 c1 ", "c1 s2 c2 ", "s1 s2 ", "c2 s9 "}, got); d != "" || err != nil {
		t.Error(err, d)
	}
}

// What was forgotten leaves room that is used again: a file that was full once
// grows no more.
func TestTheFileDoesNotGrowWithWhatIsForgotten(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, storage.Options{})
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sidestage.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close() //nolint:errcheck // only read
	var pages []int
	for round := range 8 {
		err := db.Update(t.Context(), func(tx *storage.Tx) error {
			for i := range 300 {
				if err := passed(tx, fmt.Sprintf("%08x-%d", uint32(i*2654435761+round), round), event.ReceiptDone, saga.Completed, time.Now().Add(-time.Hour)); err != nil {
					return err
				}
			}
			return nil
		})
		for _, forget := range []func(*storage.Tx, time.Time, int) (int, error){(*storage.Tx).ReceiptPrune, (*storage.Tx).SagaPrune, (*storage.Tx).JournalPrune} {
			err = errors.Join(err, db.Update(t.Context(), func(tx *storage.Tx) error { _, err := forget(tx, time.Now().Add(time.Second), 1000); return err }))
		}
		var n int
		err = errors.Join(err, raw.QueryRowContext(context.Background(), "PRAGMA page_count").Scan(&n))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, n)
	}
	if pages[7] > pages[1] {
		t.Errorf("pages after each round: %v", pages)
	}
}
