package desk

import (
	"context"
	"fmt"

	"sidestage/core/chat"
)

// post sends one line to the channel's chat, as the streamer.
func (d *Desk) post(ctx context.Context, text, replyTo string) (string, error) {
	return d.helix.SendChat(ctx, d.broadcaster(), d.broadcaster(), text, replyTo)
}

// Say implements web.Chat.
func (d *Desk) Say(ctx context.Context, text string) (string, error) {
	if err := chat.Check(text); err != nil {
		return "", err
	}
	if d.broadcaster() == "" {
		if _, err := d.identify(ctx); err != nil {
			return "", err
		}
	}
	id, err := d.sender.Say(ctx, text, "")
	if err != nil {
		return "", fmt.Errorf("say in chat: %w", err)
	}
	return id, nil
}
