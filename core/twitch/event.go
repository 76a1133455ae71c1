package twitch

import (
	"slices"
	"strings"
	"time"

	"sidestage/core"
)

// The roles of a chatter, from the strongest on.
const (
	RoleBroadcaster = "broadcaster"
	RoleModerator   = "moderator"
	RoleVIP         = "vip"
	RoleSubscriber  = "subscriber"
)

// roleOf says what role a badge proves.
var roleOf = map[string]string{
	"broadcaster":    RoleBroadcaster,
	"moderator":      RoleModerator,
	"lead_moderator": RoleModerator,
	"vip":            RoleVIP,
	"subscriber":     RoleSubscriber,
	"founder":        RoleSubscriber, // one of the first subscribers, worn instead
}

// ChatMessage is a message in the broadcaster's chat.
type ChatMessage struct {
	ID            string
	BroadcasterID string
	Chatter       core.Viewer
	Text          string
	Roles         []string // the Role… constants that the badges prove
	// RewardID is set on the copy in chat of what a viewer typed for a reward:
	// the redemption itself arrives as its own event.
	RewardID string
	ReplyTo  string // the id of the message answered, or ""
	// SourceBroadcasterID is set in shared chat when the message was written in
	// another channel.
	SourceBroadcasterID string
	At                  time.Time // when it was sent; EventSub tells only Message.At
}

// StreamOnline says that a broadcast began. ID is Twitch's of the stream; Type
// is "live" for an ordinary one.
type StreamOnline struct {
	ID            string
	BroadcasterID string
	Type          string
	StartedAt     time.Time // zero when Twitch's time cannot be read
}

// StreamOffline says that the broadcast ended; when, only Message.At tells.
type StreamOffline struct{ BroadcasterID string }

// Redemption is the event of TypeRedemptionAdd and TypeRedemptionUpdate.
// Invalid means that it has no event or no id.
func (m Message) Redemption() (Redemption, error) {
	var w redemptionWire
	err := m.event(&w)
	if err == nil && w.ID == "" {
		err = core.E(core.Invalid, "twitch: %s %s has no redemption id", m.Subscription.Type, m.ID)
	}
	return w.redemption(), err
}

// ChatMessage is the event of TypeChatMessage. Invalid means that it has no
// event or no id.
func (m Message) ChatMessage() (ChatMessage, error) {
	var w chatWire
	err := m.event(&w)
	if err == nil && w.ID == "" {
		err = core.E(core.Invalid, "twitch: %s %s has no message id", m.Subscription.Type, m.ID)
	}
	return w.message(), err
}

// StreamOnline is the event of TypeStreamOnline. Invalid means that it has no
// event.
func (m Message) StreamOnline() (StreamOnline, error) {
	var w struct {
		ID            string
		BroadcasterID string `json:"broadcaster_user_id"`
		Type          string
		StartedAt     string `json:"started_at"`
	}
	err := m.event(&w)
	return StreamOnline{ID: w.ID, BroadcasterID: w.BroadcasterID, Type: w.Type, StartedAt: moment(w.StartedAt)}, err
}

// StreamOffline is the event of TypeStreamOffline. Invalid means that it has no
// event.
func (m Message) StreamOffline() (StreamOffline, error) {
	var w struct {
		BroadcasterID string `json:"broadcaster_user_id"`
	}
	err := m.event(&w)
	return StreamOffline{BroadcasterID: w.BroadcasterID}, err
}

func (m Message) event(into any) error {
	if len(m.Event) == 0 {
		return core.Because(core.Invalid, "no-event", "twitch: %s %s has no event", m.Subscription.Type, m.ID)
	}
	if err := decode(m.Event, into); err != nil {
		return core.E(core.Invalid, "twitch: read %s %s: %w", m.Subscription.Type, m.ID, err)
	}
	return nil
}

type chatWire struct {
	ID            string `json:"message_id"`
	BroadcasterID string `json:"broadcaster_user_id"`
	UserID        string `json:"chatter_user_id"`
	UserLogin     string `json:"chatter_user_login"`
	UserName      string `json:"chatter_user_name"`
	Message       struct{ Text string }
	Badges        []struct {
		Set string `json:"set_id"`
	}
	RewardID string `json:"channel_points_custom_reward_id"`
	SourceID string `json:"source_broadcaster_user_id"`
	Reply    struct {
		Parent string `json:"parent_message_id"`
	}
}

func (w chatWire) message() ChatMessage {
	c := ChatMessage{
		ID:            w.ID,
		BroadcasterID: w.BroadcasterID,
		Chatter:       core.Viewer{ID: w.UserID, Login: w.UserLogin, Name: w.UserName},
		Text:          w.Message.Text,
		Roles:         w.roles(),
		RewardID:      w.RewardID,
		ReplyTo:       w.Reply.Parent,
	}
	if w.SourceID != w.BroadcasterID {
		c.SourceBroadcasterID = w.SourceID
	}
	return c
}

func (w chatWire) roles() []string {
	sets := make([]string, 0, len(w.Badges))
	for _, b := range w.Badges {
		sets = append(sets, b.Set)
	}
	return rolesOf(w.UserID != "" && w.UserID == w.BroadcasterID, sets)
}

// rolesOf is what badges prove, by their set ids.
func rolesOf(broadcaster bool, sets []string) []string {
	var roles []string
	if broadcaster {
		roles = append(roles, RoleBroadcaster)
	}
	for _, set := range sets {
		role, ok := roleOf[strings.ToLower(set)]
		if ok && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles
}
