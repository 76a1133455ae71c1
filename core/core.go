// Package core holds what every room of the house shares: the one error
// vocabulary and the identity of a viewer. It imports nothing of ours.
//
// An error that crosses a package boundary has a Kind, which alone decides the
// exit code, the HTTP status, the log level and what chat hears; it may have a
// Reason, a stable word for a program to act on; and it may say that trying
// again could help. Unclassified errors are Internal.
package core

import (
	"strings"
	"time"
)

// Viewer is a person on Twitch. ID never changes; Login and Name do.
type Viewer struct {
	ID    string `json:"id"`
	Login string `json:"login"`
	Name  string `json:"name"`
}

// Status is what Twitch has booked for a redemption.
type Status string

// The statuses of a redemption. Fulfilled and Canceled are final; Canceled
// gives the points back.
const (
	Unfulfilled Status = "unfulfilled"
	Fulfilled   Status = "fulfilled"
	Canceled    Status = "canceled"
)

// Redemption is one viewer's points spent on one of our rewards.
type Redemption struct {
	ID         string    `json:"id"`
	RewardID   string    `json:"rewardId"`
	Viewer     Viewer    `json:"viewer"`
	Input      string    `json:"input,omitempty"` // what the viewer typed
	Cost       int       `json:"cost"`            // channel points
	RedeemedAt time.Time `json:"redeemedAt"`
	Status     Status    `json:"status"`
}

// PlatformName is a platform as sentences have it: Twitch, for twitch.
func PlatformName(id string) string {
	if id == "" {
		return ""
	}
	return strings.ToUpper(id[:1]) + id[1:]
}
