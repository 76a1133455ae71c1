package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/stream"
	"sidestage/core/token"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
)

// twitchDesk is Twitch as the sagas and the stream lifecycle see it: one
// channel, its owner's token.
type twitchDesk struct {
	helix       *twitch.Client
	broadcaster func() string // user id of the channel, which is also who speaks
	sender      *chat.Sender  // nil where nothing is said
	log         *slog.Logger  // nil where nothing is said
}

// statusWords translates our words for a redemption's status.
var statusWords = map[core.Status]twitch.Status{
	core.Unfulfilled: twitch.Unfulfilled,
	core.Fulfilled:   twitch.Fulfilled,
	core.Canceled:    twitch.Canceled,
}

// Settle implements workflow.Twitch.
func (t twitchDesk) Settle(ctx context.Context, r core.Redemption, to core.Status) error {
	err := t.helix.SetRedemption(ctx, t.broadcaster(), r.RewardID, r.ID, statusWords[to])
	if errors.Is(err, twitch.ErrSettled) {
		return core.Because(core.Conflict, workflow.ReasonSettled, "settle redemption %s: %w", r.ID, err)
	}
	if err != nil {
		return fmt.Errorf("settle redemption %s: %w", r.ID, err)
	}
	return nil
}

// Status implements workflow.Twitch.
func (t twitchDesk) Status(ctx context.Context, r core.Redemption) (core.Status, error) {
	got, err := t.helix.Redemption(ctx, t.broadcaster(), r.RewardID, r.ID)
	if err != nil {
		return "", fmt.Errorf("read redemption %s: %w", r.ID, err)
	}
	for ours, theirs := range statusWords {
		if theirs == got.Status {
			return ours, nil
		}
	}
	return "", core.E(core.Ambiguous, "redemption %s has the unknown status %q", r.ID, got.Status)
}

// Say implements workflow.Twitch.
func (t twitchDesk) Say(ctx context.Context, text, replyTo string) (string, error) {
	id, err := t.sender.SaySoon(ctx, text, replyTo)
	if err != nil {
		return "", fmt.Errorf("say in chat: %w", err)
	}
	return id, nil
}

// Shoutout implements workflow.Twitch. Twitch takes one in two minutes, one to
// the same channel in an hour, and none while the stream is off.
func (t twitchDesk) Shoutout(ctx context.Context, to core.Viewer) error {
	err := t.helix.Shoutout(ctx, t.broadcaster(), to.ID)
	if kind := core.KindOf(err); kind == core.RateLimited || kind == core.Invalid {
		t.log.Info("shoutout skipped: one is taken in two minutes, one to a channel in an hour, and only while live", "to", to.Login, "error", err)
		return core.Because(core.Denied, "shoutout-skipped", "%w", err)
	}
	return err
}

// Live implements stream.Audience.
func (t twitchDesk) Live(ctx context.Context) (stream.Live, error) {
	s, err := t.helix.Stream(ctx, t.broadcaster())
	if err != nil {
		return stream.Live{}, err
	}
	if s.StartedAt.IsZero() {
		s.StartedAt = time.Now()
	}
	return stream.Live{StreamID: s.ID, StartedAt: s.StartedAt, Viewers: s.Viewers, Title: s.Title, Category: s.Game}, nil
}

// twitchLogin is Twitch's token service as core/token sees it.
type twitchLogin struct {
	oauth   *twitch.OAuth
	channel func() *core.Viewer // whose desk this is; nil until known
}

// Refresh implements token.Provider.
func (l twitchLogin) Refresh(ctx context.Context, refresh string) (token.Grant, error) {
	g, err := l.oauth.Refresh(ctx, refresh)
	return token.Grant{Access: g.Access, Refresh: g.Refresh, ExpiresIn: g.ExpiresIn, Scopes: g.Scopes}, err
}

// Validate implements token.Provider. A token of another application is no
// reason to refresh it: the client id in the settings is wrong. Nor is one of
// another channel than the data directory's.
func (l twitchLogin) Validate(ctx context.Context, access string) (token.Identity, error) {
	id, err := l.oauth.Validate(ctx, access)
	if core.ReasonOf(err) == "other-client" {
		return token.Identity{}, core.Because(core.Denied, "other-client", "%w", err)
	}
	if known := l.channel(); err == nil && known != nil && known.ID != id.UserID {
		return token.Identity{}, otherChannel(core.Denied, known.Name, id.Login)
	}
	return token.Identity{UserID: id.UserID, Login: id.Login, Name: id.Login, Scopes: id.Scopes, ExpiresIn: id.ExpiresIn}, err
}

// Revoke implements token.Provider.
func (l twitchLogin) Revoke(ctx context.Context, access string) error {
	return l.oauth.Revoke(ctx, access)
}
