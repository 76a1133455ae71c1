package api

import (
	"context"
	"net/url"
	"time"
)

// Within narrows statistics: to one session, by its number, or to what is not
// older than Since. The zero value is all there is; both are Invalid.
type Within struct {
	Session string
	Since   time.Time
}

func (w Within) query(limit int) url.Values {
	q := limited(limit)
	if w.Session != "" {
		q.Set("session", w.Session)
	}
	if !w.Since.IsZero() {
		q.Set("since", w.Since.Format(time.RFC3339))
	}
	return q
}

// ErrorStats is how often something went wrong in one way in one place.
type ErrorStats struct {
	Kind    string    `json:"kind"`  // an error's code, or "panic"
	Place   string    `json:"place"` // what was being done
	Times   int       `json:"times"`
	LastAt  time.Time `json:"lastAt"`
	Reason  string    `json:"reason,omitempty"` // here and below of the last time
	SagaID  string    `json:"sagaId,omitempty"`
	Message string    `json:"message"`
}

// ErrorStats is what went wrong, what happened last first.
func (c *Client) ErrorStats(ctx context.Context, in Within, limit int) ([]ErrorStats, error) {
	return ask[[]ErrorStats](ctx, c, GetErrors, call{query: in.query(limit)})
}

// SessionStats is what one stream came to.
type SessionStats struct {
	SessionID      string    `json:"sessionId"`
	StartedAt      time.Time `json:"startedAt"`
	EndedAt        time.Time `json:"endedAt,omitzero"`
	Live           bool      `json:"live"`
	LengthMs       int64     `json:"lengthMs"` // so far, while it is live
	PeakViewers    int       `json:"peakViewers"`
	AverageViewers float64   `json:"averageViewers"` // of the counts that were taken
	Requests       int       `json:"requests"`       // accepted
	Heard          int       `json:"heard"`          // of Requests
	Rolls          int       `json:"rolls"`          // that count
	Wins           int       `json:"wins"`
	Points         int       `json:"points"` // spent: of fulfilled redemptions
}

// ViewerStats is what one viewer did, under their latest name.
type ViewerStats struct {
	UserID      string    `json:"userId"`
	Login       string    `json:"login"`
	DisplayName string    `json:"displayName"`
	Points      int       `json:"points"`   // spent: of fulfilled redemptions
	Refunded    int       `json:"refunded"` // points that went back
	Requests    int       `json:"requests"` // accepted
	Heard       int       `json:"heard"`    // of Requests
	Rolls       int       `json:"rolls"`    // that count
	Wins        int       `json:"wins"`
	LastAt      time.Time `json:"lastAt,omitzero"` // when they last redeemed, asked or rolled
}

// ViewerPage is ViewerStats with what they like.
type ViewerPage struct {
	ViewerStats
	TopTracks    []TopTrack `json:"topTracks"`    // heard most by their request
	Achievements int        `json:"achievements"` // unlocked
}

// SessionStats is what streams came to, the latest first.
func (c *Client) SessionStats(ctx context.Context, in Within, limit int) ([]SessionStats, error) {
	return ask[[]SessionStats](ctx, c, GetSessions, call{query: in.query(limit)})
}

// ViewerStats is what viewers did, who spent most first.
func (c *Client) ViewerStats(ctx context.Context, in Within, limit int) ([]ViewerStats, error) {
	return ask[[]ViewerStats](ctx, c, GetViewerStats, call{query: in.query(limit)})
}

// ViewerPage is what one viewer did, by id or login; NotFound when they are not
// known.
func (c *Client) ViewerPage(ctx context.Context, who string, in Within) (ViewerPage, error) {
	return ask[ViewerPage](ctx, c, GetViewerPage, call{path: map[string]string{"user": who}, query: in.query(0)})
}
