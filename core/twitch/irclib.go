package twitch

import (
	"maps"
	"slices"
	"strings"

	irc "github.com/gempir/go-twitch-irc/v4"

	"sidestage/core"
)

// client makes a client of the library that speaks through g. What it knows is
// set before it connects: it guards nothing against later changes.
func (c *IRC) client(login string, g *gate, events chan<- IRCEvent) *irc.Client {
	lib := irc.NewClient(login, g.password)
	lib.IrcAddress, lib.TLS, lib.SendPings = g.address(), false, false
	lib.Capabilities = []string{irc.TagsCapability, irc.CommandsCapability, irc.MembershipCapability}
	lib.OnPrivateMessage(func(m irc.PrivateMessage) {
		if m.ID != "" {
			c.put(events, IRCEvent{Message: spoken(m)})
		}
	})
	lib.OnSelfJoinMessage(func(irc.UserJoinMessage) {
		c.show(true, "")
		c.put(events, IRCEvent{Entered: true})
	})
	lib.OnUserJoinMessage(func(m irc.UserJoinMessage) { c.put(events, IRCEvent{Here: []string{m.User}}) })
	lib.OnUserPartMessage(func(m irc.UserPartMessage) { c.put(events, IRCEvent{Gone: []string{m.User}}) })
	lib.OnNamesMessage(func(m irc.NamesMessage) {
		m.Users = slices.DeleteFunc(m.Users, func(login string) bool { return login == "" || login == nobody.login })
		c.put(events, IRCEvent{Here: m.Users})
	})
	lib.Join(c.Channel)
	return lib
}

// connectLibrary runs a client until it gives up. The library connects again by
// itself, at once and for ever, but its gate opens only once. A panic in its
// parser, which runs here, ends the connection and not the program.
func connectLibrary(lib *irc.Client) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = core.E(core.Internal, "the chat library panicked: %v", p)
		}
	}()
	return lib.Connect()
}

// understood reports whether the library can read a line. It panics on lines
// that are not as Twitch writes them (a badge without a version, a command
// without its channel), so it is tried where that can be caught.
func understood(line string) (ok bool) {
	defer func() { ok = recover() == nil }()
	irc.ParseMessage(line)
	return true
}

// spoken is the library's message in our words. In a shared chat another room's
// message names that room as its source.
func spoken(m irc.PrivateMessage) *ChatMessage {
	c := &ChatMessage{
		ID:            m.ID,
		BroadcasterID: m.RoomID,
		Chatter:       core.Viewer{ID: m.User.ID, Login: m.User.Name, Name: m.User.DisplayName},
		Text:          strings.ToValidUTF8(m.Message, "\ufffd"),
		RewardID:      m.CustomRewardID,
		At:            m.Time,
		Roles:         rolesOf(m.User.ID != "" && m.User.ID == m.RoomID, slices.Sorted(maps.Keys(m.User.Badges))),
	}
	if c.Chatter.Name == "" {
		c.Chatter.Name = c.Chatter.Login
	}
	if m.Reply != nil {
		c.ReplyTo = m.Reply.ParentMsgID
	}
	if source := m.Tags["source-room-id"]; source != m.RoomID {
		c.SourceBroadcasterID = source
	}
	return c
}
