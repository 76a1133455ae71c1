package twitch

import (
	"context"
	"strings"

	"sidestage/core"
)

// standing is how a wanted subscription stands in this session.
type standing uint8

const (
	pending standing = iota // not tried, or worth another try
	stands                  // enabled for this session
	refused                 // not to be had with this login
	taken                   // was revoked
)

// claim is a wanted subscription.
type claim struct {
	want     Subscription
	standing standing
	reason   string // why it does not stand
}

func (p *period) claim(i int) (want Subscription, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.claims[i].want, p.claims[i].standing == pending
}

// note records what became of trying claim i.
func (p *period) note(ctx context.Context, i int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &p.claims[i]
	if err == nil {
		c.standing, c.reason = stands, ""
		return
	}
	switch core.KindOf(err) {
	case core.Conflict, core.RateLimited, core.Unavailable, core.Ambiguous, core.LoginRequired:
	case core.Internal, core.Invalid, core.NotFound, core.Denied:
		c.standing = refused
	}
	if c.reason != err.Error() {
		c.reason = err.Error()
		p.s.log().Log(ctx, core.KindOf(err).LogLevel(), "eventsub subscription does not stand", "type", c.want.Type, "error", err)
	}
}

// reopen gives refused subscriptions another try: the refusal may have been of
// a session id that was just being replaced.
func (p *period) reopen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.claims {
		if p.claims[i].standing == refused {
			p.claims[i].standing = pending
		}
	}
}

// revoke marks what Twitch took away. What does not stand cannot be taken.
func (p *period) revoke(s Subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.claims {
		if p.claims[i].standing == stands && p.claims[i].want.same(s) {
			p.claims[i].standing, p.claims[i].reason = taken, "revoked: "+plain(s.Status, nil)
		}
	}
	offer(p.revoked, struct{}{})
}

func (p *period) count(s standing) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.claims {
		if c.standing == s {
			n++
		}
	}
	return n
}

// report shows how the session stands.
func (p *period) report() {
	h := Health{State: Healthy, Reason: p.reason(), SessionID: p.sessionID(), Missing: p.missing()}
	if len(h.Missing) > 0 {
		h.State = Degraded
	}
	p.s.board.show(h)
}

// missing lists the types that do not stand.
func (p *period) missing() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var types []string
	for _, c := range p.claims {
		if c.standing != stands {
			types = append(types, c.want.Type)
		}
	}
	return types
}

// reason says why subscriptions do not stand, "" when nothing is known.
func (p *period) reason() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var why []string
	for _, c := range p.claims {
		if c.reason != "" {
			why = append(why, c.want.Type+": "+c.reason)
		}
	}
	return strings.Join(why, "; ")
}
