package event

// RewardChanged: something was done to a channel-point reward of ours. Change is
// created, adopted, updated, paused, resumed or deleted.
type RewardChanged struct {
	Reward   string   `json:"reward,omitempty"` // "song" or "raffle"; empty for one in no use
	RewardID string   `json:"rewardId"`         // Twitch's
	Change   string   `json:"change"`
	Reasons  []string `json:"reasons,omitempty"` // of a pause: by-hand, offline, closed
}

// Type implements Event.
func (RewardChanged) Type() Type { return "reward.changed" }

// Subject is the reward's id.
func (e RewardChanged) Subject() string { return e.RewardID }
