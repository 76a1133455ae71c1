package twitch

import (
	"context"
	"errors"
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
const auditEvery = time.Minute

// audit finds subscriptions that are gone without a word, and other programs
// that hear what we hear. When Twitch cannot be asked all is taken to be as it
// was.
func (p *period) audit(ctx context.Context) {
	listed, err := p.s.Helix.Subscriptions(ctx)
	if err != nil {
		p.s.log().DebugContext(ctx, "eventsub subscriptions not compared", "error", err)
		return
	}
	rival := p.look(listed)
	if p.missed(listed) {
		p.s.log().WarnContext(ctx, "eventsub subscriptions were deleted by somebody else")
		p.s.robbed.Store(rival)
	}
}

// pass tries every pending subscription once. It tells whether one was gained
// and how long to wait with the others. Where redemptions are somebody else's
// and nothing else stands either, the session is over.
func (p *period) pass(ctx context.Context) (gained bool, asked time.Duration, err error) {
	p.listed = nil
	var lost error
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
		if e, ok := errors.AsType[elsewhere](err); ok && want.Type == TypeRedemptionAdd {
			lost = e
		}
		if err == nil && want.Type == TypeRedemptionAdd {
			p.s.robbed.Store(false)
		}
		gained = gained || err == nil
		asked = max(asked, core.RetryAfter(err))
		p.note(ctx, i, err)
	}
	if lost != nil && p.count(stands) == 0 {
		return false, 0, core.Because(core.Conflict, reasonElsewhere, "another program with this login listens to the channel: %w", lost)
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
	there, cleared, others := p.clear(ctx, want, kind == core.RateLimited)
	switch {
	case there:
		return nil
	case cleared:
		return p.create(ctx, want, id)
	case others:
		return elsewhere{err}
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

// clear reports whether want is listed as standing in this session. Else it
// deletes what is in its way: leftovers of other sessions, which still stand a
// while after a connection that just vanished; and reports whether there were
// any. From a program that took from this one nothing is taken: whether such a
// one is in its way is reported too. Where want is one too many, anything that is
// wanted here is.
func (p *period) clear(ctx context.Context, want Subscription, many bool) (there, cleared, others bool) {
	all, err := p.list(ctx)
	if err != nil {
		p.s.log().WarnContext(ctx, "eventsub subscriptions not listed", "error", err)
		return false, false, false
	}
	var old []Subscription
	for _, l := range all {
		switch same := want.same(l); {
		case l.SessionID == "":
		case p.ours(l):
			there = there || same && l.Enabled()
		case !same && (!many || !l.Enabled() || !p.wants(l)):
		case l.Enabled() && p.s.robbed.Load() && !p.s.past.has(l.SessionID):
			others = true
		default:
			old = append(old, l)
		}
	}
	if there {
		return true, false, false
	}
	for _, l := range old {
		p.listed = nil
		err := p.s.Helix.Unsubscribe(ctx, l.ID)
		if err != nil && core.KindOf(err) != core.NotFound {
			p.s.log().WarnContext(ctx, "eventsub subscription not deleted", "type", l.Type, "error", err)
			continue
		}
		cleared = true
	}
	return false, cleared, others
}

// list is Twitch's list of subscriptions, asked for once in a pass that deletes
// none.
func (p *period) list(ctx context.Context) ([]Subscription, error) {
	if p.listed != nil {
		return p.listed, nil
	}
	all, err := p.s.Helix.Subscriptions(ctx)
	p.listed = all
	return all, err
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
