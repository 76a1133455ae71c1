package song

import (
	"slices"
	"time"
)

// slack is how far Spotify's progress and our clock may disagree.
const slack = time.Second

// jitter is how far Spotify's progress may go back by itself.
const jitter = 50 * time.Millisecond

// heardAfter is how much progress makes a track heard; a shorter one has to be
// played to its end.
const heardAfter = 10 * time.Second

// need is how much progress makes a track of that length heard. The end of a
// short one is seen with some haste.
func need(length time.Duration) time.Duration {
	return min(heardAfter, length-min(slack, length/4))
}

// clock holds a story against the time there was: what does not fit was cut
// short, and what even then does not fit is doubtful.
func (c change) clock(s *story) {
	lengths := []time.Duration{c.was.remaining()}
	for i, it := range c.was.Upcoming[:s.popped] {
		if s.current != fromWas || i != s.popped-1 {
			lengths = append(lengths, it.Duration)
		}
	}
	for u, a := range c.unseen[:s.arrived] {
		if s.current != fromUnseen || u != s.arrived-1 {
			lengths = append(lengths, a.item.Duration)
			s.cost += c.lateCost(a)
		}
	}
	over := c.now.Progress - c.elapsed()
	for _, l := range lengths {
		over += l
	}
	s.fits, s.misfit = over <= slack, over.Abs()
	slices.Sort(lengths)
	cost := costSkip
	if s.byHand && s.popped+s.arrived == 0 {
		cost = 0 // who starts something else cuts the current item short
	}
	for i := len(lengths) - 1; i >= 0 && over > slack; i-- {
		over -= lengths[i]
		s.cost += cost
		cost = costSkipMore
	}
	switch early := c.now.Progress - c.elapsed(); {
	case early > slack:
		s.cost += costTooFar
		s.doubtful = true
	case early > jitter:
		s.cost += costEarly
	}
}

// lateCost is what it costs that a copy of ours came and went unseen, between its
// add and the start of the current item.
func (c change) lateCost(a arrival) int {
	switch room := c.now.At.Sub(a.added) - c.now.Progress; {
	case room < 0:
		return costImpossible
	case room+slack < a.item.Duration:
		return costSkip
	}
	return 0
}

// leaving is one of ours that is not in the player any more.
type leaving struct {
	h     *Handover
	rest  time.Duration // how much of it there was still to play
	began bool          // it was current at the last look
	lost  bool          // the story does not say where it went
}

// credit decides how much of each can have been played: all of it where the story
// fits the clock, else as much as the time gives, the first first. What was
// paused at the last look is not known to have gone on.
func (c change) credit(s story, gone []leaving) {
	budget := c.elapsed() - c.now.Progress
	if s.current == fromBefore {
		budget = 0
	}
	for _, g := range gone {
		h, whole := g.h, s.fits && !g.lost
		give := g.rest
		if !whole {
			give = max(0, min(give, budget, need(h.Track.Duration)-h.Progress))
		}
		if !c.was.Playing && (g.began || !whole) {
			give = 0
		}
		h.Progress += give
		budget -= give
	}
}

// heard reports whether h was.
func (h *Handover) heard() bool { return h.Progress >= need(h.Track.Duration) }
