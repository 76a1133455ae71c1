package twitch

import (
	"context"
	"net/http"
)

// Shoutout recommends the channel toID in the chat of broadcasterID, who must be
// the token's user. RateLimited means that the last one was less than two
// minutes ago, or the last one to toID less than an hour; Invalid, that the
// stream is off or nobody watches it.
func (c *Client) Shoutout(ctx context.Context, broadcasterID, toID string) error {
	q, err := params("from_broadcaster_id", broadcasterID, "to_broadcaster_id", toID, "moderator_id", broadcasterID)
	if err != nil {
		return err
	}
	return c.call(ctx, request{method: http.MethodPost, path: "chat/shoutouts", query: q}, nil)
}
