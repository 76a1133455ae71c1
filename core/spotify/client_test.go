package spotify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/spotify"
)

func TestEachCallIsOneRequestToItsEndpoint(t *testing.T) {
	for call, want := range map[string]string{
		"me":       "GET /v1/me",
		"track":    "GET /v1/tracks/" + id,
		"player":   "GET /v1/me/player?additional_types=track,episode",
		"queue":    "GET /v1/me/player/queue",
		"add":      "POST /v1/me/player/queue?uri=spotify%3Atrack%3A" + id,
		"next":     "POST /v1/me/player/next",
		"devices":  "GET /v1/me/player/devices",
		"transfer": "PUT /v1/me/player",
		"search":   "GET /v1/search?limit=10&q=blinding+lights&type=track",
	} {
		for _, base := range []string{"/v1", "/v1/"} {
			c, f := start(t, reply{status: 200, body: `{"id":"x","uri":"spotify:track:x","tracks":{"items":[]}}`})
			c.URL += base
			if err := calls[call](t.Context(), c); err != nil {
				t.Errorf("%s: %v", call, err)
			}
			seen := f.requests()
			if len(seen) != 1 {
				t.Fatalf("%s: %d requests", call, len(seen))
			}
			r := seen[0]
			if got := r.Method + " " + r.RequestURI; got != want {
				t.Errorf("%s: %s, want %s", call, got, want)
			}
			if got := r.Header.Get("Authorization"); got != "Bearer "+secret {
				t.Errorf("%s: Authorization %q", call, got)
			}
			if r.ContentLength != 0 && call != "transfer" {
				t.Errorf("%s: body of %d bytes", call, r.ContentLength)
			}
		}
	}
}

func TestAnEpisodeIsQueuedAndALocalFileIsNotEvenSent(t *testing.T) {
	c, f := start(t, reply{status: 204})
	if err := c.AddToQueue(t.Context(), "spotify:episode:"+id); err != nil {
		t.Error(err)
	}
	for _, uri := range []string{
		"", id, "spotify:track:", "spotify:album:" + id, "spotify:local:a:b:c:1",
		"https://open.spotify.com/track/" + id, "spotify:track:" + id + "&device_id=x",
	} {
		if err := c.AddToQueue(t.Context(), uri); core.KindOf(err) != core.Invalid {
			t.Errorf("%q: %v", uri, err)
		}
	}
	if n := len(f.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestAnyTwoHundredTakesACommandWhateverItsBody(t *testing.T) {
	for _, r := range []reply{
		{status: 204},
		{status: 200},
		{status: 202},
		{status: 200, body: "2YotnFZFEjr1zCsicMWpAA"},
		{status: 200, body: "<html>ok</html>"},
		{status: 200, body: `{"error":{"status":404,"message":"lies"}}`},
		{status: 201, body: `{`},
		{status: 200, body: strings.Repeat("x", 3<<20)},
	} {
		for _, call := range []string{"add", "next"} {
			c, f := start(t, r)
			if err := calls[call](t.Context(), c); err != nil {
				t.Errorf("%s, %d %.40q: %v", call, r.status, r.body, err)
			}
			if n := len(f.requests()); n != 1 {
				t.Errorf("%s: %d requests", call, n)
			}
		}
	}
}

func TestAnIDThatNamesNoTrackIsNotFound(t *testing.T) {
	for _, r := range []reply{
		{status: 400, body: `{"error":{"status":400,"message":"Invalid base62 id"}}`},
		{status: 404, body: `{"error":{"status":404,"message":"Resource not found"}}`},
		{status: 404},
		{status: 404, body: "gone"},
	} {
		c, _ := start(t, r)
		_, err := c.Track(t.Context(), id)
		if core.KindOf(err) != core.NotFound || core.ReasonOf(err) != "track-not-found" || core.Temporary(err) {
			t.Errorf("%d %q: %v", r.status, r.body, err)
		}
		var e *spotify.Error
		if !errors.As(err, &e) || e.Status != r.status {
			t.Errorf("%d: the status is lost: %v", r.status, err)
		}
	}
	c, f := start(t, reply{status: 200})
	for _, hostile := range []string{"", ".", "..", "../me/player/next?x=", "a/b", "%2e%2e", "x y", id + "\n", "é"} {
		_, err := c.Track(t.Context(), hostile)
		if core.KindOf(err) != core.NotFound || core.ReasonOf(err) != "track-not-found" {
			t.Errorf("%q: %v", hostile, err)
		}
	}
	if n := len(f.requests()); n != 0 {
		t.Errorf("%d requests for what is no id", n)
	}
}

// refreshing is a token source that makes a new token when one is refused.
type refreshing struct {
	refused []string
	err     error
}

func (r *refreshing) token(_ context.Context, refused string) (string, error) {
	if refused == "" {
		return "old", nil
	}
	r.refused = append(r.refused, refused)
	return "new", r.err
}

func TestARefusedTokenIsRenewedAndTheCallReplayedOnce(t *testing.T) {
	no := reply{status: 401, body: `{"error":{"status":401,"message":"The access token expired"}}`}
	for name, call := range calls {
		c, f := start(t, no, reply{status: 200, body: `{"id":"x","uri":"spotify:track:x","tracks":{"items":[]}}`})
		var r refreshing
		c.Token = r.token
		if err := call(t.Context(), c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff([]string{"old"}, r.refused); diff != "" {
			t.Errorf("%s: refused tokens (-want +got):\n%s", name, diff)
		}
		seen := f.requests()
		if len(seen) != 2 || seen[1].Header.Get("Authorization") != "Bearer new" || seen[1].RequestURI != seen[0].RequestURI {
			t.Errorf("%s: %d requests", name, len(seen))
		}
	}

	c, f := start(t, no)
	var r refreshing
	c.Token = r.token
	err := c.Next(t.Context())
	if core.KindOf(err) != core.LoginRequired || core.ReasonOf(err) != "token-refused" || core.Temporary(err) {
		t.Errorf("refused twice: %v", err)
	}
	if n := len(f.requests()); n != 2 || len(r.refused) != 1 {
		t.Errorf("refused twice: %d requests, %d refreshes", n, len(r.refused))
	}
}

func TestAMissingPermissionIsNotCuredByRefreshing(t *testing.T) {
	for _, no := range []reply{
		{status: 401, body: `{"error":{"status":401,"message":"Permissions missing"}}`},
		{status: 401, www: `Bearer realm="spotify", error="insufficient_scope"`},
		{status: 403, body: `{"error":{"status":403,"message":"Insufficient client scope"}}`},
	} {
		c, f := start(t, no)
		var r refreshing
		c.Token = r.token
		_, err := c.Player(t.Context())
		if core.KindOf(err) != core.LoginRequired || core.ReasonOf(err) != "missing-scope" {
			t.Errorf("%v", err)
		}
		if len(f.requests()) != 1 || len(r.refused) != 0 {
			t.Errorf("%d requests, %d refreshes", len(f.requests()), len(r.refused))
		}
	}
}

func TestACallWithoutATokenIsWithoutEffect(t *testing.T) {
	for _, v := range []struct {
		err  error
		want core.Kind
	}{
		{core.E(core.LoginRequired, "log in"), core.LoginRequired},
		{core.E(core.Ambiguous, "the refresh was lost"), core.Unavailable},
		{core.E(core.RateLimited, "slow down"), core.RateLimited},
	} {
		c, f := start(t, reply{status: 401})
		c.Token = func(context.Context, string) (string, error) { return "", v.err }
		err := c.Next(t.Context())
		if core.KindOf(err) != v.want || !errors.Is(err, v.err) {
			t.Errorf("%v: %v", v.err, err)
		}
		if len(f.requests()) != 0 {
			t.Errorf("%v: the call was made", v.err)
		}
		// The same when a token was there but is refused.
		c.Token = (&refreshing{err: v.err}).token
		if err := c.Next(t.Context()); core.KindOf(err) != v.want {
			t.Errorf("%v, after a 401: %v", v.err, err)
		}
	}
	c, _ := start(t, reply{status: 200})
	c.Token = always("")
	if err := c.Next(t.Context()); core.KindOf(err) != core.LoginRequired {
		t.Errorf("an empty token: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.Token = func(ctx context.Context, _ string) (string, error) { return "", ctx.Err() }
	if err := c.Next(ctx); core.KindOf(err) != core.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting for a token: %v", err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	for call, want := range map[string]core.Kind{"player": core.Unavailable, "next": core.Ambiguous} {
		c, f := start(t)
		f.replies = []reply{{status: http.StatusTemporaryRedirect}}
		c.HTTP.Transport = location{c.HTTP.Transport}
		err := calls[call](t.Context(), c)
		if core.KindOf(err) != want {
			t.Errorf("%s: %v", call, err)
		}
		if n := len(f.requests()); n != 1 {
			t.Errorf("%s: %d requests", call, n)
		}
	}
}

// location adds a Location to every answer.
type location struct{ http.RoundTripper }

func (l location) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Header.Set("Location", "/elsewhere")
	}
	return resp, err
}

func TestNoErrorRepeatsTheToken(t *testing.T) {
	for _, r := range []reply{
		{status: 403, body: "you sent Bearer " + secret},
		{status: 400, body: `{"error":{"status":400,"message":"bad ` + secret + `","reason":"` + secret + `"}}`},
		{status: 401, body: `{"error":"` + secret + `","error_description":"` + secret + `"}`, www: secret},
		{status: 502, body: secret},
		{status: 200, body: secret},
		{status: 200, body: `{"id":{"` + secret + `":1}}`},
		{status: 200, body: `{"is_playing":"` + secret + `","queue":"` + secret + `"}`},
	} {
		for name, call := range calls {
			c, _ := start(t, r)
			if err := call(t.Context(), c); err != nil && leaks(err) {
				t.Errorf("%s, %d: %v", name, r.status, err)
			}
		}
	}
}

func leaks(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) {
			return true
		}
	}
	return false
}
