package twitch

import (
	"context"
	"time"

	"sidestage/core"
)

// stand makes the wanted subscriptions and sees to them until ctx ends. The
// error it may return first is LoginRequired.
func (p *period) stand(ctx context.Context) error {
	pause := fullJitter(maxPause)
	for {
		gained, asked, err := p.pass(ctx)
		if err != nil {
			return err
		}
		p.report()
		if gained {
			p.ready(ctx)
			pause.Reset()
		}
		var again <-chan time.Time
		if p.count(pending) > 0 {
			again = time.After(max(pause.NextBackOff(), asked))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again:
		case <-p.moved:
			p.reopen()
		case <-p.revoked:
			// A revocation often means that the login is gone. Anything else
			// that is wrong will be found by whoever needs it.
			if _, err := p.s.Helix.Self(ctx); core.KindOf(err) == core.LoginRequired {
				return err
			}
		}
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
	there, cleared := p.clear(ctx, want, id)
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

// clear reports whether want is listed as standing for session id, and else
// deletes what is listed of it for sessions: whether there was any.
func (p *period) clear(ctx context.Context, want Subscription, id string) (there, cleared bool) {
	all, err := p.s.Helix.Subscriptions(ctx)
	if err != nil {
		p.s.log().WarnContext(ctx, "eventsub subscriptions not listed", "error", err)
		return false, false
	}
	var old []Subscription
	for _, l := range all {
		if !want.same(l) || l.SessionID == "" {
			continue
		}
		if l.SessionID == id && l.Status == enabled {
			return true, false
		}
		old = append(old, l)
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
