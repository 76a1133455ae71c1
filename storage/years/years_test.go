package years_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/raffle"
	"sidestage/core/song"
	"sidestage/storage"
	"sidestage/storage/years"
)

// What is made is as if it had happened: its totals are what counting comes to.
func TestTheTotalsOfMadeYearsAreRight(t *testing.T) {
	db := years.Write(t, 600)
	err := db.View(t.Context(), func(tx *storage.Tx) error {
		same(t, "viewers", tx.StatsViewers, 120)
		same(t, "requesters", tx.SongTopRequesters, 20)
		same(t, "tracks", func(in core.Span, limit int) ([]song.TopTrack, error) { return tx.SongTopTracks("", in, limit) }, 20)
		for _, by := range []raffle.SortBy{raffle.ByClosest, raffle.ByRolls, raffle.ByWins} {
			if top, err := tx.RaffleEntries(by, 20); len(top) != 20 || top[0].Closest == nil || err != nil {
				t.Errorf("%s: %+v, %v", by, top, err)
			}
		}
		sessions, err := tx.StatsSessions(core.Span{}, 100)
		if len(sessions) != 10 || sessions[0].Requests != 60 || sessions[0].Rolls < 250 || sessions[0].Average == 0 || sessions[0].Points == 0 {
			t.Errorf("%+v", sessions)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func same[A any](t *testing.T, what string, ask func(core.Span, int) ([]A, error), least int) {
	t.Helper()
	total, err1 := ask(core.Span{}, 1000)
	counted, err2 := ask(core.Span{From: time.UnixMilli(0)}, 1000)
	if d := cmp.Diff(counted, total); d != "" || len(total) < least || err1 != nil || err2 != nil {
		t.Errorf("%s: %d, %v, %v, counted -, made +\n%s", what, len(total), err1, err2, d)
	}
}

// What is kept in a directory is made once, and nobody writes to it.
func TestMadeYearsAreKept(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SIDESTAGE_YEARS_DIR", dir)
	for range 2 {
		db := years.Write(t, 100)
		if err := db.Update(t.Context(), func(tx *storage.Tx) error { return tx.ViewerPut(core.Viewer{ID: "new", Login: "new", Name: "New"}) }); err != nil {
			t.Fatal(err)
		}
	}
	err := years.Read(t, 100).View(t.Context(), func(tx *storage.Tx) error {
		_, err := tx.ViewerByID("new")
		if core.KindOf(err) != core.NotFound {
			t.Errorf("somebody is there: %v", err)
		}
		return nil
	})
	if made, _ := os.ReadDir(dir); len(made) != 1 || err != nil {
		t.Errorf("%v, %v", made, err)
	}
}
