package twitch

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"sidestage/core"
)

const (
	defaultQueue = 4096
	drainTime    = 5 * time.Second  // for what is queued when Run is stopped
	steadyAfter  = time.Minute      // a session this old was no failure
	loginPause   = 5 * time.Second  // at least, between two looks for a login
	maxPause     = 30 * time.Second // at most, between two sessions
)

// Session keeps one EventSub websocket session alive and subscribed. Set its
// fields, then call Run once; URL, Helix and Wanted are required.
//
// It sends nothing on the socket but pongs and a close. When a session is lost
// for any reason it makes a fresh one, subscribes to everything again and calls
// Ready; Twitch replays nothing, so Ready is where the gap is caught up. When
// Twitch asks to reconnect it moves over without a gap, without subscribing and
// without Ready.
type Session struct {
	URL  string       // such as wss://eventsub.wss.twitch.tv/ws
	HTTP *http.Client // dials the socket; nil is http.DefaultClient

	// Helix creates the subscriptions, with the token of the user whose
	// channel it is. Its Token is also asked before every connection: without a
	// login there is nothing to connect for.
	Helix *Client
	// Wanted is asked for the subscriptions of every new session.
	Wanted func() []Subscription
	// Keepalive asks for another longest silence than Twitch's 10 s; it is
	// brought into Twitch's 10 s … 600 s.
	Keepalive time.Duration
	// Queue is how many frames may wait for handle; 0 is 4096. When it is full
	// the session is closed, after which every frame received is still handled.
	Queue int
	Log   *slog.Logger // nil logs nothing

	// Ready is called when the subscriptions of a new session stand: once when
	// all do; and where some are refused or late, once for those that stand and
	// again for every later one. It runs in a goroutine of its own, never twice
	// at a time; its context ends with the session, and Run waits for it.
	Ready func(ctx context.Context)

	// Former are the ids of sessions that the same desk had before this program
	// began. What they left at Twitch is no other program's.
	Former []string
	// Opened is told the id of every session before it subscribes, for Former of
	// the next program; nil keeps none.
	Opened func(id string)

	board board
	past  sessions
	// robbed says that another program took our subscriptions and has them.
	robbed atomic.Bool
	wall   func() time.Time // tells the time of day; nil is the clock on the wall

	renewOnce sync.Once
	renew     chan struct{}
	now       atomic.Pointer[period] // the session there is, or nil
}

// Owns reports whether what Twitch lists for a session id is of the session
// there is now.
func (s *Session) Owns(sessionID string) bool {
	p := s.now.Load()
	return p != nil && p.ours(Subscription{SessionID: sessionID})
}

// Setup compares the subscriptions with Twitch's list and tries again whatever
// does not stand, also what was refused or revoked. It returns how the session
// stands then. Without a session it is Unavailable.
func (s *Session) Setup(ctx context.Context) (Health, error) {
	h := s.Health()
	p := s.now.Load()
	if p == nil {
		return h, core.Because(core.Unavailable, "no-session", "there is no connection to set up: %s", cmp.Or(h.Reason, string(h.State)))
	}
	done := make(chan struct{})
	select {
	case p.setups <- done:
	case <-p.ended:
		return s.Health(), core.Because(core.Unavailable, "no-session", "the connection was just lost")
	case <-ctx.Done():
		return s.Health(), core.E(core.Unavailable, "set up eventsub: %w", ctx.Err())
	}
	select {
	case <-done:
		return s.Health(), nil
	case <-p.ended:
		return s.Health(), core.Because(core.Unavailable, "no-session", "the connection was just lost")
	case <-ctx.Done():
		return s.Health(), core.E(core.Unavailable, "set up eventsub: %w", ctx.Err())
	}
}

// Renew says that Wanted may answer something else now, after a login. A
// session that was made for other subscriptions is replaced.
func (s *Session) Renew() { offer(s.renewed(), struct{}{}) }

func (s *Session) renewed() chan struct{} {
	s.renewOnce.Do(func() { s.renew = make(chan struct{}, 1) })
	return s.renew
}

// Health is how the session stands. It is safe for concurrent use.
func (s *Session) Health() Health { return s.board.read() }

// Run keeps the session until ctx ends, then returns nil once everything it
// started has ended. It fails only when URL is unusable.
//
// Notifications, revocations, messages of unknown type and frames that do not
// decode (Type "") are given to handle one after the other, in the order of
// arrival; a message ID that handle took without error is not given again. An
// error of handle is logged. When ctx ends, what is queued is still handled for
// up to 5 s: handle's context outlives ctx by that.
func (s *Session) Run(ctx context.Context, handle func(context.Context, Message) error) error {
	if _, err := s.endpoint(); err != nil {
		return err
	}
	s.board.show(Health{State: Connecting})
	s.past.add(s.Former...)
	queue := make(chan Message, max(cmp.Or(s.Queue, defaultQueue), 1))
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		s.deliver(work, queue, handle)
	}()
	s.connect(ctx, queue)
	close(queue)
	grace := time.AfterFunc(drainTime, stop)
	defer grace.Stop()
	<-drained
	s.board.show(Health{State: Connecting, Reason: "stopped"})
	return nil
}

// connect makes one session after the other until ctx ends.
func (s *Session) connect(ctx context.Context, queue chan<- Message) {
	pause := fullJitter(maxPause)
	var err error
	for ctx.Err() == nil {
		began := time.Now()
		if !s.stillElsewhere(ctx, err) {
			err = s.once(ctx, queue)
		}
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) >= steadyAfter {
			pause.Reset()
		}
		s.lost(ctx, err)
		wait := pause.NextBackOff()
		switch {
		case core.KindOf(err) == core.LoginRequired:
			wait = max(wait, loginPause)
		case core.ReasonOf(err) == reasonElsewhere:
			wait = max(wait, elsewherePause)
		}
		sleep(ctx, wait)
	}
}

// once is one session from before its connection to its end, and why it ended.
func (s *Session) once(ctx context.Context, queue chan<- Message) error {
	if _, err := s.Helix.Token(ctx, ""); err != nil {
		return err
	}
	wanted := s.Wanted()
	if len(wanted) == 0 {
		return core.Because(core.Conflict, "nothing-wanted", "nothing to subscribe to")
	}
	url, err := s.endpoint()
	if err != nil {
		return err
	}
	return newPeriod(s, queue, wanted).run(ctx, url)
}

// lost shows and logs the end of a session; the same reason again is not logged.
func (s *Session) lost(ctx context.Context, err error) {
	h := Health{State: Connecting, Reason: err.Error()}
	switch {
	case core.KindOf(err) == core.LoginRequired:
		h.State = LoginRequired
	case core.ReasonOf(err) == reasonElsewhere:
		h.State = Elsewhere
	}
	before := s.board.read()
	s.board.show(h)
	if before.SessionID != "" || before.Reason != h.Reason {
		s.log().Log(ctx, core.KindOf(err).LogLevel(), "eventsub session lost", "error", err)
	}
}

// endpoint is URL with the wish for a keepalive.
func (s *Session) endpoint() (string, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || (u.Scheme != "ws" && u.Scheme != "wss") {
		return "", core.E(core.Invalid, "EventSub URL is not usable: want ws://host/path or wss://host/path")
	}
	if s.Keepalive > 0 {
		q := u.Query()
		q.Set("keepalive_timeout_seconds", strconv.Itoa(int(min(max(s.Keepalive.Seconds(), 10), 600))))
		u.RawQuery = q.Encode()
	}
	return u.String(), nil
}

func (s *Session) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}

// fullJitter waits anything from 0 to a bound that doubles from 1 s to longest.
func fullJitter(longest time.Duration) *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     500 * time.Millisecond,
		RandomizationFactor: 1, // 0 … twice the interval
		Multiplier:          2,
		MaxInterval:         longest / 2,
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
