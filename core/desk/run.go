package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"sidestage/core"
	"sidestage/core/config"
	"sidestage/core/raffle"
	"sidestage/core/song"
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
	err := d.db.Update(ctx, func(tx *storage.Tx) error { return song.Recall(tx, d.cfg.Settings.Song.UnavailableFor) })
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return staged(ctx,
		[]task{d.twitchLogin.Run, d.spotifyLogin.Run, d.wakeUp, d.faults.run},
		[]task{d.serve},
		[]task{d.work, d.watcher.Run, d.cascade.Run, d.viewers.Run, d.seeds.run, d.awards.run, d.keepRewards, d.housekeeping},
		[]task{d.ingest.Run, d.listen, d.readIRC, d.listViewers, d.patrol},
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
// told before a restart they no longer know. The raffle has its seed before the
// first roll.
func (d *Desk) wakeUp(ctx context.Context) error {
	live := false
	err := d.db.Update(ctx, func(tx *storage.Tx) error {
		_, err := stream.Current(tx)
		if live = err == nil; err != nil && core.KindOf(err) != core.NotFound {
			return err
		}
		return raffle.Follow(tx, d.cfg.Settings.Raffle.Highest)
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

// identifyPause is the wait between two tries to learn whose channel this is.
const identifyPause = 5 * time.Second

// listen hears Twitch. It needs to know whose channel this is first: without a
// login it waits for one.
func (d *Desk) listen(ctx context.Context) error {
	for d.account.Load() == nil {
		_, err := d.identify(ctx)
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
	wishes := twitch.Wishes(d.broadcaster(), st.Scopes)
	if d.cfg.Settings.Chat.Source == config.SourceIRC {
		wishes = slices.DeleteFunc(wishes, func(s twitch.Subscription) bool { return s.Type == twitch.TypeChatMessage })
	}
	return wishes
}
