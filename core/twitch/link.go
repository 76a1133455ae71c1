package twitch

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/coder/websocket"

	"sidestage/core"
)

const (
	frameLimit       = 1 << 20          // bytes; a chat message of emotes alone can pass 32 KiB
	openTimeout      = 10 * time.Second // from dialling to the welcome
	defaultKeepalive = 10 * time.Second // Twitch's own
	slack            = 5 * time.Second  // a keepalive may come a little after its time
	lastWords        = 500 * time.Millisecond
)

// errUnused is close code 4003: no subscription within 10 s of the welcome.
var errUnused = errors.New("4003 connection unused")

// link is one socket. Its reader owns err until done is closed.
type link struct {
	conn     *websocket.Conn
	id       string           // the session's, by this socket's welcome
	welcomed chan SessionInfo // one
	moves    chan string      // one: where Twitch wants the session to go on
	over     chan struct{}    // closed when the session has moved on
	done     chan struct{}    // closed when reading has ended
	err      error            // why
}

// open dials url as it is and waits for the welcome. The socket is closed
// properly when ctx ends or its over is closed: Twitch counts sockets that are
// just left as used for a while.
func (p *period) open(ctx context.Context, url string) (*link, error) {
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	conn, _, err := websocket.Dial(opening, url, &websocket.DialOptions{HTTPClient: p.s.HTTP})
	if err != nil {
		return nil, core.E(core.Unavailable, "eventsub cannot be reached: %w", root(err))
	}
	conn.SetReadLimit(frameLimit)
	l := &link{
		conn:     conn,
		welcomed: make(chan SessionInfo, 1),
		moves:    make(chan string, 1),
		over:     make(chan struct{}),
		done:     make(chan struct{}),
	}
	p.tasks.Go(func() { p.read(context.WithoutCancel(ctx), l) })
	p.tasks.Go(func() { l.end(ctx) })
	select {
	case w := <-l.welcomed:
		l.id = w.ID
		return l, nil
	case <-l.done:
		return nil, l.err
	case <-opening.Done():
		close(l.over)
		return nil, core.E(core.Unavailable, "eventsub sent no welcome within %s", openTimeout)
	}
}

// end closes the socket when its time has come. After a move it listens a
// moment longer, for what Twitch sent before it moved the session.
func (l *link) end(ctx context.Context) {
	select {
	case <-l.done:
	case <-ctx.Done():
	case <-l.over:
		sleep(ctx, lastWords)
	}
	impatient := time.AfterFunc(lastWords, func() { _ = l.conn.CloseNow() })
	defer impatient.Stop()
	_ = l.conn.Close(websocket.StatusNormalClosure, "")
}

// read takes frames until the socket ends. It never waits for anything but the
// socket, because only a read in progress answers Twitch's pings.
func (p *period) read(ctx context.Context, l *link) {
	defer close(l.done)
	defer func() { _ = l.conn.CloseNow() }()
	patience := openTimeout
	for {
		frame, err := l.next(ctx, patience)
		if err != nil {
			l.err = err
			return
		}
		m, err := DecodeMessage(frame)
		if err != nil {
			p.s.log().WarnContext(ctx, "eventsub frame not understood", "bytes", len(frame), "error", err)
		}
		switch m.Type {
		case msgWelcome:
			if m.Session.ID == "" {
				l.err = core.E(core.Unavailable, "eventsub sent a welcome with no session id")
				return
			}
			patience = cmp.Or(m.Session.Keepalive, defaultKeepalive) + slack
			offer(l.welcomed, m.Session)
		case msgKeepalive:
		case msgReconnect:
			patience = 0 // Twitch may keep quiet here from now on
			offer(l.moves, m.Session.ReconnectURL)
		default:
			if l.err = p.take(l, m); l.err != nil {
				return
			}
		}
	}
}

// next is the next frame, which may take patience; 0 is any time.
func (l *link) next(ctx context.Context, patience time.Duration) ([]byte, error) {
	if patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	_, frame, err := l.conn.Read(ctx)
	switch {
	case err == nil:
		return frame, nil
	case ctx.Err() != nil:
		return nil, core.E(core.Unavailable, "eventsub was silent for %s", patience)
	default:
		return nil, ended(err)
	}
}

// take queues m. When the queue is full the socket is closed; m itself then
// waits for its place, so that nothing received is dropped.
func (p *period) take(l *link, m Message) error {
	if m.Revoked() {
		p.revoke(m.Subscription)
	}
	select {
	case p.queue <- m:
		return nil
	default:
	}
	_ = l.conn.Close(websocket.StatusNormalClosure, "")
	p.queue <- m
	return core.Because(core.Unavailable, "queue-full", "eventsub sent faster than messages were handled: %d waiting", cap(p.queue))
}

// ended says why reading ended, by Twitch's close codes.
func ended(err error) error {
	closed, ok := errors.AsType[websocket.CloseError](err)
	if !ok {
		return core.E(core.Unavailable, "eventsub connection lost: %w", root(err))
	}
	reason := plain(closed.Reason, nil)
	switch closed.Code {
	case 4001: // a fault of ours, to be seen
		return core.E(core.Internal, "eventsub closed: 4001 client sent traffic (%s)", reason)
	case 4003:
		return core.E(core.Unavailable, "eventsub closed: %w", errUnused)
	default: // 4000, 4002, 4004 … 4007 and the standard ones all want a fresh session
		return core.E(core.Unavailable, "eventsub closed: %d %s", closed.Code, reason)
	}
}

// offer leaves v in a channel of one; who came first stands.
func offer[T any](c chan<- T, v T) {
	select {
	case c <- v:
	default:
	}
}
