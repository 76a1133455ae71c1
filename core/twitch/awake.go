package twitch

import (
	"context"
	"time"

	"sidestage/core"
)

// Sleep is noticed by two clocks: the one that runs while the machine does, and
// the one on the wall, which has gone on when it wakes.
const (
	lookAtClocks = 5 * time.Second
	overslept    = 20 * time.Second // more than Twitch waits for a pong, and than any set clock moves
)

// overslept returns when the machine has been asleep: whatever its socket says,
// Twitch has given the session up or soon will. What was asleep is told apart
// from a busy machine, which is late by both clocks.
func (s *Session) overslept(ctx context.Context) error {
	wall := s.wall
	if wall == nil {
		wall = func() time.Time { return time.Now().Round(0) } // without the other clock's reading
	}
	tick := time.NewTicker(lookAtClocks)
	defer tick.Stop()
	for {
		ran, told := time.Now(), wall()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if gap := wall().Sub(told) - time.Since(ran); gap > overslept {
			return core.Because(core.Unavailable, "overslept", "the machine was asleep for %s", gap.Round(time.Second))
		}
	}
}
