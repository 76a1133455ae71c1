package chat

import (
	"slices"

	"sidestage/core"
)

// Role is what a chatter is in the channel, as their badges prove.
type Role string

// The roles, from the strongest on. A role may do what those after it may.
const (
	Broadcaster Role = "broadcaster"
	Moderator   Role = "moderator"
	VIP         Role = "vip"
	Subscriber  Role = "subscriber"
	Everyone    Role = "everyone"
)

var ranks = []Role{Broadcaster, Moderator, VIP, Subscriber, Everyone}

// Roles lists every role, the strongest first.
func Roles() []Role { return slices.Clone(ranks) }

// ParseRole reads the name of a role; Invalid says what there is.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(ranks, r) {
		return r, nil
	}
	return "", core.Because(core.Invalid, "role", "expected broadcaster, moderator, vip, subscriber or everyone")
}

// AtLeast reports whether r may do what least may. What is no role is Everyone.
func (r Role) AtLeast(least Role) bool { return rank(r) <= rank(least) }

func rank(r Role) int {
	if i := slices.Index(ranks, r); i >= 0 {
		return i
	}
	return len(ranks) - 1
}

// Strongest is the strongest of roles; Everyone of none.
func Strongest(roles []Role) Role {
	best := Everyone
	for _, r := range roles {
		if rank(r) < rank(best) {
			best = r
		}
	}
	return best
}
