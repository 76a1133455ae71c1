package spotify_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"sidestage/core/spotify"
)

// secret is the access token of every test client; no error may repeat it.
const secret = "BQsecret-access-token"

// reply is what the fake answers.
type reply struct {
	status     int
	body       string
	retryAfter string
	www        string
}

// fake answers every request with the next reply, the last one for ever, and
// remembers what it was asked.
type fake struct {
	mu      sync.Mutex
	replies []reply
	seen    []*http.Request
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, r.Clone(context.WithoutCancel(r.Context())))
	p := f.replies[min(len(f.seen), len(f.replies))-1]
	if p.retryAfter != "" {
		w.Header().Set("Retry-After", p.retryAfter)
	}
	if p.www != "" {
		w.Header().Set("WWW-Authenticate", p.www)
	}
	w.WriteHeader(p.status)
	_, _ = w.Write([]byte(p.body))
}

func (f *fake) requests() []*http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// start serves the replies and returns a client of them.
func start(t *testing.T, replies ...reply) (*spotify.Client, *fake) {
	t.Helper()
	f := &fake{replies: replies}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	return &spotify.Client{URL: srv.URL, HTTP: srv.Client(), Token: always(secret)}, f
}

func always(token string) spotify.Token {
	return func(context.Context, string) (string, error) { return token, nil }
}

// calls are all calls of a client, by name.
var calls = map[string]func(context.Context, *spotify.Client) error{
	"me":     func(ctx context.Context, c *spotify.Client) error { _, err := c.Me(ctx); return err },
	"track":  func(ctx context.Context, c *spotify.Client) error { _, err := c.Track(ctx, id); return err },
	"player": func(ctx context.Context, c *spotify.Client) error { _, err := c.Player(ctx); return err },
	"queue":  func(ctx context.Context, c *spotify.Client) error { _, err := c.Queue(ctx); return err },
	"add":    func(ctx context.Context, c *spotify.Client) error { return c.AddToQueue(ctx, "spotify:track:"+id) },
	"search": func(ctx context.Context, c *spotify.Client) error {
		_, err := c.Search(ctx, "blinding lights")
		return err
	},
	"devices":  func(ctx context.Context, c *spotify.Client) error { _, err := c.Devices(ctx); return err },
	"transfer": func(ctx context.Context, c *spotify.Client) error { return c.Transfer(ctx, "d1") },
	"next":     func(ctx context.Context, c *spotify.Client) error { return c.Next(ctx) },
}
