package sim

import (
	"context"
	"slices"
	"time"

	"sidestage/core"
)

// patience is how many song requests may wait before viewers hold theirs back:
// a queue can only play one song at a time.
const patience = 6

// settling is how long the desk has for its other subscriptions after the one
// the script waits for.
const settling = 300 * time.Millisecond

// perform plays the script, from where the books left it, once the desk listens
// for redemptions and has a reward for songs and one for rolls. It goes on when
// the connection drops.
func (s *Sim) perform(ctx context.Context) error {
	for !s.audible() {
		select {
		case <-ctx.Done():
			return nil
		case <-s.changed:
		}
	}
	if !pause(ctx, settling) {
		return nil
	}
	if err := s.GoLive(); err != nil && core.KindOf(err) != core.Conflict {
		return err
	}
	for {
		s.mu.Lock()
		n := s.state.Next
		s.mu.Unlock()
		a := s.script.act(n)
		if !pause(ctx, s.gap(n, a)) {
			return nil
		}
		over, err := s.enact(n, a)
		if over || err != nil {
			return err
		}
	}
}

// pause waits, and reports whether there is more to come.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// gap is how long before an act: the script's, divided by the speed, or with a
// rate its share of a minute, which only redemptions take.
func (s *Sim) gap(n int, a act) time.Duration {
	switch {
	case s.opt.Rate > 0 && a.Deed == talk:
		return 0
	case s.opt.Rate > 0:
		return time.Duration(float64(time.Minute) / s.opt.Rate)
	case n == 0:
		return a.Gap
	}
	return time.Duration(float64(a.Gap) / s.opt.Speed)
}

// audible reports whether the desk listens for redemptions and has both rewards,
// and there are viewers.
func (s *Sim) audible() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	listens := slices.ContainsFunc(s.hub.subscriptions, func(b *subscription) bool {
		return b.Status == enabled && b.Type == "channel.channel_points_custom_reward_redemption.add"
	})
	return !s.quiet && listens && s.rewardFor(song) != nil && s.rewardFor(roll) != nil
}

// rewardFor is the reward an act is redeemed on: the one for songs wants a
// text, the one for rolls does not.
func (s *Sim) rewardFor(d deed) *reward {
	i := slices.IndexFunc(s.state.Rewards, func(r *reward) bool { return r.Enabled && !r.Paused && r.Input == (d == song) })
	if i < 0 {
		return nil
	}
	return s.state.Rewards[i]
}

// stirred wakes the script: a reward or subscription is new, or the show over.
func (s *Sim) stirred() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// enact plays the nth act, and books it together with the script's place: a
// killed simulator neither repeats nor skips one. over says the show is.
func (s *Sim) enact(n int, a act) (over bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.quiet {
		return true, nil
	}
	v, place := s.Viewer(a.Viewer), acted{Next: n + 1}
	w := s.rewardFor(a.Deed)
	switch {
	case a.Deed == talk:
		said := s.said(v, a.Text, badgesOf(v), nil)
		return false, s.commit([]op{place, spoken(said)}, said)
	case w == nil, a.Deed == song && s.opt.Rate <= 0 && s.waiting(w.ID) >= patience, s.balance(v) < w.Cost:
		return false, s.commit([]op{place}) // the viewer thinks better of it
	}
	_, err = s.redeem(v, w.ID, a.Text, place)
	return false, err
}

// waiting counts the unsettled redemptions of a reward.
func (s *Sim) waiting(reward string) int {
	n := 0
	for _, r := range s.state.Redemptions {
		if r.RewardID == reward && r.Status == unfulfilled {
			n++
		}
	}
	return n
}

func badgesOf(v core.Viewer) []string {
	for _, r := range regulars {
		if r.login == v.Login && r.badge != "" {
			return []string{r.badge}
		}
	}
	return nil
}
