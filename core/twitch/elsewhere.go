package twitch

import (
	"context"
	"slices"
	"sync"
	"time"

	"sidestage/core"
)

// Another program may listen with the same login: the same desk on a second
// machine, or from a second data directory. Twitch may let both listen, and then
// each hears of every redemption, which a person has to end. Or it refuses the
// second, as it does while it takes a connection for alive that has vanished;
// nobody can tell the two apart. So whoever comes last takes what is in the way,
// and whoever it was taken from gives way until the other one is gone: else they
// would take turns in being deaf.

// reasonElsewhere is why a session ends that had nothing to listen to.
const reasonElsewhere = "elsewhere"

// elsewherePause is the wait before what another program has is asked for again.
const elsewherePause = time.Minute

// elsewhere is the refusal of a subscription that another program has.
type elsewhere struct{ error }

// Unwrap is Twitch's own refusal.
func (e elsewhere) Unwrap() error { return e.error }

// RetryDelay is elsewherePause, for core.RetryAfter.
func (elsewhere) RetryDelay() time.Duration { return elsewherePause }

// rivalled reports whether listed has another program that hears of redemptions.
// One that listens to something else, such as chat, is in nobody's way.
func (s *Session) rivalled(listed, wanted []Subscription) bool {
	return slices.ContainsFunc(listed, func(l Subscription) bool {
		return l.Type == TypeRedemptionAdd && l.Enabled() && l.SessionID != "" && !s.past.has(l.SessionID) &&
			slices.ContainsFunc(wanted, func(w Subscription) bool { return w.same(l) })
	})
}

// stillElsewhere reports whether a session that ended with err would end so
// again, which costs one call and no connection.
func (s *Session) stillElsewhere(ctx context.Context, err error) bool {
	if core.ReasonOf(err) != reasonElsewhere {
		return false
	}
	listed, err := s.Helix.Subscriptions(ctx)
	return err == nil && s.rivalled(listed, s.Wanted())
}

// look notes whether listed has a rival of this session.
func (p *period) look(listed []Subscription) (rival bool) {
	rival = p.s.rivalled(listed, p.wanted())
	p.mu.Lock()
	defer p.mu.Unlock()
	if rival && !p.rival {
		p.s.log().Warn("another program with this login hears of redemptions too")
	}
	p.rival = rival
	return rival
}

// sessions are the ids of sessions that were ours.
type sessions struct {
	mu  sync.Mutex
	ids memory
}

func (s *sessions) add(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.ids.add(id)
	}
}

func (s *sessions) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids.has(id)
}
