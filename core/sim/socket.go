package sim

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// EventSub's times.
const (
	unusedAfter  = 10 * time.Second // from the welcome to the first subscription
	reconnectIn  = 30 * time.Second // from session_reconnect to 4004
	pingEvery    = 10 * time.Second
	pongWithin   = 10 * time.Second
	writeTimeout = 10 * time.Second
)

// serveSocket is one EventSub connection, from handshake to close.
func (s *Sim) serveSocket(w http.ResponseWriter, r *http.Request) {
	var x *session
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // as at Twitch, any origin may connect
		OnPingReceived: func(context.Context, []byte) bool {
			x.end(order{code: 4001}) // clients send nothing but Pong and Close
			return false
		},
	})
	if err != nil {
		return // Accept has answered
	}
	x, good := s.open(r.URL.Query(), r.Host)
	if !good {
		_ = conn.Close(4007, closeReason(4007))
		return
	}
	o := s.converse(r.Context(), conn, x)
	s.closed(x, o)
}

// converse runs the connection until it ends, and says how it did.
func (s *Sim) converse(ctx context.Context, conn *websocket.Conn, x *session) order {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _, err := conn.Reader(ctx)
		if err == nil {
			x.end(order{code: 4001})
		} else {
			x.end(order{}) // closed by the client, or gone
		}
	})
	wg.Go(func() { ping(ctx, conn, x) })
	o := s.write(ctx, conn, x)
	if o.cut() {
		_ = conn.CloseNow()
	} else {
		_ = conn.Close(websocket.StatusCode(o.code), closeReason(o.code))
	}
	cancel()
	wg.Wait()
	return o
}

// ping closes the connection of a client that does not answer.
func ping(ctx context.Context, conn *websocket.Conn, x *session) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		wait, cancel := context.WithTimeout(ctx, pongWithin)
		err := conn.Ping(wait)
		cancel()
		if err != nil {
			x.end(order{code: 4002})
			return
		}
	}
}

// write sends what there is to send, a keepalive when that is nothing, and
// returns when the connection has to end.
func (s *Sim) write(ctx context.Context, conn *websocket.Conn, x *session) order {
	keepalive, unused := time.NewTimer(x.keepalive), time.NewTimer(unusedAfter)
	leave := time.NewTimer(reconnectIn)
	leave.Stop()
	defer func() { keepalive.Stop(); unused.Stop(); leave.Stop() }()
	for {
		some, leaving, err := s.flush(ctx, conn, x)
		if err != nil {
			return order{}
		}
		if some {
			keepalive.Reset(x.keepalive)
		}
		if leaving { // no more keepalives: only the new connection counts
			keepalive.Stop()
			leave.Reset(reconnectIn)
		}
		select {
		case <-ctx.Done():
			return order{}
		case o := <-x.orders:
			return o
		case <-leave.C:
			return order{code: 4004}
		case <-unused.C:
			if !s.used(x) {
				return order{code: 4003}
			}
		case <-x.wake:
		case <-keepalive.C:
			s.keepAlive(x)
		}
	}
}

func (s *Sim) used(x *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return x.used
}

func (s *Sim) keepAlive(x *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.push(frame{message: newMessage("session_keepalive", clock(), payload{})})
}

// flush sends everything that waits. leaving says that a session_reconnect was
// among it.
func (s *Sim) flush(ctx context.Context, conn *websocket.Conn, x *session) (some, leaving bool, err error) {
	for {
		f, more, err := s.next(x)
		if err != nil || !more {
			return some, leaving, err
		}
		text, err := json.Marshal(f.message)
		if err != nil {
			return some, leaving, err
		}
		bound, cancel := context.WithTimeout(ctx, writeTimeout)
		err = conn.Write(bound, websocket.MessageText, text)
		cancel()
		if err != nil {
			return some, leaving, err
		}
		some = true
		leaving = leaving || f.message.Metadata.Type == "session_reconnect"
	}
}

// next takes the next frame off the session, and books a notification as sent
// before it is.
func (s *Sim) next(x *session) (frame, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(x.out) == 0 {
		return frame{}, false, nil
	}
	s.reorder(x)
	f := x.out[0]
	x.out = x.out[1:]
	if f.note == "" {
		return f, true, nil
	}
	if err := s.commit([]op{sent{ID: f.note}}); err != nil {
		return frame{}, false, err
	}
	s.repeat(x, f)
	return f, true, nil
}

// reorder lets the second of two notifications go first when the fault strikes.
func (s *Sim) reorder(x *session) {
	if len(x.out) < 2 || x.out[0].message.Metadata.Type != notification || x.out[1].message.Metadata.Type != notification {
		return
	}
	if hit, _ := s.faults.draw(faultReorder); hit {
		x.out[0], x.out[1] = x.out[1], x.out[0]
	}
}

// repeat sends a notification a second time when the fault duplicate strikes,
// under the same or under another message id.
func (s *Sim) repeat(x *session, f frame) {
	hit, n := s.faults.draw(faultDuplicate)
	if !hit {
		return
	}
	again := frame{message: f.message}
	if n%2 == 0 {
		again.message.Metadata.ID = uuid()
	}
	x.push(again)
}
