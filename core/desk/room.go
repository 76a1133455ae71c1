package desk

import (
	"context"
	"slices"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/chat"
	"sidestage/core/config"
	"sidestage/core/ingest"
	"sidestage/core/token"
	"sidestage/core/twitch"
)

// Scopes that reading chat and the list of viewers may use.
const (
	scopeReadIRC  = "chat:read"
	scopeChatters = "moderator:read:chatters"
)

// readIRC reads chat through the chat server: what is said, unless the settings
// want that by EventSub alone, and who is here.
func (d *Desk) readIRC(ctx context.Context) error {
	if d.cfg.Settings.Chat.Source == config.SourceEventSub || d.cfg.Offline {
		return nil
	}
	for d.account.Load() == nil {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil
		}
	}
	d.irc.Channel = d.account.Load().Login
	return d.irc.Run(ctx, d.ircEvent)
}

// ircEvent takes in what the chat server told.
func (d *Desk) ircEvent(ctx context.Context, e twitch.IRCEvent) {
	switch {
	case e.Entered:
		d.room.Recount()
	case e.Message == nil:
		d.room.Came(e.Here...)
		d.room.Left(e.Gone...)
	case e.Message.BroadcasterID == d.broadcaster():
		if err := d.ingest.Chat(ctx, ingest.Line(*e.Message)); err != nil {
			d.log.Log(ctx, core.KindOf(err).LogLevel(), "chat line not handled", "message", e.Message.ID, "error", err)
		}
	}
}

// ircLogin is whom to read the chat server as: the streamer where the login
// allows it, else nobody in particular, which suffices.
func (d *Desk) ircLogin(ctx context.Context, refused string) (login, access string) {
	st, err := d.twitchLogin.Status(ctx, false)
	if err != nil || st.State != token.StateConnected || !slices.Contains(st.Scopes, scopeReadIRC) {
		return "", ""
	}
	access, err = d.twitchLogin.Token(ctx, refused)
	if err != nil {
		return "", ""
	}
	return st.Login, access
}

// listEvery is how often the list of viewers is asked for while live. Twitch's
// own is some minutes old.
const listEvery = time.Minute

// listViewers asks Twitch who is in chat, while the stream is live and where the
// login allows it.
func (d *Desk) listViewers(ctx context.Context) error {
	for {
		if err := d.listViewersOnce(ctx); err != nil && ctx.Err() == nil {
			d.log.Log(ctx, core.KindOf(err).LogLevel(), "viewers not listed", "error", err)
		}
		select {
		case <-time.After(listEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

func (d *Desk) listViewersOnce(ctx context.Context) error {
	st, err := d.twitchLogin.Status(ctx, false)
	if err != nil || !slices.Contains(st.Scopes, scopeChatters) || d.broadcaster() == "" || !d.live(ctx) {
		return err
	}
	all, err := d.helix.Chatters(ctx, d.broadcaster())
	if err != nil {
		return err
	}
	d.room.Listed(all)
	return nil
}

// People implements web.Chat.
func (d *Desk) People() []chat.Person { return d.room.People() }

// chatHealth judges how chat is read.
func (d *Desk) chatHealth() api.Component {
	session, irc := d.session.Health(), d.irc.Health()
	source := d.cfg.Settings.Chat.Source
	switch {
	case source != config.SourceIRC && d.chatWanted() && session.SessionID != "" && !slices.Contains(session.Missing, twitch.TypeChatMessage):
		return api.Component{Status: api.StatusOK, State: "eventsub", Since: session.Since}
	case source == config.SourceIRC && irc.Healthy:
		return api.Component{Status: api.StatusOK, State: "irc", Since: irc.Since}
	case irc.Healthy:
		return api.Component{Status: api.StatusDegraded, State: "irc", Since: irc.Since, Reason: "chat comes by IRC alone: " + d.chatAdvice(session)}
	case source == config.SourceIRC:
		return api.Component{Status: api.StatusDegraded, State: "deaf", Since: irc.Since, Reason: "chat is not read: " + irc.Reason}
	}
	return api.Component{Status: api.StatusDegraded, State: "deaf", Since: session.Since, Reason: "chat is not read: " + d.chatAdvice(session)}
}

// chatWanted reports whether EventSub is asked for chat.
func (d *Desk) chatWanted() bool {
	return slices.ContainsFunc(d.wanted(), func(s twitch.Subscription) bool { return s.Type == twitch.TypeChatMessage })
}

// chatAdvice says why EventSub does not bring chat and what to do about it.
func (d *Desk) chatAdvice(session twitch.Health) string {
	if !d.chatWanted() {
		return "log in again to allow " + twitch.ScopeReadChat + ", sidestage auth login twitch"
	}
	return "the session with EventSub is " + string(session.State)
}
