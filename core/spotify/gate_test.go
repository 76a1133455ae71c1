package spotify_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/spotify"
)

// script answers without a network, so that time can be free.
type script struct {
	status  int
	after   string
	body    string
	counted int
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.counted++
	answer := &http.Response{StatusCode: s.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(s.body)), Request: r}
	if s.after != "" {
		answer.Header.Set("Retry-After", s.after)
	}
	return answer, nil
}

func gated(s *script, g *spotify.Gate) *spotify.Client {
	return &spotify.Client{HTTP: &http.Client{Transport: s}, Token: always(secret), Gate: g}
}

func TestALongWaitBarsAllCallsAndOutlivesTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept spotify.Bar
		s := &script{status: 429, after: "48925", body: `{"error":{"status":429,"message":"API rate limit exceeded","reason":"QUOTA_EXCEEDED"}}`}
		g := &spotify.Gate{Keep: func(_ context.Context, b spotify.Bar) error { kept = b; return nil }}
		if _, err := gated(s, g).Player(t.Context()); core.ReasonOf(err) != spotify.ReasonQuota {
			t.Fatal(err)
		}
		until := time.Now().Add(48925 * time.Second).UTC().Truncate(time.Second)
		if want := (spotify.Bar{Until: until, Reason: spotify.ReasonQuota}); !cmp.Equal(want, kept) {
			t.Errorf("kept %+v, want %+v", kept, want)
		}
		s.status, s.after, s.body = 200, "", `{"id":"x"}`
		next := &spotify.Gate{} // of the program after a restart
		next.Restore(kept)
		for name, call := range calls {
			err := call(t.Context(), gated(s, next))
			var e *spotify.Error
			if core.KindOf(err) != core.RateLimited || !errors.As(err, &e) || e.RetryAfter < 13*time.Hour || !core.Temporary(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if s.counted != 1 {
			t.Errorf("%d calls went out", s.counted)
		}
		if _, stands := next.Barred(); !stands {
			t.Error("no bar to show")
		}
		time.Sleep(48926 * time.Second)
		if _, err := gated(s, next).Me(t.Context()); err != nil {
			t.Error(err)
		}
		if _, stands := next.Barred(); stands {
			t.Error("the bar still stands")
		}
	})
}

func TestAShortWaitBarsNothing(t *testing.T) {
	for after, bars := range map[string]bool{"1": false, "9": false, "10": true, "": true, "soon": true} {
		s := &script{status: 429, after: after, body: "Too many requests"}
		g := &spotify.Gate{}
		_, _ = gated(s, g).Me(t.Context())
		bar, stands := g.Barred()
		if stands != bars || stands && bar.Reason != spotify.ReasonRate {
			t.Errorf("Retry-After %q: %+v, %v", after, bar, stands)
		}
	}
}

// A quota counts a day: whoever says more is asked again after that.
func TestNoWaitBarsForLongerThanADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := time.Now().Add(10 * 365 * 24 * time.Hour).UTC().Format(http.TimeFormat)
		for after, want := range map[string]time.Duration{
			"86400": 24 * time.Hour, "4294967295": 24 * time.Hour, far: 24 * time.Hour,
			time.Now().Add(2 * time.Hour).UTC().Format(http.TimeFormat): 2 * time.Hour,
		} {
			g := &spotify.Gate{}
			_, _ = gated(&script{status: 429, after: after}, g).Me(t.Context())
			if bar, stands := g.Barred(); !stands || time.Until(bar.Until) != want {
				t.Errorf("%s: barred for %s", after, time.Until(bar.Until))
			}
		}
		g := &spotify.Gate{}
		s := &script{status: 200, body: `{"id":"x"}`}
		g.Restore(spotify.Bar{Until: time.Now().Add(1000 * time.Hour), Reason: spotify.ReasonQuota}) // a clock was set
		time.Sleep(24*time.Hour + time.Second)
		if _, err := gated(s, g).Me(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Who was asked before the bar stood and is answered after it may know of less.
func TestAShorterWaitShortensNoBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := &spotify.Gate{}, &script{status: 429, after: "3600"}
		held := make(chan struct{})
		late := &spotify.Client{Token: always(secret), Gate: g, HTTP: &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
			<-held
			return (&script{status: 429, after: "30"}).RoundTrip(r)
		})}}
		ended := make(chan error)
		go func() { _, err := late.Me(t.Context()); ended <- err }()
		synctest.Wait()
		_, _ = gated(s, g).Me(t.Context())
		close(held)
		if err := <-ended; core.ReasonOf(err) != spotify.ReasonRate {
			t.Error(err)
		}
		if bar, stands := g.Barred(); !stands || time.Until(bar.Until) != time.Hour {
			t.Errorf("barred for %s", time.Until(bar.Until))
		}
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestCallsAreCountedByEndpointForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := &script{status: 200, body: `{"id":"x","tracks":{"items":[]}}`}, &spotify.Gate{}
		c := gated(s, g)
		for i := range 3 {
			if _, err := c.Track(t.Context(), "track"+strconv.Itoa(i)); err != nil {
				t.Fatal(err)
			}
			_, _ = c.Search(t.Context(), "x")
		}
		time.Sleep(23 * time.Hour)
		_, _ = c.Player(t.Context())
		want := []spotify.Used{{Endpoint: "GET /search", Calls: 3}, {Endpoint: "GET /tracks/{id}", Calls: 3}, {Endpoint: "GET /me/player", Calls: 1}}
		if d := cmp.Diff(want, g.Used()); d != "" {
			t.Error(d)
		}
		time.Sleep(2 * time.Hour)
		if d := cmp.Diff(want[2:], g.Used()); d != "" {
			t.Error(d)
		}
	})
}

func TestATrackIsLookedUpOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{status: 200, body: `{"id":"x"}`}
		c := gated(s, nil)
		look := func(id string, want int) {
			t.Helper()
			if _, err := c.Track(t.Context(), id); err != nil || s.counted != want {
				t.Errorf("%v, %d calls, want %d", err, s.counted, want)
			}
		}
		look("a", 1)
		look("a", 1)
		look("A", 2) // case matters
		time.Sleep(time.Hour)
		look("a", 3)
		for i := range 600 {
			look("b"+strconv.Itoa(i), 4+i)
		}
		look("a", 604) // forgotten for the newer ones
		s.status, s.body = 404, ""
		for range 2 { // what there is not is asked for again
			if _, err := c.Track(t.Context(), "nothing"); core.KindOf(err) != core.NotFound {
				t.Error(err)
			}
		}
		if s.counted != 606 {
			t.Errorf("%d calls", s.counted)
		}
	})
}
