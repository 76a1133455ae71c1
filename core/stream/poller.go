package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sidestage/core"
)

const (
	pollInterval = time.Minute
	pollTimeout  = 20 * time.Second
)

// Audience asks Twitch about the channel's stream.
type Audience interface {
	// Live is the stream as it is now; core.NotFound when it is off.
	Live(ctx context.Context) (Live, error)
}

// Poller counts viewers every minute while the stream is live, the first time
// at once, and sees what the channel says of itself. What it cannot count changes nothing: only events and Reconcile say
// that a stream is over.
type Poller struct {
	store    Store
	audience Audience
	wake     chan struct{}
	log      *slog.Logger
}

// NewPoller makes a Poller.
func NewPoller(store Store, audience Audience, log *slog.Logger) *Poller {
	return &Poller{store: store, audience: audience, wake: make(chan struct{}, 1), log: log}
}

// Nudge says that a transition has been committed. It never blocks.
func (p *Poller) Nudge() { nudge(p.wake) }

// poll is the last one that was due, and when the next one is.
type poll struct {
	session int64
	next    time.Time
}

// Run polls until ctx ends, then returns nil.
func (p *Poller) Run(ctx context.Context) error {
	var last poll
	for ctx.Err() == nil {
		wait, err := p.round(ctx, &last)
		if err != nil && ctx.Err() == nil {
			p.log.Log(ctx, core.KindOf(err).LogLevel(), "viewers not counted", "err", err)
		}
		var again <-chan time.Time // nil: only a nudge
		if wait > 0 {
			again = time.After(wait)
		}
		select {
		case <-ctx.Done():
		case <-p.wake:
		case <-again:
		}
	}
	return nil
}

// round polls if it is time to, and says how long to wait; 0 while offline.
func (p *Poller) round(ctx context.Context, last *poll) (time.Duration, error) {
	var s Session
	err := p.store.View(ctx, func(tx Tx) (err error) {
		s, err = Current(tx)
		return err
	})
	if core.KindOf(err) == core.NotFound {
		return 0, nil
	}
	if err != nil {
		return pollInterval, err
	}
	if left := time.Until(last.next); s.ID == last.session && left > 0 {
		return left, nil
	}
	*last = poll{session: s.ID, next: time.Now().Add(pollInterval)}
	err = p.count(ctx, s)
	return time.Until(last.next), err
}

// count polls once. An answer about another stream than session's, cached or
// too new, is not counted, and neither is one that comes after its end.
func (p *Poller) count(ctx context.Context, s Session) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	live, err := p.audience.Live(ctx)
	if core.KindOf(err) == core.NotFound || err == nil && live.StreamID != s.StreamID {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask for viewers: %w", err)
	}
	return p.store.Update(ctx, func(tx Tx) error {
		now, err := Current(tx)
		if core.KindOf(err) == core.NotFound || err == nil && now.ID != s.ID {
			return nil
		}
		if err != nil {
			return err
		}
		return errors.Join(seen(tx, live), Viewers(tx, live.Viewers))
	})
}
