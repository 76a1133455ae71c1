package song_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sidestage/core/song"
)

// show is a deck, a booth that watches it, and the truth about both.
type show struct {
	*booth
	t       *rapid.T
	library []song.Track
	spins   map[string]*spin // by request id
	gone    map[string]bool  // withdrawn
	n       int
}

func newShow(t *rapid.T, dir string) *show {
	var library []song.Track
	for i, sec := range rapid.SliceOfN(rapid.SampledFrom([]int{3, 7, 15, 40, 180}), 5, 5).Draw(t, "lengths") {
		library = append(library, track(fmt.Sprintf("t%d", i), sec))
	}
	// A context of one track repeated shows the same list for ever, and nobody can
	// tell its copies apart; from two on a step is visible.
	context := some(t, library, rapid.IntRange(2, 4).Draw(t, "context length"))
	s := &show{t: t, library: library, spins: map[string]*spin{}, gone: map[string]bool{}}
	s.booth = openBooth(t, dir, newDeck(context...))
	return s
}

// longQueue keeps the user's queue well within the window. What stands behind it
// is not shown.
const longQueue = 10

func (s *show) any() song.Track {
	return s.library[rapid.IntRange(0, len(s.library)-1).Draw(s.t, "track")]
}

// some are a few different tracks of the library.
func some(t *rapid.T, library []song.Track, n int) []song.Track {
	var ts []song.Track
	for _, i := range rapid.Permutation([]int{0, 1, 2, 3, 4}).Draw(t, "context")[:n] {
		ts = append(ts, library[i])
	}
	return ts
}

func (s *show) ask(*rapid.T) {
	if len(s.deck.queue) >= longQueue {
		return
	}
	s.n++
	id := fmt.Sprintf("r%02d", s.n)
	s.spins[id] = s.request(id, s.any())
}

func (s *show) withdraw(*rapid.T) {
	if s.n == 0 {
		return
	}
	id := fmt.Sprintf("r%02d", rapid.IntRange(1, s.n).Draw(s.t, "request"))
	s.gone[id] = s.gone[id] || !s.spins[id].over
	s.update(func(tx song.Tx) error { return song.Withdraw(tx, id, "changed their mind") })
}

// byHand: starting what is current again looks like going back in it, so that is
// left out.
func (s *show) byHand(*rapid.T) {
	t := s.any()
	if t.ID == s.deck.current.track.ID {
		return
	}
	var context []song.Track
	if rapid.Bool().Draw(s.t, "own context") {
		context = some(s.t, s.library, 3)
	}
	s.deck.byHand(t, context)
}

func (s *show) seek(*rapid.T) {
	s.deck.advance()
	s.deck.seek(time.Duration(rapid.IntRange(0, int(s.deck.current.track.Duration.Milliseconds())-1).Draw(s.t, "seek")) * time.Millisecond)
}

// sync is booth.sync, obeying what it says.
func (s *show) look() song.Result {
	r := s.booth.sync(s.deck.look())
	if r.SkipNow {
		if cur := s.deck.current; !s.gone[cur.owner] {
			s.t.Fatalf("asked to skip %s of %q, which nobody withdrew", cur.track.ID, cur.owner)
		}
		s.deck.skip()
	}
	return r
}

func (s *show) stale(*rapid.T) {
	if old, ok := s.deck.stale(6 * time.Second); ok {
		s.booth.sync(old)
	}
}

// exact checks that every copy has the owner it has in truth.
func (s *show) exact() {
	s.t.Helper()
	owner := s.deck.current.owner
	if s.gone[owner] {
		owner = ""
	}
	s.wantCurrent(s.deck.current.track.ID, owner)
	s.view(func(tx song.Tx) error {
		open, err := tx.SongHandovers()
		for _, h := range open {
			truth := slices.Index(s.deck.queue, s.spins[h.RequestID])
			if h.Position != truth {
				s.t.Errorf("%s stands at %d, believed at %d", h.RequestID, truth, h.Position)
			}
		}
		return err
	})
}

// settle plays everything out and compares outcomes.
func (s *show) settle() {
	s.deck.device(true)
	s.deck.pause(false)
	for range 3 {
		time.Sleep(5 * time.Second)
		s.look()
	}
	for len(s.deck.queue) > 0 || s.deck.current.owner != "" {
		time.Sleep(min(s.deck.left()+200*time.Millisecond, 10*time.Second))
		s.look()
	}
	for range 3 {
		time.Sleep(min(s.deck.left()+200*time.Millisecond, 10*time.Second))
		s.look()
	}
}

// outcome is what became of a copy in truth, and whether it is near enough to the
// limit for either answer.
func outcome(s *spin) (want song.State, near bool) {
	limit := min(10*time.Second, s.track.Duration)
	near = !s.toEnd && (s.heard-limit).Abs() < 1500*time.Millisecond
	if s.toEnd || s.heard >= 10*time.Second {
		return song.Heard, near
	}
	return song.Skipped, near
}

// With a fresh look after everything that happens, all is knowable, whatever
// stale looks come in between. Left out is what Spotify does not show: the
// streamer starting again what is current anyway, and which of several copies is
// which in a list of nothing but one track.
func TestWithOneThingAtATimeEveryCopyKeepsItsOwner(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		inShow(t, rt, func(s *show) {
			s.look()
			rt.Repeat(map[string]func(*rapid.T){
				"":    func(*rapid.T) { s.calm() },
				"ask": s.ask, "ask too": s.ask, "withdraw": s.withdraw, "by hand": s.byHand, "seek": s.seek,
				"stale": s.stale, "stale too": s.stale, "rest": s.rest, "rest too": s.rest,
				"skip": s.skip, "pause": s.pause, "queue": s.queueOwn,
			})
			s.settleCalmly()
			for id, spin := range s.spins {
				want, near := outcome(spin)
				if got := s.state(id); !s.gone[id] && got != want && !near {
					rt.Errorf("%s is %s, in truth %s (%+v)", id, got, want, spin)
				}
			}
		})
	})
}

// inShow runs one check in a bubble of its own, and lets rapid see how it ends.
func inShow(t *testing.T, rt *rapid.T, check func(*show)) {
	t.Helper()
	var thrown any
	synctest.Test(t, func(t *testing.T) {
		defer func() { thrown = recover() }()
		s := newShow(rt, t.TempDir())
		defer s.close()
		check(s)
	})
	switch {
	case thrown == nil:
	case fmt.Sprintf("%T", thrown) == "rapid.invalidData":
		panic(thrown) // rapid tells by the line that this is not the failure it shrinks
	default:
		panic(thrown)
	}
}

func (s *show) skip(*rapid.T) { s.deck.skip() }

func (s *show) pause(*rapid.T) { s.deck.pause(rapid.Bool().Draw(s.t, "pause")) }

func (s *show) queueOwn(*rapid.T) {
	if len(s.deck.queue) < longQueue {
		s.deck.add(s.any(), "")
	}
}

// rest lets time pass, to just behind the next end at most.
func (s *show) rest(*rapid.T) {
	d := time.Duration(rapid.IntRange(100, 20_000).Draw(s.t, "rest")) * time.Millisecond
	time.Sleep(min(d, s.deck.left()+100*time.Millisecond))
}

// calm looks until the look is believed and nothing was asked.
func (s *show) calm() {
	for range 20 {
		time.Sleep(min(500*time.Millisecond, s.deck.left()/2))
		if r := s.look(); !r.SkipNow && !r.Doubtful {
			s.exact()
			return
		}
	}
	s.t.Fatal("no look is believed any more")
}

func (s *show) settleCalmly() {
	s.deck.pause(false)
	for len(s.deck.queue) > 0 || s.deck.current.owner != "" {
		time.Sleep(min(s.deck.left()+100*time.Millisecond, 10*time.Second))
		s.calm()
	}
}
