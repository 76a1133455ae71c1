package storage_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/raffle"
	"sidestage/core/song"
	"sidestage/storage"
)

// deeds are things that can happen to what totals are kept of, in any order.
type deeds struct {
	*storage.Tx
	n                           int
	redemptions, requests, roll []string
}

// one picks one of what there is; false for nothing yet.
func one(t *rapid.T, of []string) (string, bool) {
	if len(of) == 0 {
		return "", false
	}
	return rapid.SampledFrom(of).Draw(t, "which"), true
}

func (d *deeds) next(t *rapid.T) (id string, v core.Viewer, at time.Time) {
	d.n++
	who := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "viewer")
	// Some at the same time, some out of order.
	return fmt.Sprint("id", d.n), core.Viewer{ID: who, Login: "v" + who, Name: "V" + who}, time.UnixMilli(int64(rapid.IntRange(1, 9).Draw(t, "at"))).UTC()
}

func (d *deeds) redeem(t *rapid.T) error {
	id, v, at := d.next(t)
	d.redemptions = append(d.redemptions, id)
	if err := d.ViewerPut(v); err != nil {
		return err
	}
	_, err := d.RedemptionInsert(core.Redemption{ID: id, RewardID: "w", Viewer: v, Cost: rapid.IntRange(0, 3).Draw(t, "cost"), RedeemedAt: at}, "song")
	return err
}

func (d *deeds) settle(t *rapid.T) error {
	id, ok := one(t, d.redemptions)
	if !ok {
		return nil
	}
	_, err := d.RedemptionSettle(id, rapid.SampledFrom([]core.Status{core.Fulfilled, core.Canceled}).Draw(t, "status"), "")
	return err
}

func anyTrack(t *rapid.T) song.Track {
	id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "track")
	return song.Track{ID: id, URI: "spotify:track:" + id, Name: id, Artists: []string{"x"}}
}

var anyState = rapid.SampledFrom([]song.State{song.Pending, song.Playing, song.Heard, song.Heard, song.Skipped})

func (d *deeds) ask(t *rapid.T) error {
	id, v, at := d.next(t)
	d.requests = append(d.requests, id)
	return errors.Join(d.ViewerPut(v), d.SongInsert(song.Request{ID: id, Viewer: v, Track: anyTrack(t), RedeemedAt: at, AcceptedAt: at, State: anyState.Draw(t, "state")}))
}

func (d *deeds) change(t *rapid.T) error {
	id, ok := one(t, d.requests)
	if !ok {
		return nil
	}
	if rapid.Bool().Draw(t, "track") {
		return d.SongSetTrack(id, anyTrack(t))
	}
	return d.SongSetState(id, anyState.Draw(t, "state"), "")
}

func (d *deeds) rolls(t *rapid.T) error {
	id, v, at := d.next(t)
	d.roll = append(d.roll, id)
	distance := rapid.IntRange(0, 3).Draw(t, "distance")
	return errors.Join(d.ViewerPut(v), d.RaffleInsert(raffle.Roll{ID: id, Viewer: v, WinningNumber: 1 + distance, Roll: 1, Distance: distance, RolledAt: at}))
}

func (d *deeds) void(t *rapid.T) error {
	id, ok := one(t, d.roll)
	if !ok {
		return nil
	}
	return d.RaffleSetVoided(id, time.UnixMilli(9))
}

// earn moves a place of an achievement anywhere, as counting and as rebuilding do.
func (d *deeds) earn(t *rapid.T) error {
	_, v, _ := d.next(t)
	at := achievement.Place{ViewerID: v.ID, ID: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "id"), Session: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "session")}
	switch rapid.IntRange(0, 2).Draw(t, "how") {
	case 0:
		return errors.Join(d.AchievementSetCount(v, at.ID, at.Session, 1), d.AchievementUnlock(achievement.Unlock{ID: at.ID, Viewer: v, Session: at.Session, Seq: int64(d.n)}))
	case 1: // an unlock needs its event
		want := achievement.Standing{Viewer: v, Count: rapid.IntRange(0, 2).Draw(t, "count")}
		return d.AchievementCorrect(achievement.Difference{Place: at, Viewer: v, Want: want})
	default:
		return d.AchievementSetCount(v, at.ID, at.Session, 2)
	}
}

// The totals answer for all there is what counting it answers for a span that
// begins before all of it.
func TestTotalsAreWhatCountingAnewComesTo(t *testing.T) {
	db := open(t, t.TempDir(), storage.Options{})
	errUndo := errors.New("leave nothing behind")
	rapid.Check(t, func(rt *rapid.T) {
		err := db.Update(t.Context(), func(tx *storage.Tx) error {
			d := &deeds{Tx: tx}
			actions := map[string]func(*rapid.T){}
			for name, do := range map[string]func(*rapid.T) error{
				"redeem": d.redeem, "settle": d.settle, "ask": d.ask, "change": d.change, "change again": d.change,
				"roll": d.rolls, "void": d.void, "earn": d.earn,
			} {
				actions[name] = func(rt *rapid.T) {
					if err := do(rt); err != nil {
						rt.Fatal(err)
					}
				}
			}
			rt.Repeat(actions)
			same(rt, "viewers", tx.StatsViewers)
			same(rt, "requesters", tx.SongTopRequesters)
			same(rt, "tracks", func(in core.Span, limit int) ([]song.TopTrack, error) { return tx.SongTopTracks("", in, limit) })
			for _, id := range []string{"1", "2", "3"} {
				same(rt, "viewer "+id, func(in core.Span, _ int) ([]core.ViewerFigures, error) {
					v, err := tx.StatsViewer(id, in)
					if core.KindOf(err) == core.NotFound {
						err = nil
					}
					return []core.ViewerFigures{v}, err
				})
			}
			leaders(rt, tx)
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			rt.Fatal(err)
		}
	})
}

func same[A any](t *rapid.T, what string, ask func(core.Span, int) ([]A, error)) {
	total, err1 := ask(core.Span{}, 100)
	counted, err2 := ask(core.Span{From: time.UnixMilli(0)}, 100)
	if d := gocmp.Diff(counted, total); d != "" || err1 != nil || err2 != nil {
		t.Errorf("%s: %v, %v, counted -, total +\n%s", what, err1, err2, d)
	}
}

// leaders compares who has which achievements with where everybody stands.
func leaders(t *rapid.T, tx *storage.Tx) {
	all, err := tx.AchievementStandings()
	if err != nil {
		t.Fatal(err)
	}
	holders, times := map[string]map[string]bool{}, map[string]int{}
	different := map[string]int{}
	for at, s := range all {
		if !s.Unlocked {
			continue
		}
		if holders[at.ID] == nil {
			holders[at.ID] = map[string]bool{}
		}
		if !holders[at.ID][at.ViewerID] {
			holders[at.ID][at.ViewerID] = true
			different[at.ViewerID]++
		}
		times[at.ViewerID]++
	}
	counts := map[string]int{}
	for id, who := range holders {
		counts[id] = len(who)
	}
	got, err := tx.AchievementHolders()
	if d := gocmp.Diff(counts, got); d != "" || err != nil {
		t.Errorf("holders: %v\n%s", err, d)
	}
	found, err := tx.AchievementLeaders(100)
	for i, l := range found {
		if l.Different != different[l.Viewer.ID] || l.Times != times[l.Viewer.ID] {
			t.Errorf("%+v, want %d different, %d times", l, different[l.Viewer.ID], times[l.Viewer.ID])
		}
		if i > 0 && cmp.Or(cmp.Compare(found[i-1].Different, l.Different), cmp.Compare(found[i-1].Times, l.Times)) < 0 {
			t.Errorf("%+v stands before %+v", found[i-1], l)
		}
	}
	if err != nil || len(found) != len(different) {
		t.Errorf("%d leaders, want %v, %v", len(found), slices.Sorted(maps.Keys(different)), err)
	}
}
