package song

import (
	"cmp"
	"slices"
	"time"
)

// change is one look at the player after another.
type change struct {
	was, now Snapshot
	own      []bool    // which of was.Upcoming are occurrences of ours; nil is none
	queued   int       // was.Upcoming[:queued] was queued, by us or the streamer
	asked    bool      // we had the player skip was.Current
	unseen   []arrival // ours that were added and never seen, in order
}

// arrival is a copy of ours that comes into the list.
type arrival struct {
	item     Item
	added    time.Time
	unwanted bool // it will be skipped
}

func (c change) isOwn(i int) bool { return i < len(c.own) && c.own[i] }

// elapsed is the time between the looks. Before the first there was time for
// anything.
func (c change) elapsed() time.Duration {
	if c.was.At.IsZero() {
		return 24 * time.Hour
	}
	return max(0, c.now.At.Sub(c.was.At))
}

// currentKind says what the current item is.
type currentKind = originKind

// The current item is the one it was, besides being fromWas (the last that left
// the list), fromUnseen or fromElsewhere (started by hand).
const fromBefore currentKind = fromElsewhere + 1

// story is one explanation of a change: was.Upcoming[:popped] and
// unseen[:arrived] left the list at its front, in any order that keeps each of
// them, and the last to do so, unless the streamer started something by hand, is
// current.
type story struct {
	popped  int
	arrived int
	current currentKind
	from    []origin // of now.Upcoming
	fits    bool     // everything that left can have been played in full

	cost     int
	misfit   time.Duration // between the looks and the clock
	doubtful bool          // not to be believed at the first look
	skipped  int           // now.Upcoming[:skipped] is older than was
	byHand   bool
}

// explain finds the cheapest story; of equally cheap ones the one that fits the
// clock best, of those the one in which least happened.
func explain(c change) story {
	plain, byHand := align(c, costContext), align(c, costContextByHand)
	best := story{cost: costImpossible * costImpossible}
	consider := func(s story, a *aligner) {
		s.cost += a.best[a.at(s.popped, s.arrived, s.skipped)]
		if cmp.Or(cmp.Compare(s.cost, best.cost), cmp.Compare(s.misfit, best.misfit)) < 0 {
			best = s
		}
	}
	for i := 0; i <= len(c.was.Upcoming); i++ {
		for u := 0; u <= len(c.unseen) && (u == 0 || i > plain.lastOwn); u++ {
			for _, s := range c.endings(i, u) {
				consider(s, pick(s.byHand, byHand, plain))
			}
		}
	}
	for n := 1; n <= maxStale && n <= len(c.now.Upcoming); n++ {
		if c.was.Current != nil && same(c.now.Upcoming[n-1], *c.was.Current) {
			consider(story{skipped: n, current: fromElsewhere, cost: costStale, misfit: time.Hour, doubtful: true}, plain)
		}
	}
	a := pick(best.byHand, byHand, plain)
	best.from = a.trace(best.popped, best.arrived, best.skipped)
	best.doubtful = best.doubtful || a.missing(best) || c.backwards(best)
	return best
}

// backwards reports whether a story has both the queue change and the same item
// go back: that is how an older look shows itself.
func (c change) backwards(s story) bool {
	gone := c.now.Progress - c.was.Progress
	return s.current == fromBefore && gone < -jitter && s.cost > pick(gone < -slack, costSeek, 0)
}

// maxStale is by how many items a look may lag behind the last one.
const maxStale = 3

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// missing reports whether a story moves one of ours back, or loses one, or
// something of the streamer's queue, or another copy of the same track: then it
// may be ours that is gone.
func (a *aligner) missing(s story) bool {
	kept, last := map[int]bool{}, -1
	for j, o := range s.from {
		if o.kind != fromWas {
			continue
		}
		kept[o.index], last = true, o.index
		if a.isOwn(o.index) && j > o.index-s.popped {
			return true
		}
	}
	for i := s.popped; i < len(a.was.Upcoming); i++ {
		if !kept[i] && (i < a.queued || a.isOwn(i) || i < last && a.likeOurs(i)) {
			return true
		}
	}
	return false
}

// likeOurs reports whether an upcoming item is a copy of a track of ours.
func (a *aligner) likeOurs(i int) bool {
	for k, own := range a.own {
		if own && same(a.was.Upcoming[k], a.was.Upcoming[i]) {
			return true
		}
	}
	return false
}

// endings are the stories in which so many left the list: the current item is
// the last of them, or was started by hand.
func (c change) endings(popped, arrived int) []story {
	s := story{popped: popped, arrived: arrived}
	if popped+arrived == 0 {
		if sameCurrent(c.was.Current, c.now.Current) {
			s.current = fromBefore
			c.stayed(&s)
			return []story{s}
		}
		return []story{c.startedByHand(s)}
	}
	var all []story
	if cur := c.now.Current; cur != nil {
		if popped > 0 && same(c.was.Upcoming[popped-1], *cur) {
			all = append(all, c.took(s, fromWas))
		}
		if arrived > 0 && same(c.unseen[arrived-1].item, *cur) {
			all = append(all, c.took(s, fromUnseen))
		}
	}
	return append(all, c.startedByHand(s))
}

// stayed: the same item goes on, though we may have had the player skip it.
func (c change) stayed(s *story) {
	if c.asked {
		s.cost += costSkipIgnored
	}
	if gone := c.now.Progress - c.was.Progress; gone < -slack || gone > c.elapsed()+slack {
		s.cost += costSeek
	}
	s.misfit = c.drift().Abs()
}

// drift is how far the progress is from what it would be if the current item had
// just gone on.
func (c change) drift() time.Duration {
	gone := c.now.Progress - c.was.Progress
	if c.was.Playing {
		gone -= c.elapsed()
	}
	return gone
}

// took: what left the list last is current.
func (c change) took(s story, kind originKind) story {
	s.current = kind
	c.clock(&s)
	if kind == fromUnseen {
		if early := c.now.Progress - c.now.At.Sub(c.unseen[s.arrived-1].added); early > 0 {
			s.misfit += early
			s.cost += pick(early > slack, costTooFar, 0)
		}
	}
	if !c.asked && sameCurrent(c.was.Current, c.now.Current) && c.drift().Abs() <= slack {
		// A new copy begins at zero, so it looks like the old one only near there.
		s.cost += pick(c.was.Progress > slack, costSameAgain, costLikeBefore)
		s.doubtful = true
	}
	return s
}

// startedByHand: the current item was not in the list, or nothing is current.
func (c change) startedByHand(s story) story {
	s.current, s.byHand = fromElsewhere, true
	cur := c.now.Current
	switch {
	case cur == nil:
		s.cost, s.doubtful = costInterlude, c.was.Current != nil
		s.byHand = false
	case cur.Kind == KindAd || cur.Kind == KindUnknown:
		s.cost, s.byHand = costInterlude, false
	case sameCurrent(c.was.Current, cur):
		s.cost = costSameAgain
	default:
		s.cost = costByHand
	}
	if cur != nil && c.hadOurs(s, *cur) {
		s.cost += costChance
	}
	c.clock(&s)
	return s
}

// hadOurs reports whether a copy of ours of the same track as it left the list.
func (c change) hadOurs(s story, it Item) bool {
	for i, left := range c.was.Upcoming[:s.popped] {
		if c.isOwn(i) && same(left, it) {
			return true
		}
	}
	return slices.ContainsFunc(c.unseen[:s.arrived], func(a arrival) bool { return same(a.item, it) })
}
