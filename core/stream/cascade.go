package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"sidestage/core"
)

// Bounds of the wait between attempts of one target, and of one attempt.
const (
	firstRetry     = time.Second
	longestRetry   = 5 * time.Minute
	attemptTimeout = 30 * time.Second
)

// Cascade does the open effects of transitions, each target on its own so that
// a slow one holds up no other. A target is told at least once: after a crash
// between doing and ticking off it hears the same again. Of several
// transitions it may hear only the newest.
type Cascade struct {
	store   Store
	targets map[string]func(ctx context.Context, online bool) error
	wake    map[string]chan struct{}
	log     *slog.Logger
}

// Later is what a target returns that is to be told again after so long, unless
// the stream changes first. It is no failure.
type Later time.Duration

// Error implements error.
func (l Later) Error() string { return "to be told again in " + time.Duration(l).String() }

// NewCascade makes a Cascade over targets, keyed by the names in Targets. The
// effects of a target that is not in the map stay open.
func NewCascade(store Store, targets map[string]func(ctx context.Context, online bool) error, log *slog.Logger) *Cascade {
	wake := make(map[string]chan struct{}, len(targets))
	for target := range targets {
		wake[target] = make(chan struct{}, 1)
	}
	return &Cascade{store: store, targets: targets, wake: wake, log: log}
}

// Nudge says that a transition has been committed. It never blocks.
func (c *Cascade) Nudge() {
	for _, wake := range c.wake {
		nudge(wake)
	}
}

func nudge(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// Run does what is open, then whatever Nudge announces, until ctx ends. It
// returns nil once every target has returned.
func (c *Cascade) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for target := range c.targets {
		wg.Go(func() { c.serve(ctx, target) })
	}
	wg.Wait()
	return nil
}

// serve keeps one target informed. A nudge cuts a retry's wait short, since a
// newer transition deserves its own first attempt.
func (c *Cascade) serve(ctx context.Context, target string) {
	retry := backoff.NewExponentialBackOff()
	retry.InitialInterval, retry.MaxInterval = firstRetry, longestRetry
	for ctx.Err() == nil {
		var again <-chan time.Time // nil: only a nudge
		var later Later
		switch done, err := c.settle(ctx, target); {
		case err == nil && done:
			retry.Reset()
			continue // a newer one may be open by now
		case errors.As(err, &later):
			again = time.After(time.Duration(later))
		case err != nil && ctx.Err() == nil:
			wait := max(retry.NextBackOff(), core.RetryAfter(err))
			c.log.Log(ctx, core.KindOf(err).LogLevel(), "stream transition not passed on", "target", target, "retry", wait, "err", err)
			again = time.After(wait)
		}
		select {
		case <-ctx.Done():
		case <-c.wake[target]:
			retry.Reset()
		case <-again:
		}
	}
}

// settle does the open effect of target and ticks it off; false when there is
// none.
func (c *Cascade) settle(ctx context.Context, target string) (bool, error) {
	var e Effect
	err := c.store.View(ctx, func(tx Tx) (err error) {
		e, err = pending(tx, target)
		return err
	})
	if core.KindOf(err) == core.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := c.do(ctx, e); err != nil {
		return false, fmt.Errorf("tell %s that the stream went %s: %w", target, e.What, err)
	}
	return true, c.store.Update(ctx, func(tx Tx) error { return EffectDone(tx, e.ID) })
}

func (c *Cascade) do(ctx context.Context, e Effect) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	return c.targets[e.Target](ctx, e.What == WentOnline)
}
