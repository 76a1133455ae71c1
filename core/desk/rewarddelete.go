package desk

import (
	"context"
	"errors"
	"fmt"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/event"
	"sidestage/core/ingest"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// clearings is how often a reward's open redemptions are looked for before it is
// deleted: one may have come in while the reward was being paused.
const clearings = 3

// deleteReward deletes a reward of ours, by its name or its id. Twitch would
// book what waits on it as fulfilled, so it is paused first, and the points of
// its open redemptions are returned; their sagas see that and undo what they
// did.
func (d *Desk) deleteReward(ctx context.Context, nameOrID string) (api.Reward, error) {
	s, err := d.shelf(ctx)
	if err != nil {
		return api.Reward{}, err
	}
	r, err := d.ownReward(s, nameOrID)
	if err != nil {
		return api.Reward{}, err
	}
	name := d.ourRewards().Name(r.ID)
	if _, err := d.helix.UpdateReward(ctx, d.broadcaster(), r.ID, twitch.RewardPatch{Paused: new(true)}); err != nil {
		return api.Reward{}, fmt.Errorf("pause reward %q: %w", r.Title, err)
	}
	returned, err := d.clear(ctx, r)
	if err == nil {
		err = d.helix.DeleteReward(ctx, d.broadcaster(), r.ID)
	}
	if err != nil && core.KindOf(err) != core.NotFound {
		return api.Reward{}, fmt.Errorf("reward %q is paused and not deleted, points of %d redemptions were returned; delete it again: %w", r.Title, returned, err)
	}
	return d.shown(name, r, true, nil, api.Reward{Change: api.RewardDeleted, Returned: returned}), d.forget(ctx, name, r.ID)
}

// ownReward finds a reward of ours by the name of its purpose or its id.
func (d *Desk) ownReward(s shelf, nameOrID string) (twitch.Reward, error) {
	if w, err := d.wish(nameOrID); err == nil {
		r, found, err := s.find(w, d.ourRewards().ID(nameOrID))
		if err == nil && !found {
			err = d.noReward(nameOrID)
		}
		return r, err
	}
	if r, ours := byID(s.ours, nameOrID); ours {
		return r, nil
	}
	if r, there := byID(s.foreign, nameOrID); there {
		return r, core.Because(core.Conflict, "foreign-reward",
			"the reward %q was made in Twitch's dashboard or by another app: only there it can be deleted", r.Title)
	}
	return twitch.Reward{}, core.Because(core.NotFound, "no-reward", "the channel has no reward %q: sidestage reward list shows all", nameOrID)
}

// clear returns the points of every open redemption of r. It ends when Twitch
// lists none any more.
func (d *Desk) clear(ctx context.Context, r twitch.Reward) (returned int, err error) {
	for range clearings {
		open := 0
		for red, err := range d.helix.Redemptions(ctx, d.broadcaster(), r.ID, twitch.Unfulfilled) {
			if err != nil {
				return returned, fmt.Errorf("list open redemptions: %w", err)
			}
			open++
			done, err := d.giveBack(ctx, red)
			if err != nil {
				return returned, err
			}
			if done {
				returned++
			}
		}
		if open == 0 {
			return returned, nil
		}
	}
	return returned, core.Because(core.Conflict, "still-open", "redemptions are still coming in")
}

// giveBack returns the points of one redemption and records it; false when
// somebody else settled it first. If we die in between, the saga or the next
// look at Twitch finds it returned.
func (d *Desk) giveBack(ctx context.Context, r twitch.Redemption) (bool, error) {
	err := d.helix.SetRedemption(ctx, d.broadcaster(), r.Reward.ID, r.ID, twitch.Canceled)
	if errors.Is(err, twitch.ErrSettled) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("return the points of redemption %s: %w", r.ID, err)
	}
	return true, d.ingest.GivenBack(ctx, ingest.Redemption(r, r.RedeemedAt))
}

// forget is remember's opposite.
func (d *Desk) forget(ctx context.Context, name, id string) error {
	ours := d.ourRewards().With(name, "")
	err := d.db.Update(ctx, func(tx *storage.Tx) error {
		err := tx.AppendEvent(event.RewardChanged{Reward: name, RewardID: id, Change: api.RewardDeleted})
		if name == "" {
			return err
		}
		return errors.Join(err, setMetaJSON(tx, metaRewards, ours), tx.RewardTold(name))
	})
	if err != nil {
		return err
	}
	d.useRewards(ours)
	return nil
}
