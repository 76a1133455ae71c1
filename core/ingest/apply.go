package ingest

import (
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/stream"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
)

// apply does what a message says. Types we do not use are done at once.
func (in *Ingest) apply(tx Tx, m twitch.Message) error {
	if m.Revoked() {
		return tx.AppendEvent(event.SubscriptionRevoked{Subscription: m.Subscription.Type, Status: m.Subscription.Status})
	}
	switch m.Subscription.Type {
	case twitch.TypeRedemptionAdd:
		return in.applyRedemption(tx, m)
	case twitch.TypeRedemptionUpdate:
		return in.applySettled(tx, m)
	case twitch.TypeStreamOnline:
		return in.applyOnline(tx, m)
	case twitch.TypeStreamOffline:
		return in.applyOffline(tx, m)
	}
	return in.applyNews(tx, m)
}

func (in *Ingest) applyRedemption(tx Tx, m twitch.Message) error {
	r, err := m.Redemption()
	if err != nil || r.BroadcasterID != in.cfg.Broadcaster() {
		return err
	}
	fresh, err := in.redeem(tx, workflow.Late{Redemption: Redemption(r, sentAt(m, tx))})
	if err != nil {
		return fmt.Errorf("redemption %s: %w", r.ID, err)
	}
	if !fresh {
		return tx.ReceiptRepeated(m.ID)
	}
	return nil
}

// Redemption is Twitch's redemption in our words. One whose time cannot be
// read counts as redeemed at at.
func Redemption(r twitch.Redemption, at time.Time) core.Redemption {
	if !r.RedeemedAt.IsZero() {
		at = r.RedeemedAt
	}
	return core.Redemption{ID: r.ID, RewardID: r.Reward.ID, Viewer: r.Viewer, Input: r.Input, Cost: r.Reward.Cost, RedeemedAt: at, Status: core.Unfulfilled}
}

func (in *Ingest) applyOnline(tx Tx, m twitch.Message) error {
	on, err := m.StreamOnline()
	if err != nil || on.BroadcasterID != in.cfg.Broadcaster() {
		return err
	}
	at := on.StartedAt
	if at.IsZero() {
		at = sentAt(m, tx)
	}
	if _, err := in.cfg.Stream.Online(tx, on.ID, at); err != nil {
		return err
	}
	return in.streamChanged(tx)
}

func (in *Ingest) applyOffline(tx Tx, m twitch.Message) error {
	off, err := m.StreamOffline()
	if err != nil || off.BroadcasterID != in.cfg.Broadcaster() {
		return err
	}
	if _, err := stream.Offline(tx, sentAt(m, tx)); err != nil {
		return err
	}
	return in.streamChanged(tx)
}

func (in *Ingest) streamChanged(tx Tx) error {
	if in.cfg.StreamChanged == nil {
		return nil
	}
	return in.cfg.StreamChanged(tx)
}

// sentAt is when Twitch sent m, or now where that cannot be read.
func sentAt(m twitch.Message, tx Tx) time.Time {
	if m.At.IsZero() {
		return tx.Now()
	}
	return m.At
}
