package raffle_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/storage"
)

var (
	luna = core.Viewer{ID: "1", Login: "luna", Name: "Luna"}
	kai  = core.Viewer{ID: "2", Login: "kai", Name: "Kai"}
)

func open(t *testing.T) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), t.TempDir(), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// in runs fn in a transaction and returns its error.
func in(t *testing.T, db *storage.DB, fn func(*storage.Tx) error) error {
	t.Helper()
	return db.Update(context.WithoutCancel(t.Context()), fn)
}

func must(t *testing.T, db *storage.DB, fn func(*storage.Tx) error) {
	t.Helper()
	if err := in(t, db, fn); err != nil {
		t.Fatal(err)
	}
}

func record(t *testing.T, db *storage.DB, r raffle.Roll) (got raffle.Roll) {
	t.Helper()
	must(t, db, func(tx *storage.Tx) (err error) {
		got, err = raffle.Record(tx, r)
		return err
	})
	return got
}

func journal(t *testing.T, db *storage.DB) (events []event.Event) {
	t.Helper()
	must(t, db, func(tx *storage.Tx) error {
		records, err := tx.EventsAfter(0, 100)
		for _, r := range records {
			e, err := event.Decode(r)
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		return err
	})
	return events
}

func TestOnlyTheSameNumberWins(t *testing.T) {
	db := open(t)
	for _, row := range []struct {
		id            string
		winning, roll int
		distance      int
		won, record   bool
	}{
		{"a", 4207, 4307, 100, false, true},
		{"b", 4207, 4206, 1, false, true},
		{"c", 1, 2, 1, false, false}, // as close is not closer
		{"d", 7, 7, 0, true, false},
		{"e", 10_000, 1, 9_999, false, false},
	} {
		got := record(t, db, raffle.Roll{ID: row.id, Viewer: luna, WinningNumber: row.winning, Roll: row.roll})
		if got.Distance != row.distance || got.Won != row.won || got.Record != row.record {
			t.Errorf("%s: %+v", row.id, got)
		}
	}
}

func TestRecordingAgainReturnsWhatIsThere(t *testing.T) {
	db := open(t)
	roll := raffle.Roll{ID: "a", Viewer: luna, WinningNumber: 10, Roll: 12}
	first := record(t, db, roll)
	if d := cmp.Diff(first, record(t, db, roll)); d != "" {
		t.Error(d)
	}
	if first.RolledAt.IsZero() || !first.Record {
		t.Errorf("%+v", first)
	}
	for name, other := range map[string]raffle.Roll{
		"another roll":           {ID: "a", Viewer: luna, WinningNumber: 10, Roll: 13},
		"another winning number": {ID: "a", Viewer: luna, WinningNumber: 11, Roll: 12},
		"another viewer":         {ID: "a", Viewer: kai, WinningNumber: 10, Roll: 12},
	} {
		err := in(t, db, func(tx *storage.Tx) error {
			_, err := raffle.Record(tx, other)
			return err
		})
		if core.KindOf(err) != core.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARollOutOfBoundsIsRefused(t *testing.T) {
	db := open(t)
	for name, r := range map[string]raffle.Roll{
		"no id":     {Viewer: luna, WinningNumber: 1, Roll: 1},
		"no viewer": {ID: "a", WinningNumber: 1, Roll: 1},
		"zero":      {ID: "a", Viewer: luna, WinningNumber: 0, Roll: 1},
		"too high":  {ID: "a", Viewer: luna, WinningNumber: 1, Roll: raffle.MostHighest + 1},
	} {
		err := in(t, db, func(tx *storage.Tx) error {
			_, err := raffle.Record(tx, r)
			return err
		})
		if core.KindOf(err) != core.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARollIsHeardOfOnceAndOnlyWhenAnnounced(t *testing.T) {
	db := open(t)
	record(t, db, raffle.Roll{ID: "a", Viewer: luna, WinningNumber: 10, Roll: 12})
	if got := journal(t, db); got != nil {
		t.Fatalf("recording told %v", got)
	}
	for range 2 {
		must(t, db, func(tx *storage.Tx) error { return raffle.Announce(tx, "a") })
	}
	want := []event.Event{event.RaffleRolled{RollID: "a", Viewer: luna, Roll: 12, WinningNumber: 10, Distance: 2, Record: true}}
	if d := cmp.Diff(want, journal(t, db)); d != "" {
		t.Error(d)
	}
	drawn := redeem(t, db, "drawn", luna)
	must(t, db, func(tx *storage.Tx) error { return raffle.Announce(tx, drawn.ID) })
	if committed, rolled := told[event.RaffleCommitted](t, db), told[event.RaffleRolled](t, db); rolled[1].SeedID != committed[0].SeedID {
		t.Errorf("%+v does not name the seed of %+v", rolled[1], committed[0])
	}
	err := in(t, db, func(tx *storage.Tx) error { return raffle.Announce(tx, "b") })
	if core.KindOf(err) != core.NotFound {
		t.Errorf("a roll that is not there: %v", err)
	}
}

func TestAVoidedRollStaysAndCountsNowhere(t *testing.T) {
	db := open(t)
	record(t, db, raffle.Roll{ID: "a", Viewer: luna, WinningNumber: 10, Roll: 12})
	for _, id := range []string{"a", "a", "never recorded"} {
		must(t, db, func(tx *storage.Tx) error { return raffle.Void(tx, id) })
	}
	if d := cmp.Diff([]event.Event{event.RaffleVoided{RollID: "a"}}, journal(t, db)); d != "" {
		t.Error(d)
	}
	must(t, db, func(tx *storage.Tx) error {
		if r, err := tx.RaffleRoll("a"); err != nil || !r.Voided() {
			t.Errorf("%+v, %v", r, err)
		}
		if _, err := raffle.UserStats(tx, luna.ID); core.KindOf(err) != core.NotFound {
			t.Errorf("stats: %v", err)
		}
		if board, err := raffle.Leaderboard(tx, raffle.ByRolls, 10); err != nil || len(board) != 0 {
			t.Errorf("leaderboard %v, %v", board, err)
		}
		if err := raffle.Announce(tx, "a"); core.KindOf(err) != core.Conflict {
			t.Errorf("announce: %v", err)
		}
		return nil
	})
	if r := record(t, db, raffle.Roll{ID: "b", Viewer: kai, WinningNumber: 1, Roll: 9_000}); !r.Record {
		t.Error("a voided roll holds the record")
	}
}

func TestSortByIsOneOfThree(t *testing.T) {
	for s, want := range map[string]raffle.SortBy{"": raffle.ByClosest, "closest": raffle.ByClosest, "rolls": raffle.ByRolls, "wins": raffle.ByWins} {
		if got, err := raffle.ParseSortBy(s); got != want || err != nil {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	if _, err := raffle.ParseSortBy("Wins"); core.KindOf(err) != core.Invalid {
		t.Error(err)
	}
}

func TestTheLeaderboardHasALimit(t *testing.T) {
	db := open(t)
	for _, limit := range []int{-1, 0, raffle.MaxEntries + 1} {
		must(t, db, func(tx *storage.Tx) error {
			if _, err := raffle.Leaderboard(tx, raffle.ByWins, limit); core.KindOf(err) != core.Invalid {
				t.Errorf("%d: %v", limit, err)
			}
			return nil
		})
	}
}
