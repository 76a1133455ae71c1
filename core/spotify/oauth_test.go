package spotify_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/spotify"
)

const grantBody = `{"access_token":"` + secret + `","token_type":"Bearer","scope":"user-read-playback-state user-modify-playback-state","expires_in":3600`

func login(t *testing.T, r reply) (*spotify.OAuth, *fake) {
	t.Helper()
	c, f := start(t, r)
	return &spotify.OAuth{URL: c.URL, ClientID: "the-client", HTTP: c.HTTP}, f
}

func TestARefreshIsOneFormWithoutAnAuthorizationHeader(t *testing.T) {
	for _, slash := range []string{"", "/"} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := r.Method + " " + r.RequestURI; got != "POST /api/token" {
				t.Error(got)
			}
			if got, ok := r.Header["Authorization"]; ok {
				t.Errorf("Authorization: %v", got)
			}
			if got := r.Header.Get("Content-Type"); got != "application/x-www-form-urlencoded" {
				t.Error(got)
			}
			body, _ := io.ReadAll(r.Body)
			got, err := url.ParseQuery(string(body))
			want := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"old & worn"}, "client_id": {"the-client"}}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
			_, _ = io.WriteString(w, grantBody+"}")
		}))
		o := &spotify.OAuth{URL: srv.URL + slash, ClientID: "the-client"}
		got, err := o.Refresh(t.Context(), "old & worn")
		want := spotify.Grant{Access: secret, ExpiresIn: time.Hour, Scopes: []string{"user-read-playback-state", "user-modify-playback-state"}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
		srv.Close()
	}
}

func TestARefreshTokenIsReplacedOnlyByANewOne(t *testing.T) {
	for rest, want := range map[string]string{"}": "", `,"refresh_token":null}`: "", `,"refresh_token":""}`: "", `,"refresh_token":"new"}`: "new"} {
		o, _ := login(t, reply{status: 200, body: grantBody + rest})
		got, err := o.Refresh(t.Context(), "old")
		if err != nil || got.Refresh != want {
			t.Errorf("%s: %q, %v", rest, got.Refresh, err)
		}
	}
}

func TestARefusedRefreshIsFinalAndAnythingElseMayPass(t *testing.T) {
	for _, v := range []struct {
		reply     reply
		kind      core.Kind
		reason    string
		temporary bool
	}{
		{reply{status: 400, body: `{"error":"invalid_grant","error_description":"Refresh token revoked"}`}, core.LoginRequired, "invalid-grant", false},
		{reply{status: 400, body: `{"error":"invalid_client","error_description":"Invalid client"}`}, core.LoginRequired, "invalid-client", false},
		{reply{status: 400, body: `{"error":"invalid_request","error_description":"refresh_token must be supplied"}`}, core.LoginRequired, "refresh-refused", false},
		{reply{status: 401, body: "no"}, core.LoginRequired, "refresh-refused", false},
		{reply{status: 403, body: "no"}, core.LoginRequired, "refresh-refused", false},
		{reply{status: 403, body: "<html>Your client does not have permission</html>"}, core.Unavailable, "server-error", true},
		{reply{status: 400, body: "\n<!DOCTYPE html><title>The hotel's own page</title>"}, core.Unavailable, "server-error", true},
		{reply{status: 404}, core.Unavailable, "server-error", true},
		{reply{status: 405, body: `{"error":"method_not_allowed"}`}, core.Unavailable, "server-error", true},
		{reply{status: 429, body: "Too many requests", retryAfter: "11"}, core.RateLimited, "rate-limited", true},
		{reply{status: 408}, core.Unavailable, "server-error", true},
		{reply{status: 500, body: `{"error":"server_error"}`}, core.Unavailable, "server-error", true},
		{reply{status: 503, body: "<html>", retryAfter: "11"}, core.Unavailable, "server-error", true},
		{reply{status: 302}, core.Unavailable, "server-error", true},
	} {
		o, f := login(t, v.reply)
		_, err := o.Refresh(t.Context(), "old")
		if core.KindOf(err) != v.kind || core.ReasonOf(err) != v.reason || core.Temporary(err) != v.temporary {
			t.Errorf("%d %q: %v (%v, temporary %v)", v.reply.status, v.reply.body, err, core.KindOf(err), core.Temporary(err))
		}
		var e *spotify.Error
		if !errors.As(err, &e) || e.Status != v.reply.status || (v.reply.retryAfter != "" && e.RetryAfter != 11*time.Second) {
			t.Errorf("%d: %v", v.reply.status, err)
		}
		if n := len(f.requests()); n != 1 {
			t.Errorf("%d: %d requests", v.reply.status, n)
		}
	}
}

// What was spent for is not thrown away for the form of a number.
func TestAGrantIsReadInEveryForm(t *testing.T) {
	for rest, want := range map[string]time.Duration{
		`"expires_in":3600`:                          time.Hour,
		`"expires_in":1800.0`:                        30 * time.Minute,
		`"expires_in":"1800"`:                        30 * time.Minute,
		`"scope":["a"],"expires_in":60`:              time.Minute,
		`"expires_in":null`:                          time.Hour, // as documented
		`"refresh_token":7,"token_type":"Bearer"`:    time.Hour,
		`"expires_in":99999999999999999999,"new":{}`: math.MaxInt64 / time.Second * time.Second,
	} {
		o, _ := login(t, reply{status: 200, body: `{"access_token":"` + secret + `",` + rest + `}`})
		g, err := o.Refresh(t.Context(), "old")
		if err != nil || g.Access != secret || g.ExpiresIn != want {
			t.Errorf("%s: %s, %v", rest, g.ExpiresIn, err)
		}
	}
}

func TestAGrantThatIsNoneLeavesTheRefreshAmbiguous(t *testing.T) {
	for _, body := range []string{
		"", "ok", "null", "{}", `["` + secret + `"]`, `{"access_token":""}`, grantBody,
		`{"access_token":"` + secret + `","expires_in":0}`,
		`{"access_token":"` + secret + `","expires_in":-1}`,
		`{"access_token":"` + secret + `","expires_in":"` + secret + `"}`,
		`{"access_token":"` + secret + `","expires_in":3600,"token_type":"MAC"}`,
		grantBody + `,"pad":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		o, _ := login(t, reply{status: 200, body: body})
		g, err := o.Refresh(t.Context(), "old")
		var e *spotify.Error
		if !errors.As(err, &e) || e.Status != 200 || core.KindOf(err) != core.Ambiguous || core.Temporary(err) {
			t.Errorf("%.80q: %v", body, err)
		}
		if g.Access != "" || leaks(err) {
			t.Errorf("%.80q: a token gets out", body)
		}
	}
}

func TestARefreshThatWasSentMayHaveHappened(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(drop))
	o := &spotify.OAuth{URL: srv.URL, ClientID: "the-client"}
	if _, err := o.Refresh(t.Context(), "old"); core.KindOf(err) != core.Ambiguous || core.ReasonOf(err) != "no-answer" {
		t.Errorf("dropped: %v", err)
	}
	srv.Close()
	if _, err := o.Refresh(t.Context(), "old"); core.KindOf(err) != core.Unavailable || !core.Temporary(err) {
		t.Errorf("refused: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		o := &spotify.OAuth{URL: "http://spotify.invalid", HTTP: inMemory(silent(""))}
		begin := time.Now()
		_, err := o.Refresh(t.Context(), "old")
		if core.KindOf(err) != core.Ambiguous || time.Since(begin) != 10*time.Second {
			t.Errorf("silent, after %v: %v", time.Since(begin), err)
		}
	})
}

func TestNeitherErrorNorGrantPrintsAToken(t *testing.T) {
	for _, r := range []reply{
		{status: 400, body: `{"error":"invalid_grant","error_description":"no such token ` + secret + `"}`},
		{status: 400, body: `{"error":"` + secret + `"}`},
		{status: 502, body: secret},
	} {
		o, _ := login(t, r)
		if _, err := o.Refresh(t.Context(), secret); err == nil || leaks(err) {
			t.Errorf("%d: %v", r.status, err)
		}
	}
	g := spotify.Grant{Access: secret, Refresh: secret, ExpiresIn: time.Hour}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("grant", "grant", g)
	slog.New(slog.NewTextHandler(&log, nil)).Info("grant", "grant", &g)
	all := log.String() + fmt.Sprintf("%v %+v %#v %s %v %v", g, g, g, g, &g, struct{ G spotify.Grant }{g})
	if strings.Contains(all, secret) {
		t.Error(all)
	}
}
