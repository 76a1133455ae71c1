package twitch

import (
	"context"
	"slices"
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
	again    bool    // revoked, and worth a try when the login is good
	trouble  trouble // why it does not stand, if that is known
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
		c.standing, c.trouble = stands, trouble{}
		return
	}
	switch core.KindOf(err) {
	case core.Conflict, core.RateLimited, core.Unavailable, core.Ambiguous, core.LoginRequired:
	case core.Internal, core.Invalid, core.NotFound, core.Denied:
		c.standing = refused
	}
	if t := troubleOf(err); c.trouble != t {
		c.trouble = t
		p.s.log().Log(ctx, core.KindOf(err).LogLevel(), "eventsub subscription does not stand", "type", c.want.Type, "error", err)
	}
}

// reopen gives subscriptions of some standings another try. After a move those
// that were refused: the refusal may have been of a session id that was just
// being replaced.
func (p *period) reopen(of ...standing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.claims {
		if slices.Contains(of, p.claims[i].standing) {
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
			p.claims[i].standing, p.claims[i].trouble = taken, revokedAs(s.Status)
			p.claims[i].again = s.Status == "authorization_revoked"
			t := p.claims[i].trouble
			p.s.log().Warn("eventsub subscription revoked", "type", s.Type, "status", plain(s.Status, nil), "do", t.do)
		}
	}
	offer(p.revoked, struct{}{})
}

// reclaim gives what was revoked another try, once, where the login has been
// found good and a new login may be what ended the old permission.
func (p *period) reclaim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.claims {
		if c := &p.claims[i]; c.standing == taken && c.again {
			c.standing, c.again = pending, false
		}
	}
}

// missed marks as pending what listed says does not stand in this session after
// all: Twitch tells nobody whose subscription was deleted.
func (p *period) missed(listed []Subscription) (lost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.claims {
		c := &p.claims[i]
		there := slices.ContainsFunc(listed, func(l Subscription) bool {
			return c.want.same(l) && l.Status == enabled && slices.Contains(p.ids, l.SessionID)
		})
		if c.standing == stands && !there {
			c.standing, c.trouble, lost = pending, trouble{why: "it was deleted"}, true
		}
	}
	return lost
}

// wanted is what this session was made for.
func (p *period) wanted() []Subscription {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Subscription, 0, len(p.claims))
	for _, c := range p.claims {
		all = append(all, c.want)
	}
	return all
}

// wants reports whether what is listed is wanted here.
func (p *period) wants(l Subscription) bool {
	return slices.ContainsFunc(p.wanted(), func(w Subscription) bool { return w.same(l) })
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
	if h.Reason != "" || len(h.Missing) > 0 {
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

// reason says why subscriptions do not stand, or deliver to another program as
// well, and what to do; "" when nothing is known.
func (p *period) reason() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := tell(p.claims)
	if p.rival {
		told = append(told, "another program with this login hears of redemptions too, so that requests are handled twice: "+cleanUp)
	}
	return strings.Join(told, "; ")
}
