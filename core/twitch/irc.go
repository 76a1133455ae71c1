package twitch

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"sidestage/core"
)

const (
	ircQueue    = 4096             // events that may wait for handle
	ircDialTime = 10 * time.Second // to connect, and to be let in
	ircAbandon  = 2 * time.Second  // for the library to notice that its connection is gone
)

// IRC reads one channel's chat through Twitch's chat server: what is said, and
// who comes and goes. Set its fields, then call Run once; URL and Channel are
// required. It never says anything there: Twitch would not tell what became of
// it.
//
// The protocol is go-twitch-irc's business, which is kept on a short lead (see
// gate): each connection is a new client of it that connects once, and one that
// does not end is abandoned.
type IRC struct {
	URL string // ircs://host:port, or irc://host:port without TLS
	// Channel is the login of the channel.
	Channel string
	// Login gives login and token of whom to read as; empty ones read as nobody
	// in particular, which suffices. A token that Twitch refused is given as
	// refused. May be nil.
	Login func(ctx context.Context, refused string) (login, token string)
	Dial  func(ctx context.Context, network, addr string) (net.Conn, error) // nil dials the network
	TLS   *tls.Config                                                       // nil is the system's
	Log   *slog.Logger                                                      // nil logs nothing

	mu        sync.Mutex
	health    IRCHealth
	refused   string // the token that was refused last
	dropped   atomic.Int64
	abandoned atomic.Int64
}

// IRCEvent is one thing that happened in the channel: exactly one of its
// fields. Here and Gone are logins.
type IRCEvent struct {
	Message *ChatMessage
	Entered bool // we are (again) in the channel: who is here is told anew
	Here    []string
	Gone    []string
}

// IRCHealth is how the connection stands.
type IRCHealth struct {
	Healthy   bool
	Reason    string    // why it is not healthy, or why the last connection ended
	Since     time.Time // when Healthy last changed
	Anonymous bool      // reads as nobody in particular
	Dropped   int64     // events that handle was too slow for
	Abandoned int64     // clients of the library that did not end
}

// Health is how the connection stands. It is safe for concurrent use.
func (c *IRC) Health() IRCHealth {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.health
	h.Dropped, h.Abandoned = c.dropped.Load(), c.abandoned.Load()
	return h
}

// show changes the health.
func (c *IRC) show(healthy bool, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if healthy != c.health.Healthy || c.health.Since.IsZero() {
		c.health.Since = time.Now()
	}
	c.health.Healthy, c.health.Reason = healthy, reason
}

// channelName is what Twitch's logins look like; anything else could be a
// command.
var channelName = regexp.MustCompile(`^[a-z0-9_]{1,25}$`)

// Run reads until ctx ends, then returns nil once what it started has ended. It
// fails only when URL or Channel is unusable. Events are given to handle one
// after the other; while handle is slow they wait, and beyond 4096 are dropped
// and counted.
func (c *IRC) Run(ctx context.Context, handle func(context.Context, IRCEvent)) error {
	if _, err := c.endpoint(); err != nil {
		return err
	}
	if !channelName.MatchString(c.Channel) {
		return core.E(core.Invalid, "twitch: %q is no login of a channel", c.Channel)
	}
	c.show(false, "connecting")
	events, over := make(chan IRCEvent, ircQueue), make(chan struct{})
	var deliverer sync.WaitGroup
	deliverer.Go(func() { deliverIRC(ctx, events, over, handle) })
	c.connect(ctx, events)
	close(over)
	deliverer.Wait()
	c.show(false, "stopped")
	return nil
}

// deliverIRC gives handle what comes, and at the end what is there. The channel
// is not closed, since an abandoned client may still write to it.
func deliverIRC(ctx context.Context, events <-chan IRCEvent, over <-chan struct{}, handle func(context.Context, IRCEvent)) {
	work := context.WithoutCancel(ctx)
	for {
		select {
		case e := <-events:
			handle(work, e)
		case <-over:
			for len(events) > 0 {
				handle(work, <-events)
			}
			return
		}
	}
}

// connect makes one connection after the other until ctx ends, at most 13 in
// 10 s: Twitch allows 20 logins.
func (c *IRC) connect(ctx context.Context, events chan<- IRCEvent) {
	pause, pace := fullJitter(maxPause), rate.NewLimiter(rate.Every(time.Second), 3)
	for pace.Wait(ctx) == nil {
		began := time.Now()
		err := c.once(ctx, events)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) >= steadyAfter {
			pause.Reset()
		}
		c.show(false, err.Error())
		c.log().Log(ctx, core.KindOf(err).LogLevel(), "chat server connection ended", "error", err)
		sleep(ctx, pause.NextBackOff())
	}
}

// once is one connection from before it is made to its end, and why it ended.
func (c *IRC) once(ctx context.Context, events chan<- IRCEvent) error {
	who := c.identity(ctx)
	up, err := c.open(ctx)
	if err != nil {
		return core.E(core.Unavailable, "connect to the chat server: %w", err)
	}
	g, err := newGate(ctx, up, "oauth:"+who.token)
	if err != nil {
		return err
	}
	lib := c.client(who.login, g, events)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := connectLibrary(lib); core.KindOf(err) == core.Internal {
			c.log().DebugContext(ctx, "the chat library ended", "error", err)
		}
	}()
	err = g.run(ctx)
	if core.KindOf(err) == core.LoginRequired {
		c.mu.Lock()
		c.refused = who.token
		c.mu.Unlock()
	}
	select {
	case <-ended:
	case <-time.After(ircAbandon):
		c.abandoned.Add(1)
		c.log().WarnContext(ctx, "a client of the chat server was abandoned")
	}
	return err
}

// put hands an event over. It never waits: it is called from the library's
// reader.
func (c *IRC) put(events chan<- IRCEvent, e IRCEvent) {
	select {
	case events <- e:
	default:
		c.dropped.Add(1)
	}
}

type identity struct{ login, token string }

// nobody is whom the chat server lets in to read without a login.
var nobody = identity{login: "justinfan7433", token: "nobody"}

func (c *IRC) identity(ctx context.Context) identity {
	c.mu.Lock()
	refused := c.refused
	c.mu.Unlock()
	who := nobody
	if c.Login != nil {
		if login, token := c.Login(ctx, refused); login != "" && token != "" && token != refused {
			who = identity{login: login, token: token}
		}
	}
	c.mu.Lock()
	c.health.Anonymous = who == nobody
	c.mu.Unlock()
	return who
}

func (c *IRC) endpoint() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Port() == "" || u.Scheme != "irc" && u.Scheme != "ircs" {
		return nil, core.E(core.Invalid, "chat server address is not usable: want ircs://host:port or irc://host:port")
	}
	return u, nil
}

// open connects to the chat server.
func (c *IRC) open(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, ircDialTime)
	defer cancel()
	u, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	dial := c.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	conn, err := dial(ctx, "tcp", u.Host)
	if err != nil || u.Scheme == "irc" {
		return conn, err
	}
	conf := cmp.Or(c.TLS, &tls.Config{MinVersion: tls.VersionTLS12}).Clone()
	conf.ServerName = cmp.Or(conf.ServerName, u.Hostname())
	secure := tls.Client(conn, conf)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

func (c *IRC) log() *slog.Logger {
	if c.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Log
}
