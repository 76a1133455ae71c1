package sim

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"sidestage/core"
)

// posted: the desk wrote in chat.
type posted struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	ReplyTo string `json:"replyTo,omitempty"`
}

func (posted) name() string { return "post" }

func (o posted) apply(st *state, at time.Time) {
	st.Posts = append(st.Posts, Post{ID: o.ID, Text: o.Text, ReplyTo: o.ReplyTo, At: at})
}

// spoke: a viewer wrote in chat.
type spoke struct {
	ID     string `json:"id"`
	Viewer string `json:"viewer"` // login
	Text   string `json:"text"`
}

func (spoke) name() string { return "spoke" }

func (o spoke) apply(st *state, at time.Time) {
	st.Lines = append(st.Lines, Line{ID: o.ID, Viewer: o.Viewer, Text: o.Text, At: at})
}

// spoken books a chat message of a viewer.
func spoken(o occasion) spoke {
	e := o.event.(chatEvent) //nolint:forcetypeassert // every chat message is one
	return spoke{ID: e.ID, Viewer: e.ChatterLogin, Text: e.Message.Text}
}

// Badge set ids, for Say.
const (
	Moderator   = "moderator"
	VIP         = "vip"
	Subscriber  = "subscriber"
	broadcaster = "broadcaster"
)

type badge struct {
	Set  string `json:"set_id"`
	ID   string `json:"id"`
	Info string `json:"info"`
}

type fragment struct {
	Type      string    `json:"type"`
	Text      string    `json:"text"`
	Cheermote *struct{} `json:"cheermote"`
	Emote     *struct{} `json:"emote"`
	Mention   *mention  `json:"mention"`
}

type mention struct {
	UserID    string `json:"user_id"`
	UserLogin string `json:"user_login"`
	UserName  string `json:"user_name"`
}

type chatText struct {
	Text      string     `json:"text"`
	Fragments []fragment `json:"fragments"`
}

type chatReply struct {
	ParentID   string `json:"parent_message_id"`
	ParentBody string `json:"parent_message_body"`
	ThreadID   string `json:"thread_message_id"`
}

// chatEvent is channel.chat.message.
type chatEvent struct {
	broadcasterEvent
	ChatterID    string     `json:"chatter_user_id"`
	ChatterLogin string     `json:"chatter_user_login"`
	ChatterName  string     `json:"chatter_user_name"`
	ID           string     `json:"message_id"`
	Message      chatText   `json:"message"`
	Type         string     `json:"message_type"`
	Badges       []badge    `json:"badges"`
	Cheer        *struct{}  `json:"cheer"`
	Colour       string     `json:"color"`
	Reply        *chatReply `json:"reply"`
	RewardID     *string    `json:"channel_points_custom_reward_id"`
	SourceID     *string    `json:"source_broadcaster_user_id"`
	SourceLogin  *string    `json:"source_broadcaster_user_login"`
	SourceName   *string    `json:"source_broadcaster_user_name"`
	SourceMsg    *string    `json:"source_message_id"`
	SourceBadges []badge    `json:"source_badges"`
}

// said is the occasion of a chat message; reward is set on the chat copy of a
// redemption's text.
func (s *Sim) said(v core.Viewer, text string, badges []string, reward *string) occasion {
	e := chatEvent{
		broadcasterEvent: s.here(), ChatterID: v.ID, ChatterLogin: v.Login, ChatterName: v.Name,
		ID: uuid(), Message: chatText{Text: text, Fragments: s.fragments(text)}, Type: "text",
		Badges: []badge{}, Colour: "#" + strings.ToUpper(hexID(6, "colour", v.ID)), RewardID: reward,
	}
	if v == s.opt.Broadcaster {
		badges = append([]string{broadcaster}, badges...)
	}
	for _, set := range badges {
		e.Badges = append(e.Badges, badge{Set: set, ID: "1"})
	}
	return occasion{typ: "channel.chat.message", subject: e.ID, event: e, facts: s.aboutChannel()}
}

// fragments cuts the mentions of people here out of a text.
func (s *Sim) fragments(text string) []fragment {
	out := []fragment{}
	for _, word := range strings.SplitAfter(text, " ") {
		bare := strings.TrimRight(word, " ")
		if name, isMention := strings.CutPrefix(bare, "@"); isMention && name != "" {
			v := s.Viewer(name)
			out = append(out, fragment{Type: "mention", Text: bare, Mention: &mention{UserID: v.ID, UserLogin: v.Login, UserName: v.Name}})
			word = word[len(bare):]
		}
		if n := len(out); n > 0 && out[n-1].Type == "text" {
			out[n-1].Text += word
		} else if word != "" {
			out = append(out, fragment{Type: "text", Text: word})
		}
	}
	return out
}

// Say is a viewer, by login, writing in chat, with badges such as Moderator.
// The streamer's login speaks with the broadcaster's badge. It returns the
// message id.
func (s *Sim) Say(viewer, text string, badges ...string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := s.said(s.Viewer(viewer), text, badges, nil)
	return said.subject, s.commit([]op{spoken(said)}, said)
}

// SayElsewhere is a viewer writing in another channel's chat that is shared with
// this one. It returns the message id.
func (s *Sim) SayElsewhere(viewer, text string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := s.said(s.Viewer(viewer), text, nil, nil)
	e := said.event.(chatEvent)
	id, login, name, message := userID("next door"), "next_door", "Next_Door", uuid()
	e.SourceID, e.SourceLogin, e.SourceName, e.SourceMsg, e.SourceBadges = &id, &login, &name, &message, []badge{}
	said.event = e
	return said.subject, s.commit(nil, said)
}

type messageBody struct {
	Broadcaster string `json:"broadcaster_id"`
	Sender      string `json:"sender_id"`
	Message     string `json:"message"`
	ReplyTo     string `json:"reply_parent_message_id"`
	SourceOnly  *bool  `json:"for_source_only"`
}

type messageAnswer struct {
	ID   string      `json:"message_id"`
	Sent bool        `json:"is_sent"`
	Drop *dropReason `json:"drop_reason,omitempty"`
}

type dropReason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

const longestMessage = 500 // characters

func (s *Sim) postMessage(r *http.Request, _ caller) reply {
	var body messageBody
	if a, good := decodeBody(r, &body); !good {
		return a
	}
	me := s.opt.Broadcaster
	switch {
	case body.Broadcaster == "" || body.Sender == "":
		return helixFailure(http.StatusBadRequest, "The broadcaster_id and sender_id fields are required")
	case body.Sender != me.ID:
		return helixFailure(http.StatusUnauthorized, "The ID in sender_id must match the user ID found in the request's OAuth token.")
	case body.Broadcaster != me.ID:
		return helixFailure(http.StatusForbidden, "The sender is not permitted to send chat messages to the broadcaster's chat room.")
	case strings.TrimSpace(body.Message) == "":
		return helixFailure(http.StatusBadRequest, "The message field is required")
	case utf8.RuneCountInString(body.Message) > longestMessage:
		return helixFailure(http.StatusUnprocessableEntity, "The message is too large")
	case body.SourceOnly != nil:
		return helixFailure(http.StatusBadRequest, "Cannot set for_source_only if User Access Token is used")
	}
	return s.post(body)
}

// sameSpan is how long a message may not be said again.
const sameSpan = 30 * time.Second

// post posts a message, or answers that it is dropped.
func (s *Sim) post(body messageBody) reply {
	if n := len(s.state.Posts); n > 0 && s.state.Posts[n-1].Text == body.Message && clock().Sub(s.state.Posts[n-1].At) < sameSpan {
		return ok(list[messageAnswer]{Data: []messageAnswer{{Drop: &dropReason{
			Code: "msg_duplicate", Message: "Your message was not sent because it is identical to the previous one you sent, less than 30 seconds ago.",
		}}}})
	}
	said := s.said(s.opt.Broadcaster, body.Message, nil, nil)
	if body.ReplyTo != "" {
		e := said.event.(chatEvent)
		e.Reply = &chatReply{ParentID: body.ReplyTo, ThreadID: body.ReplyTo}
		said.event = e
	}
	if s.commit([]op{posted{ID: said.subject, Text: body.Message, ReplyTo: body.ReplyTo}}, said) != nil {
		return broken()
	}
	return ok(list[messageAnswer]{Data: []messageAnswer{{ID: said.subject, Sent: true}}})
}
