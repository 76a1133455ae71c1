package twitch

import (
	"context"
	"slices"
	"time"

	"sidestage/core"
)

// stand makes the wanted subscriptions and sees to them until ctx ends. The
// error it may return first is LoginRequired.
func (p *period) stand(ctx context.Context) error {
	pause := fullJitter(maxPause)
	var waits chan struct{} // who wants to hear of the next pass
	for {
		gained, asked, err := p.pass(ctx)
		if err != nil {
			return err
		}
		p.report()
		if waits != nil {
			close(waits)
			waits = nil
		}
		if gained {
			p.ready(ctx)
			pause.Reset()
		}
		var again, audit <-chan time.Time
		if p.count(pending) > 0 {
			again = time.After(max(pause.NextBackOff(), asked))
		} else {
			audit = time.After(auditEvery)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again:
		case <-p.moved:
			p.reopen(refused)
		case <-audit:
			p.audit(ctx)
		case waits = <-p.setups:
			p.audit(ctx)
			p.reopen(refused, taken)
		case <-p.s.renewed():
			if !slices.EqualFunc(p.wanted(), p.s.Wanted(), Subscription.equal) {
				return core.Because(core.Unavailable, "renewed", "what the login allows has changed")
			}
		case <-p.revoked:
			// A revocation often means that the login is gone. Anything else
			// that is wrong will be found by whoever needs it.
			_, err := p.s.Helix.Self(ctx)
			if core.KindOf(err) == core.LoginRequired {
				return err
			}
			if err == nil {
				p.reclaim()
			}
		}
	}
}

// auditEvery is how often the subscriptions are compared with Twitch's list.
const auditEvery = 10 * time.Minute

// audit finds subscriptions that are gone without a word. When Twitch cannot
// be asked they are taken to stand.
func (p *period) audit(ctx context.Context) {
	listed, err := p.s.Helix.Subscriptions(ctx)
	if err != nil {
		p.s.log().DebugContext(ctx, "eventsub subscriptions not compared", "error", err)
		return
	}
	if p.missed(listed) {
		p.s.log().WarnContext(ctx, "eventsub subscriptions were deleted by somebody else")
	}
}

// pass tries every pending subscription once. It tells whether one was gained
// and how long Twitch asks to wait with the others.
func (p *period) pass(ctx context.Context) (gained bool, asked time.Duration, err error) {
	for i := range p.claims {
		want, open := p.claim(i)
		if !open {
			continue
		}
		err := p.subscribe(ctx, want)
		if ctx.Err() != nil {
			return false, 0, ctx.Err()
		}
		if err != nil && core.KindOf(err) == core.LoginRequired {
			return false, 0, err
		}
		gained = gained || err == nil
		asked = max(asked, core.RetryAfter(err))
		p.note(ctx, i, err)
	}
	return gained, asked, nil
}

// subscribe makes want stand in this session. What stands in its way may be a
// session of ours that died a moment ago: its leftovers are deleted, once.
func (p *period) subscribe(ctx context.Context, want Subscription) error {
	id := p.sessionID()
	err := p.create(ctx, want, id)
	kind := core.KindOf(err)
	if err == nil || (kind != core.Conflict && kind != core.RateLimited) || core.RetryAfter(err) > 0 {
		return err
	}
	there, cleared := p.clear(ctx, want, kind == core.RateLimited)
	switch {
	case there:
		return nil
	case cleared:
		return p.create(ctx, want, id)
	default:
		return err
	}
}

func (p *period) create(ctx context.Context, want Subscription, id string) error {
	got, err := p.s.Helix.Subscribe(ctx, want, id)
	if err == nil && (got.Status != enabled || (got.SessionID != "" && got.SessionID != id)) {
		return core.E(core.Unavailable, "subscription was made, but is %q", plain(got.Status, nil))
	}
	return err
}

// clear reports whether want is listed as standing in this session, and else
// deletes leftovers of others, which still stand or did a moment ago: whether
// there were any. Where want is one too many, a leftover of anything that is
// wanted here is in its way.
func (p *period) clear(ctx context.Context, want Subscription, many bool) (there, cleared bool) {
	all, err := p.s.Helix.Subscriptions(ctx)
	if err != nil {
		p.s.log().WarnContext(ctx, "eventsub subscriptions not listed", "error", err)
		return false, false
	}
	var old []Subscription
	for _, l := range all {
		switch same := want.same(l); {
		case l.SessionID == "":
		case p.ours(l):
			there = there || same && l.Status == enabled
		case same || many && l.Status == enabled && p.wants(l):
			old = append(old, l)
		}
	}
	if there {
		return true, false
	}
	for _, l := range old {
		err := p.s.Helix.Unsubscribe(ctx, l.ID)
		if err != nil && core.KindOf(err) != core.NotFound {
			p.s.log().WarnContext(ctx, "eventsub subscription not deleted", "type", l.Type, "error", err)
			continue
		}
		cleared = true
	}
	return false, cleared
}

// ready calls Ready for the subscriptions that newly stand.
func (p *period) ready(ctx context.Context) {
	if p.s.Ready == nil {
		return
	}
	p.tasks.Go(func() {
		select {
		case p.turn <- struct{}{}:
			p.s.Ready(ctx)
			<-p.turn
		case <-ctx.Done():
		}
	})
}
