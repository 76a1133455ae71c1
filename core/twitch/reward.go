package twitch

import (
	"context"
	"net/http"
)

const rewardsPath = "channel_points/custom_rewards"

// Reward is a custom channel-point reward.
type Reward struct {
	ID            string `json:"id"`
	Title         string `json:"title"`
	Cost          int    `json:"cost"` // channel points
	Prompt        string `json:"prompt"`
	Color         string `json:"background_color"` // "#9147FF"
	InputRequired bool   `json:"is_user_input_required"`
	Enabled       bool   `json:"is_enabled"` // hidden from viewers when not
	Paused        bool   `json:"is_paused"`  // visible, but cannot be redeemed
	// SkipsQueue makes redemptions arrive fulfilled, so that they can never be
	// refunded.
	SkipsQueue bool `json:"should_redemptions_skip_request_queue"`
}

// NewReward is a reward to create. Twitch wants a title of 1…45 characters,
// unique in the channel, a cost of at least 1 and a prompt of at most 200.
type NewReward struct {
	Title         string `json:"title"`
	Cost          int    `json:"cost"`
	Prompt        string `json:"prompt,omitempty"`
	Color         string `json:"background_color,omitempty"`
	InputRequired bool   `json:"is_user_input_required"`
	Enabled       *bool  `json:"is_enabled,omitempty"` // nil is enabled
}

// RewardPatch changes the fields that are not nil.
type RewardPatch struct {
	Title         *string `json:"title,omitempty"`
	Cost          *int    `json:"cost,omitempty"`
	Prompt        *string `json:"prompt,omitempty"`
	Color         *string `json:"background_color,omitempty"`
	InputRequired *bool   `json:"is_user_input_required,omitempty"`
	Enabled       *bool   `json:"is_enabled,omitempty"`
	Paused        *bool   `json:"is_paused,omitempty"`
	SkipsQueue    *bool   `json:"should_redemptions_skip_request_queue,omitempty"`
}

// Rewards lists the rewards this client id made; only those can be managed.
// Denied means that the channel is neither partner nor affiliate.
func (c *Client) Rewards(ctx context.Context, broadcasterID string) ([]Reward, error) {
	q, err := params("broadcaster_id", broadcasterID, "only_manageable_rewards", "true")
	if err != nil {
		return nil, err
	}
	var body struct{ Data []Reward }
	err = c.call(ctx, request{method: http.MethodGet, path: rewardsPath, query: q}, &body)
	return body.Data, err
}

// CreateReward makes a reward. Invalid also means that the title is taken or
// the channel has 50 rewards.
func (c *Client) CreateReward(ctx context.Context, broadcasterID string, r NewReward) (Reward, error) {
	q, err := params("broadcaster_id", broadcasterID)
	if err != nil {
		return Reward{}, err
	}
	return one[Reward](ctx, c, request{method: http.MethodPost, path: rewardsPath, query: q, json: r})
}

// UpdateReward changes a reward of ours. Denied means that another client id
// made it.
func (c *Client) UpdateReward(ctx context.Context, broadcasterID, rewardID string, p RewardPatch) (Reward, error) {
	q, err := params("broadcaster_id", broadcasterID, "id", rewardID)
	if err != nil {
		return Reward{}, err
	}
	return one[Reward](ctx, c, request{method: http.MethodPatch, path: rewardsPath, query: q, json: p})
}
