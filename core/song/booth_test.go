package song_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/song"
	"sidestage/storage"
)

// booth is a desk's songs beside a deck, on a real database.
type booth struct {
	dir   string
	t     tb
	db    *storage.DB
	store storage.Store[song.Tx]
	deck  *deck
}

type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// inBooth runs a test in a bubble of its own, where time is free.
func inBooth(t *testing.T, d func() *deck, test func(t *testing.T, b *booth)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := openBooth(t, t.TempDir(), d())
		defer b.close()
		test(t, b)
	})
}

func openBooth(t tb, dir string, d *deck) *booth {
	t.Helper()
	b := &booth{t: t, dir: dir, deck: d}
	b.open()
	return b
}

func (b *booth) open() {
	b.t.Helper()
	var err error
	if b.db, err = storage.Open(context.Background(), b.dir, storage.Options{}); err != nil {
		b.t.Fatal(err)
	}
	b.store = storage.In(b.db, func(tx *storage.Tx) song.Tx { return tx })
}

// reopen is a restart of the desk.
func (b *booth) reopen() {
	b.t.Helper()
	b.close()
	b.open()
}

func (b *booth) close() {
	if err := b.db.Close(); err != nil {
		b.t.Errorf("close: %v", err)
	}
}

func (b *booth) update(fn func(song.Tx) error) {
	b.t.Helper()
	if err := b.store.Update(context.Background(), fn); err != nil {
		b.t.Fatal(err)
	}
}

func (b *booth) view(fn func(song.Tx) error) {
	b.t.Helper()
	if err := b.store.View(context.Background(), fn); err != nil {
		b.t.Fatal(err)
	}
}

func viewer(id string) core.Viewer { return core.Viewer{ID: id, Login: id, Name: "Viewer " + id} }

// persist stores a request of the viewer with the same id.
func (b *booth) persist(id string, t song.Track) {
	b.t.Helper()
	b.update(func(tx song.Tx) error {
		_, err := song.Persist(tx, song.Request{ID: id, Viewer: viewer("of-" + id), Track: t, RedeemedAt: time.Now()})
		return err
	})
}

// before is the look that precedes an add.
func (b *booth) before(t song.Track) (o song.Occurrence) {
	b.t.Helper()
	s := b.deck.look()
	b.update(func(tx song.Tx) (err error) {
		o, err = song.Before(tx, t, s)
		return err
	})
	return o
}

func (b *booth) handedOver(id string, o song.Occurrence) {
	b.t.Helper()
	b.update(func(tx song.Tx) error { return song.HandedOver(tx, id, o) })
}

// request has a viewer's track added to the player, as a saga does.
func (b *booth) request(id string, t song.Track) *spin {
	b.t.Helper()
	b.persist(id, t)
	o := b.before(t)
	s := b.deck.add(t, id)
	b.handedOver(id, o)
	return s
}

func (b *booth) sync(s song.Snapshot) (r song.Result) {
	b.t.Helper()
	b.update(func(tx song.Tx) (err error) {
		r, err = song.Sync(tx, s)
		return err
	})
	return r
}

// poll waits and syncs with a fresh look.
func (b *booth) poll(after time.Duration) song.Result {
	b.t.Helper()
	time.Sleep(after)
	return b.sync(b.deck.look())
}

func (b *booth) state(id string) (s song.State) {
	b.t.Helper()
	b.view(func(tx song.Tx) error {
		r, err := tx.SongByID(id)
		s = r.State
		return err
	})
	return s
}

func (b *booth) want(id string, want song.State) {
	b.t.Helper()
	if got := b.state(id); got != want {
		b.t.Errorf("request %s is %s, want %s", id, got, want)
	}
}

func (b *booth) playing() (n song.Now) {
	b.t.Helper()
	b.view(func(tx song.Tx) (err error) {
		n, err = song.NowPlaying(tx)
		return err
	})
	return n
}

// wantCurrent checks who is credited with what is current; "" is nobody.
func (b *booth) wantCurrent(trackID, owner string) {
	b.t.Helper()
	n := b.playing()
	if n.Current == nil || n.Current.Track.ID != trackID || n.Current.RequestID != owner {
		b.t.Errorf("current is %+v, want %s of %q", n.Current, trackID, owner)
	}
}

func (b *booth) history() (ps []song.Played) {
	b.t.Helper()
	b.view(func(tx song.Tx) (err error) {
		ps, _, err = song.History(tx, 100)
		return err
	})
	return ps
}

// events lists the journal as "type subject outcome".
func (b *booth) events() (lines []string) {
	b.t.Helper()
	err := b.db.View(context.Background(), func(tx *storage.Tx) error {
		recs, err := tx.EventsAfter(0, 1000)
		for _, r := range recs {
			e, decodeErr := event.Decode(r)
			err = errors.Join(err, decodeErr)
			line := string(r.Type) + " " + r.Subject
			if e, ok := e.(event.SongEnded); ok {
				line += " " + e.Outcome
			}
			lines = append(lines, line)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return lines
}
