package desk_test

import (
	"context"
	"flag"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/sim"
)

// request is what a model of the queue knows of one: who asked for what, and
// what was decided about it.
type request struct {
	viewer  string
	removed bool
	kept    bool // removed, and the points are to stay spent
	sent    bool // it has been in Spotify's queue
}

// evenings is a desk whose queue is changed at random, beside a simple model of
// it: the order in which those that wait must go, who asked for what, and where
// the points have to be.
type evenings struct {
	*world
	t     *rapid.T
	c     *api.Client
	all   map[string]*request
	waits []string // ids, in order
	sent  []string // ids, in the order in which Spotify got them
	still bool     // it is paused
	unlit bool     // looks at the player may have failed, or shown nothing
	truth truth
}

// truth is how far the copies that Spotify got were played, in their order. Its
// queue is first in first out, so the count of those that left it names the one
// that plays.
type truth struct {
	mu    sync.Mutex
	heard []time.Duration
}

// listen sees the player every second, as nobody does in life.
func (tr *truth) listen(ctx context.Context, s *sim.Sim) {
	for ctx.Err() == nil {
		p, added := s.Player(), len(s.Adds())
		tr.mu.Lock()
		for len(tr.heard) < added {
			tr.heard = append(tr.heard, 0)
		}
		if left := added - len(p.Queue); p.Asked && left > 0 {
			tr.heard[left-1] = max(tr.heard[left-1], p.Progress)
		}
		tr.mu.Unlock()
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

var crowd = []string{"Mo_Types", "bitcrusher", "QuietQuill", "LinearLinda", "oskar_nord"}

func (e *evenings) ask(*rapid.T) {
	viewer := rapid.SampledFrom(crowd).Draw(e.t, "viewer")
	id := e.wants(viewer, rapid.IntRange(4, 9).Draw(e.t, "song")) // few, so that some are asked for twice
	e.all[id] = &request{viewer: viewer}
	e.waits = append(e.waits, id)
}

// one is a request that waits.
func (e *evenings) one() (int, string) {
	if len(e.waits) == 0 {
		e.t.Skip("nothing waits")
	}
	i := rapid.IntRange(0, len(e.waits)-1).Draw(e.t, "which")
	return i, e.waits[i]
}

func (e *evenings) move(*rapid.T) {
	e.calm()
	i, id := e.one()
	to := rapid.IntRange(1, len(e.waits)+3).Draw(e.t, "to")
	got, err := e.c.MoveInQueue(e.world.t.Context(), id, to)
	e.check(err)
	ahead := e.ahead()
	at := min(max(to-ahead, 1), len(e.waits))
	e.waits = slices.Insert(slices.Delete(e.waits, i, i+1), at-1, id)
	if got.Position != ahead+at {
		e.t.Errorf("moved to %d, want %d", got.Position, ahead+at)
	}
}

// ahead is how many of the queue are at Spotify already.
func (e *evenings) ahead() int {
	q, err := e.c.Queue(e.world.t.Context(), api.MaxLimit)
	e.check(err)
	return max(slices.IndexFunc(q.Tracks, func(t api.QueuedTrack) bool { return t.State == api.StatePending }), 0)
}

func (e *evenings) remove(*rapid.T) {
	e.calm()
	i, id := e.one()
	refund := rapid.Bool().Draw(e.t, "refund")
	got, err := e.c.RemoveFromQueue(e.world.t.Context(), id, api.RemoveRequest{Refund: &refund})
	e.check(err)
	want := map[bool]string{true: api.PointsReturn, false: api.PointsStay}[refund]
	if got.Points != want || got.Copy != api.CopyNone {
		e.t.Errorf("removed: %+v, want %s", got, want)
	}
	e.waits = slices.Delete(e.waits, i, i+1)
	e.all[id].removed, e.all[id].kept = true, !refund
}

// removeSent takes back what Spotify has already.
func (e *evenings) removeSent(*rapid.T) {
	e.calm()
	q, err := e.c.Queue(e.world.t.Context(), api.MaxLimit)
	e.check(err)
	for _, t := range q.Tracks {
		if t.State == api.StateQueued {
			got, err := e.c.RemoveFromQueue(e.world.t.Context(), t.EventID, api.RemoveRequest{})
			e.check(err)
			if got.Points != api.PointsSpent || got.Copy == api.CopyNone { // it may just have begun to play
				e.t.Errorf("removed at Spotify: %+v", got)
			}
			e.all[t.EventID].removed = true
			return
		}
	}
	e.t.Skip("nothing is at Spotify")
}

func (e *evenings) skip(*rapid.T) {
	e.check(e.sim.Skip())
}

func (e *evenings) byHand(*rapid.T) {
	e.check(e.sim.PlayNow(e.playing()))
	e.still = false
}

func (e *evenings) pause(*rapid.T) {
	if e.still = !e.still; e.still {
		e.check(e.sim.Pause())
	} else {
		e.check(e.sim.Resume())
	}
}

// device takes the only device for less than a request waits, or gives it back.
func (e *evenings) device(*rapid.T) {
	e.check(e.sim.SetDevice(false))
	time.Sleep(time.Duration(rapid.IntRange(1, 60).Draw(e.t, "away")) * time.Second)
	e.check(e.sim.SetDevice(true))
}

// oddities are the ways of the platforms that a request must survive.
var oddities = []string{
	"stale", "ads", "relink", "slow", "rate-limit", "server-error", "timeout-after", "unauthorized", "forbidden", "dry-bucket", "duplicate", "reorder",
}

// odd has the platforms be odd for a while, in which somebody may ask, and lets
// what was tried in vain be tried again.
func (e *evenings) odd(t *rapid.T) {
	fault := rapid.SampledFrom(oddities).Draw(e.t, "oddity")
	e.unlit = true
	e.check(e.sim.SetFault(fault, true))
	time.Sleep(time.Duration(rapid.IntRange(1, 30).Draw(e.t, "before")) * time.Second)
	if rapid.Bool().Draw(e.t, "asks") {
		e.ask(t)
	}
	time.Sleep(time.Duration(rapid.IntRange(1, 60).Draw(e.t, "odd")) * time.Second)
	e.check(e.sim.SetFault(fault, false))
	time.Sleep(2 * time.Minute)
}

// play lets what is current play to its end.
func (e *evenings) play(*rapid.T) {
	if p := e.sim.Player(); p.Playing {
		time.Sleep(p.Length - p.Progress + 5*time.Second)
	}
}

func (e *evenings) again(*rapid.T) { e.restart(func() {}); e.c.Close(); e.c = e.desk.Reach() }

func (e *evenings) rest(*rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 120).Draw(e.t, "rest")) * time.Second)
}

// calm waits until the desk has done what it can, and follows the model: what
// was handed over must have been the first of those that waited.
func (e *evenings) calm() {
	time.Sleep(40 * time.Second)
	q, err := e.c.Queue(e.world.t.Context(), api.MaxLimit)
	e.check(err)
	var pending []string
	queued := 0
	for _, t := range q.Tracks {
		switch t.State {
		case api.StatePending:
			pending = append(pending, t.EventID)
		case api.StateQueued:
			queued++
		}
	}
	sent := len(e.waits) - len(pending)
	if sent < 0 || !slices.Equal(e.waits[sent:], pending) {
		e.t.Fatalf("waiting are %v, want the last of %v", pending, e.waits)
	}
	for _, id := range e.waits[:sent] {
		e.all[id].sent = true
		e.sent = append(e.sent, id)
	}
	e.waits = slices.Clone(pending)
	if queued > 1 || len(pending) > 0 && queued == 0 {
		e.t.Fatalf("%d wait at Spotify, %d with us", queued, len(pending))
	}
}

// balanced checks where the points are, and what was added.
func (e *evenings) balanced() {
	sent := 0
	for id, r := range e.all {
		want := "unfulfilled"
		switch {
		case r.removed && !r.kept && !r.sent:
			want = "canceled"
		case r.sent, r.kept:
			want = "fulfilled"
		}
		if r.sent {
			sent++
		}
		if got := e.booked(id); got != want {
			e.t.Errorf("%s of %s is %s, want %s (%+v)", id, r.viewer, got, want, *r)
		}
	}
	if n := len(e.sim.Adds()); n != sent {
		e.t.Errorf("%d adds for %d requests", n, sent)
	}
}

// heardOnce checks the history: everybody who was heard asked for it, once, and
// nobody was whose request was taken back before it went to Spotify.
func (e *evenings) heardOnce() {
	h, err := e.c.History(e.world.t.Context(), api.MaxLimit)
	e.check(err)
	seen := map[string]bool{}
	for _, p := range h.Requests {
		r := e.all[p.EventID]
		if r == nil || seen[p.EventID] || !r.sent || p.RequesterDisplayName != r.viewer {
			e.t.Errorf("played %+v, known as %+v, seen before %v", p.Track, r, seen[p.EventID])
		}
		seen[p.EventID] = true
	}
	for id, r := range e.all {
		if r.sent && !r.removed && !seen[id] {
			e.t.Errorf("%s of %s went to Spotify and is in no history", id, r.viewer)
		}
	}
	for _, p := range h.Requests {
		e.rightly(p)
	}
}

// rightly checks what a request is said to have come to, unless it was near the
// limit of ten seconds: the player is seen to the second here. While looks fail
// or show nothing, a skip in the first seconds is not known from one before it,
// and the clock has to judge.
func (e *evenings) rightly(p api.PlayedTrack) {
	if e.unlit {
		return
	}
	e.truth.mu.Lock()
	defer e.truth.mu.Unlock()
	i := slices.Index(e.sent, p.EventID)
	if i < 0 || i >= len(e.truth.heard) {
		return // told already
	}
	const limit, near = 10 * time.Second, 2 * time.Second
	heard := e.truth.heard[i]
	if (heard-limit).Abs() > near && (heard > limit) != (p.Outcome == api.OutcomeHeard) {
		e.t.Errorf("%s of %s is %s, and was played for %s", p.EventID, p.RequesterDisplayName, p.Outcome, heard)
	}
}

// finish lets everything play out.
func (e *evenings) finish() {
	if e.still {
		e.pause(nil)
	}
	for range 3 * (len(e.waits) + 3) {
		e.calm()
		e.check(e.sim.Skip())
	}
	e.calm()
}

// TestTheQueueIsInOrderAndThePointsBalanceWhateverHappens changes, plays, skips,
// pauses and restarts at random. What the API does not show stays out: two
// things that happen within the same seconds, which calm keeps apart.
func TestTheQueueIsInOrderAndThePointsBalanceWhateverHappens(t *testing.T) {
	if flag.Lookup("rapid.checks").Value.String() == "100" { // rapid's default; a world is slow
		for name, value := range map[string]string{"rapid.checks": "8", "rapid.steps": "20"} {
			if err := flag.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		var thrown any
		synctest.Test(t, func(t *testing.T) {
			defer func() { thrown = recover() }()
			w := newWorldAfter(t, sim.Options{Seed: 1, Speed: 1}, func(*config.Settings) {}, func(*world) {})
			e := &evenings{world: w, t: rt, c: w.desk.Reach(), all: map[string]*request{}}
			ctx, cancel := context.WithCancel(context.Background())
			var listening sync.WaitGroup
			listening.Go(func() { e.truth.listen(ctx, w.sim) })
			defer func() { cancel(); listening.Wait(); e.c.Close(); w.stop() }()
			time.Sleep(time.Minute)
			rt.Repeat(map[string]func(*rapid.T){
				"":    func(*rapid.T) { e.calm(); e.balanced() },
				"ask": e.ask, "ask too": e.ask, "ask three": e.ask, "move": e.move, "move too": e.move, "remove": e.remove,
				"remove at Spotify": e.removeSent, "skip": e.skip, "by hand": e.byHand, "pause": e.pause, "device": e.device,
				"restart": e.again, "rest": e.rest, "play": e.play, "odd": e.odd, "odd too": e.odd,
			})
			e.finish()
			e.balanced()
			e.heardOnce()
		})
		if thrown != nil {
			panic(thrown)
		}
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}
