package song_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/song"
)

// pending lists the requests that wait, in order.
func (b *booth) pending() (ids []string) {
	b.t.Helper()
	b.view(func(tx song.Tx) error {
		rs, _, err := tx.SongPending(100)
		for _, r := range rs {
			ids = append(ids, r.ID)
		}
		return err
	})
	return ids
}

func TestAnyNumberOfMovesIsTheOrderSomebodyWouldWriteDown(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		b := openBooth(rt, fmt.Sprintf("%s/%d", dir, n), newDeck(track("c0", 180)))
		defer b.close()
		var want []string
		ask := func() {
			id := fmt.Sprintf("r%02d", len(want))
			b.persist(id, track("A", 60))
			want = append(want, id)
		}
		ask()
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "ask") {
				ask()
				continue
			}
			from := rapid.IntRange(0, len(want)-1).Draw(rt, "from")
			to := rapid.IntRange(1, len(want)+2).Draw(rt, "to")
			id := want[from]
			want = slices.Insert(slices.Delete(want, from, from+1), min(to, len(want))-1, id)
			b.update(func(tx song.Tx) error {
				got, err := song.Move(tx, id, to)
				if got != slices.Index(want, id)+1 {
					rt.Errorf("%s is number %d, want %d", id, got, slices.Index(want, id)+1)
				}
				return err
			})
		}
		if d := cmp.Diff(want, b.pending()); d != "" {
			rt.Error(d)
		}
	})
}

// comeBack is what a look says that finds what the last one found.
func comeBack(tx song.Tx) error { return song.ComeBack(tx, false) }

func TestAnOutageThatComesBackAtOnceIsTheSameOne(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		out := func() (o song.Outage) {
			b.view(func(tx song.Tx) (err error) { o, err = tx.SongOutage(); return err })
			return o
		}
		began := time.Now().UTC()
		b.update(func(tx song.Tx) error { return song.GoOut(tx, song.OutNoDevice) })
		time.Sleep(5 * time.Second)
		b.update(comeBack)
		if !out().Stands() {
			t.Error("a look ended what an add has just found out")
		}
		time.Sleep(6 * time.Second)
		b.update(comeBack)
		if out().Stands() {
			t.Error("it goes on")
		}
		time.Sleep(20 * time.Second)
		b.update(func(tx song.Tx) error { return song.GoOut(tx, song.OutNoDevice) })
		if o := out(); !o.Stands() || !o.Since.Equal(began) {
			t.Errorf("%+v, want the one since %s", o, began)
		}
		time.Sleep(20 * time.Second)
		b.update(comeBack)
		time.Sleep(2 * time.Minute)
		b.update(func(tx song.Tx) error { return song.GoOut(tx, song.OutLogin) })
		if o := out(); o.Reason != song.OutLogin || o.Since.Equal(began) {
			t.Errorf("%+v is another one", o)
		}
		b.update(comeBack)
		if out().Stands() {
			t.Error("a look that succeeds does not end the want of a login")
		}
	})
}

func TestLooksDoNotSoonEndTheWantOfPremium(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		stands := func() bool {
			var o song.Outage
			b.view(func(tx song.Tx) (err error) { o, err = tx.SongOutage(); return err })
			return o.Stands()
		}
		b.update(func(tx song.Tx) error { return song.GoOut(tx, "premium-required") })
		time.Sleep(59 * time.Second)
		if b.update(comeBack); !stands() {
			t.Error("a look that would succeed without Premium ended it")
		}
		time.Sleep(time.Second)
		if b.update(comeBack); stands() {
			t.Error("no add will ever find that there is Premium now")
		}
	})
}

func TestARequestWaitsInAnOutageFromWhicheverWasLater(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		p := song.Policy{Pace: song.NextUp, UnavailableFor: 2 * time.Minute}
		turn := func(id string) (got song.Turn) {
			b.view(func(tx song.Tx) (err error) { got, err = song.TurnOf(tx, id, p); return err })
			return got
		}
		b.persist("r1", track("A", 60))
		time.Sleep(time.Second)
		began := time.Now().UTC()
		b.update(func(tx song.Tx) error { return song.GoOut(tx, song.OutNoDevice) })
		if got := turn("r1"); got.Chance != song.Wait || !got.Until.Equal(began.Add(2*time.Minute)) {
			t.Errorf("%+v", got)
		}
		time.Sleep(time.Minute)
		b.persist("r2", track("B", 60))
		if got := turn("r2"); got.Chance != song.Wait || !got.Until.IsZero() {
			t.Errorf("not yet its turn: %+v", got)
		}
		time.Sleep(time.Minute)
		if got := turn("r1"); got.Chance != song.Late || got.Outage != song.OutNoDevice {
			t.Errorf("%+v", got)
		}
		b.update(func(tx song.Tx) error { return song.Withdraw(tx, "r1", "refunded") })
		if got := turn("r2"); got.Chance != song.Wait || !got.Until.Equal(began.Add(3*time.Minute)) {
			t.Errorf("%+v", got)
		}
		b.update(func(tx song.Tx) error { return song.Recall(tx, p.UnavailableFor) })
		if got := turn("r2"); got.Chance != song.Wait {
			t.Errorf("%+v", got)
		}
		if err := core.E(core.Unavailable, "x"); song.OutageOf(err) != song.OutUnreachable {
			t.Errorf("%s", song.OutageOf(err))
		}
	})
}
