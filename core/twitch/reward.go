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

	Cooldown     int `json:"-"` // seconds between two redemptions of anybody; 0 is none
	MaxPerStream int `json:"-"` // redemptions of all viewers; 0 is no limit
	MaxPerViewer int `json:"-"` // redemptions of one viewer in a stream; 0 is no limit
}

// NewReward is a reward to create. Twitch wants a title of 1…45 characters,
// unique in the channel, a cost of at least 1 and a prompt of at most 200. It
// creates no paused rewards.
type NewReward struct {
	Title         string
	Cost          int
	Prompt        string
	Color         string // "#9147FF"; "" leaves the choice to Twitch
	InputRequired bool
	Cooldown      int // as in Reward
	MaxPerStream  int
	MaxPerViewer  int
}

// RewardPatch changes the fields that are not nil.
type RewardPatch struct {
	Title         *string
	Cost          *int
	Prompt        *string
	Color         *string
	InputRequired *bool
	Enabled       *bool
	Paused        *bool
	SkipsQueue    *bool
	Cooldown      *int // 0 ends the cooldown or the limit
	MaxPerStream  *int
	MaxPerViewer  *int
}

// rewardWire is a reward as Helix writes it: each limit with a switch.
type rewardWire struct {
	Reward
	Cooldown struct {
		On      bool `json:"is_enabled"`
		Seconds int  `json:"global_cooldown_seconds"`
	} `json:"global_cooldown_setting"`
	PerStream struct {
		On  bool `json:"is_enabled"`
		Max int  `json:"max_per_stream"`
	} `json:"max_per_stream_setting"`
	PerViewer struct {
		On  bool `json:"is_enabled"`
		Max int  `json:"max_per_user_per_stream"`
	} `json:"max_per_user_per_stream_setting"`
}

func (w rewardWire) reward() Reward {
	r := w.Reward
	if w.Cooldown.On {
		r.Cooldown = w.Cooldown.Seconds
	}
	if w.PerStream.On {
		r.MaxPerStream = w.PerStream.Max
	}
	if w.PerViewer.On {
		r.MaxPerViewer = w.PerViewer.Max
	}
	return r
}

// rewardBody is what POST and PATCH send: nil is not sent.
type rewardBody struct {
	Title         *string `json:"title,omitempty"`
	Cost          *int    `json:"cost,omitempty"`
	Prompt        *string `json:"prompt,omitempty"`
	Color         *string `json:"background_color,omitempty"`
	InputRequired *bool   `json:"is_user_input_required,omitempty"`
	Enabled       *bool   `json:"is_enabled,omitempty"`
	Paused        *bool   `json:"is_paused,omitempty"`
	SkipsQueue    *bool   `json:"should_redemptions_skip_request_queue,omitempty"`
	CooldownOn    *bool   `json:"is_global_cooldown_enabled,omitempty"`
	Cooldown      *int    `json:"global_cooldown_seconds,omitempty"`
	PerStreamOn   *bool   `json:"is_max_per_stream_enabled,omitempty"`
	PerStream     *int    `json:"max_per_stream,omitempty"`
	PerViewerOn   *bool   `json:"is_max_per_user_per_stream_enabled,omitempty"`
	PerViewer     *int    `json:"max_per_user_per_stream,omitempty"`
}

func (p RewardPatch) body() rewardBody {
	b := rewardBody{
		Title: p.Title, Cost: p.Cost, Prompt: p.Prompt, Color: p.Color,
		InputRequired: p.InputRequired, Enabled: p.Enabled, Paused: p.Paused, SkipsQueue: p.SkipsQueue,
	}
	b.CooldownOn, b.Cooldown = limit(p.Cooldown)
	b.PerStreamOn, b.PerStream = limit(p.MaxPerStream)
	b.PerViewerOn, b.PerViewer = limit(p.MaxPerViewer)
	return b
}

// limit is a limit with its switch; one that is off has no number.
func limit(n *int) (on *bool, value *int) {
	if n == nil {
		return nil, nil
	}
	set := *n > 0
	if !set {
		return &set, nil
	}
	return &set, n
}

func (r NewReward) body() rewardBody {
	return RewardPatch{
		Title: &r.Title, Cost: &r.Cost, InputRequired: &r.InputRequired, Prompt: given(r.Prompt), Color: given(r.Color),
		Cooldown: given(r.Cooldown), MaxPerStream: given(r.MaxPerStream), MaxPerViewer: given(r.MaxPerViewer),
	}.body()
}

// given is nil for what was left zero.
func given[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// MostRewards is how many custom rewards a channel can have, enabled or not.
const MostRewards = 50

// Rewards lists the channel's custom rewards: all, or only those this client id
// made, which alone can be managed. Denied means that the channel is neither
// partner nor affiliate.
func (c *Client) Rewards(ctx context.Context, broadcasterID string, manageable bool) ([]Reward, error) {
	q, err := params("broadcaster_id", broadcasterID)
	if err != nil {
		return nil, err
	}
	if manageable {
		q.Set("only_manageable_rewards", "true")
	}
	var body struct{ Data []rewardWire }
	err = c.call(ctx, request{method: http.MethodGet, path: rewardsPath, query: q}, &body)
	all := make([]Reward, len(body.Data))
	for i, w := range body.Data {
		all[i] = w.reward()
	}
	return all, err
}

// CreateReward makes a reward. Invalid also means that the title is taken or
// the channel has MostRewards.
func (c *Client) CreateReward(ctx context.Context, broadcasterID string, r NewReward) (Reward, error) {
	q, err := params("broadcaster_id", broadcasterID)
	if err != nil {
		return Reward{}, err
	}
	w, err := one[rewardWire](ctx, c, request{method: http.MethodPost, path: rewardsPath, query: q, json: r.body()})
	return w.reward(), err
}

// UpdateReward changes a reward of ours; again, it changes nothing. Denied means
// that another client id made it, NotFound that it is gone.
func (c *Client) UpdateReward(ctx context.Context, broadcasterID, rewardID string, p RewardPatch) (Reward, error) {
	q, err := params("broadcaster_id", broadcasterID, "id", rewardID)
	if err != nil {
		return Reward{}, err
	}
	w, err := one[rewardWire](ctx, c, request{method: http.MethodPatch, path: rewardsPath, query: q, json: p.body(), twice: true})
	return w.reward(), err
}

// DeleteReward deletes a reward of ours. Twitch marks its open redemptions
// FULFILLED, without a refund: cancel them first. NotFound means that it is gone
// already.
func (c *Client) DeleteReward(ctx context.Context, broadcasterID, rewardID string) error {
	q, err := params("broadcaster_id", broadcasterID, "id", rewardID)
	if err != nil {
		return err
	}
	return c.call(ctx, request{method: http.MethodDelete, path: rewardsPath, query: q, twice: true}, nil)
}
