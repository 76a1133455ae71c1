package stream_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/stream"
)

// audience is a Twitch that answers what the test says, at first that s1 is
// live, and keeps the times at which it was asked.
type audience struct {
	sync.Mutex
	live  stream.Live
	err   error
	asked []time.Duration
	from  time.Time
}

func newAudience(viewers int) *audience {
	return &audience{live: stream.Live{StreamID: "s1", StartedAt: at(0), Viewers: viewers}, from: time.Now()}
}

func (a *audience) Live(context.Context) (stream.Live, error) {
	a.Lock()
	defer a.Unlock()
	a.asked = append(a.asked, time.Since(a.from))
	return a.live, a.err
}

func (a *audience) says(id string, viewers int, err error) {
	a.Lock()
	defer a.Unlock()
	a.live.StreamID, a.live.Viewers, a.err = id, viewers, err
}

func (a *audience) wants(t *testing.T, minutes ...int) {
	t.Helper()
	a.Lock()
	defer a.Unlock()
	var want []time.Duration
	for _, m := range minutes {
		want = append(want, time.Duration(m)*time.Minute)
	}
	if diff := cmp.Diff(want, a.asked); diff != "" {
		t.Error(diff)
	}
}

func TestViewersAreCountedEveryMinuteWhileLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := newDesk(t), newAudience(12)
		p := stream.NewPoller(storeOf(d.db), a, silent)
		defer run(t, p.Run)()
		after(10 * time.Minute)
		a.wants(t) // offline
		d.online("s1", at(0))
		p.Nudge()
		synctest.Wait()
		a.wants(t, 10)
		if s, _ := d.current(); s.PeakViewers != 12 {
			t.Errorf("peak %d", s.PeakViewers)
		}
		for range 3 { // nudges do not make it more often
			after(30 * time.Second)
			p.Nudge()
		}
		after(time.Minute)
		a.wants(t, 10, 11, 12)
		d.offline(at(5))
		p.Nudge()
		after(9*time.Minute + 30*time.Second)
		a.wants(t, 10, 11, 12)
		a.says("s2", 3, nil)
		d.online("s2", at(30))
		p.Nudge()
		synctest.Wait()
		a.wants(t, 10, 11, 12, 22)
		if s, _ := d.current(); s.PeakViewers != 3 {
			t.Errorf("peak %d", s.PeakViewers)
		}
	})
}

func TestAPollThatTellsNothingChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := newDesk(t), newAudience(12)
		d.online("s1", at(0))
		defer run(t, stream.NewPoller(storeOf(d.db), a, silent).Run)()
		synctest.Wait()
		before := d.journal()
		for _, row := range []struct {
			id  string
			err error
		}{
			{"s1", errors.New("no answer")},
			{"s1", core.E(core.NotFound, "no stream")},
			{"s0", nil}, // another stream, from a cache
		} {
			a.says(row.id, 99, row.err)
			after(time.Minute)
		}
		if diff := cmp.Diff(before, d.journal()); diff != "" {
			t.Error(diff)
		}
		a.says("s1", 13, nil)
		after(time.Minute)
		if s, live := d.current(); !live || s.PeakViewers != 13 {
			t.Errorf("%v %+v", live, s)
		}
		a.wants(t, 0, 1, 2, 3, 4)
	})
}

// ending is an audience whose answer comes after the stream's end.
type ending struct {
	*audience
	end func()
}

func (e ending) Live(ctx context.Context) (stream.Live, error) {
	e.end()
	return e.audience.Live(ctx)
}

func TestACountThatComesAfterTheEndIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := newDesk(t), newAudience(12)
		d.online("s1", at(0))
		late := ending{a, sync.OnceFunc(func() { d.offline(at(1)) })}
		defer run(t, stream.NewPoller(storeOf(d.db), late, silent).Run)()
		after(10 * time.Minute)
		a.wants(t, 0)
		if events := d.journal(); len(events) != 2 {
			t.Errorf("journal %v", events)
		}
	})
}

// broken is a store that cannot be read.
type broken struct {
	stream.Store
	reads int
}

func (b *broken) View(context.Context, func(stream.Tx) error) error {
	b.reads++
	return core.E(core.Unavailable, "no disk")
}

func TestAStoreThatFailsIsAskedAgainAtLeisure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &broken{}
		stop := run(t, stream.NewPoller(b, newAudience(1), silent).Run)
		after(10*time.Minute + time.Second)
		stop()
		if b.reads != 11 {
			t.Errorf("%d reads in ten minutes", b.reads)
		}
	})
}

func TestAPollTellsTheTitleUnlessAnEventJustDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := newDesk(t), newAudience(12)
		a.live.Title, a.live.Category = "old", "Music"
		says := func(want string) {
			t.Helper()
			synctest.Wait()
			d.in(func(tx stream.Tx) error {
				if got, err := tx.StreamDescription(); err != nil || got.Title != want {
					t.Errorf("%+v, %v, want %s", got, err, want)
				}
				return nil
			})
		}
		says("")
		d.online("s1", at(0))
		defer run(t, stream.NewPoller(storeOf(d.db), a, silent).Run)()
		says("old")
		told := len(d.journal())
		after(10 * time.Minute)
		if journal := d.journal()[told:]; len(journal) != 10 {
			t.Errorf("the same title was told again: %v", journal)
		}
		if err := storeOf(d.db).Update(t.Context(), func(tx stream.Tx) error { return stream.Described(tx, "new", "Music") }); err != nil {
			t.Error(err)
		}
		after(4 * time.Minute)
		says("new") // though Get Streams still has the old one
		a.Lock()
		a.live.Title = "newest" // and nobody told
		a.Unlock()
		after(2 * time.Minute)
		says("newest")
	})
}
