package api

import (
	"context"
	"time"
)

// Whose session a Subscription is of.
const (
	SessionOurs  = "ours"
	SessionOther = "other" // a leftover, or another program's
)

// Subscription is one EventSub subscription of our login at Twitch.
type Subscription struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Version   string            `json:"version"`
	Condition map[string]string `json:"condition"`
	Status    string            `json:"status"` // "enabled", or why it delivers nothing
	Cost      int               `json:"cost"`
	Session   string            `json:"session"` // SessionOurs or SessionOther
	CreatedAt time.Time         `json:"createdAt,omitzero"`
}

// Subscriptions is what Twitch has of us, and how our own session stands.
type Subscriptions struct {
	Subscriptions []Subscription `json:"subscriptions"`
	Cost          int            `json:"cost"`    // of those that are enabled
	MaxCost       int            `json:"maxCost"` // what Twitch allows
	Session       Component      `json:"session"`
}

// Cleaned counts what a clean-up deleted.
type Cleaned struct {
	Deleted int `json:"deleted"`
	Kept    int `json:"kept"` // of our own session
}

// Subscriptions lists our EventSub subscriptions at Twitch.
func (c *Client) Subscriptions(ctx context.Context) (Subscriptions, error) {
	return ask[Subscriptions](ctx, c, GetEventSub, call{})
}

// SetUpEventSub makes the desk that runs ask again for every subscription that
// does not stand. Without one it is Unavailable.
func (c *Client) SetUpEventSub(ctx context.Context) (Subscriptions, error) {
	return ask[Subscriptions](ctx, c, PostEventSubSetup, call{})
}

// CleanUpEventSub deletes the subscriptions of every session of our login but
// that of the desk.
func (c *Client) CleanUpEventSub(ctx context.Context) (Cleaned, error) {
	return ask[Cleaned](ctx, c, PostEventSubCleanup, call{})
}
