package sim

import (
	"net/url"
	"slices"
	"strconv"
	"time"
)

// hub is EventSub's side of every connection. All of it is guarded by Sim.mu.
type hub struct {
	sessions      map[string]*session
	subscriptions []*subscription
	opened        int // sessions ever
	strikes       int // socket faults ever
	closings      int // of them by close-code
}

func newHub() hub { return hub{sessions: map[string]*session{}} }

// session is one websocket connection as EventSub knows it.
type session struct {
	id        string
	client    string // of its subscriptions, once there is one
	host      string // how it was reached, for its reconnect URL
	born      time.Time
	keepalive time.Duration
	strike    time.Time // when a socket fault hits it, if one is on

	used      bool          // it has, or was given, a subscription
	challenge string        // of its reconnect URL, once it is asked to reconnect
	heir      bool          // somebody came with that challenge
	halfDead  time.Duration // the connection is gone, and this long Twitch does not notice; 0 while it is there

	out    []frame
	wake   chan struct{} // out has grown
	orders chan order    // how the connection ends; the first one counts
}

// order ends a connection: with a close code, or, where that is 0, by cutting
// it off.
type order struct{ code int }

func (o order) cut() bool { return o.code == 0 }

// frame is a message to be sent.
type frame struct {
	message message
	note    string // message id in the books; "" for what is not a notification, and for repeats
}

// letter is a notification addressed to a session.
type letter struct {
	to               *session
	id, typ, subject string
	frame            frame
}

// message is every EventSub message's wire form.
type message struct {
	Metadata metadata `json:"metadata"`
	Payload  payload  `json:"payload"`
}

// notification is the type of a message that tells an event.
const notification = "notification"

type metadata struct {
	ID      string    `json:"message_id"`
	Type    string    `json:"message_type"`
	At      time.Time `json:"message_timestamp"`
	Subject string    `json:"subscription_type,omitempty"`
	Version string    `json:"subscription_version,omitempty"`
}

type payload struct {
	Session      *sessionWire  `json:"session,omitempty"`
	Subscription *subscription `json:"subscription,omitempty"`
	Event        any           `json:"event,omitempty"`
}

type sessionWire struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Connected time.Time `json:"connected_at"`
	Keepalive *int      `json:"keepalive_timeout_seconds"`
	Reconnect *string   `json:"reconnect_url"`
}

func newMessage(kind string, now time.Time, p payload) message {
	m := message{Metadata: metadata{ID: uuid(), Type: kind, At: now}, Payload: p}
	if p.Subscription != nil {
		m.Metadata.Subject, m.Metadata.Version = p.Subscription.Type, p.Subscription.Version
	}
	return m
}

// takes reports whether subscriptions may be made on the session.
func (x *session) takes() bool { return x.challenge == "" && x.halfDead == 0 }

func (x *session) push(f frame) {
	x.out = append(x.out, f)
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

func (x *session) end(o order) {
	select {
	case x.orders <- o:
	default:
	}
}

// address makes the notifications of what happened, one a subscription.
func (h *hub) address(happened []occasion, now time.Time) []letter {
	var letters []letter
	for _, o := range happened {
		for _, b := range h.subscriptions {
			to := h.sessions[b.Transport.Session]
			if to == nil || !b.wants(o) {
				continue
			}
			told := *b
			told.Transport.Connected = nil
			m := newMessage(notification, now, payload{Subscription: &told, Event: o.event})
			letters = append(letters, letter{to: to, id: m.Metadata.ID, typ: o.typ, subject: o.subject, frame: frame{message: m, note: m.Metadata.ID}})
		}
	}
	return letters
}

// open makes the session of a new connection and its welcome. With a challenge
// in the query it takes over the session that was told to reconnect; a wrong
// one is refused. Once the simulator ends, so is everybody.
func (s *Sim) open(q url.Values, host string) (*session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil, false
	}
	old := s.hub.sessions[q.Get("id")]
	if q.Has("challenge") && (old == nil || old.challenge != q.Get("challenge") || old.heir || old.halfDead > 0) {
		return nil, false
	}
	now := clock()
	s.hub.opened++
	x := &session{
		id: "AgoQ" + secret(28), host: host, born: now, keepalive: keepaliveOf(q), wake: make(chan struct{}, 1), orders: make(chan order, 1),
		strike: now.Add(s.faults.calm("socket", s.hub.opened)),
	}
	s.hub.sessions[x.id] = x
	s.sockets.Add(1)
	seconds := int(x.keepalive.Seconds())
	x.push(frame{message: newMessage("session_welcome", now, payload{Session: &sessionWire{ID: x.id, Status: "connected", Connected: now, Keepalive: &seconds}})})
	if q.Has("challenge") {
		s.inherit(x, old)
	}
	return x, true
}

// keepaliveOf reads the wish in the URL: the nearest of 10 … 600 s.
func keepaliveOf(q url.Values) time.Duration {
	n, err := strconv.Atoi(q.Get("keepalive_timeout_seconds"))
	if err != nil {
		n = 10
	}
	return time.Duration(min(max(n, 10), 600)) * time.Second
}

// inherit hands the old session's subscriptions, and what it had not sent yet,
// to its heir.
func (s *Sim) inherit(x, old *session) {
	old.heir, x.used, x.client = true, true, old.client
	x.out = append(x.out, old.out...)
	old.out = nil
	for _, b := range s.hub.subscriptions {
		if b.Transport.Session == old.id {
			b.Transport.Session, b.Transport.Connected = x.id, &x.born
		}
	}
}

// handOver tells a session to reconnect. A false URL is one that EventSub will
// refuse. s.mu is held.
func (s *Sim) handOver(x *session, honest bool) {
	x.challenge = secret(32)
	challenge := x.challenge
	if !honest {
		challenge = secret(32)
	}
	where := url.URL{Scheme: "ws", Host: x.host, Path: "/ws", RawQuery: url.Values{"challenge": {challenge}, "id": {x.id}}.Encode()}
	link := where.String()
	x.push(frame{message: newMessage("session_reconnect", clock(), payload{Session: &sessionWire{ID: x.id, Status: "reconnecting", Connected: x.born, Reconnect: &link}})})
}

// closed settles what a connection leaves behind: its subscriptions end, and
// what it was not sent is lost. Twitch may not notice a connection that was cut,
// for a while.
func (s *Sim) closed(x *session, o order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.sockets.Done()
	if x.halfDead > 0 {
		time.AfterFunc(x.halfDead, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.bury(x, o)
		})
		return
	}
	s.bury(x, o)
}

// halfDeadFor is how long a connection that a fault cut is taken for alive.
const halfDeadFor = 2 * time.Second

func (s *Sim) bury(x *session, o order) {
	now := clock()
	delete(s.hub.sessions, x.id)
	for _, b := range s.hub.subscriptions {
		if b.Transport.Session == x.id && b.Status == enabled {
			b.Status, b.ended, b.Transport.Disconnected = statusAfter(o.code), now, &now
		}
	}
	s.hub.forget(now)
	var gone lost
	for _, f := range x.out {
		if f.note != "" {
			gone.IDs = append(gone.IDs, f.note)
		}
	}
	if len(gone.IDs) > 0 {
		_ = s.commit([]op{gone}) // logged there; the session is over either way
	}
}

// statusAfter is what Get EventSub Subscriptions says once a socket is closed.
func statusAfter(code int) string {
	switch code {
	case 4000:
		return "websocket_internal_error"
	case 4001:
		return "websocket_received_inbound_traffic"
	case 4002:
		return "websocket_failed_ping_pong"
	case 4003:
		return "websocket_connection_unused"
	case 4004:
		return "websocket_failed_to_reconnect"
	case 4005:
		return "websocket_network_timeout"
	case 4006:
		return "websocket_network_error"
	}
	return "websocket_disconnected"
}

// forget drops subscriptions that ended long enough ago.
func (h *hub) forget(now time.Time) {
	h.subscriptions = slices.DeleteFunc(h.subscriptions, func(b *subscription) bool {
		return b.Status != enabled && now.Sub(b.ended) > listed
	})
}

// revokeSubscriptions tells every session what a dead login takes with it.
// s.mu is held.
func (s *Sim) revokeSubscriptions(login string) {
	for _, b := range s.hub.subscriptions {
		if b.login == login && b.Status == enabled {
			s.revokeSubscription(b, "authorization_revoked")
		}
	}
}

// revokeSubscription ends one subscription and says why. s.mu is held.
func (s *Sim) revokeSubscription(b *subscription, status string) {
	now := clock()
	b.Status, b.ended = status, now
	if x := s.hub.sessions[b.Transport.Session]; x != nil {
		told := *b
		told.Transport.Connected = nil
		x.push(frame{message: newMessage("revocation", now, payload{Subscription: &told})})
	}
}

// CloseSockets closes every EventSub connection with a close code of Twitch's,
// 4000 to 4007, or cuts them off without one when code is 0.
func (s *Sim) CloseSockets(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.hub.sessions {
		x.end(order{code: code})
	}
}

// Reconnect tells every EventSub connection to reconnect, as Twitch does when
// an edge server is about to leave.
func (s *Sim) Reconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.hub.sessions {
		if x.takes() {
			s.handOver(x, true)
		}
	}
}

// closeReason is what the close frame says with a code.
func closeReason(code int) string {
	switch code {
	case 4000:
		return "internal server error"
	case 4001:
		return "sent inbound traffic"
	case 4002:
		return "failed ping pong"
	case 4003:
		return "connection unused"
	case 4004:
		return "client reconnect grace time expired"
	case 4005:
		return "network timeout"
	case 4006:
		return "network error"
	case 4007:
		return "invalid reconnect attempt"
	}
	return ""
}
