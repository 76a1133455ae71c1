package sim

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// occasion is something EventSub may tell.
type occasion struct {
	typ     string            // the subscription type
	subject string            // the id it is about, for the books
	event   any               // its wire form
	facts   map[string]string // what a condition is compared with
}

// aboutChannel are the facts of everything that happens in this channel.
func (s *Sim) aboutChannel() map[string]string {
	return map[string]string{"broadcaster_user_id": s.opt.Broadcaster.ID}
}

// subject is a type of subscription: its version, the condition it must have,
// and the scopes any of which it needs.
type subject struct {
	version   string
	condition []string
	optional  []string
	scopes    []string
}

// subjects are the subscription types this Twitch knows.
func subjects() map[string]subject {
	const redemption = "channel.channel_points_custom_reward_redemption."
	here, reward := []string{"broadcaster_user_id"}, []string{"reward_id"}
	read := []string{scopeRedemptions, scopeReadRedemptions}
	return map[string]subject{
		"stream.online":        {version: "1", condition: here},
		"stream.offline":       {version: "1", condition: here},
		"channel.update":       {version: "2", condition: here},
		redemption + "add":     {version: "1", condition: here, optional: reward, scopes: read},
		redemption + "update":  {version: "1", condition: here, optional: reward, scopes: read},
		"channel.chat.message": {version: "1", condition: []string{"broadcaster_user_id", "user_id"}, scopes: []string{scopeReadChat}},
		"channel.follow":       {version: "2", condition: []string{"broadcaster_user_id", "moderator_user_id"}, scopes: []string{scopeFollowers}},
		"channel.subscribe":    {version: "1", condition: here, scopes: []string{scopeSubscribers}},
		"channel.cheer":        {version: "1", condition: here, scopes: []string{scopeBits}},
		"channel.raid":         {version: "1", optional: []string{"from_broadcaster_user_id", "to_broadcaster_user_id"}},
	}
}

// subscription is one of EventSub. Subscriptions live as long as their session
// and are not in the books.
type subscription struct {
	ID        string            `json:"id"`
	Status    string            `json:"status"`
	Type      string            `json:"type"`
	Version   string            `json:"version"`
	Condition map[string]string `json:"condition"`
	Created   time.Time         `json:"created_at"`
	Transport transport         `json:"transport"`
	Cost      int               `json:"cost"`

	login string
	ended time.Time
}

type transport struct {
	Method       string     `json:"method"`
	Session      string     `json:"session_id"`
	Connected    *time.Time `json:"connected_at,omitempty"`
	Disconnected *time.Time `json:"disconnected_at,omitempty"`
}

const enabled = "enabled"

// wants reports whether the occasion meets the subscription.
func (b *subscription) wants(o occasion) bool {
	if b.Status != enabled || b.Type != o.typ {
		return false
	}
	for k, v := range b.Condition {
		if fact, told := o.facts[k]; told && fact != v {
			return false
		}
	}
	return true
}

type subscriptionBody struct {
	Type      string            `json:"type"`
	Version   string            `json:"version"`
	Condition map[string]string `json:"condition"`
	Transport struct {
		Method  string `json:"method"`
		Session string `json:"session_id"`
	} `json:"transport"`
}

// subscriptionList is the envelope of every answer about subscriptions.
type subscriptionList struct {
	Data       []subscription `json:"data"`
	Total      int            `json:"total"`
	Cost       int            `json:"total_cost"`
	MaxCost    int            `json:"max_total_cost"`
	Pagination *pagination    `json:"pagination,omitempty"`
}

const (
	maxCost       = 10
	maxTransports = 3 // connections with enabled subscriptions
)

func (s *Sim) postSubscription(r *http.Request, who caller) reply {
	var body subscriptionBody
	if a, good := decodeBody(r, &body); !good {
		return a
	}
	if a, good := s.checkSubscription(body, who); !good {
		return a
	}
	sess := s.hub.sessions[body.Transport.Session]
	now := clock()
	sub := &subscription{
		ID: uuid(), Status: enabled, Type: body.Type, Version: body.Version, Condition: body.Condition, Created: now,
		Transport: transport{Method: "websocket", Session: sess.id, Connected: &sess.born}, login: who.login.ID,
	}
	sess.client, sess.used = who.login.Client, true
	s.hub.subscriptions = append(s.hub.subscriptions, sub)
	s.stirred()
	return reply{status: http.StatusAccepted, body: subscriptionList{Data: []subscription{*sub}, Total: s.hub.live(), MaxCost: maxCost}}
}

func (s *Sim) checkSubscription(b subscriptionBody, who caller) (reply, bool) {
	kind, known := subjects()[b.Type]
	sess := s.hub.sessions[b.Transport.Session]
	switch {
	case !known || kind.version != b.Version:
		return helixFailure(http.StatusBadRequest, "The combination of values in the type and version fields is not valid"), false
	case !s.conditionFits(kind, b.Condition):
		return helixFailure(http.StatusBadRequest, "The condition object is missing a required field or names an unknown user"), false
	case b.Transport.Method != "websocket":
		return helixFailure(http.StatusBadRequest, "The value specified in the method field is not valid"), false
	case sess == nil || !sess.takes():
		return helixFailure(http.StatusBadRequest, "websocket transport session does not exist or has already disconnected"), false
	case sess.client != "" && sess.client != who.login.Client:
		return helixFailure(http.StatusBadRequest, "websocket transport cannot have subscriptions created by different users"), false
	case !who.may(kind.scopes...) || !s.owns(b.Condition):
		return helixFailure(http.StatusForbidden, "subscription missing proper authorization"), false
	case s.hub.duplicate(b):
		return helixFailure(http.StatusConflict, "subscription already exists"), false
	case s.hub.transports(sess.id) >= maxTransports:
		return helixFailure(http.StatusTooManyRequests, "number of websocket transports limit exceeded"), false
	}
	return reply{}, true
}

// conditionFits checks the condition's keys: all that are needed, no others,
// and of a raid's two exactly one.
func (s *Sim) conditionFits(kind subject, condition map[string]string) bool {
	for _, k := range kind.condition {
		if condition[k] == "" {
			return false
		}
	}
	for k := range condition {
		if !slices.Contains(kind.condition, k) && !slices.Contains(kind.optional, k) {
			return false
		}
	}
	return len(kind.condition) > 0 || len(condition) == 1
}

// owns checks that people named in a condition are the token's own user.
func (s *Sim) owns(condition map[string]string) bool {
	for k, v := range condition {
		if k != "reward_id" && v != s.opt.Broadcaster.ID {
			return false
		}
	}
	return true
}

func (h *hub) duplicate(b subscriptionBody) bool {
	return slices.ContainsFunc(h.subscriptions, func(o *subscription) bool {
		return o.Status == enabled && o.Type == b.Type && maps.Equal(o.Condition, b.Condition)
	})
}

// transports counts the connections with enabled subscriptions besides one.
func (h *hub) transports(but string) int {
	seen := map[string]bool{}
	for _, b := range h.subscriptions {
		if b.Status == enabled && b.Transport.Session != but {
			seen[b.Transport.Session] = true
		}
	}
	return len(seen)
}

func (h *hub) live() int {
	n := 0
	for _, b := range h.subscriptions {
		if b.Status == enabled {
			n++
		}
	}
	return n
}

// listed is how long a subscription that ended is still shown.
const listed = time.Minute

func (s *Sim) getSubscriptions(r *http.Request, _ caller) reply {
	q := r.URL.Query()
	filters := 0
	for _, k := range []string{"status", "type", "user_id", "subscription_id"} {
		if q.Has(k) {
			filters++
		}
	}
	if filters > 1 {
		return helixFailure(http.StatusBadRequest, "The request may specify only one filter query parameter")
	}
	s.hub.forget(time.Now())
	answer := subscriptionList{Data: []subscription{}, MaxCost: maxCost, Pagination: &pagination{}}
	for _, b := range s.hub.subscriptions {
		if q.Has("status") && q.Get("status") != b.Status || q.Has("type") && q.Get("type") != b.Type ||
			q.Has("subscription_id") && q.Get("subscription_id") != b.ID || q.Has("user_id") && q.Get("user_id") != s.opt.Broadcaster.ID {
			continue
		}
		answer.Data = append(answer.Data, *b)
	}
	answer.Total = len(answer.Data)
	return ok(answer)
}

func (s *Sim) deleteSubscription(r *http.Request, _ caller) reply {
	id := r.URL.Query().Get("id")
	i := slices.IndexFunc(s.hub.subscriptions, func(b *subscription) bool { return b.ID == id })
	switch {
	case id == "":
		return helixFailure(http.StatusBadRequest, "Missing required parameter \"id\"")
	case i < 0:
		return helixFailure(http.StatusNotFound, "The subscription was not found.")
	}
	s.hub.subscriptions = slices.Delete(s.hub.subscriptions, i, i+1)
	return reply{status: http.StatusNoContent}
}
