package song_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sidestage/core"
	"sidestage/core/song"
)

func TestPersistIsIdempotentAndRefusesAnotherTrack(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		want := song.Request{ID: "r1", Viewer: viewer("7"), Track: track("A", 180), RedeemedAt: time.Now().UTC()}
		b.update(func(tx song.Tx) error { _, err := song.Persist(tx, want); return err })
		b.update(func(tx song.Tx) error {
			got, err := song.Persist(tx, want)
			want.State, want.AcceptedAt = song.Pending, tx.Now()
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			return err
		})
		other := want
		other.Track = track("B", 180)
		b.view(func(tx song.Tx) error {
			if _, err := song.Persist(tx, other); core.KindOf(err) != core.Conflict {
				t.Errorf("another track under the same id: %v", err)
			}
			return nil
		})
		if d := cmp.Diff([]string{"song.requested r1"}, b.events()); d != "" {
			t.Error(d)
		}
	})
}

func TestHandingOverTwiceBooksOneOccurrence(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		b.persist("r1", track("A", 180))
		o := b.before(track("A", 180))
		b.handedOver("r1", o)
		b.handedOver("r1", o)
		b.want("r1", song.Queued)
		b.view(func(tx song.Tx) error {
			hs, err := tx.SongHandovers()
			if len(hs) != 1 {
				t.Errorf("handovers %+v", hs)
			}
			return err
		})
		if d := cmp.Diff([]string{"song.requested r1", "song.started ", "song.handed-over r1"}, b.events()); d != "" {
			t.Error(d)
		}
	})
}

// An add whose outcome is not known is watched for ten seconds, in which the
// watcher sees its copy before anybody says whose it is.
func TestACopySeenBeforeItsHandoverIsBookedIsAdopted(t *testing.T) {
	for name, skip := range map[string]bool{"upcoming": false, "current": true} {
		t.Run(name, func(t *testing.T) {
			inBooth(t, context3, func(_ *testing.T, b *booth) {
				b.poll(time.Second)
				b.persist("r1", track("c1", 180)) // the context has copies too
				o := b.before(track("c1", 180))
				b.deck.add(track("c1", 180), "r1")
				b.poll(2 * time.Second)
				if skip {
					b.deck.skip()
					b.poll(2 * time.Second)
				}
				b.handedOver("r1", o)
				if !skip {
					b.deck.skip()
				}
				b.poll(20 * time.Second)
				b.wantCurrent("c1", "r1")
				b.deck.skip()
				b.poll(20 * time.Second)
				b.wantCurrent("c1", "")
				b.want("r1", song.Heard)
			})
		})
	}
}

func TestWithdrawing(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		withdraw := func(id string) {
			b.update(func(tx song.Tx) error { return song.Withdraw(tx, id, "refunded") })
		}
		withdraw("nobody")
		b.persist("r1", track("A", 180))
		withdraw("r1")
		withdraw("r1")
		b.want("r1", song.Withdrawn)
		o := b.before(track("A", 180)) // the add had been made all the same
		b.deck.add(track("A", 180), "r1")
		b.handedOver("r1", o)
		b.want("r1", song.Withdrawn)
		b.poll(time.Second)
		b.deck.skip()
		if r := b.poll(time.Second); !r.SkipNow {
			t.Error("the copy of a withdrawn request plays on")
		}
		b.deck.skip()
		b.poll(time.Second)
		if h := b.history(); len(h) != 0 {
			t.Errorf("history %+v", h)
		}
		if d := cmp.Diff([]string{"song.requested r1", "song.withdrawn r1"}, b.events()[:2]); d != "" {
			t.Error(d)
		}
	})
}

func TestWithdrawingWhatEndedChangesNothing(t *testing.T) {
	inBooth(t, context3, func(_ *testing.T, b *booth) {
		b.request("r1", track("A", 20))
		b.deck.skip()
		b.poll(time.Second)
		b.poll(30 * time.Second)
		b.update(func(tx song.Tx) error { return song.Withdraw(tx, "r1", "refunded") })
		b.want("r1", song.Heard)
	})
}

func TestASurplusAddIsSkippedAndTheRequestIsNot(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		b.poll(time.Second)
		b.request("r1", track("A", 180))
		b.update(func(tx song.Tx) error { return song.Surplus(tx, "r1") })
		b.poll(time.Second)
		b.deck.add(track("A", 180), "") // the first add turns up late
		b.poll(time.Second)
		b.deck.skip()
		if r := b.poll(time.Second); r.SkipNow {
			t.Error("the request's own copy is to be skipped")
		}
		b.wantCurrent("A", "r1")
		b.poll(20 * time.Second)
		b.deck.skip()
		if r := b.poll(time.Second); !r.SkipNow {
			t.Error("the surplus copy plays on")
		}
		b.deck.skip()
		b.deck.add(track("A", 180), "") // the streamer's own, later
		b.poll(time.Second)
		b.deck.skip()
		if r := b.poll(time.Second); r.SkipNow {
			t.Error("a third copy was taken for a surplus one")
		}
		b.want("r1", song.Heard)
	})
}

func TestTheQueueListsWhatPlaysNextWithItsOwners(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		b.poll(time.Second)
		b.request("r1", track("A", 180))
		b.deck.add(track("own", 180), "")
		b.request("r2", track("B", 180))
		b.poll(time.Second)
		b.persist("r3", track("C", 180))
		b.request("r4", track("D", 180)) // handed over and not shown yet
		b.update(func(tx song.Tx) error { return song.Withdraw(tx, "r1", "moderated") })
		var got []string
		var total int
		b.view(func(tx song.Tx) error {
			es, n, err := song.Queue(tx, 6)
			for _, e := range es {
				got = append(got, fmt.Sprintf("%s %s%s %s", e.Track.ID, e.RequestID, e.Viewer.ID, e.State))
			}
			total = n
			return err
		})
		want := []string{"own  ", "B r2of-r2 queued", "D r4of-r4 queued", "C r3of-r3 pending", "c1  ", "c2  "}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if total != song.Window-1+2 {
			t.Errorf("total %d", total)
		}
		for id, want := range map[string]int{"r1": 0, "r2": 1, "r4": 2, "r3": 3} {
			b.view(func(tx song.Tx) error {
				got, _, err := song.Place(tx, id)
				if got != want {
					t.Errorf("%s stands at place %d, want %d", id, got, want)
				}
				return err
			})
		}
	})
}

func TestHistoryAndCountsKnowOnlyWhatWasPlayed(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		for i, id := range []string{"r1", "r2", "r3"} {
			b.request(id, track([]string{"A", "B", "A"}[i], 20))
		}
		b.request("r4", track("A", 20))
		b.deck.skip()
		b.poll(time.Second)
		b.poll(20 * time.Second) // r1 heard
		b.deck.skip()            // r2 skipped
		b.poll(time.Second)
		b.poll(20 * time.Second) // r3 heard
		b.view(func(tx song.Tx) error {
			played, total, err := song.History(tx, 2)
			if err != nil || total != 3 || len(played) != 2 || played[0].Request.ID != "r3" || played[1].Outcome != song.Skipped {
				t.Errorf("history %+v of %d, %v", played, total, err)
			}
			top, err := song.TopTracks(tx, "", core.Span{}, 10)
			if d := cmp.Diff([]song.TopTrack{{TrackID: "A", Name: "Song A", Artists: []string{"Artist A"}, Count: 2}}, top); d != "" || err != nil {
				t.Error(d, err)
			}
			mine, err := song.TopTracks(tx, "of-r1", core.Span{}, 10)
			if len(mine) != 1 || mine[0].Count != 1 || err != nil {
				t.Errorf("top tracks of one viewer %+v, %v", mine, err)
			}
			people, err := song.TopRequesters(tx, core.Span{}, 10)
			want := []song.TopRequester{{UserID: "of-r1", Name: "Viewer of-r1", Count: 1}, {UserID: "of-r3", Name: "Viewer of-r3", Count: 1}}
			if d := cmp.Diff(want, people, cmpopts.SortSlices(func(a, b song.TopRequester) bool { return a.UserID < b.UserID })); d != "" || err != nil {
				t.Error(d, err)
			}
			return nil
		})
	})
}

func TestOwnersSurviveARestart(t *testing.T) {
	inBooth(t, context3, func(t *testing.T, b *booth) {
		dir := t.TempDir()
		first := openBooth(b.t, dir, b.deck)
		first.request("r1", track("A", 180))
		first.request("r2", track("A", 180))
		first.poll(time.Second)
		first.deck.skip()
		first.poll(12 * time.Second)
		first.close()
		time.Sleep(175 * time.Second) // the desk is off while r2's copy starts
		second := openBooth(b.t, dir, b.deck)
		defer second.close()
		second.poll(time.Second)
		second.want("r1", song.Heard)
		second.wantCurrent("A", "r2")
	})
}
