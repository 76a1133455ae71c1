package api

import (
	"context"
	"net/url"
	"time"
)

// PointsReport is what became of the channel points that were spent on our
// rewards in one session, and whether Twitch says the same.
type PointsReport struct {
	SessionID string    `json:"sessionId,omitempty"` // empty: since the desk was set up
	From      time.Time `json:"from,omitzero"`
	Until     time.Time `json:"until,omitzero"` // zero while the session goes on
	Taken     Points    `json:"taken"`          // Fulfilled, Refunded and Open together
	Fulfilled Points    `json:"fulfilled"`
	Refunded  Points    `json:"refunded"`
	Open      Points    `json:"open"`
	// Checked is how many of Taken Twitch still lists; it forgets settled ones
	// after some days.
	Checked int `json:"checked"`
	// Differences are the redemptions that Twitch books otherwise.
	Differences []PointsDifference `json:"differences"`
	Balanced    bool               `json:"balanced"` // there are none
}

// Points are redemptions and what they cost together.
type Points struct {
	Redemptions int `json:"redemptions"`
	Points      int `json:"points"`
}

// PointsDifference is a redemption that stands otherwise in Twitch's books.
// Here or Twitch is "unknown" where one side has none of it.
type PointsDifference struct {
	RedemptionID string `json:"redemptionId"`
	Viewer       string `json:"viewer"`
	Here         string `json:"here"`
	Twitch       string `json:"twitch"`
}

// Points reports what became of the points of a session, by its id; of the
// latest for "".
func (c *Client) Points(ctx context.Context, session string) (PointsReport, error) {
	q := url.Values{}
	if session != "" {
		q.Set("session", session)
	}
	return ask[PointsReport](ctx, c, GetPoints, call{query: q})
}
