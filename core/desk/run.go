package desk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"

	"sidestage/core"
	"sidestage/core/ingest"
	"sidestage/core/stream"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// task is one thing that runs until its context ends.
type task func(context.Context) error

// Run runs the desk until ctx ends or a part of it fails, then stops it in
// order: what comes in first, then the sagas, then the local API, then the
// logins.
func (d *Desk) Run(ctx context.Context) error {
	return staged(ctx,
		[]task{d.twitchLogin.Run, d.spotifyLogin.Run, d.wakeUp},
		[]task{d.serve},
		[]task{d.engine.Run, d.watcher.Run, d.cascade.Run, d.viewers.Run, d.housekeeping},
		[]task{d.ingest.Run, d.listen, d.patrol},
	)
}

// staged runs every stage at once and stops the last one first, each only when
// the one after it has ended. The first failure stops them all.
func staged(ctx context.Context, stages ...[]task) error {
	if len(stages) == 0 {
		<-ctx.Done()
		return nil
	}
	own, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, own := errgroup.WithContext(own)
	for _, t := range stages[0] {
		g.Go(func() error { return t(own) })
	}
	later, stopLater := context.WithCancel(ctx)
	defer stopLater()
	context.AfterFunc(own, stopLater) // a failure here ends the later stages too
	err := staged(later, stages[1:]...)
	stop()
	return errors.Join(err, g.Wait())
}

// wakeUp tells the logins and the pool how the stream stands: what they were
// told before a restart they no longer know.
func (d *Desk) wakeUp(ctx context.Context) error {
	live := false
	err := d.db.View(ctx, func(tx *storage.Tx) error {
		_, err := stream.Current(tx)
		if live = err == nil; core.KindOf(err) == core.NotFound {
			return nil
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("see whether the stream is live: %w", err)
	}
	for target, tell := range d.cascadeTargets() {
		if err := tell(ctx, live); err != nil && ctx.Err() == nil {
			d.log.Warn("not ready for viewers yet", "target", target, "error", err)
		}
	}
	return nil
}

// patrolEvery is how often the stream's state is compared with Twitch's, and
// what should have been notified is looked for.
const patrolEvery = time.Minute

// patrol makes sure, while a session stands, that nothing was missed after all.
func (d *Desk) patrol(ctx context.Context) error {
	for {
		select {
		case <-time.After(patrolEvery):
		case <-ctx.Done():
			return nil
		}
		if d.session.Health().SessionID == "" {
			continue // the next session catches up by itself
		}
		if err := d.catchUpOnce(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("could not look for missed redemptions", "error", err)
		}
	}
}

// identifyPause is the wait between two tries to learn whose channel this is.
const identifyPause = 5 * time.Second

// listen hears Twitch. It needs to know whose channel this is first: without a
// login it waits for one.
func (d *Desk) listen(ctx context.Context) error {
	for d.account.Load() == nil {
		err := d.identify(ctx)
		if err == nil {
			break
		}
		d.log.Log(ctx, core.KindOf(err).LogLevel(), "cannot listen to Twitch yet", "error", err)
		select {
		case <-time.After(max(identifyPause, core.RetryAfter(err))):
		case <-ctx.Done():
			return nil
		}
	}
	return d.session.Run(ctx, d.ingest.Notification)
}

// wanted are the subscriptions of every session: as many as the login allows.
func (d *Desk) wanted() []twitch.Subscription {
	st, err := d.twitchLogin.Status(context.Background(), false)
	if err != nil {
		d.log.Warn("not known what the Twitch login allows", "error", err)
	}
	return twitch.Wishes(d.broadcaster(), st.Scopes)
}

// catchUp fills the gap before a session: Twitch replays nothing. It tries
// until it succeeds or the session is over.
func (d *Desk) catchUp(ctx context.Context) {
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

func (d *Desk) catchUpOnce(ctx context.Context) error {
	err := d.reconcileStream(ctx)
	for _, reward := range []string{d.ourRewards().Song, d.ourRewards().Raffle} {
		if reward != "" {
			err = errors.Join(err, d.catchUpReward(ctx, reward))
		}
	}
	return err
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
		change, err := stream.Reconcile(tx, now)
		if change.Transition != "" {
			tx.AfterCommit(d.streamChanged)
		}
		return err
	})
}

// catchUpReward takes in what of a reward is still unfulfilled, oldest first.
func (d *Desk) catchUpReward(ctx context.Context, reward string) error {
	for r, err := range d.unfulfilled(ctx, reward) {
		if err != nil {
			return fmt.Errorf("list open redemptions: %w", err)
		}
		fresh, err := d.ingest.Redemption(ctx, ingest.Redemption(r, time.Now()))
		if err != nil {
			return fmt.Errorf("take in redemption %s: %w", r.ID, err)
		}
		if fresh {
			d.log.Info("missed redemption found", "redemption", r.ID, "viewer", r.Viewer.Login)
		}
	}
	return nil
}

func (d *Desk) unfulfilled(ctx context.Context, reward string) iter.Seq2[twitch.Redemption, error] {
	return d.helix.Redemptions(ctx, d.broadcaster(), reward, twitch.Unfulfilled)
}

// How long what is over is kept.
const (
	keepReceipts = 7 * 24 * time.Hour
	keepSteps    = 30 * 24 * time.Hour
	pruneEvery   = 24 * time.Hour
)

// housekeeping forgets what is long over.
func (d *Desk) housekeeping(ctx context.Context) error {
	for {
		err := d.db.Update(ctx, func(tx *storage.Tx) error {
			return errors.Join(tx.ReceiptPrune(tx.Now().Add(-keepReceipts)), tx.SagaPrune(tx.Now().Add(-keepSteps)))
		})
		if err != nil && ctx.Err() == nil {
			d.log.Warn("old records not pruned", "error", err)
		}
		select {
		case <-time.After(pruneEvery):
		case <-ctx.Done():
			return nil
		}
	}
}
