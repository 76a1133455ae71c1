package twitch_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/twitch"
)

func oauth(h *http.Client) *twitch.OAuth {
	return &twitch.OAuth{URL: "https://id.test/oauth2/", ClientID: "20080f048a00954f18ed15de6f93a1", HTTP: h}
}

func TestValidate(t *testing.T) {
	var seen call
	id, err := oauth(says(200, string(frame(t, "api_auth_validate")), &seen)).Validate(t.Context(), "acc")
	want := twitch.Identity{
		ClientID: "20080f048a00954f18ed15de6f93a1", UserID: "13110386", Login: "stevechief137",
		Scopes: []string{"channel:manage:redemptions", "moderator:read:chatters"}, ExpiresIn: 2591999 * time.Second,
	}
	if d := cmp.Diff(want, id); err != nil || d != "" {
		t.Error(err, d)
	}
	if sent := (call{method: "GET", path: "/oauth2/validate", auth: "OAuth acc"}); seen != sent {
		t.Errorf("sent %+v", seen)
	}
}

func TestAValidTokenMayBeOfNoUse(t *testing.T) {
	for _, tt := range []struct {
		status       int
		body, reason string
		kind         core.Kind
	}{
		{401, `{"status":401,"message":"invalid access token"}`, "", core.LoginRequired},
		{200, `{"client_id":"another","user_id":"1"}`, "other-client", core.LoginRequired},
		{200, `{"client_id":"20080f048a00954f18ed15de6f93a1","scopes":null}`, "no-user", core.LoginRequired},
		{401, `<html>`, "", core.Unavailable},
		{403, `<html>`, "", core.Unavailable},
		{503, ``, "", core.Unavailable},
		{200, `<html>`, "", core.Unavailable},
	} {
		_, err := oauth(says(tt.status, tt.body, nil)).Validate(t.Context(), "acc")
		if core.KindOf(err) != tt.kind || core.ReasonOf(err) != tt.reason {
			t.Errorf("%d %s: %v", tt.status, tt.body, err)
		}
	}
}

func TestRefreshSendsAFormAndReadsEveryFormOfScope(t *testing.T) {
	for body, scopes := range map[string][]string{
		`{"access_token":"a","refresh_token":"r","expires_in":14542,"scope":["x:y","z"],"token_type":"bearer"}`: {"x:y", "z"},
		`{"access_token":"a","refresh_token":"r","expires_in":14542,"scope":"x:y z"}`:                           {"x:y", "z"},
		`{"access_token":"a","refresh_token":"r","expires_in":14542.0,"scope":null}`:                            nil,
		`{"access_token":"a","refresh_token":"r","expires_in":14542,"scope":7}`:                                 nil,
		`{"access_token":"a","refresh_token":"r","expires_in":14542}`:                                           nil,
		`{"access_token":"a","refresh_token":"r","expires_in":"14542","scope":["x:y"]}`:                         {"x:y"},
	} {
		var seen call
		got, err := oauth(says(200, body, &seen)).Refresh(t.Context(), "old%&")
		if err != nil || got.Access != "a" || got.Refresh != "r" || got.ExpiresIn != 14542*time.Second {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
		if len(got.Scopes) != len(scopes) || (scopes != nil && cmp.Diff(scopes, got.Scopes) != "") {
			t.Errorf("%s: scopes %q", body, got.Scopes)
		}
		want := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"old%&"}, "client_id": {"20080f048a00954f18ed15de6f93a1"}}
		form, err := url.ParseQuery(seen.body)
		if d := cmp.Diff(want, form); err != nil || d != "" || seen.kind != "application/x-www-form-urlencoded" || seen.path != "/oauth2/token" || seen.query != "" {
			t.Error(err, d, seen)
		}
	}
	var seen call
	o := oauth(says(200, `{"access_token":"a","expires_in":1e300}`, &seen))
	o.ClientSecret = "hush"
	got, err := o.Refresh(t.Context(), "old")
	form, _ := url.ParseQuery(seen.body)
	if err != nil || form.Get("client_secret") != "hush" || got.Refresh != "" || got.ExpiresIn <= 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// A pair that was spent for is not thrown away for the want of a number.
func TestAGrantThatDoesNotSayHowLongItLastsIsTakenForAnHour(t *testing.T) {
	for _, body := range []string{`{"access_token":"a","refresh_token":"r"}`, `{"access_token":"a","refresh_token":"r","expires_in":null}`} {
		if got, err := oauth(says(200, body, nil)).Refresh(t.Context(), "old"); err != nil || got.ExpiresIn != time.Hour || got.Refresh != "r" {
			t.Errorf("%s: %s, %v", body, got.ExpiresIn, err)
		}
	}
}

func TestWhatAFailedRefreshMeans(t *testing.T) {
	for _, tt := range []struct {
		status    int
		body      string
		kind      core.Kind
		temporary bool
	}{
		{400, `{"status":400,"message":"Invalid refresh token"}`, core.LoginRequired, false},
		{401, `{"status":401,"message":"Invalid refresh token"}`, core.LoginRequired, false},
		{400, `{"status":400,"message":"missing client secret"}`, core.LoginRequired, false},
		{403, `{"status":403,"message":"invalid client secret"}`, core.LoginRequired, false},
		{400, ``, core.LoginRequired, false},
		{401, `Unauthorized`, core.LoginRequired, false},
		{400, `<html>your network's own page</html>`, core.Unavailable, true},
		{403, "\n<!DOCTYPE html><title>Blocked</title>", core.Unavailable, true},
		{404, `404 page not found`, core.Unavailable, true},
		{405, ``, core.Unavailable, true},
		{410, `{"status":410,"message":"gone"}`, core.Unavailable, true},
		{429, `<html>`, core.RateLimited, true},
		{429, ``, core.RateLimited, true},
		{500, `oops`, core.Unavailable, true},
		{503, ``, core.Unavailable, true},
		{302, ``, core.Unavailable, true},
		{200, `{"access_token":"a","expires_in":0}`, core.Ambiguous, false},
		{200, `{"access_token":"a","expires_in":-5}`, core.Ambiguous, false},
		{200, `{"access_token":"a","expires_in":"NaN"}`, core.Ambiguous, false},
		{200, `{"expires_in":5}`, core.Ambiguous, false},
		{200, `{"access_tok`, core.Ambiguous, false},
	} {
		_, err := oauth(says(tt.status, tt.body, nil)).Refresh(t.Context(), "old")
		if core.KindOf(err) != tt.kind || core.Temporary(err) != tt.temporary {
			t.Errorf("%d %s: %v is %v", tt.status, tt.body, err, core.KindOf(err))
		}
	}
}

func TestARefreshThatGetsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.answering(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		o := &twitch.OAuth{URL: "http://twitch.test/helix", ClientID: "c", HTTP: f.http}
		if _, err := o.Refresh(t.Context(), "old"); core.KindOf(err) != core.Ambiguous || core.Temporary(err) {
			t.Errorf("sent, no answer: %v", err)
		}
		if err := o.Revoke(t.Context(), "old"); core.KindOf(err) != core.Unavailable {
			t.Errorf("revoking twice does no harm: %v", err)
		}
		f.http.Transport.(*http.Transport).CloseIdleConnections()
		f.http.Transport.(*http.Transport).DialContext = newPipes().dial
		if _, err := o.Refresh(t.Context(), "old"); core.KindOf(err) != core.Unavailable || !core.Temporary(err) {
			t.Errorf("never sent: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := o.Refresh(ctx, "old"); core.KindOf(err) != core.Unavailable || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
	})
}

func TestRevoke(t *testing.T) {
	var seen call
	if err := oauth(says(200, "", &seen)).Revoke(t.Context(), "acc"); err != nil || seen.path != "/oauth2/revoke" ||
		seen.body != "client_id=20080f048a00954f18ed15de6f93a1&token=acc" {
		t.Errorf("%+v, %v", seen, err)
	}
	if err := oauth(says(400, `{"status":400,"message":"Invalid token"}`, nil)).Revoke(t.Context(), "acc"); err != nil {
		t.Errorf("a dead token is as good as revoked: %v", err)
	}
	if err := oauth(says(404, `{"status":404,"message":"client does not exist"}`, nil)).Revoke(t.Context(), "acc"); core.KindOf(err) != core.NotFound {
		t.Error(err)
	}
}
