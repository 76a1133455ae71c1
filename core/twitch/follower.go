package twitch

import (
	"context"
	"net/http"
)

// Follows reports whether a user follows a channel. Without the scope
// ScopeReadFollowers Twitch answers as if nobody did, so that is to be checked
// before.
func (c *Client) Follows(ctx context.Context, broadcasterID, userID string) (bool, error) {
	q, err := params("broadcaster_id", broadcasterID, "user_id", userID)
	if err != nil {
		return false, err
	}
	var found struct {
		Data []struct {
			UserID string `json:"user_id"`
		}
	}
	if err := c.call(ctx, request{method: http.MethodGet, path: "channels/followers", query: q}, &found); err != nil {
		return false, err
	}
	return len(found.Data) == 1 && found.Data[0].UserID == userID, nil
}
