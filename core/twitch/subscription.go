package twitch

import (
	"context"
	"maps"
	"net/http"
	"time"

	"sidestage/core"
)

// The subscription types this program knows, for Subscription.Type and
// Message.Subscription.Type. Wishes gives each with its version and condition.
const (
	TypeRedemptionAdd    = "channel.channel_points_custom_reward_redemption.add"
	TypeRedemptionUpdate = "channel.channel_points_custom_reward_redemption.update"
	TypeChatMessage      = "channel.chat.message"
	TypeStreamOnline     = "stream.online"
	TypeStreamOffline    = "stream.offline"
	TypeRaid             = "channel.raid"
	TypeChannelUpdate    = "channel.update"
	TypeFollow           = "channel.follow"
	TypeSubscribe        = "channel.subscribe"
	TypeCheer            = "channel.cheer"
)

// enabled is the one status of a subscription that delivers.
const enabled = "enabled"

const subscriptionsPath = "eventsub/subscriptions"

// Subscription is one EventSub subscription. To ask for one, fill Type, Version
// and Condition.
type Subscription struct {
	ID        string
	Status    string // "enabled", or why it delivers nothing
	Type      string
	Version   string
	Condition map[string]string // such as broadcaster_user_id
	SessionID string            // "" when it is not of a websocket
	Cost      int               // of MaxCost; 0 for what the user has authorized
	CreatedAt time.Time         // zero when Twitch's time cannot be read
}

// MaxCost is what the subscriptions of one login may cost together.
const MaxCost = 10

// Enabled reports whether s delivers.
func (s Subscription) Enabled() bool { return s.Status == enabled }

// Subscribe creates s for a websocket session. Twitch delivers only when the
// answer's Status is "enabled". Conflict means that such a subscription exists,
// perhaps for a session that died a moment ago.
func (c *Client) Subscribe(ctx context.Context, s Subscription, sessionID string) (Subscription, error) {
	if s.Type == "" || sessionID == "" {
		return Subscription{}, core.E(core.Invalid, "twitch: subscription without type or session")
	}
	w := subscriptionWire{Type: s.Type, Version: s.Version, Condition: s.Condition}
	w.Transport.Method, w.Transport.SessionID = "websocket", sessionID
	got, err := one[subscriptionWire](ctx, c, request{method: http.MethodPost, path: subscriptionsPath, json: w})
	return got.subscription(), err
}

// Subscriptions lists every subscription of this client id and user, also dead
// ones, which stay listed for about a minute.
func (c *Client) Subscriptions(ctx context.Context) ([]Subscription, error) {
	var all []Subscription
	for w, err := range pages[subscriptionWire](ctx, c, request{method: http.MethodGet, path: subscriptionsPath}) {
		if err != nil {
			return nil, err
		}
		all = append(all, w.subscription())
	}
	return all, nil
}

// Unsubscribe deletes a subscription; NotFound when there is none.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	q, err := params("id", id)
	if err != nil {
		return err
	}
	return c.call(ctx, request{method: http.MethodDelete, path: subscriptionsPath, query: q}, nil)
}

// same reports whether the listed subscription l asks for what s does. Twitch
// lists conditions nobody gave as "", and its mock servers leave some out.
func (s Subscription) same(l Subscription) bool {
	if s.Type != l.Type || (l.Version != "" && l.Version != s.Version) {
		return false
	}
	for k, v := range l.Condition {
		if v != "" && s.Condition[k] != v {
			return false
		}
	}
	return true
}

// equal reports whether both ask for the same.
func (s Subscription) equal(o Subscription) bool {
	return s.Type == o.Type && s.Version == o.Version && maps.Equal(s.Condition, o.Condition)
}

type subscriptionWire struct {
	ID        string            `json:"id,omitempty"`
	Status    string            `json:"status,omitempty"`
	Type      string            `json:"type"`
	Version   string            `json:"version"`
	Condition map[string]string `json:"condition"`
	Cost      int               `json:"cost,omitempty"`
	Created   string            `json:"created_at,omitempty"`
	Transport struct {
		Method    string `json:"method"`
		SessionID string `json:"session_id,omitempty"`
	} `json:"transport"`
}

func (w subscriptionWire) subscription() Subscription {
	return Subscription{
		ID: w.ID, Status: w.Status, Type: w.Type, Version: w.Version,
		Condition: w.Condition, SessionID: w.Transport.SessionID, Cost: w.Cost, CreatedAt: moment(w.Created),
	}
}
