package desk_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/sim"
)

// cable is the wire between a desk and EventSub.
type cable struct {
	mu    sync.Mutex
	held  chan struct{} // while it is open, nobody who dials gets through
	drops error         // what who dials gets instead
	lines []*line
}

// dial makes a connection over the cable.
func (c *cable) dial(ctx context.Context, far func(context.Context) (net.Conn, error)) (net.Conn, error) {
	c.mu.Lock()
	held, drops := c.held, c.drops
	c.mu.Unlock()
	if drops != nil {
		return nil, drops
	}
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	conn, err := far(ctx)
	if err != nil {
		return nil, err
	}
	l := &line{Conn: conn}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, l)
	return l, nil
}

// hold lets nobody through until release.
func (c *cable) hold() (release func()) {
	held := make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.held = nil
		close(held)
	}
}

// refuse answers who dials with err; nil ends it.
func (c *cable) refuse(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops = err
}

// each does something to every connection there has been.
func (c *cable) each(do func(*line)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lines {
		do(l)
	}
}

// line is a connection over a cable.
type line struct {
	net.Conn
	mu    sync.Mutex
	mute  bool
	fails error
}

// Read lets nothing through while the line is mute, and fails once it was
// reset.
func (l *line) Read(p []byte) (int, error) {
	for {
		n, err := l.Conn.Read(p)
		l.mu.Lock()
		mute, fails := l.mute, l.fails
		l.mu.Unlock()
		switch {
		case fails != nil:
			return 0, fails
		case err != nil || !mute:
			return n, err
		}
	}
}

// silence lets nothing arrive any more, and says nothing about it.
func (l *line) silence() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mute = true
}

// reset is what an end that knows nothing of the connection answers.
func (l *line) reset() {
	l.mu.Lock()
	l.fails = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	l.mu.Unlock()
	_ = l.Close()
}

// watchdog is how soon a silent connection is given up: the keepalive and some
// slack.
const watchdog = 15 * time.Second

// loss is a way to lose what EventSub tells.
type loss struct {
	name  string
	cause func(*world)
	says  string                        // of why
	do    string                        // what it tells to do
	cure  func(w *world, c *api.Client) // nil where the desk helps itself
}

// losses are all of them. While a connection is lost nobody gets through.
func losses() []loss {
	const nothing = "the desk connects again by itself"
	all := []loss{
		{"end of file", func(w *world) { w.sim.CloseSockets(0) }, "connection lost, EOF", nothing, nil},
		{"gone without Twitch's notice", func(w *world) { w.sim.DropSockets(time.Hour) }, "connection lost, EOF", nothing, nil},
		{"reset", func(w *world) { w.cable.each((*line).reset) }, "connection reset by peer", nothing, nil},
		{"silence", func(w *world) { w.cable.each((*line).silence) }, "silent for 15s", nothing, nil},
		{"refused", func(w *world) {
			w.cable.refuse(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
			w.sim.CloseSockets(0)
			time.Sleep(time.Second)
		}, "cannot be reached, connection refused", nothing, func(w *world, _ *api.Client) { w.cable.refuse(nil) }},
		{"the login revoked", func(w *world) { w.check(w.sim.Revoke(sim.Twitch)) }, "sidestage auth login twitch", "run: sidestage auth login twitch", func(w *world, _ *api.Client) {
			grant, err := w.sim.GrantTwitch()
			w.check(err)
			w.login(sim.Twitch, grant)
		}},
	}
	for word, do := range map[string]string{
		"user_removed": "log in with an account that exists", "version_removed": "update sidestage",
		"moderator_removed": "run sidestage auth login twitch", "chat_user_banned": "lift the ban",
	} {
		revoke := func(w *world) { w.sim.Unsubscribe(redeemed, word) }
		all = append(all, loss{word, revoke, "Twitch does not tell of song requests and rolls", do, func(w *world, c *api.Client) {
			_, err := c.SetUpEventSub(w.t.Context())
			w.check(err)
		}})
	}
	for code, says := range map[int]string{
		4000: "4000 internal server error", 4001: "4001 client sent traffic", 4002: "4002 failed ping pong", 4003: "4003 connection unused",
		4004: "4004 client reconnect grace time expired", 4005: "4005 network timeout", 4006: "4006 network error", 4007: "4007 invalid reconnect attempt",
	} {
		all = append(all, loss{says[:4], func(w *world) { w.sim.CloseSockets(code) }, says, nothing, nil})
	}
	return all
}

const redeemed = "channel.channel_points_custom_reward_redemption.add"

// TestHealthTellsTheTruthHoweverEventSubIsLost loses what EventSub tells in
// every way there is. Within the watchdog's time /health and the dashboard say
// so, why, and what to do; they are well again within a minute of the cure, and
// who redeemed meanwhile is served.
func TestHealthTellsTheTruthHoweverEventSubIsLost(t *testing.T) {
	for _, l := range losses() {
		t.Run(l.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wired := func(s *config.Settings) { s.Twitch.EventSubURL = "ws://twitch-eventsub/ws" }
				w := newWorldAfter(t, sim.Options{Seed: 1, Speed: 1}, wired, func(*world) {})
				c := w.desk.Reach()
				time.Sleep(time.Minute)
				w.becomes(c, api.StatusOK, "", 0)
				screen := w.dashboard()
				w.shows(screen, "twitch ✓", "", "", glance)
				release := w.cable.hold()
				l.cause(w)
				w.becomes(c, api.StatusDegraded, l.says, watchdog+time.Second)
				w.shows(screen, "twitch ◐", l.says, l.do, glance)
				id, err := w.sim.Redeem("kai", "Keyboard raffle", "")
				w.check(err)
				release()
				if l.cure != nil {
					l.cure(w, c)
				}
				w.becomes(c, api.StatusOK, "", time.Minute)
				w.shows(screen, "twitch ✓", "", "", glance)
				screen.close()
				time.Sleep(time.Minute) // revoked alone, it is found by the patrol
				if got := w.entry(id).Status; got != "FULFILLED" {
					t.Errorf("what was redeemed meanwhile is %s", got)
				}
				c.Close()
				w.stop()
			})
		})
	}
}

// TestAMoveIsNoLoss: Twitch asking to reconnect changes nothing to be seen.
func TestAMoveIsNoLoss(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		w.sim.Reconnect()
		for range 200 {
			w.becomes(c, api.StatusOK, "", 0)
			time.Sleep(50 * time.Millisecond)
		}
	})
}

// becomes waits for a status of the session on /health, for which some words
// are the reason. An unhealthy part must show in the whole.
func (w *world) becomes(c *api.Client, status, says string, within time.Duration) {
	w.t.Helper()
	var h api.Health
	for end := time.Now().Add(within); ; time.Sleep(100 * time.Millisecond) {
		var err error
		h, err = c.Health(w.t.Context())
		w.check(err)
		e := h.Components.EventSub
		if e.Status == status && strings.Contains(e.Reason, says) && (status == api.StatusOK || h.Status == status) {
			return
		}
		if !time.Now().Before(end) {
			break
		}
	}
	w.t.Errorf("after %s it is not %s (%q): %+v", within, status, says, h.Components.EventSub)
}
