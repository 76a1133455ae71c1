package storage_test

import (
	"fmt"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
	"sidestage/core/song"
	"sidestage/storage"
)

var requestsFrom = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// ask stores the nth pending request and its saga.
func ask(tx *storage.Tx, n int, id string, state saga.State, waitingFor string) error {
	at := requestsFrom.Add(time.Duration(n) * time.Second)
	s := saga.Saga{ID: id, Kind: "song-request", Version: 1, State: saga.Running, Params: []byte("{}"), OrderedAt: at, CreatedAt: at, UpdatedAt: at}
	if _, err := tx.SagaInsert(s); err != nil {
		return err
	}
	s.State, s.WaitingFor = state, waitingFor
	if err := tx.SagaPut(s); err != nil {
		return err
	}
	_, err := song.Persist(tx, song.Request{
		ID: id, Viewer: core.Viewer{ID: "7", Login: "kai", Name: "Kai"}, RedeemedAt: at,
		Track: song.Track{ID: "A", URI: "spotify:track:A", Name: "A", Duration: time.Minute},
	})
	return err
}

func isNext(t *testing.T, db *storage.DB, id string) (next bool) {
	t.Helper()
	err := db.View(t.Context(), func(tx *storage.Tx) (err error) {
		turn, err := song.TurnOf(tx, id, song.Policy{Pace: song.Immediate})
		next = turn.Chance != song.Wait
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func mustUpdate(t testing.TB, db *storage.DB, fn func(*storage.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestARequestIsNextWhenNoEarlierOneCanStillGo(t *testing.T) {
	for _, c := range []struct {
		state      saga.State
		waitingFor string
		next       bool
	}{
		{saga.Running, "", false},
		{saga.Waiting, "turn", false},
		{saga.Waiting, saga.ForRetry, true},
		{saga.Compensating, "", false},
		{saga.NeedsDecision, "", true},
		{saga.Failed, "", true},
	} {
		t.Run(string(c.state)+" "+c.waitingFor, func(t *testing.T) {
			db := open(t, t.TempDir(), storage.Options{})
			mustUpdate(t, db, func(tx *storage.Tx) error { return ask(tx, 1, "z-first", c.state, c.waitingFor) })
			mustUpdate(t, db, func(tx *storage.Tx) error { return ask(tx, 2, "a-second", saga.Waiting, "turn") })
			if !isNext(t, db, "z-first") {
				t.Error("the first is not next")
			}
			if got := isNext(t, db, "a-second"); got != c.next {
				t.Errorf("the second is next: %v", got)
			}
			mustUpdate(t, db, func(tx *storage.Tx) error { return song.HandedOver(tx, "z-first", song.Occurrence{}) })
			if !isNext(t, db, "a-second") {
				t.Error("the second is not next after the first was handed over")
			}
		})
	}
}

func TestOfTwoRequestsOfOneMomentTheSmallerIDIsFirst(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	mustUpdate(t, db, func(tx *storage.Tx) error { return ask(tx, 1, "b", saga.Waiting, "turn") })
	mustUpdate(t, db, func(tx *storage.Tx) error { return ask(tx, 1, "a", saga.Waiting, "turn") })
	if !isNext(t, db, "a") || isNext(t, db, "b") {
		t.Error("the order is not (redeemed at, id)")
	}
}

func TestNobodyIsNextWhileAnotherAddIsUnderWay(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	mustUpdate(t, db, func(tx *storage.Tx) error { return ask(tx, 1, "other", saga.Running, "") })
	mustUpdate(t, db, func(tx *storage.Tx) error { return ask(tx, 2, "r1", saga.Waiting, "turn") })
	mustUpdate(t, db, func(tx *storage.Tx) error { return song.HandedOver(tx, "other", song.Occurrence{}) })
	step := func(state saga.StepState) {
		mustUpdate(t, db, func(tx *storage.Tx) error {
			return tx.SagaPutStep(saga.Step{SagaID: "other", Seq: 1, Name: "add-to-player", State: state, Attempt: 1, StartedAt: requestsFrom})
		})
	}
	step(saga.StepStarted)
	if isNext(t, db, "r1") {
		t.Error("two adds at a time")
	}
	step(saga.StepUncertain)
	if !isNext(t, db, "r1") {
		t.Error("an add that waits for a person holds up the others")
	}
}

// BenchmarkTurnOfTenThousand asks for the turn of one of the last of 10,000
// requests that wait.
func BenchmarkTurnOfTenThousand(b *testing.B) {
	const n, asked = 10_000, 1_000
	db := open(b, b.TempDir(), storage.Options{})
	mustUpdate(b, db, func(tx *storage.Tx) error {
		for i := range n {
			if err := ask(tx, i, fmt.Sprintf("r%05d", i), saga.Waiting, "turn"); err != nil {
				return err
			}
		}
		return nil
	})
	i := 0
	for b.Loop() {
		i = (i + 1) % asked
		err := db.View(b.Context(), func(tx *storage.Tx) error {
			if turn, err := song.TurnOf(tx, fmt.Sprintf("r%05d", n-1-i), song.Policy{}); err != nil || turn.Chance != song.Wait {
				return fmt.Errorf("the last ones are next: %+v, %w", turn, err)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
