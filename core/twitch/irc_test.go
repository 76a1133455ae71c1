package twitch_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/sim"
	"sidestage/core/twitch"
)

// The chat library dials by itself, so these tests run in real time. Nothing in
// them waits longer than it has to.

// inTime is how long anything may take before a test gives up on it.
const inTime = 20 * time.Second

// room is what an IRC reader has told.
type room struct {
	mu     sync.Mutex
	events []twitch.IRCEvent
	news   chan struct{}
}

func newRoom() *room { return &room{news: make(chan struct{}, 1)} }

func (r *room) handle(_ context.Context, e twitch.IRCEvent) {
	r.mu.Lock()
	r.events = append(r.events, e)
	r.mu.Unlock()
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// until waits for n events that ok accepts, and returns them.
func (r *room) until(t *testing.T, n int, ok func(twitch.IRCEvent) bool) []twitch.IRCEvent {
	t.Helper()
	limit := time.After(inTime)
	for {
		r.mu.Lock()
		found := slices.DeleteFunc(slices.Clone(r.events), func(e twitch.IRCEvent) bool { return !ok(e) })
		r.mu.Unlock()
		if len(found) >= n {
			return found
		}
		select {
		case <-r.news:
		case <-limit:
			t.Fatalf("%d of %d events came", len(found), n)
		}
	}
}

func isMessage(e twitch.IRCEvent) bool { return e.Message != nil }
func isEntered(e twitch.IRCEvent) bool { return e.Entered }

// read runs a reader until the test ends.
func read(t *testing.T, c *twitch.IRC, r *room) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, r.handle) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(inTime):
			t.Error("the reader does not end")
		}
	})
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// theatre is a simulated Twitch with a chat server.
func theatre(t *testing.T) (*sim.Sim, string) {
	t.Helper()
	l := listen(t)
	s, err := sim.New(sim.Options{IRCListener: l})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
	})
	return s, "irc://" + l.Addr().String()
}

func TestTheChatServerTellsWhatIsSaidAndWhoIsHere(t *testing.T) {
	s, url := theatre(t)
	r := newRoom()
	c := &twitch.IRC{URL: url, Channel: s.Broadcaster().Login}
	read(t, c, r)
	here := r.until(t, 2, func(e twitch.IRCEvent) bool { return len(e.Here) > 1 })
	if !slices.Contains(here[0].Here, s.Broadcaster().Login) || slices.ContainsFunc(here[0].Here, func(l string) bool { return strings.HasPrefix(l, "justinfan") }) {
		t.Errorf("here are %q", here[0].Here)
	}
	if h := c.Health(); !h.Healthy || !h.Anonymous {
		t.Errorf("%+v", h)
	}
	ids := make([]string, 0, 3)
	for _, say := range []func() (string, error){
		func() (string, error) { return s.Say("lunaverse", "!song :) please", sim.Moderator, sim.Subscriber) },
		func() (string, error) { return s.Say(s.Broadcaster().Login, "hi") },
		func() (string, error) { return s.SayElsewhere("mo_types", "!queue") },
	} {
		id, err := say()
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	got := r.until(t, 3, isMessage)
	luna := got[0].Message
	if luna.ID != ids[0] || luna.Text != "!song :) please" || luna.Chatter != s.Viewer("lunaverse") || luna.BroadcasterID != s.Broadcaster().ID {
		t.Errorf("%+v", luna)
	}
	if !slices.Equal(luna.Roles, []string{twitch.RoleModerator, twitch.RoleSubscriber}) || time.Since(luna.At).Abs() > time.Minute {
		t.Errorf("%+v", luna)
	}
	if own := got[1].Message; !slices.Contains(own.Roles, twitch.RoleBroadcaster) || own.SourceBroadcasterID != "" {
		t.Errorf("%+v", own)
	}
	if other := got[2].Message; other.SourceBroadcasterID == "" || other.ID != ids[2] {
		t.Errorf("%+v", other)
	}
}

func TestAReaderComesBackAfterADropAndARequestToReconnect(t *testing.T) {
	s, url := theatre(t)
	r := newRoom()
	c := &twitch.IRC{URL: url, Channel: s.Broadcaster().Login}
	read(t, c, r)
	for i, ask := range []bool{true, false} {
		r.until(t, i+1, isEntered)
		s.CutIRC(ask)
	}
	r.until(t, 3, isEntered)
	if _, err := s.Say("mo_types", "still there?"); err != nil {
		t.Fatal(err)
	}
	r.until(t, 1, isMessage)
	if h := c.Health(); !h.Healthy || h.Abandoned != 0 || h.Dropped != 0 {
		t.Errorf("%+v", h)
	}
}

func TestALoginIsUsedAndARefusedOneIsNotUsedTwice(t *testing.T) {
	s, url := theatre(t)
	asked := make(chan string, 10)
	r := newRoom()
	c := &twitch.IRC{URL: url, Channel: s.Broadcaster().Login, Login: func(_ context.Context, refused string) (string, string) {
		asked <- refused
		return s.Broadcaster().Login, "no-such-token"
	}}
	read(t, c, r)
	r.until(t, 1, isEntered)
	if first, second := <-asked, <-asked; first != "" || second != "no-such-token" {
		t.Errorf("asked with %q, then %q", first, second)
	}
	if h := c.Health(); !h.Anonymous {
		t.Errorf("%+v", h)
	}
}

// puppet is a chat server that does what a test wants, one connection at a time.
func puppet(t *testing.T, l net.Listener, play func(net.Conn, *bufio.Scanner)) string {
	t.Helper()
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = conn.Close() }()
				play(conn, bufio.NewScanner(conn))
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	return l.Addr().String()
}

// letIn answers until the client has asked to join, and returns all it said.
func letIn(conn net.Conn, lines *bufio.Scanner) (said []string) {
	for lines.Scan() {
		said = append(said, lines.Text())
		switch word, rest, _ := strings.Cut(lines.Text(), " "); word {
		case "NICK":
			_, _ = fmt.Fprintf(conn, ":tmi.twitch.tv 001 %s :Welcome, GLHF!\r\n", rest)
		case "JOIN":
			nick := strings.TrimPrefix(said[len(said)-2], "NICK ")
			_, _ = fmt.Fprintf(conn, ":%s!%s@%s.tmi.twitch.tv JOIN %s\r\n", nick, nick, nick, rest)
			return said
		}
	}
	return said
}

func message(n int) string {
	return fmt.Sprintf("@badges=;display-name=Luna;id=m%d;room-id=1;tmi-sent-ts=1700000000000;user-id=7 :luna!luna@luna.tmi.twitch.tv PRIVMSG #here :line %d\r\n", n, n)
}

func TestAServerThatHangsUpAtOnceIsNotStormed(t *testing.T) {
	var connections atomic.Int32
	addr := puppet(t, listen(t), func(net.Conn, *bufio.Scanner) { connections.Add(1) })
	c := &twitch.IRC{URL: "irc://" + addr, Channel: "here"}
	read(t, c, newRoom())
	time.Sleep(3 * time.Second) // the library alone makes thousands of connections a second
	if n := connections.Load(); n < 1 || n > 8 {
		t.Errorf("%d connections in 3 s", n)
	}
}

func TestNothingIsLostBeforeAReconnectAndNobodyIsAbandoned(t *testing.T) {
	const n = 2000
	addr := puppet(t, listen(t), func(conn net.Conn, lines *bufio.Scanner) {
		letIn(conn, lines)
		for i := range n {
			_, _ = conn.Write([]byte(message(i)))
		}
		_, _ = conn.Write([]byte(":tmi.twitch.tv RECONNECT\r\n"))
		for i := range 500 { // more than the library can hold
			_, _ = conn.Write([]byte(message(n + i)))
		}
		for lines.Scan() { // until the client hangs up
		}
	})
	r := newRoom()
	c := &twitch.IRC{URL: "irc://" + addr, Channel: "here"}
	read(t, c, r)
	r.until(t, 2, isEntered)
	got := r.until(t, n, isMessage)
	for i, e := range got[:n] {
		if e.Message.ID != fmt.Sprint("m", i) {
			t.Fatalf("message %d is %s", i, e.Message.ID)
		}
	}
	if h := c.Health(); h.Abandoned != 0 {
		t.Errorf("%+v", h)
	}
}

func TestASlowHandlerLosesEventsAndNotTheConnection(t *testing.T) {
	const n = 6000
	release, alive := make(chan struct{}), make(chan struct{})
	addr := puppet(t, listen(t), func(conn net.Conn, lines *bufio.Scanner) {
		letIn(conn, lines)
		for i := range n {
			_, _ = conn.Write([]byte(message(i)))
		}
		_, _ = conn.Write([]byte("PING :are you there\r\n"))
		for lines.Scan() {
			if lines.Text() == "PONG :are you there" {
				close(alive)
			}
		}
	})
	c := &twitch.IRC{URL: "irc://" + addr, Channel: "here"}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, func(context.Context, twitch.IRCEvent) { <-release }) }()
	select {
	case <-alive:
	case <-time.After(inTime):
		t.Error("the connection hangs")
	}
	for limit := time.Now().Add(inTime); c.Health().Dropped < n-4096-1 && time.Now().Before(limit); {
		time.Sleep(10 * time.Millisecond)
	}
	if h := c.Health(); h.Dropped < n-4096-1 || !h.Healthy {
		t.Errorf("%+v", h)
	}
	close(release)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestLinesThatWouldBreakTheLibraryDoNotReachIt(t *testing.T) {
	addr := puppet(t, listen(t), func(conn net.Conn, lines *bufio.Scanner) {
		letIn(conn, lines)
		for _, line := range []string{
			"@badges=broken;id=x;room-id=1 :a!a@a PRIVMSG #here :panics", "PRIVMSG", "@", ":", "JOIN", "353", "@id=x;emotes=1:5-9 :a!a@a PRIVMSG #here :x",
			"@id=y;room-id=1 :a!a@a PRIVMSG", "\x00\xff", "NOTICE", "@badges=,, PRIVMSG #here",
		} {
			_, _ = conn.Write([]byte(line + "\r\n"))
		}
		_, _ = conn.Write([]byte(message(1)))
		for lines.Scan() {
		}
	})
	r := newRoom()
	c := &twitch.IRC{URL: "irc://" + addr, Channel: "here"}
	read(t, c, r)
	r.until(t, 1, func(e twitch.IRCEvent) bool { return e.Message != nil && e.Message.ID == "m1" })
	if got := r.until(t, 1, isEntered); len(got) != 1 {
		t.Errorf("connected %d times", len(got))
	}
}

func TestOnlyWhatAReaderHasToSayIsSaid(t *testing.T) {
	said := make(chan []string, 10)
	addr := puppet(t, listen(t), func(conn net.Conn, lines *bufio.Scanner) {
		said <- letIn(conn, lines)
		for lines.Scan() {
		}
	})
	c := &twitch.IRC{URL: "irc://" + addr, Channel: "here", Login: func(context.Context, string) (string, string) { return "luna", "secret" }}
	r := newRoom()
	read(t, c, r)
	want := []string{"CAP REQ :twitch.tv/tags twitch.tv/commands twitch.tv/membership", "PASS oauth:secret", "NICK luna", "JOIN #here"}
	if got := <-said; !slices.Equal(got, want) {
		t.Errorf("said %q", got)
	}
	for _, channel := range []string{"", "Here", "a b", "here\r\nPRIVMSG #x :y", "#here", strings.Repeat("x", 26)} {
		if err := (&twitch.IRC{URL: c.URL, Channel: channel}).Run(t.Context(), r.handle); core.KindOf(err) != core.Invalid {
			t.Errorf("channel %q: %v", channel, err)
		}
	}
	for _, url := range []string{"", "irc://host", "http://host:1", "ircs://:x"} {
		if err := (&twitch.IRC{URL: url, Channel: "here"}).Run(t.Context(), r.handle); core.KindOf(err) != core.Invalid {
			t.Errorf("address %q: %v", url, err)
		}
	}
}

func TestTLSIsCheckedByTheServersName(t *testing.T) {
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	l := tls.NewListener(listen(t), &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12})
	addr := puppet(t, l, func(conn net.Conn, lines *bufio.Scanner) {
		letIn(conn, lines)
		for lines.Scan() {
		}
	})
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	r := newRoom()
	read(t, &twitch.IRC{URL: "ircs://" + addr, Channel: "here", TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}, r)
	r.until(t, 1, isEntered)

	strangers := newRoom()
	c := &twitch.IRC{URL: "ircs://" + addr, Channel: "here"} // the certificate is nobody's the system knows
	read(t, c, strangers)
	limit := time.Now().Add(inTime)
	for !strings.Contains(c.Health().Reason, "certificate") && time.Now().Before(limit) {
		time.Sleep(10 * time.Millisecond)
	}
	if h := c.Health(); h.Healthy || !strings.Contains(h.Reason, "certificate") {
		t.Errorf("%+v", h)
	}
}

func BenchmarkIRC(b *testing.B) {
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	start := make(chan int)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		lines := bufio.NewScanner(conn)
		letIn(conn, lines)
		w := bufio.NewWriter(conn)
		for n := range start {
			for i := range n {
				_, _ = w.WriteString(message(i))
			}
			_ = w.Flush()
		}
		_ = conn.Close()
	}()
	ctx, stop := context.WithCancel(context.Background())
	entered, heard := make(chan struct{}, 1), make(chan struct{}, 1)
	var count atomic.Int64
	want := int64(0)
	var target atomic.Int64
	ended := make(chan error, 1)
	c := &twitch.IRC{URL: "irc://" + l.Addr().String(), Channel: "here"}
	go func() {
		ended <- c.Run(ctx, func(_ context.Context, e twitch.IRCEvent) {
			switch {
			case e.Entered:
				entered <- struct{}{}
			case e.Message != nil && count.Add(1) == target.Load():
				heard <- struct{}{}
			}
		})
	}()
	<-entered
	b.ReportAllocs()
	for b.Loop() {
		const batch = 1000 // below what may wait
		want += batch
		target.Store(want)
		start <- batch
		<-heard
	}
	b.ReportMetric(float64(want)/b.Elapsed().Seconds(), "lines/s")
	close(start)
	stop()
	_ = l.Close()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}
