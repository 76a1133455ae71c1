package twitch

import (
	"bytes"
	"encoding/json"
	"time"

	"sidestage/core"
)

// The message types of an EventSub websocket.
const (
	msgWelcome      = "session_welcome"
	msgKeepalive    = "session_keepalive"
	msgReconnect    = "session_reconnect"
	msgNotification = "notification"
	msgRevocation   = "revocation"
)

// maxBroken is how much is kept of a frame that does not decode, in bytes.
const maxBroken = 4 << 10

// Message is one frame of an EventSub websocket.
type Message struct {
	// ID is the same when Twitch repeats a message, though Twitch has been seen
	// to repeat an event under a new ID.
	ID string
	// Type is "notification", "revocation", a session_… word or one of the
	// future; "" for a frame that did not decode.
	Type string
	// At is when Twitch sent it; zero when that cannot be read.
	At time.Time
	// Subscription is what the message belongs to. Route on its Type: its ID
	// need not be the one Subscribe answered with.
	Subscription Subscription
	// Session is set in session_welcome and session_reconnect.
	Session SessionInfo
	// Event is a notification's event; nil when it has none.
	Event json.RawMessage
	// Raw is the whole frame, for DecodeMessage; of a frame that did not decode
	// only the first 4 KiB.
	Raw json.RawMessage
}

// SessionInfo is what Twitch says of a session.
type SessionInfo struct {
	ID        string
	Keepalive time.Duration // the longest silence of a healthy session; 0 when not said
	// ReconnectURL is where the session goes on. It is a secret.
	ReconnectURL string
}

// Revoked reports whether the message says that its subscription is over, and
// Subscription.Status why: "authorization_revoked", "user_removed",
// "version_removed", "moderator_removed", "chat_user_banned" or other.
func (m Message) Revoked() bool {
	return m.Type == msgRevocation ||
		m.Type == msgNotification && m.Subscription.Status != "" && m.Subscription.Status != enabled
}

// DecodeMessage reads one frame. It fails only on what is not a JSON object or
// has no message type; then the Message still has Raw. The result keeps parts
// of frame.
func DecodeMessage(frame []byte) (Message, error) {
	var w struct {
		Metadata struct {
			ID      string `json:"message_id"`
			Type    string `json:"message_type"`
			At      string `json:"message_timestamp"`
			SubType string `json:"subscription_type"`
			Version string `json:"subscription_version"`
		}
		Payload struct {
			Session struct {
				ID           string
				Keepalive    int    `json:"keepalive_timeout_seconds"`
				ReconnectURL string `json:"reconnect_url"`
			}
			Subscription subscriptionWire
			Event        json.RawMessage
		}
	}
	if err := decode(frame, &w); err != nil {
		return broken(frame), core.E(core.Invalid, "twitch: frame is not JSON: %w", err)
	}
	if w.Metadata.Type == "" {
		return broken(frame), core.E(core.Invalid, "twitch: frame has no message type")
	}
	m := Message{ID: w.Metadata.ID, Type: w.Metadata.Type, At: moment(w.Metadata.At), Raw: frame}
	m.Subscription = w.Payload.Subscription.subscription()
	if m.Subscription.Type == "" {
		m.Subscription.Type, m.Subscription.Version = w.Metadata.SubType, w.Metadata.Version
	}
	m.Session = SessionInfo{ID: w.Payload.Session.ID, ReconnectURL: w.Payload.Session.ReconnectURL}
	m.Session.Keepalive = time.Duration(min(max(w.Payload.Session.Keepalive, 0), 3600)) * time.Second
	if !bytes.Equal(w.Payload.Event, []byte("null")) {
		m.Event = w.Payload.Event
	}
	return m, nil
}

func broken(frame []byte) Message {
	return Message{Raw: bytes.Clone(frame[:min(len(frame), maxBroken)])}
}
