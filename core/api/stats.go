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
