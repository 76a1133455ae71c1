package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/event"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// A reward of ours is paused while anything holds it. A hold is written together
// with its cause, and with a note that Twitch has to be told; telling it comes
// after, again and again until it has heard, restarts or not.

// holding is what a hold needs of a transaction.
type holding interface {
	RewardHold(reward, reason string) (bool, error)
	RewardRelease(reward, reason string) (bool, error)
	RewardDue(reward string) error
	AfterCommit(func())
}

// holdReward holds one of our rewards for a reason, or no longer.
func (d *Desk) holdReward(tx holding, name, reason string, held bool) error {
	change := tx.RewardRelease
	if held {
		change = tx.RewardHold
	}
	changed, err := change(name, reason)
	if err != nil || !changed {
		return err
	}
	tx.AfterCommit(d.nudgeKeeper)
	return tx.RewardDue(name)
}

// holdForRequests holds the reward for song requests while none are taken. It
// belongs in the transaction that opens or closes them.
func (d *Desk) holdForRequests(tx holding, closed bool) error {
	return d.holdReward(tx, rewardSong, api.HeldClosed, closed && d.cfg.Settings.Reward.PauseClosed)
}

// holdOffline is the cascade's target stream.Rewards. With the setting switched
// off it ends what was held before.
func (d *Desk) holdOffline(ctx context.Context, online bool) error {
	held := !online && d.cfg.Settings.Reward.PauseOffline
	return d.db.Update(ctx, func(tx *storage.Tx) error {
		var err error
		for _, name := range rewardNames {
			err = errors.Join(err, d.holdReward(tx, name, api.HeldOffline, held))
		}
		return err
	})
}

// pauseReward is the streamer's own hold. Twitch is told at once; should that
// fail the desk goes on trying.
func (d *Desk) pauseReward(ctx context.Context, name string, paused bool) (api.Reward, error) {
	if _, err := d.wish(name); err != nil {
		return api.Reward{}, err
	}
	if d.ourRewards().ID(name) == "" {
		return api.Reward{}, d.noReward(name)
	}
	err := d.db.Update(ctx, func(tx *storage.Tx) error {
		return errors.Join(d.holdReward(tx, name, api.HeldByHand, paused), tx.RewardDue(name))
	})
	if err != nil {
		return api.Reward{}, err
	}
	r, holds, err := d.tellReward(ctx, name)
	if err != nil && core.Temporary(err) {
		return api.Reward{}, fmt.Errorf("noted, and Twitch is told as soon as a desk runs and can: %w", err)
	}
	if err != nil {
		return api.Reward{}, err
	}
	return d.shown(name, r, true, holds, api.Reward{}), nil
}

func (d *Desk) nudgeKeeper() {
	select {
	case d.rewardsDue <- struct{}{}:
	default:
	}
}

// Bounds of the wait between two tries to tell Twitch.
const (
	firstTelling   = time.Second
	longestTelling = 5 * time.Minute
)

// keepRewards tells Twitch what it has to know of our rewards, until ctx ends.
func (d *Desk) keepRewards(ctx context.Context) error {
	retry := backoff.NewExponentialBackOff()
	retry.InitialInterval, retry.MaxInterval = firstTelling, longestTelling
	for ctx.Err() == nil {
		var again <-chan time.Time // nil: only a nudge
		if err := d.tellRewards(ctx); err == nil {
			retry.Reset()
		} else if ctx.Err() == nil {
			wait := max(retry.NextBackOff(), core.RetryAfter(err))
			d.log.Log(ctx, core.KindOf(err).LogLevel(), "Twitch not told of a reward", "retry", wait, "error", err)
			again = time.After(wait)
		}
		select {
		case <-ctx.Done():
		case <-d.rewardsDue:
			retry.Reset()
		case <-again:
		}
	}
	return nil
}

// hopeless are refusals that asking again does not change.
var hopeless = map[core.Kind]bool{core.NotFound: true, core.Denied: true, core.Invalid: true}

func (d *Desk) tellRewards(ctx context.Context) error {
	var due []string
	err := d.db.View(ctx, func(tx *storage.Tx) (err error) { due, err = tx.RewardsDue(); return err })
	for _, name := range due {
		if _, _, tellErr := d.tellReward(ctx, name); tellErr != nil {
			err = errors.Join(err, tellErr)
		}
	}
	return err
}

// tellReward tells Twitch whether a reward is paused. What Twitch refuses for
// good, a reward that is gone or another's, is not tried again.
func (d *Desk) tellReward(ctx context.Context, name string) (twitch.Reward, []string, error) {
	d.telling.Lock()
	defer d.telling.Unlock()
	var holds []string
	err := d.db.View(ctx, func(tx *storage.Tx) (err error) { holds, err = tx.RewardHolds(name); return err })
	if err != nil {
		return twitch.Reward{}, nil, err
	}
	paused, id := len(holds) > 0, d.ourRewards().ID(name)
	if id == "" { // reward setup will see to it
		return twitch.Reward{}, holds, d.told(ctx, name, holds, nil)
	}
	if d.broadcaster() == "" {
		return twitch.Reward{}, holds, core.E(core.LoginRequired, "whose channel this is is not known yet: sidestage auth login twitch")
	}
	r, err := d.helix.UpdateReward(ctx, d.broadcaster(), id, twitch.RewardPatch{Paused: &paused})
	if err != nil {
		err = fmt.Errorf("pause or resume the reward for %s: %w", purpose[name], err)
	}
	switch {
	case err == nil:
	case hopeless[core.KindOf(err)]:
		d.log.Warn("a reward cannot be paused or resumed: run sidestage reward setup", "reward", name, "error", err)
		return r, holds, errors.Join(err, d.told(ctx, name, holds, nil))
	default:
		return r, holds, err
	}
	change := api.RewardResumed
	if paused {
		change = api.RewardPaused
	}
	return r, holds, d.told(ctx, name, holds, event.RewardChanged{Reward: name, RewardID: id, Change: change, Reasons: holds})
}

// told ends the note that Twitch has to be told, unless something has changed
// since.
func (d *Desk) told(ctx context.Context, name string, holds []string, e event.Event) error {
	return d.db.Update(ctx, func(tx *storage.Tx) error {
		now, err := tx.RewardHolds(name)
		if err != nil {
			return err
		}
		if e != nil {
			err = tx.AppendEvent(e)
		}
		if (len(now) > 0) != (len(holds) > 0) {
			return err
		}
		return errors.Join(err, tx.RewardTold(name))
	})
}
