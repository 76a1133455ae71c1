package raffle_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/storage"
)

// viewer is the n-th viewer.
func viewer(n int) core.Viewer {
	return core.Viewer{ID: strconv.Itoa(n), Login: "v" + strconv.Itoa(n), Name: "V" + strconv.Itoa(n)}
}

// nobody is passed over.
func nobody(core.Viewer) bool { return false }

// giveaway opens a giveaway that n viewers enter.
func giveaway(t *testing.T, db *storage.DB, terms raffle.Terms, n int) (g raffle.Giveaway) {
	t.Helper()
	must(t, db, func(tx *storage.Tx) error {
		if _, err := raffle.OpenGiveaway(tx, terms); err != nil {
			return err
		}
		for i := range n {
			if err := raffle.EnterGiveaway(tx, chat.Line{ID: "m", Chatter: viewer(i), Text: terms.Keyword, At: tx.Now()}); err != nil {
				return err
			}
		}
		var err error
		g, err = tx.Giveaway(0)
		return err
	})
	return g
}

// draw closes a giveaway and draws from it.
func draw(t *testing.T, db *storage.DB, n int, passed func(core.Viewer) bool) (g raffle.Giveaway) {
	t.Helper()
	must(t, db, func(tx *storage.Tx) (err error) {
		if g, err = tx.Giveaway(0); err != nil {
			return err
		}
		if g, err = raffle.CloseGiveaway(tx, g); err != nil {
			return err
		}
		g, err = raffle.DrawGiveaway(tx, g, n, passed)
		return err
	})
	return g
}

func TestWhoSaysTheKeywordIsInOnce(t *testing.T) {
	db := open(t)
	giveaway(t, db, raffle.Terms{Keyword: "!Enter", Audience: raffle.Subscribers, Length: time.Hour}, 0)
	say := func(who core.Viewer, text string, late time.Duration, roles ...chat.Role) {
		must(t, db, func(tx *storage.Tx) error {
			return raffle.EnterGiveaway(tx, chat.Line{ID: "m", Chatter: who, Text: text, Roles: roles, At: tx.Now().Add(late)})
		})
	}
	say(luna, " !ENTER please", 0, chat.Subscriber)
	say(luna, "!enter", 0, chat.Subscriber)
	say(core.Viewer{ID: "1", Login: "luna2", Name: "Luna2"}, "!enter", 0, chat.Subscriber) // the same, renamed
	say(kai, "!enter", 0, chat.VIP)
	say(kai, "enter", 0, chat.Subscriber)
	say(kai, "!enters", 0, chat.Subscriber)
	say(kai, "!enter", 2*time.Hour, chat.Subscriber)
	say(viewer(9), "!enter", 0, chat.Broadcaster, chat.Subscriber)
	if got := told[event.GiveawayEntered](t, db); len(got) != 1 || got[0].Viewer != luna || got[0].Entries != 1 {
		t.Errorf("%+v", got)
	}
}

func TestAFullGiveawayCloses(t *testing.T) {
	db := open(t)
	if g := giveaway(t, db, raffle.Terms{Keyword: "k", Audience: raffle.Everybody, MaxEntries: 3}, 5); g.State != raffle.GiveawayClosed || g.Entries != 3 {
		t.Errorf("%+v", g)
	}
}

func TestATermThatMakesNoSenseIsRefused(t *testing.T) {
	good := raffle.Terms{Keyword: "k", Audience: raffle.Everybody}
	for name, spoil := range map[string]func(*raffle.Terms){
		"no keyword":   func(t *raffle.Terms) { t.Keyword = " " },
		"two words":    func(t *raffle.Terms) { t.Keyword = "a b" },
		"a long one":   func(t *raffle.Terms) { t.Keyword = strings.Repeat("k", raffle.MaxKeyword+1) },
		"unseen":       func(t *raffle.Terms) { t.Keyword = "k\u200b" },
		"audience":     func(t *raffle.Terms) { t.Audience = "friends" },
		"few entries":  func(t *raffle.Terms) { t.MaxEntries = -1 },
		"much entries": func(t *raffle.Terms) { t.MaxEntries = raffle.MaxGiveawayEntries + 1 },
		"ends before":  func(t *raffle.Terms) { t.Length = -time.Minute },
		"ends never":   func(t *raffle.Terms) { t.Length = raffle.MaxGiveawayLength + 1 },
	} {
		terms := good
		spoil(&terms)
		err := in(t, open(t), func(tx *storage.Tx) error {
			_, err := raffle.OpenGiveaway(tx, terms)
			return err
		})
		if core.KindOf(err) != core.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestThereIsOneGiveawayAtATime(t *testing.T) {
	db := open(t)
	terms := raffle.Terms{Keyword: "k", Audience: raffle.Everybody}
	giveaway(t, db, terms, 1)
	err := in(t, db, func(tx *storage.Tx) error {
		_, err := raffle.OpenGiveaway(tx, terms)
		return err
	})
	if core.KindOf(err) != core.Conflict {
		t.Errorf("%v", err)
	}
	must(t, db, func(tx *storage.Tx) error {
		g, err := tx.Giveaway(0)
		if err != nil {
			return err
		}
		if g, err = raffle.CancelGiveaway(tx, g); err != nil || !g.Seed.Revealed() {
			t.Errorf("%+v, %v", g, err)
		}
		if _, err := raffle.CancelGiveaway(tx, g); core.KindOf(err) != core.Conflict {
			t.Errorf("again: %v", err)
		}
		_, err = raffle.OpenGiveaway(tx, terms)
		return err
	})
	if p := verify(t, db, 0); len(p.Differences) != 0 || p.Seeds != 1 {
		t.Errorf("%+v", p)
	}
}

// Every draw is drawn once more by verify; nobody wins twice, and who is passed
// over does not win.
func TestADrawIsFairAndComesOutTheSameAgain(t *testing.T) {
	db := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(rt, "entries")
		giveaway(t, db, raffle.Terms{Keyword: "k", Audience: raffle.Followers}, n)
		follows := rapid.SliceOfN(rapid.Bool(), n, n).Draw(rt, "follows")
		follows[rapid.IntRange(0, n-1).Draw(rt, "one follows")] = true
		passed := func(v core.Viewer) bool { i, _ := strconv.Atoi(v.ID); return !follows[i] }
		g := draw(t, db, rapid.IntRange(1, 3).Draw(rt, "winners"), passed)
		if err := in(t, db, func(tx *storage.Tx) (err error) { g, err = raffle.DrawGiveaway(tx, g, 1, passed); return err }); err != nil && core.ReasonOf(err) != "no-entries" {
			rt.Fatal(err)
		}
		seen := map[string]bool{}
		for _, p := range g.Picks {
			if seen[p.Viewer.ID] || p.Passed != passed(p.Viewer) {
				rt.Fatalf("%+v", g.Picks)
			}
			seen[p.Viewer.ID] = true
		}
		if p := verify(t, db, 0); len(p.Differences) != 0 || p.Picks < len(g.Winners()) {
			rt.Fatalf("%+v", p)
		}
	})
}

func TestEverybodyIsDrawnEquallyOften(t *testing.T) {
	const draws, people = 20_000, 5
	var entries []core.Viewer
	for i := range people {
		entries = append(entries, viewer(i))
	}
	count := map[string]float64{}
	for i := range draws {
		for p := range (raffle.Giveaway{ID: int64(i), Seed: raffle.Seed{Secret: secret("fair")}}).Order(entries) {
			count[p.Viewer.ID]++
			break
		}
	}
	chi2 := 0.0
	for _, c := range count {
		chi2 += (c - draws/people) * (c - draws/people) / (draws / people)
	}
	if len(count) != people || chi2 > 40 { // with 4 degrees of freedom: less than once in ten million
		t.Errorf("%v, chi² %.1f", count, chi2)
	}
}

func TestADrawThatWasTamperedWithIsNamed(t *testing.T) {
	for statement, want := range map[string]string{
		"DELETE FROM giveaway_entry WHERE viewer_id NOT IN (SELECT viewer_id FROM giveaway_pick)":                                                                        "giveaway-1.1",
		"INSERT INTO giveaway_entry SELECT 1, id, 1 FROM viewer WHERE id = '77'":                                                                                         "giveaway-1.1",
		"UPDATE giveaway_pick SET viewer_id = (SELECT min(viewer_id) FROM giveaway_entry WHERE viewer_id NOT IN (SELECT viewer_id FROM giveaway_pick)) WHERE number = 1": "giveaway-1.1",
		"DELETE FROM giveaway_pick WHERE number = 2":                                                                                                                     "giveaway-1",
		"UPDATE giveaway_pick SET passed = 1 WHERE number = 1":                                                                                                           "giveaway-1",
		"UPDATE raffle_seed SET seed = replace(seed, '0', '1') WHERE scope = 'giveaway'":                                                                                 "giveaway-1.1",
		"UPDATE raffle_seed SET hash = replace(hash, '0', '1') WHERE scope = 'giveaway'":                                                                                 "giveaway-1.1",
		"DELETE FROM journal WHERE type = 'raffle.committed' AND data LIKE '%giveaway-1%'":                                                                               "giveaway-1.1",
	} {
		dir := t.TempDir()
		db, err := storage.Open(t.Context(), dir, storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		must(t, db, func(tx *storage.Tx) error { return tx.ViewerPut(viewer(77)) })
		giveaway(t, db, raffle.Terms{Keyword: "k", Audience: raffle.Everybody}, 9)
		draw(t, db, 2, nobody)
		if p := verify(t, db, 0); len(p.Differences) != 0 || p.Picks != 2 {
			t.Fatalf("%+v", p)
		}
		tamper(t, dir+"/sidestage.db", statement)
		p := verify(t, db, 0)
		if !slices.ContainsFunc(p.Differences, func(d raffle.Difference) bool { return d.RollID == want }) {
			t.Errorf("%s: %+v", statement, p.Differences)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What the order promises is written down in the code's own words; this is a
// second reading of it.
func TestTheOrderOfADrawIsPromised(t *testing.T) {
	g := raffle.Giveaway{ID: 3, Seed: raffle.Seed{Secret: secret("one")}}
	left := []string{"10", "2", "33", "4"} // as text, 10 comes before 2
	var got, want []string
	for p := range g.Order([]core.Viewer{{ID: "4"}, {ID: "33"}, {ID: "2"}, {ID: "10"}}) {
		got = append(got, p.Viewer.ID)
	}
	for k := 1; len(left) > 0; k++ {
		i := int(mac(secret("one"), fmt.Sprintf("winner:giveaway-3.%d:0", k))) % len(left)
		want = append(want, left[i])
		left = slices.Delete(left, i, i+1)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
