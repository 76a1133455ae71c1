package song

import (
	"context"
	"time"
)

// Glancer is a Player that can show what is current with one call, without what
// comes next.
type Glancer interface {
	Glance(ctx context.Context) (Snapshot, error)
}

// trustFor is how long what was seen to come next is believed without a look,
// while what is current goes on as it was.
const trustFor = 5 * time.Minute

// eye is what the last look saw, so that the next can be a glance.
type eye struct {
	seen Snapshot  // the last look
	full time.Time // when Upcoming was read
	wide bool      // the next look has to be a whole one
}

// goesOn reports whether a glance shows that nothing has happened since a look:
// the same item, as much further on as time has passed. What comes next matters
// only when something has.
func (s Snapshot) goesOn(g Snapshot) bool {
	if !s.Active || !g.Active || g.Playing != s.Playing || g.Current == nil || !sameCurrent(g.Current, s.Current) {
		return false
	}
	drift := g.Progress - s.Progress
	if s.Playing {
		drift -= g.At.Sub(s.At)
	}
	return drift.Abs() <= slack
}

// see looks at the player: with one call, a glance, while what is current goes
// on, and else at what comes next as well.
func (w *Watcher) see(ctx context.Context) (s Snapshot, glance bool, err error) {
	if g, can := w.player.(Glancer); can && !w.eye.wide && time.Since(w.eye.full) < trustFor {
		s, err := g.Glance(ctx)
		if err != nil || w.eye.seen.goesOn(s) {
			return s, true, err
		}
	}
	s, err = w.player.Snapshot(ctx)
	w.eye.full = s.At
	return s, false, err
}

// follows has a glance take what comes next from the last look that was
// believed, whoever took it. False is that the glance tells of something new.
func (s *Snapshot) follows(tx Reader) (bool, error) {
	l, err := tx.SongLedger()
	if err != nil || !l.Seen.goesOn(*s) {
		return false, err
	}
	s.Upcoming = l.Seen.Upcoming
	return true, nil
}

// learn prepares the next look, due after wait.
func (e *eye) learn(s Snapshot, r Result, wait time.Duration) {
	e.seen = s
	e.wide = r.Doubtful || r.SkipNow || r.Unseen > 0 || s.remaining()+lag(s) <= wait
}
