package ingest

import (
	"context"
	"encoding/json"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/raffle"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
)

// typeLine marks the receipt of a line of chat; its id is the line's, so a line
// that comes by EventSub and by IRC is handled once.
const typeLine = "chat.line"

// chatMessage takes in a line that came by EventSub. One that nobody can read
// asks for nothing.
func (in *Ingest) chatMessage(ctx context.Context, m twitch.Message) error {
	c, err := m.ChatMessage()
	if err != nil || c.BroadcasterID != in.cfg.Broadcaster() {
		return nil //nolint:nilerr // there are thousands of them, and no command was seen
	}
	l := Line(c)
	if l.At.IsZero() {
		l.At = m.At
	}
	return in.Chat(ctx, l)
}

// Line is Twitch's chat message in our words.
func Line(m twitch.ChatMessage) chat.Line {
	l := chat.Line{ID: m.ID, Chatter: m.Chatter, Text: m.Text, Reward: m.RewardID, Source: m.SourceBroadcasterID, At: m.At}
	for _, r := range m.Roles {
		l.Roles = append(l.Roles, chat.Role(r))
	}
	return l
}

// Chat takes in a line of the channel's chat, whichever way it came. A line
// that asks for nothing is neither stored nor counted, since there are
// thousands of them. Its error means that the line could not even be stored.
func (in *Ingest) Chat(ctx context.Context, l chat.Line) error {
	if in.cfg.Heard != nil {
		in.cfg.Heard(l)
	}
	if l.Reward != "" && l.Source == "" {
		if !in.lines.claim(l.ID) {
			return nil
		}
		return in.noteRole(ctx, l)
	}
	_, asks := in.command(l)
	enters := in.enters(l)
	if !asks && !enters || !in.lines.claim(l.ID) || !enters && !in.cfg.Commands.Admit(l) {
		return nil
	}
	payload, err := json.Marshal(l)
	if err != nil {
		return core.E(core.Internal, "encode chat line %s: %w", l.ID, err)
	}
	return in.take(ctx, parcel{id: l.ID, typ: typeLine, payload: payload, apply: func(tx Tx) error { return in.applyLine(tx, l) }})
}

// command is what a line asks for. Lines of other channels, the chat copy of a
// redemption and what we said ourselves ask for nothing; the streamer's own
// typing does. It looks nothing up in the database.
func (in *Ingest) command(l chat.Line) (chat.Command, bool) {
	c, ok := in.cfg.Commands.Read(l)
	if !ok || l.ID == "" || l.Source != "" || l.Reward != "" {
		return chat.Command{}, false
	}
	return c, in.cfg.Ours == nil || !in.cfg.Ours(l)
}

// enters reports whether a line is an entry to the giveaway that is open. It
// looks nothing up in the database.
func (in *Ingest) enters(l chat.Line) bool {
	if in.cfg.Keyword == nil || l.ID == "" || l.Source != "" || l.Reward != "" {
		return false
	}
	word := in.cfg.Keyword()
	return word != "" && raffle.Keyword(l.Text) == word && (in.cfg.Ours == nil || !in.cfg.Ours(l))
}

func (in *Ingest) applyLine(tx Tx, l chat.Line) error {
	if l.At.IsZero() {
		l.At = tx.Now()
	}
	if in.enters(l) {
		return raffle.EnterGiveaway(tx, l)
	}
	c, ok := in.command(l)
	if !ok {
		return nil
	}
	if err := putRole(tx, l); err != nil {
		return err
	}
	_, fresh, err := in.cfg.Engine.Start(tx, workflow.ChatCommand, l.ID, l.At,
		workflow.Command{Viewer: l.Chatter, Roles: l.Roles, Name: c.Name, Arg: c.Arg, At: l.At})
	if err != nil || fresh {
		return err
	}
	return tx.ReceiptRepeated(l.ID)
}

// noteRole remembers what the copy in chat of what somebody wrote with a reward
// says of them. It comes about when the redemption does, which tells no roles;
// one that is lost is no harm.
func (in *Ingest) noteRole(ctx context.Context, l chat.Line) error {
	return in.cfg.Store.Update(ctx, func(tx Tx) error { return putRole(tx, l) })
}

func putRole(tx Tx, l chat.Line) error {
	if err := tx.ViewerPut(l.Chatter); err != nil {
		return err
	}
	return tx.ViewerPutRole(l.Chatter.ID, chat.Strongest(l.Roles))
}

func (in *Ingest) unpackLine(payload []byte) (func(Tx) error, error) {
	var l chat.Line
	if err := json.Unmarshal(payload, &l); err != nil {
		return nil, core.E(core.Internal, "stored chat line does not decode: %w", err)
	}
	return func(tx Tx) error { return in.applyLine(tx, l) }, nil
}
