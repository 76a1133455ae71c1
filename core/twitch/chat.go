package twitch

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"sidestage/core"
)

const chatPath = "chat/messages"

// maxChat is the longest chat message Twitch takes, in characters.
const maxChat = 500

// SendChat posts text as senderID, who must be the token's user, and gives the
// id of the message; replyTo is the id of the message answered, or "". Line
// breaks become spaces, NULs vanish, and what is over 500 characters is cut.
// Twitch can answer 200 and post nothing: that is a *Dropped.
func (c *Client) SendChat(ctx context.Context, broadcasterID, senderID, text, replyTo string) (messageID string, err error) {
	line := chatLine(text)
	if line == "" || broadcasterID == "" || senderID == "" {
		return "", core.E(core.Invalid, "twitch: chat message without text, channel or sender")
	}
	r := request{method: http.MethodPost, path: chatPath, json: struct {
		BroadcasterID string `json:"broadcaster_id"`
		SenderID      string `json:"sender_id"`
		Message       string `json:"message"`
		ReplyTo       string `json:"reply_parent_message_id,omitempty"`
	}{broadcasterID, senderID, line, replyTo}}
	posted, err := one[struct {
		MessageID string  `json:"message_id"`
		IsSent    *bool   `json:"is_sent"`
		Dropped   Dropped `json:"drop_reason"`
	}](ctx, c, r)
	switch {
	case err != nil:
		return "", err
	case posted.IsSent == nil && posted.MessageID == "":
		return "", r.lost(true, errors.New("answer does not say whether it was sent"))
	case posted.IsSent != nil && !*posted.IsSent:
		return "", &Dropped{Code: plain(posted.Dropped.Code, nil), Message: plain(posted.Dropped.Message, nil)}
	}
	return posted.MessageID, nil
}

// chatLine makes text one line that Twitch takes.
func chatLine(text string) string {
	text = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\x00", "").Replace(text)
	return cut(strings.TrimSpace(strings.ToValidUTF8(text, "")), maxChat)
}
