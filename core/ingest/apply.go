package ingest

import (
	"fmt"
	"slices"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/stream"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
)

// idle reports a chat line that asks for nothing: it is neither stored nor
// counted, since there are thousands of them.
func (in *Ingest) idle(m twitch.Message) bool {
	if m.Subscription.Type != twitch.TypeChatMessage {
		return false
	}
	line, err := m.ChatMessage()
	if err != nil {
		return true // a chat line nobody can read asks for nothing
	}
	_, ok := in.command(line)
	return !ok
}

// command is what a chat line asks for. Our own lines (they come back to us),
// lines of other channels and the chat copy of a redemption ask for nothing.
func (in *Ingest) command(m twitch.ChatMessage) (chat.Command, bool) {
	ours := m.BroadcasterID == in.cfg.Broadcaster() && m.SourceBroadcasterID == ""
	if !ours || m.Chatter.ID == in.cfg.Broadcaster() || m.RewardID != "" {
		return chat.Command{}, false
	}
	c, ok := chat.Parse(m.Text)
	return c, ok && slices.Contains(in.cfg.Commands, c.Name)
}

// apply does what a message says. Types we do not use are done at once.
func (in *Ingest) apply(tx Tx, m twitch.Message) error {
	switch m.Subscription.Type {
	case twitch.TypeRedemptionAdd:
		return in.applyRedemption(tx, m)
	case twitch.TypeChatMessage:
		return in.applyChat(tx, m)
	case twitch.TypeStreamOnline:
		return in.applyOnline(tx, m)
	case twitch.TypeStreamOffline:
		return in.applyOffline(tx, m)
	}
	return nil
}

func (in *Ingest) applyRedemption(tx Tx, m twitch.Message) error {
	r, err := m.Redemption()
	if core.ReasonOf(err) == "no-event" { // a revoked subscription says so by sending none
		return nil
	}
	if err != nil || r.BroadcasterID != in.cfg.Broadcaster() {
		return err
	}
	fresh, err := in.redeem(tx, Redemption(r, sentAt(m, tx)))
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

func (in *Ingest) applyChat(tx Tx, m twitch.Message) error {
	line, err := m.ChatMessage()
	if err != nil {
		return err
	}
	c, ok := in.command(line)
	if !ok {
		return nil
	}
	if err := tx.ViewerPut(line.Chatter); err != nil {
		return err
	}
	at := sentAt(m, tx)
	_, fresh, err := in.cfg.Engine.Start(tx, workflow.ChatCommand, line.ID, at, workflow.Command{Viewer: line.Chatter, Name: c.Name, Arg: c.Arg, At: at})
	if err != nil || fresh {
		return err
	}
	return tx.ReceiptRepeated(m.ID)
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
	_, err = stream.Online(tx, on.ID, at)
	in.streamChanged(tx)
	return err
}

func (in *Ingest) applyOffline(tx Tx, m twitch.Message) error {
	off, err := m.StreamOffline()
	if err != nil || off.BroadcasterID != in.cfg.Broadcaster() {
		return err
	}
	_, err = stream.Offline(tx, sentAt(m, tx))
	in.streamChanged(tx)
	return err
}

func (in *Ingest) streamChanged(tx Tx) {
	if in.cfg.StreamChanged != nil {
		tx.AfterCommit(in.cfg.StreamChanged)
	}
}

// sentAt is when Twitch sent m, or now where that cannot be read.
func sentAt(m twitch.Message, tx Tx) time.Time {
	if m.At.IsZero() {
		return tx.Now()
	}
	return m.At
}
