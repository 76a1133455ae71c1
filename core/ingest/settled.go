package ingest

import (
	"context"
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
)

// statusWords translates Twitch's words for what became of a redemption.
var statusWords = map[twitch.Status]core.Status{twitch.Fulfilled: core.Fulfilled, twitch.Canceled: core.Canceled}

// applySettled hears that a redemption was settled: by us, by the streamer or
// by a moderator.
func (in *Ingest) applySettled(tx Tx, m twitch.Message) error {
	r, err := m.Redemption()
	if err != nil || r.BroadcasterID != in.cfg.Broadcaster() {
		return err
	}
	to, over := statusWords[r.Status]
	if kind, _ := in.cfg.Rewards().kind(r.Reward.ID); kind == "" || !over {
		return nil
	}
	if err := in.settled(tx, Redemption(r, sentAt(m, tx)), to); err != nil {
		return fmt.Errorf("redemption %s: %w", r.ID, err)
	}
	return nil
}

// settled books what somebody else did to r. One that was not known, for the
// two messages came in the wrong order or the first was lost, is taken in first;
// if its points went back there is nothing to be done for it.
func (in *Ingest) settled(tx Tx, r core.Redemption, to core.Status) error {
	_, err := tx.RedemptionStatus(r.ID)
	switch {
	case err == nil:
	case core.KindOf(err) != core.NotFound:
		return err
	case to == core.Fulfilled:
		_, err = in.redeem(tx, workflow.Late{Redemption: r})
	default:
		_, err = in.record(tx, r)
	}
	if err != nil {
		return err
	}
	_, err = workflow.SettledElsewhere(tx, r.ID, to)
	return err
}

// record stores a redemption and starts nothing.
func (in *Ingest) record(tx Tx, r core.Redemption) (fresh bool, err error) {
	_, reward := in.cfg.Rewards().kind(r.RewardID)
	if err := tx.ViewerPut(r.Viewer); err != nil {
		return false, err
	}
	if fresh, err = tx.RedemptionInsert(r, reward); err != nil || !fresh {
		return fresh, err
	}
	return true, tx.AppendEvent(event.RedemptionReceived{RedemptionID: r.ID, Reward: reward, Viewer: r.Viewer, Cost: r.Cost, Input: r.Input})
}

// Open lists what is not settled of a reward, as far as we know, and came in
// before a time.
func (in *Ingest) Open(ctx context.Context, rewardID string, before time.Time) (ids []string, err error) {
	err = in.cfg.Store.View(ctx, func(tx Tx) (err error) {
		ids, err = tx.RedemptionsOpen(rewardID, before)
		return err
	})
	return ids, err
}

// Settled takes in that a redemption was found settled by asking.
func (in *Ingest) Settled(ctx context.Context, id string, to core.Status) (fresh bool, err error) {
	err = in.cfg.Store.Update(ctx, func(tx Tx) (err error) {
		fresh, err = workflow.SettledElsewhere(tx, id, to)
		return err
	})
	return fresh, err
}

// GivenBack takes in that we returned the points of r past its saga, which finds
// it on record and undoes what it did.
func (in *Ingest) GivenBack(ctx context.Context, r core.Redemption) error {
	if kind, _ := in.cfg.Rewards().kind(r.RewardID); kind == "" {
		return nil // of a reward that starts nothing
	}
	return in.cfg.Store.Update(ctx, func(tx Tx) error { return in.settled(tx, r, core.Canceled) })
}
