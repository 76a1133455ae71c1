package stream_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/stream"
	"sidestage/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func at(minutes float64) time.Time {
	return noon.Add(time.Duration(minutes * float64(time.Minute)))
}

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

func storeOf(db *storage.DB) stream.Store {
	return storage.In(db, func(tx *storage.Tx) stream.Tx { return tx })
}

// clocked is a transaction with a clock of the test's own.
type clocked struct {
	stream.Tx
	now time.Time
}

func (c *clocked) Now() time.Time { return c.now }

// desk is a database whose clock the test turns.
type desk struct {
	t   *testing.T
	db  *storage.DB
	now time.Time
}

func (d *desk) in(fn func(stream.Tx) error) {
	d.t.Helper()
	err := d.db.Update(context.WithoutCancel(d.t.Context()), func(tx *storage.Tx) error {
		return fn(&clocked{Tx: tx, now: d.now})
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) online(id string, start time.Time) (c stream.Change) {
	d.in(func(tx stream.Tx) (err error) { c, err = stream.Rules{}.Online(tx, id, start); return err })
	return c
}

func (d *desk) offline(end time.Time) (c stream.Change) {
	d.in(func(tx stream.Tx) (err error) { c, err = stream.Offline(tx, end); return err })
	return c
}

func (d *desk) reconcile(live *stream.Live) (c stream.Change) {
	d.in(func(tx stream.Tx) (err error) { c, err = stream.Rules{}.Reconcile(tx, live); return err })
	return c
}

func (d *desk) viewers(n int) {
	d.in(func(tx stream.Tx) error { return stream.Viewers(tx, n) })
}

func (d *desk) current() (s stream.Session, live bool) {
	d.in(func(tx stream.Tx) (err error) {
		s, err = stream.Current(tx)
		if live = err == nil; core.KindOf(err) == core.NotFound {
			return nil
		}
		return err
	})
	return s, live
}

func (d *desk) journal() (events []event.Event) {
	d.t.Helper()
	err := d.db.View(context.WithoutCancel(d.t.Context()), func(tx *storage.Tx) error {
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
	if err != nil {
		d.t.Fatal(err)
	}
	return events
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return &desk{t: t, db: open(t), now: noon}
}

func TestASessionRunsFromOnlineToOffline(t *testing.T) {
	d := newDesk(t)
	if _, live := d.current(); live {
		t.Error("live before the first stream")
	}
	want := stream.Change{Transition: stream.WentOnline, Session: stream.Session{ID: 1, StreamID: "s1", StartedAt: at(0), OnlineAt: at(0)}}
	if diff := cmp.Diff(want, d.online("s1", at(0))); diff != "" {
		t.Error(diff)
	}
	for _, n := range []int{3, 9, 5} {
		d.now = d.now.Add(time.Minute)
		d.viewers(n)
	}
	want.Session.PeakViewers = 9
	if s, live := d.current(); !live || s != want.Session {
		t.Errorf("%v %+v", live, s)
	}
	want.Transition, want.Session.EndedAt = stream.WentOffline, at(4)
	if diff := cmp.Diff(want, d.offline(at(4))); diff != "" {
		t.Error(diff)
	}
	if _, live := d.current(); live {
		t.Error("live after the end")
	}
	events := []event.Event{
		event.StreamOnline{SessionID: "1", StartedAt: at(0)},
		event.StreamViewers{SessionID: "1", Viewers: 3, Peak: 3},
		event.StreamViewers{SessionID: "1", Viewers: 9, Peak: 9},
		event.StreamViewers{SessionID: "1", Viewers: 5, Peak: 9},
		event.StreamOffline{SessionID: "1", EndedAt: at(4), PeakViewers: 9},
	}
	if diff := cmp.Diff(events, d.journal()); diff != "" {
		t.Error(diff)
	}
}

func TestThePeakStartsAtZeroInEverySession(t *testing.T) {
	d := newDesk(t)
	d.online("s1", at(0))
	d.viewers(500)
	d.offline(at(1))
	d.online("s2", at(2))
	if s, _ := d.current(); s.PeakViewers != 0 {
		t.Errorf("peak %d", s.PeakViewers)
	}
}

func TestViewersAreCountedOnlyWhileLive(t *testing.T) {
	d := newDesk(t)
	d.in(func(tx stream.Tx) error {
		if err := stream.Viewers(tx, 1); core.KindOf(err) != core.NotFound {
			t.Errorf("offline: %v", err)
		}
		if err := stream.Viewers(tx, -1); core.KindOf(err) != core.Invalid {
			t.Errorf("minus one: %v", err)
		}
		return nil
	})
}

func TestRepeatedAndOldReportsChangeNothing(t *testing.T) {
	d := newDesk(t)
	none := func(name string, c stream.Change) {
		t.Helper()
		if c != (stream.Change{}) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	none("an end before the first stream", d.offline(at(0)))
	d.online("s1", at(10))
	none("the same start again", d.online("s1", at(10)))
	none("the same stream with a later start", d.online("s1", at(11)))
	none("the start of an earlier stream", d.online("s0", at(5)))
	none("the end of an earlier stream", d.offline(at(9)))
	d.offline(at(20))
	none("the same end again", d.offline(at(20)))
	none("the same start after the end", d.online("s1", at(10)))
	none("a start before the end", d.online("s2", at(19)))
	if c := d.online("s2", at(20)); c.Transition != stream.WentOnline || c.Session.ID != 2 {
		t.Errorf("the next stream: %+v", c)
	}
}

func TestAStreamNeedsAnIDAndAStart(t *testing.T) {
	d := newDesk(t)
	d.in(func(tx stream.Tx) error {
		for _, live := range []stream.Live{{StreamID: "s1"}, {StartedAt: at(0)}} {
			if _, err := (stream.Rules{}).Online(tx, live.StreamID, live.StartedAt); core.KindOf(err) != core.Invalid {
				t.Errorf("%+v: %v", live, err)
			}
		}
		return nil
	})
}

func TestANewStreamEndsTheOneWhoseEndWasMissed(t *testing.T) {
	d := newDesk(t)
	d.online("s1", at(0))
	d.now = at(3)
	d.viewers(7)
	if c := d.online("s2", at(60)); c.Transition != stream.WentOnline || c.Session.StreamID != "s2" {
		t.Errorf("%+v", c)
	}
	want := []event.Event{
		event.StreamOnline{SessionID: "1", StartedAt: at(0)},
		event.StreamViewers{SessionID: "1", Viewers: 7, Peak: 7},
		event.StreamOffline{SessionID: "1", EndedAt: at(3), PeakViewers: 7}, // when it was last seen
		event.StreamOnline{SessionID: "2", StartedAt: at(60)},
	}
	if diff := cmp.Diff(want, d.journal()); diff != "" {
		t.Error(diff)
	}
}

func TestReconcileFindsWhatWasMissed(t *testing.T) {
	s1, s2 := &stream.Live{StreamID: "s1", StartedAt: at(0)}, &stream.Live{StreamID: "s2", StartedAt: at(30)}
	began := func(d *desk) { d.online("s1", at(0)) }
	ended := func(d *desk) { d.online("s1", at(0)); d.offline(at(20)) }
	for name, row := range map[string]struct {
		before func(*desk)
		live   *stream.Live
		now    float64
		want   stream.Transition
		when   time.Time // of the transition
	}{
		"nothing ever":                        {func(*desk) {}, nil, 60, "", time.Time{}},
		"the start":                           {func(*desk) {}, s1, 60, stream.WentOnline, at(0)},
		"nothing while live":                  {began, s1, 60, "", time.Time{}},
		"the end, at the last thing seen":     {began, nil, 60, stream.WentOffline, at(0)},
		"the end and the next start":          {began, s2, 60, stream.WentOnline, at(30)},
		"nothing while off":                   {ended, nil, 60, "", time.Time{}},
		"the next start":                      {ended, s2, 60, stream.WentOnline, at(30)},
		"an end that was none":                {ended, s1, 60, stream.WentOnline, at(20)},
		"not yet off: a cache from before":    {began, nil, 4.9, "", time.Time{}},
		"not yet on again: a cache of before": {ended, s1, 24.9, "", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			row.before(d)
			d.now = at(row.now)
			c := d.reconcile(row.live)
			when := c.Session.StartedAt
			if c.Transition == stream.WentOffline {
				when = c.Session.EndedAt
			}
			if c.Transition != row.want || !when.Equal(row.when) {
				t.Errorf("%q at %v", c.Transition, when)
			}
		})
	}
}

func TestEveryTransitionPlansAllItsEffects(t *testing.T) {
	d := newDesk(t)
	check := func(want stream.Transition, targets []string) {
		t.Helper()
		var got []string
		d.in(func(tx stream.Tx) error {
			effects, err := stream.PendingEffects(tx)
			for _, e := range effects {
				if e.What != want {
					t.Errorf("%+v, want %s", e, want)
				}
				got = append(got, e.Target)
			}
			return err
		})
		slices.Sort(got)
		if diff := cmp.Diff(targets, got); diff != "" {
			t.Error(diff)
		}
	}
	all := stream.Targets()
	slices.Sort(all)
	d.online("s1", at(0))
	check(stream.WentOnline, all)
	d.offline(at(1))
	check(stream.WentOffline, all) // the newest only
	var pool int64
	d.in(func(tx stream.Tx) error {
		effects, err := stream.PendingEffects(tx)
		for _, e := range effects {
			if e.Target == stream.Pool {
				pool = e.ID
			}
		}
		return err
	})
	for range 2 { // ticking off again does nothing
		d.in(func(tx stream.Tx) error { return stream.EffectDone(tx, pool) })
		check(stream.WentOffline, slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == stream.Pool }))
	}
}

// TestAStreamThatComesBackSoonContinuesItsSession: online, offline, online in a
// few seconds has been seen at the start of streams, and an encoder may crash.
func TestAStreamThatComesBackSoonContinuesItsSession(t *testing.T) {
	db := open(t)
	soon := stream.Rules{ResumeWithin: 2 * time.Minute}
	err := db.Update(t.Context(), func(tx *storage.Tx) error {
		same := func(c stream.Change, err error, transition stream.Transition, session int64, stream string) {
			t.Helper()
			if err != nil || c.Transition != transition || c.Session.ID != session || c.Session.StreamID != stream {
				t.Errorf("%+v, %v", c, err)
			}
		}
		clock := &clocked{Tx: tx, now: noon}
		c, err := soon.Online(clock, "s1", at(0))
		same(c, err, stream.WentOnline, 1, "s1")
		clock.now = at(10)
		err = stream.Viewers(clock, 40)
		same(c, err, stream.WentOnline, 1, "s1")
		c, err = stream.Offline(clock, at(10))
		same(c, err, stream.WentOffline, 1, "s1")
		c, err = soon.Online(clock, "s2", at(11))
		same(c, err, stream.WentOnline, 1, "s2")
		if !c.Session.StartedAt.Equal(at(0)) || !c.Session.OnlineAt.Equal(at(11)) || c.Session.PeakViewers != 40 || !c.Session.Live() {
			t.Errorf("%+v", c.Session)
		}
		for _, late := range []func() (stream.Change, error){ // what belongs to before the gap
			func() (stream.Change, error) { return soon.Online(clock, "s1", at(0)) },
			func() (stream.Change, error) { return soon.Online(clock, "s2", at(11)) },
			func() (stream.Change, error) { return stream.Offline(clock, at(10)) },
		} {
			c, err := late()
			same(c, err, "", 0, "")
		}
		c, err = stream.Offline(clock, at(30))
		same(c, err, stream.WentOffline, 1, "s2")
		c, err = soon.Online(clock, "s3", at(32)) // that was not soon
		same(c, err, stream.WentOnline, 2, "s3")
		// While the desk is away s3 breaks off, and Twitch has another one.
		clock.now = at(41)
		if err := stream.Viewers(clock, 50); err != nil {
			return err
		}
		clock.now = at(60)
		c, err = soon.Reconcile(clock, &stream.Live{StreamID: "s4", StartedAt: at(42)})
		same(c, err, stream.WentOnline, 2, "s4")
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
