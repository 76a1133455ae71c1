package twitch

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sidestage/core"
)

const (
	ircLine  = 16 << 10         // bytes: 8191 of tags, 512 of the rest, and some
	ircQuiet = time.Minute      // without a line, and we ask whether anybody is there
	ircPong  = 10 * time.Second // for the answer
	ircWrite = 10 * time.Second // for one line
	ircDrain = 2 * time.Second  // for the library to take what it was given
)

// gate is one connection to the chat server, with the library behind it. The
// library connects to a port of this machine that opens once; every line passes
// through here, both ways. So whatever the library does, it
//
//   - cannot connect again by itself, without a pause, thousands of times a
//     second: its second try is refused, and it gives up;
//   - is never cut off while it holds lines, after which it would hang for ever:
//     what it was given is drained first, and a request to reconnect ends here;
//   - cannot be made to send anything but what a reader has to;
//   - meets no line that it would panic on;
//   - never holds the token: what it sends as password proves only that it is
//     the library that came through the port, and is replaced.
type gate struct {
	up       net.Conn // Twitch
	token    string
	port     net.Listener
	password string // what the library shows at the port
	drained  chan struct{}

	mu sync.Mutex // one line at a time to Twitch
}

// newGate opens the port in front of up, which it closes if it cannot.
func newGate(ctx context.Context, up net.Conn, token string) (*gate, error) {
	var listen net.ListenConfig
	port, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		_ = up.Close()
		return nil, core.E(core.Unavailable, "open a port for the chat library: %w", err)
	}
	return &gate{up: up, token: token, port: port, password: "oauth:" + rand.Text(), drained: make(chan struct{}, 1)}, nil
}

func (g *gate) address() string { return g.port.Addr().String() }

// run lets the library in and carries lines until the connection ends.
func (g *gate) run(ctx context.Context) error {
	defer g.up.Close() //nolint:errcheck // it is over
	down, err := g.admit(ctx)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = g.up.Close() })
	defer stop()
	var outgoing sync.WaitGroup
	var sent error
	outgoing.Go(func() {
		sent = g.outgoing(down)
		_ = g.up.Close() // without the library nobody reads
	})
	err = g.incoming(down)
	g.drain(down)
	_ = down.Close()
	_ = g.up.Close()
	outgoing.Wait()
	if sent != nil {
		return sent
	}
	return err
}

// admit takes one connection and closes the port.
func (g *gate) admit(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, ircDialTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = g.port.Close() })
	defer stop()
	defer g.port.Close() //nolint:errcheck // it has served
	down, err := g.port.Accept()
	if err != nil {
		return nil, core.E(core.Unavailable, "the chat library did not connect: %w", err)
	}
	return down, nil
}

// ownPing is what we ask Twitch, and the library at the end.
const ownPing = "sidestage"

// incoming carries lines from Twitch to the library.
func (g *gate) incoming(down net.Conn) error {
	ask := time.AfterFunc(ircQuiet, func() { _ = g.send("PING :" + ownPing) })
	defer ask.Stop()
	var gone atomic.Bool
	silent := time.AfterFunc(ircQuiet+ircPong, func() { gone.Store(true); _ = g.up.Close() })
	defer silent.Stop()
	lines := bufio.NewReaderSize(g.up, ircLine)
	for {
		raw, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return core.E(core.Unavailable, "the chat server sent a line of more than %d bytes", ircLine)
		case gone.Load():
			return core.E(core.Unavailable, "the chat server was silent for %s", ircQuiet+ircPong)
		case err != nil:
			return core.E(core.Unavailable, "chat server connection lost: %w", err)
		}
		ask.Reset(ircQuiet)
		silent.Reset(ircQuiet + ircPong)
		line := strings.TrimRight(string(raw), "\r\n")
		pass, err := judge(line)
		switch {
		case err != nil:
			return err
		case !pass && command(line) == "PING": // answered here: the library cuts the answer at a space
			_ = g.send("PONG " + after(line, "PING "))
			continue
		case !pass:
			continue
		}
		_ = down.SetWriteDeadline(time.Now().Add(ircWrite))
		if _, err := down.Write([]byte(line + "\r\n")); err != nil {
			return core.E(core.Unavailable, "the chat library is stuck: %w", err)
		}
	}
}

// judge decides about a line from Twitch: whether the library gets it, or why
// the connection ends with it.
func judge(line string) (pass bool, err error) {
	switch command(line) {
	case "RECONNECT":
		return false, core.Because(core.Unavailable, "reconnect", "the chat server asked to connect again")
	case "NOTICE":
		if to, text, _ := strings.Cut(after(line, "NOTICE "), " :"); to == "*" {
			return false, core.E(core.LoginRequired, "the chat server refused the login: %s", plain(text, nil))
		}
		return false, nil
	case "001", "353", "CAP", "JOIN", "PART", "PRIVMSG":
		return understood(line), nil
	}
	return false, nil
}

// command is the command of a line: what follows tags and source.
func command(line string) string {
	for _, mark := range []string{"@", ":"} {
		if strings.HasPrefix(line, mark) {
			_, line, _ = strings.Cut(line, " ")
		}
	}
	word, _, _ := strings.Cut(line, " ")
	return word
}

// after is what of line follows the first mark.
func after(line, mark string) string {
	_, rest, _ := strings.Cut(line, mark)
	return rest
}

// outgoing carries lines from the library to Twitch. It ends without an error
// when the library hangs up.
func (g *gate) outgoing(down net.Conn) error {
	known := false
	lines := bufio.NewScanner(down)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "PASS "+g.password:
			known, line = true, "PASS "+g.token
		case line == "PONG :"+ownPing:
			offer(g.drained, struct{}{})
			continue
		case !permitted(line):
			continue
		case !known && command(line) != "CAP":
			return core.E(core.Unavailable, "somebody else came through the port of the chat library")
		}
		if err := g.send(line); err != nil {
			return core.E(core.Unavailable, "write to the chat server: %w", err)
		}
	}
	return nil
}

// permitted reports whether a reader has to say line.
func permitted(line string) bool {
	if strings.ContainsAny(line, "\r\n\x00") || len(line) > 512 {
		return false
	}
	switch command(line) {
	case "CAP", "NICK", "JOIN":
		return !strings.HasPrefix(line, "@") && !strings.HasPrefix(line, ":")
	}
	return false
}

// send writes one line to Twitch.
func (g *gate) send(line string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.up.SetWriteDeadline(time.Now().Add(ircWrite))
	_, err := g.up.Write([]byte(line + "\r\n"))
	return err
}

// drain waits until the library has handed over all it was given: it answers a
// ping in its turn.
func (g *gate) drain(down net.Conn) {
	_ = down.SetWriteDeadline(time.Now().Add(ircDrain))
	if _, err := down.Write([]byte("PING :" + ownPing + "\r\n")); err != nil {
		return
	}
	select {
	case <-g.drained:
	case <-time.After(ircDrain):
	}
}
