package twitch

import (
	"sync"
	"time"
)

// State is the state of a Session.
type State string

// The states of a Session.
const (
	Connecting    State = "connecting"     // no session, one is being made or waited for
	Subscribing   State = "subscribing"    // a session, its subscriptions are being made
	Healthy       State = "healthy"        // every wanted subscription delivers
	Degraded      State = "degraded"       // a session, but some subscription does not deliver, or to another program too
	LoginRequired State = "login-required" // nothing until a person logs in
	Elsewhere     State = "elsewhere"      // nothing while another program with the same login listens
)

// Health is how a Session stands.
type Health struct {
	State     State
	Reason    string    // why it is not healthy, or why the last session ended
	SessionID string    // Twitch's, "" without a session
	Since     time.Time // when State began
	Missing   []string  // types of the wanted subscriptions that do not deliver
	Sessions  int       // made since the program started
}

// board holds the Health. The zero value is connecting.
type board struct {
	mu   sync.Mutex
	h    Health
	last string // the id of the last session
}

// show puts h up; its Since and Sessions are kept or made here.
func (b *board) show(h Health) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h.Since, h.Sessions = b.h.Since, b.h.Sessions
	if h.SessionID != "" && h.SessionID != b.last {
		h.Sessions++
		b.last = h.SessionID
	}
	if h.State != b.h.State {
		h.Since = time.Now()
	}
	b.h = h
}

// read is the Health now. Missing is never changed once shown.
func (b *board) read() Health {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.h
	if h.State == "" {
		h.State = Connecting
	}
	return h
}
