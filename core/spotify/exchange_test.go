package spotify_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/spotify"
)

// wantLost checks a command and a read whose answer never came.
func wantLost(t *testing.T, c *spotify.Client, command core.Kind, reason string) {
	t.Helper()
	for call, kind := range map[string]core.Kind{"next": command, "add": command, "player": core.Unavailable, "track": core.Unavailable} {
		err := calls[call](t.Context(), c)
		if core.KindOf(err) != kind || core.ReasonOf(err) != reason {
			t.Errorf("%s: %v (%v %s), want %v %s", call, err, core.KindOf(err), core.ReasonOf(err), kind, reason)
		}
		if core.Temporary(err) != (kind == core.Unavailable) {
			t.Errorf("%s: temporary = %v", call, core.Temporary(err))
		}
		if leaks(err) {
			t.Errorf("%s: the token is in %v", call, err)
		}
	}
}

// serve starts a server of one handler with a client for it.
func serve(t *testing.T, h http.HandlerFunc) *spotify.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &spotify.Client{URL: srv.URL, HTTP: srv.Client(), Token: always(secret)}
}

// drop ends the connection under the request.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestACommandWhoseAnswerIsLostIsAmbiguousAndAReadIsNot(t *testing.T) {
	t.Run("connection dropped", func(t *testing.T) {
		wantLost(t, serve(t, drop), core.Ambiguous, "no-answer")
	})
	t.Run("stream dropped", func(t *testing.T) {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(drop))
		srv.EnableHTTP2 = true
		srv.StartTLS()
		t.Cleanup(srv.Close)
		wantLost(t, &spotify.Client{URL: srv.URL, HTTP: srv.Client(), Token: always(secret)}, core.Ambiguous, "no-answer")
	})
	t.Run("not HTTP", func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "SSH-2.0-dropbear\r\n")
				_ = conn.Close()
			}
		})
		wantLost(t, c, core.Ambiguous, "no-answer")
	})
	t.Run("foreign round tripper", func(t *testing.T) {
		c := &spotify.Client{Token: always(secret), HTTP: &http.Client{Transport: broken{io.ErrUnexpectedEOF}}}
		wantLost(t, c, core.Ambiguous, "no-answer")
	})
}

// broken is a round tripper that fails, and tells nobody how far it got.
type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

func TestWhatWasNeverSentIsWithoutEffect(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		srv := httptest.NewServer(http.NotFoundHandler())
		srv.Close()
		wantLost(t, &spotify.Client{URL: srv.URL, Token: always(secret)}, core.Unavailable, "unreachable")
	})
	t.Run("certificate unknown", func(t *testing.T) {
		srv := httptest.NewUnstartedServer(http.NotFoundHandler())
		srv.Config.ErrorLog = log.New(io.Discard, "", 0)
		srv.EnableHTTP2 = true
		srv.StartTLS()
		t.Cleanup(srv.Close)
		wantLost(t, &spotify.Client{URL: srv.URL, Token: always(secret)}, core.Unavailable, "unreachable")
	})
	t.Run("no such scheme", func(t *testing.T) {
		wantLost(t, &spotify.Client{URL: "gopher://example.invalid", Token: always(secret)}, core.Unavailable, "unreachable")
	})
	t.Run("token unfit for a header", func(t *testing.T) {
		c := serve(t, drop)
		c.Token = always(secret + "\r\nX: y")
		wantLost(t, c, core.Unavailable, "unreachable")
	})
	for name, err := range map[string]error{
		"dial": fmt.Errorf("proxy: %w", &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}),
		"name": &net.DNSError{Err: "no such host", Name: "api.spotify.com"},
	} {
		t.Run("foreign round tripper, "+name, func(t *testing.T) {
			c := &spotify.Client{Token: always(secret), HTTP: &http.Client{Transport: broken{err}}}
			wantLost(t, c, core.Unavailable, "unreachable")
		})
	}
	t.Run("cancelled before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := serve(t, drop).Next(ctx)
		if core.KindOf(err) != core.Unavailable || !errors.Is(err, context.Canceled) {
			t.Errorf("%v (%v)", err, core.KindOf(err))
		}
	})
}

func TestAStatusOutlivesABrokenBody(t *testing.T) {
	cut := func(status int, body string) *spotify.Client {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	if err := cut(200, "half an ans").Next(t.Context()); err != nil {
		t.Errorf("a command that was taken: %v", err)
	}
	var e *spotify.Error
	_, err := cut(200, `{"queue":[`).Queue(t.Context())
	if !errors.As(err, &e) || e.Status != 200 || e.Kind != core.Unavailable || e.Reason != "no-answer" || !core.Temporary(err) {
		t.Errorf("half a queue: %v", err)
	}
	err = cut(429, "Too many").Next(t.Context())
	if !errors.As(err, &e) || e.Status != 429 || e.RetryAfter != 9*time.Second || e.Message != "Too many" {
		t.Errorf("half a refusal: %v", err)
	}
}

func TestAnAnswerWithoutEndIsNotReadToItsEnd(t *testing.T) {
	const mib = 1 << 20
	name := func(n int) string { return `{"id":"` + strings.Repeat("x", n-len(`{"id":""}`)) + `"}` }
	c, _ := start(t, reply{status: 200, body: name(mib)}, reply{status: 200, body: name(mib + 1)})
	if _, err := c.Me(t.Context()); err != nil {
		t.Errorf("1 MiB: %v", err)
	}
	var e *spotify.Error
	if _, err := c.Me(t.Context()); !errors.As(err, &e) || e.Status != 200 || e.Kind != core.Unavailable {
		t.Errorf("1 MiB and a byte: %v", err)
	}
	endless := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		for {
			if _, err := io.WriteString(w, strings.Repeat("no ", 1000)); err != nil {
				return
			}
		}
	})
	if err := endless.Next(t.Context()); !errors.As(err, &e) || e.Status != 502 {
		t.Errorf("endless refusal: %v", err)
	}
}

// inMemory is a client whose connections are pipes to serve.
func inMemory(serve func(net.Conn)) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go serve(theirs)
			return ours, nil
		},
	}}
}

// silent takes a request and answers with no more than what it is given.
func silent(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		defer func() { _ = conn.Close() }()
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
			return
		}
		_, _ = io.WriteString(conn, answer)
		_, _ = conn.Read(make([]byte, 1)) // until the client hangs up
	}
}

func TestACallEndsAfterTenSeconds(t *testing.T) {
	never := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			select { // the transport lets a dial outlive its request
			case <-ctx.Done():
			case <-time.After(time.Minute):
			}
			return nil, errors.New("nobody there")
		},
	}}
	for _, v := range []struct {
		name    string
		http    *http.Client
		timeout time.Duration
		want    time.Duration
		kind    core.Kind // of the command
		reason  string
	}{
		{"no connection", never, 0, 10 * time.Second, core.Unavailable, "unreachable"},
		{"no answer", inMemory(silent("")), 0, 10 * time.Second, core.Ambiguous, "no-answer"},
		{"half a head", inMemory(silent("HTTP/1.1 200 OK\r\nContent-")), 0, 10 * time.Second, core.Ambiguous, "no-answer"},
		{"own limit", inMemory(silent("")), 3 * time.Second, 3 * time.Second, core.Ambiguous, "no-answer"},
	} {
		t.Run(v.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &spotify.Client{URL: "http://spotify.invalid", HTTP: v.http, Timeout: v.timeout, Token: always(secret)}
				begin := time.Now()
				err := c.Next(t.Context())
				if took := time.Since(begin); took != v.want {
					t.Errorf("took %v", took)
				}
				if core.KindOf(err) != v.kind || core.ReasonOf(err) != v.reason || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("command: %v (%v)", err, core.KindOf(err))
				}
				_, err = c.Player(t.Context())
				if core.KindOf(err) != core.Unavailable || core.ReasonOf(err) != v.reason {
					t.Errorf("read: %v (%v)", err, core.KindOf(err))
				}
				time.Sleep(time.Hour) // the bubble's clock: let the dials give up
			})
		})
	}
}

func TestABodyThatStallsDoesNotUndoTheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stalled := inMemory(silent("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"))
		c := &spotify.Client{URL: "http://spotify.invalid", HTTP: stalled, Token: always(secret)}
		if err := c.Next(t.Context()); err != nil {
			t.Errorf("command: %v", err)
		}
		var e *spotify.Error
		if _, err := c.Queue(t.Context()); !errors.As(err, &e) || e.Status != 200 || e.Kind != core.Unavailable {
			t.Errorf("read: %v", err)
		}
	})
}
