package sim

import (
	"context"
	"time"

	"sidestage/core"
)

// checkpoint is how far the player's place in the books may lag when nobody
// asks for it.
const checkpoint = 5 * time.Second

// play keeps the player's place in the books, and lets the streamer skip to the
// first request ever made, so that a show does not begin with waiting.
func (s *Sim) play(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.replayed:
		case <-timer.C:
		}
		wait, err := s.turn()
		if err != nil {
			return err
		}
		timer.Reset(wait)
	}
}

// turn books where the player is, and says when to look again.
func (s *Sim) turn() (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.commit(s.skipToRequest()); err != nil {
		return 0, err
	}
	left, plays := s.state.Player.remaining()
	wait := time.Hour // woken when that changes
	switch {
	case plays && s.books.kept():
		wait = min(checkpoint, left)
	case plays:
		wait = left
	}
	if !s.skipAt.IsZero() {
		wait = min(wait, time.Until(s.skipAt))
	}
	return max(wait, time.Millisecond), nil
}

// impatience is how long after the first add the streamer skips to it.
const impatience = time.Second

func (s *Sim) skipToRequest() []op {
	if s.skipAt.IsZero() || time.Now().Before(s.skipAt) {
		return nil
	}
	s.skipAt = time.Time{}
	if p := s.state.Player.view(clock()); p.Asked || len(p.Queue) == 0 || !p.Playing || !p.Device || p.Ad {
		return nil // it plays already, or cannot
	}
	return []op{skipped{}}
}

// add books a track into the player's queue. s.mu is held.
func (s *Sim) add(t track) error {
	if err := s.commit([]op{queued{ID: uuid(), Track: t.ID}}); err != nil {
		return err
	}
	if s.opt.Viewers && !s.quiet && len(s.state.Adds) == 1 {
		s.skipAt = time.Now().Add(impatience)
	}
	s.nudge()
	return nil
}

// nudge makes the player look at what has changed.
func (s *Sim) nudge() {
	select {
	case s.replayed <- struct{}{}:
	default:
	}
}

func (s *Sim) command(o op) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.nudge()
	return s.commit([]op{o})
}

// PlayNow is the streamer starting a track by hand: a spotify:track: URI of the
// simulator's library, else core.NotFound. The queue stays.
func (s *Sim) PlayNow(uri string) error {
	t, ok := s.tracks.uri(uri)
	if !ok {
		return core.E(core.NotFound, "play %s: no such track", uri)
	}
	return s.command(played{Track: t.ID})
}

// Pause is the streamer pausing the player.
func (s *Sim) Pause() error { return s.command(running{On: false}) }

// Resume is the streamer resuming it.
func (s *Sim) Resume() error { return s.command(running{On: true}) }

// Skip is the streamer skipping to what comes next.
func (s *Sim) Skip() error { return s.command(skipped{}) }

// SetDevice takes the only device away, or gives it back; without one nothing
// plays.
func (s *Sim) SetDevice(on bool) error { return s.command(device{On: on}) }
