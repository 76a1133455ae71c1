package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"sidestage/core/event"
	"sidestage/core/stream"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
)

// applyNews journals what happens in the channel. Only a raid may start something.
func (in *Ingest) applyNews(tx Tx, m twitch.Message) error {
	e, channel, err := news(m)
	if err != nil || e == nil || channel != in.cfg.Broadcaster() {
		return err
	}
	if again, err := in.told(tx, m); err != nil || again {
		return err
	}
	if raid, ok := e.(event.RaidReceived); ok {
		if err := in.raided(tx, m, raid); err != nil {
			return err
		}
	}
	if says, ok := e.(event.ChannelUpdated); ok {
		if err := stream.Described(tx, says.Title, says.Category); err != nil {
			return err
		}
	}
	return tx.AppendEvent(e)
}

// raided starts what is to be done about a raid.
func (in *Ingest) raided(tx Tx, m twitch.Message, e event.RaidReceived) error {
	if in.cfg.Raids == nil {
		return nil
	}
	thank, shoutout := in.cfg.Raids()
	if !thank && !shoutout {
		return nil
	}
	at := sentAt(m, tx)
	_, _, err := in.cfg.Engine.Start(tx, workflow.Raid, "raid:"+m.ID, at, workflow.Raided{
		From: e.From, Viewers: e.Viewers, At: at, Thank: thank, Shoutout: shoutout,
	})
	return err
}

// news is the event that m tells, and in whose channel; nil for what we do not
// know.
func news(m twitch.Message) (e event.Event, channel string, err error) {
	switch m.Subscription.Type {
	case twitch.TypeRaid:
		r, err := m.Raid()
		return event.RaidReceived{From: r.From, Viewers: r.Viewers}, r.ToID, err
	case twitch.TypeChannelUpdate:
		u, err := m.ChannelUpdate()
		return event.ChannelUpdated{Title: u.Title, Category: u.Category, Language: u.Language}, u.BroadcasterID, err
	case twitch.TypeFollow:
		f, err := m.Follow()
		return event.ViewerFollowed{Viewer: f.Viewer}, f.BroadcasterID, err
	case twitch.TypeSubscribe:
		s, err := m.Subscribe()
		return event.ViewerSubscribed{Viewer: s.Viewer, Tier: s.Tier, Gift: s.Gift}, s.BroadcasterID, err
	case twitch.TypeCheer:
		c, err := m.Cheer()
		return event.ViewerCheered{Viewer: c.Viewer, Bits: c.Bits, Text: c.Text}, c.BroadcasterID, err
	}
	return nil, "", nil
}

// sameFor is how long news of the same words are the same news.
const sameFor = 10 * time.Minute

// told reports whether the same news came a moment ago under another message
// id, as Twitch has been seen to do, and counts that. News have no id of their
// own, so their words stand in for one; two cheers, though, may well be alike.
func (in *Ingest) told(tx Tx, m twitch.Message) (bool, error) {
	if m.Subscription.Type == twitch.TypeCheer {
		return false, nil
	}
	sum := sha256.Sum256(m.Event)
	at := sentAt(m, tx)
	key := "news:" + hex.EncodeToString(sum[:16]) + ":" + strconv.FormatInt(at.Unix()/int64(sameFor.Seconds()), 36)
	fresh, err := tx.ReceiptInsert(event.Receipt{ID: key, Type: m.Subscription.Type, State: event.ReceiptDone, ReceivedAt: tx.Now()})
	if err != nil || fresh {
		return false, err
	}
	return true, tx.ReceiptRepeated(m.ID)
}
