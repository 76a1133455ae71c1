package raffle_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/storage"
)

// wins lists the ids of rolls.
func wins(t *testing.T, db *storage.DB, which raffle.Which) (ids []string) {
	t.Helper()
	must(t, db, func(tx *storage.Tx) error {
		rolls, err := tx.RaffleRolls(which, 10)
		for _, r := range rolls {
			ids = append(ids, r.ID)
		}
		return err
	})
	return ids
}

func TestAWinWaitsUntilItsPrizeIsGivenOnce(t *testing.T) {
	db := open(t)
	for _, r := range []raffle.Roll{
		{ID: "won", Viewer: luna, WinningNumber: 7, Roll: 7}, {ID: "lost", Viewer: luna, WinningNumber: 7, Roll: 8},
		{ID: "void", Viewer: kai, WinningNumber: 7, Roll: 7}, {ID: "under way", Viewer: kai, WinningNumber: 7, Roll: 7},
	} {
		record(t, db, r)
	}
	must(t, db, func(tx *storage.Tx) error { return raffle.Void(tx, "void") })
	for _, id := range []string{"won", "lost"} {
		must(t, db, func(tx *storage.Tx) error { return raffle.Announce(tx, id) })
	}
	if d := cmp.Diff([]string{"won"}, wins(t, db, raffle.Which{Waiting: true})); d != "" {
		t.Error(d)
	}
	give := func(id string) error {
		return in(t, db, func(tx *storage.Tx) error {
			_, err := raffle.Give(tx, id)
			return err
		})
	}
	if err := give("won"); err != nil {
		t.Fatal(err)
	}
	for id, reason := range map[string]string{"won": "given", "lost": "not-won", "void": "voided", "under way": "not-announced"} {
		if err := give(id); core.KindOf(err) != core.Conflict || core.ReasonOf(err) != reason {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := give("nobody's"); core.KindOf(err) != core.NotFound {
		t.Error(err)
	}
	if got := wins(t, db, raffle.Which{Waiting: true}); got != nil {
		t.Errorf("%v wait", got)
	}
	if d := cmp.Diff([]string{"won"}, wins(t, db, raffle.Which{Won: true})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]event.RaffleGiven{{RollID: "won", Viewer: luna}}, told[event.RaffleGiven](t, db)); d != "" {
		t.Error(d)
	}
}
