package chat

import (
	"slices"
	"time"

	"sidestage/core"
)

// Line is one message of the channel's chat, whichever way it came.
type Line struct {
	ID      string      `json:"id"` // Twitch's, the same by every way
	Chatter core.Viewer `json:"chatter"`
	Roles   []Role      `json:"roles,omitempty"`
	Text    string      `json:"text"`
	// Reward is set on the copy in chat of what a viewer typed for a reward.
	Reward string `json:"reward,omitempty"`
	// Source is the user id of the channel in which it was written, where chat
	// is shared and that was another one.
	Source string    `json:"source,omitempty"`
	At     time.Time `json:"at"` // when Twitch sent it
}

// Is reports whether the chatter has a role.
func (l Line) Is(r Role) bool { return slices.Contains(l.Roles, r) }

// Role is the strongest role of the chatter.
func (l Line) Role() Role { return Strongest(l.Roles) }
