package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sidestage/core"
	"sidestage/core/ingest"
	"sidestage/core/stream"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// How often what should have been notified is looked for, and the stream's state
// is compared with Twitch's.
const (
	patrolEvery = time.Minute
	patrolSlow  = 5 // patrols that pass while the stream is off, before one looks
)

// patrol makes sure, while a session stands, that nothing was missed after all,
// and ends what a person need not decide any more.
func (d *Desk) patrol(ctx context.Context) error {
	d.stockTaken(ctx)
	for round := 1; ; round++ {
		select {
		case <-time.After(patrolEvery):
		case <-ctx.Done():
			return nil
		}
		var err error
		// Without a session there is nothing to look for: the next one does.
		if d.session.Health().SessionID != "" && (round%patrolSlow == 0 || d.live(ctx)) {
			err = d.catchUpOnce(ctx)
		}
		err = errors.Join(err, d.sagas.Decide(ctx, d.engine))
		if err != nil && ctx.Err() == nil {
			d.log.Warn("could not look for what was missed", "error", err)
		}
	}
}

// live reports whether the stream is on, as far as we know. When that cannot be
// read it may well be.
func (d *Desk) live(ctx context.Context) bool {
	err := d.db.View(ctx, func(tx *storage.Tx) error {
		_, err := stream.Current(tx)
		return err
	})
	return core.KindOf(err) != core.NotFound || err == nil
}

// catchUp fills the gap before a session: Twitch replays nothing. It tries
// until it succeeds or the session is over.
func (d *Desk) catchUp(ctx context.Context) {
	d.stockTaken(ctx)
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		err := d.catchUpOnce(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		d.log.Log(ctx, core.KindOf(err).LogLevel(), "what was missed is not caught up yet", "retry", pause, "error", err)
		select {
		case <-time.After(max(pause, core.RetryAfter(err))):
		case <-ctx.Done():
			return
		}
	}
}

// catchUpOnce compares the stream and the redemptions with Twitch's.
func (d *Desk) catchUpOnce(ctx context.Context) error {
	err := d.reconcileStream(ctx)
	began := time.Now()
	var open []core.Redemption
	for _, reward := range []string{d.ourRewards().Song, d.ourRewards().Raffle} {
		if reward == "" {
			continue
		}
		found, listErr := d.unfulfilled(ctx, reward)
		if core.KindOf(listErr) == core.NotFound {
			d.log.Warn("a reward is gone from Twitch: run sidestage reward setup", "reward", d.ourRewards().Name(reward), "error", listErr)
			continue
		}
		if listErr == nil {
			listErr = d.settledMeanwhile(ctx, reward, found, began)
		}
		open, err = append(open, found...), errors.Join(err, listErr)
	}
	caught, takeErr := d.ingest.CatchUp(ctx, open)
	if caught != (ingest.Caught{}) {
		d.log.Info("missed redemptions found", "taken", caught.Taken, "refunded", caught.Refunded, "asked", caught.Asked)
	}
	return errors.Join(err, takeErr)
}

func (d *Desk) reconcileStream(ctx context.Context) error {
	live, err := twitchDesk{helix: d.helix, broadcaster: d.broadcaster}.Live(ctx)
	now := &live
	if core.KindOf(err) == core.NotFound {
		now, err = nil, nil
	}
	if err != nil {
		return fmt.Errorf("ask whether the stream is live: %w", err)
	}
	return d.db.Update(ctx, func(tx *storage.Tx) error {
		change, err := d.streamRules().Reconcile(tx, now)
		if err != nil || change.Transition == "" {
			return err
		}
		return d.streamChanged(tx)
	})
}

// unfulfilled lists what waits of a reward, oldest first. What was listed
// before an error counts.
func (d *Desk) unfulfilled(ctx context.Context, reward string) (found []core.Redemption, err error) {
	for r, err := range d.helix.Redemptions(ctx, d.broadcaster(), reward, twitch.Unfulfilled) {
		if err != nil {
			return found, fmt.Errorf("list open redemptions: %w", err)
		}
		found = append(found, ingest.Redemption(r, time.Now()))
	}
	return found, nil
}

// settledMeanwhile asks about what is open here and was not listed as open
// there: somebody may have settled it while nobody told us. What Twitch does not
// know any more its saga finds out about.
func (d *Desk) settledMeanwhile(ctx context.Context, reward string, listed []core.Redemption, before time.Time) error {
	ours, err := d.ingest.Open(ctx, reward, before)
	if err != nil {
		return err
	}
	tw := twitchDesk{helix: d.helix, broadcaster: d.broadcaster}
	for _, id := range ours {
		if slices.ContainsFunc(listed, func(r core.Redemption) bool { return r.ID == id }) {
			continue
		}
		now, askErr := tw.Status(ctx, core.Redemption{ID: id, RewardID: reward})
		if core.KindOf(askErr) == core.NotFound {
			continue
		}
		if askErr != nil || now == core.Unfulfilled {
			err = errors.Join(err, askErr)
			continue
		}
		fresh, askErr := d.ingest.Settled(ctx, id, now)
		if fresh {
			d.log.Info("a redemption was settled on Twitch's side", "redemption", id, "status", now)
		}
		err = errors.Join(err, askErr)
	}
	return err
}
