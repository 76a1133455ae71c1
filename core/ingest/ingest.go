// Package ingest is where the outside comes in: it turns Twitch's
// notifications into receipts, state changes and sagas.
//
// Whatever is received is written before it is worked on, in one transaction
// with what it causes, keyed by the message and by what the message is about:
// a repeat under the same or another message id changes nothing. What cannot
// be worked on is kept, tried again for hours and at last set aside as dead
// with its error, never dropped.
package ingest

import (
	"context"
	"log/slog"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/core/stream"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
)

// Tx is what ingest needs of a transaction.
type Tx interface {
	workflow.Tx
	stream.Tx
	// ReceiptInsert stores a new receipt; false when the message was received
	// before.
	ReceiptInsert(event.Receipt) (bool, error)
	ReceiptPut(event.Receipt) error
	// ReceiptRepeated counts a repeat of the message or of what it is about.
	ReceiptRepeated(id string) error
	// ReceiptsDue lists open receipts whose next attempt is due by at.
	ReceiptsDue(at time.Time, limit int) ([]event.Receipt, error)
	ViewerPut(core.Viewer) error
	// ViewerPutRole remembers the strongest role of a viewer, "" for none.
	ViewerPutRole(id string, role chat.Role) error
	// RedemptionInsert stores a redemption; false when it is known.
	RedemptionInsert(r core.Redemption, reward string) (bool, error)
	// RedemptionsOpen lists the redemptions of a reward that are not settled as
	// far as we know and came in before a time.
	RedemptionsOpen(rewardID string, before time.Time) ([]string, error)
}

// Rewards says which rewards are ours.
type Rewards struct {
	Song   string `json:"song"`   // reward id, "" when there is none
	Raffle string `json:"raffle"` // reward id, "" when there is none
}

// ID is the reward of a name, "song" or "raffle"; "" when there is none.
func (r Rewards) ID(name string) string {
	switch name {
	case "song":
		return r.Song
	case "raffle":
		return r.Raffle
	}
	return ""
}

// Name is the name of the reward with an id; "" when it is none of ours.
func (r Rewards) Name(id string) string {
	_, name := r.kind(id)
	return name
}

// With is r with another reward of a name.
func (r Rewards) With(name, id string) Rewards {
	switch name {
	case "song":
		r.Song = id
	case "raffle":
		r.Raffle = id
	}
	return r
}

// kind is the saga that a redemption of reward starts; "" for foreign rewards.
func (r Rewards) kind(reward string) (kind, name string) {
	switch reward {
	case "":
		return "", ""
	case r.Song:
		return workflow.SongRequest, "song"
	case r.Raffle:
		return workflow.KeyboardRaffle, "raffle"
	}
	return "", ""
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error
}

// Engine starts sagas.
type Engine interface {
	Start(tx workflow.Tx, kind, id string, orderedAt time.Time, params any) (saga.Saga, bool, error)
}

// Ingest takes messages in. Make it with New.
type Ingest struct {
	lines once
	cfg   Config
	due   chan struct{} // an open receipt was stored
}

// Config is what Ingest works with.
type Config struct {
	Store   Store
	Engine  Engine
	Rewards func() Rewards
	// Broadcaster gives the user id of the channel; messages of other channels
	// are completed without effect.
	Broadcaster func() string
	// Commands knows the chat commands that are answered.
	Commands *chat.Dispatch
	// CatchUp says what to do with redemptions that were found late.
	CatchUp CatchUp
	// Ours reports whether the desk itself sent a line of chat: such a line asks
	// for nothing. May be nil.
	Ours func(chat.Line) bool
	// Heard is told of every line of chat, before it is worked on. It must not
	// block. May be nil.
	Heard func(chat.Line)
	// Raids says whether a raid is thanked for in chat, and whether the raider gets
	// a shoutout. May be nil: neither.
	Raids func() (thank, shoutout bool)
	// Stream says what counts as one session.
	Stream stream.Rules
	// Keyword is the word that enters the giveaway that is open, "" when none is.
	// It is asked for every line of chat. May be nil.
	Keyword func() string
	// StreamChanged does, in the transaction in which the stream may have gone on
	// or offline, what belongs to that. May be nil.
	StreamChanged func(Tx) error
	Log           *slog.Logger
}

// New makes an Ingest.
func New(c Config) *Ingest {
	registerFailpoints()
	return &Ingest{cfg: c, due: make(chan struct{}, 1)}
}

// notification is the message type that carries an event.
const notification = "notification"

// Notification takes in one message of the EventSub session. Its error means
// that the message could not even be stored.
func (in *Ingest) Notification(ctx context.Context, m twitch.Message) error {
	if m.ID == "" || m.Type != notification && !m.Revoked() {
		return nil
	}
	if m.Subscription.Type == twitch.TypeChatMessage && !m.Revoked() {
		return in.chatMessage(ctx, m)
	}
	return in.take(ctx, parcel{id: m.ID, typ: m.Subscription.Type, payload: m.Raw, apply: func(tx Tx) error { return in.apply(tx, m) }})
}

// parcel is something that came in and has work in it.
type parcel struct {
	id, typ string
	payload []byte // for another attempt
	apply   func(Tx) error
}

// take works on a parcel in one transaction with its receipt. One that cannot
// be worked on is kept for another attempt.
func (in *Ingest) take(ctx context.Context, p parcel) error {
	core.Failpoint("ingest", "before-receipt")
	err := in.cfg.Store.Update(ctx, func(tx Tx) error {
		fresh, err := tx.ReceiptInsert(event.Receipt{ID: p.id, Type: p.typ, State: event.ReceiptDone, ReceivedAt: tx.Now()})
		if err != nil {
			return err
		}
		if !fresh {
			return tx.ReceiptRepeated(p.id)
		}
		return p.apply(tx)
	})
	core.Failpoint("ingest", "after-receipt")
	if err == nil || ctx.Err() != nil {
		return err
	}
	in.cfg.Log.Error("message put aside for another attempt", "message", p.id, "type", p.typ, "error", err)
	return in.keep(ctx, p, err)
}

// redeem starts the saga of a redemption, once.
func (in *Ingest) redeem(tx Tx, r workflow.Late) (fresh bool, err error) {
	kind, _ := in.cfg.Rewards().kind(r.RewardID)
	if kind == "" {
		return true, nil // a foreign reward is none of our business
	}
	if fresh, err = in.record(tx, r.Redemption); err != nil || !fresh {
		return fresh, err
	}
	_, _, err = in.cfg.Engine.Start(tx, kind, r.ID, r.RedeemedAt, r)
	return true, err
}
