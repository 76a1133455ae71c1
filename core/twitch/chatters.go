package twitch

import (
	"context"
	"net/http"

	"sidestage/core"
)

// maxChatters bounds the list of a big channel.
const maxChatters = 10_000

// Chatters are the users in a channel's chat, the first 10,000 of them. The list
// is Twitch's own and some minutes old. The token has to be the broadcaster's.
func (c *Client) Chatters(ctx context.Context, broadcasterID string) ([]core.Viewer, error) {
	q, err := params("broadcaster_id", broadcasterID, "moderator_id", broadcasterID, "first", "1000")
	if err != nil {
		return nil, err
	}
	type wire struct {
		ID    string `json:"user_id"`
		Login string `json:"user_login"`
		Name  string `json:"user_name"`
	}
	var all []core.Viewer
	for w, err := range pages[wire](ctx, c, request{method: http.MethodGet, path: "chat/chatters", query: q}) {
		if err != nil {
			return nil, err
		}
		if all = append(all, core.Viewer(w)); len(all) == maxChatters {
			break
		}
	}
	return all, nil
}
