package sim_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sidestage/core/sim"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

func TestTheDeviceCodeIsPendingUntilTheStreamerAgrees(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		id := sim.DefaultTwitchClientID
		begin := w.twitch.call("POST", "/oauth2/device", url.Values{"client_id": {id}, "scopes": {"user:read:chat user:write:chat"}}, 200)
		code, interval := begin.text(t, "device_code"), begin.at(t, "interval")
		if begin.text(t, "user_code") == "" || begin.text(t, "verification_uri") == "" || interval != 5.0 {
			t.Fatalf("%s", begin.body)
		}
		poll := url.Values{"client_id": {id}, "scopes": {"user:read:chat user:write:chat"}, "device_code": {code}, "grant_type": {deviceGrant}}
		rest(5 * time.Second)
		a := w.twitch.call("POST", "/oauth2/token", poll, 400)
		if a.text(t, "message") != "authorization_pending" || a.at(t, "error") != nil {
			t.Errorf("%s", a.body)
		}
		rest(5 * time.Second)
		a = w.twitch.call("POST", "/oauth2/token", poll, 200)
		if scopes, _ := a.at(t, "scope").([]any); len(scopes) != 2 || a.text(t, "refresh_token") == "" {
			t.Errorf("%s", a.body)
		}
		w.twitch.token = a.text(t, "access_token")
		v := w.twitch.call("GET", "/oauth2/validate", nil, 200)
		if v.text(t, "login") != w.sim.Broadcaster().Login || v.text(t, "client_id") != id || v.at(t, "expires_in") != 14400.0 {
			t.Errorf("%s", v.body)
		}
		if a := w.twitch.call("POST", "/oauth2/token", poll, 400); a.text(t, "message") != "invalid device code" {
			t.Errorf("a used code: %s", a.body)
		}
		w.twitch.call("GET", "/helix/chat/chatters?broadcaster_id="+w.me()+"&moderator_id="+w.me(), nil, 401) // not among the scopes
	})
}

func TestOpeningThePageIsConsent(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		begin := w.twitch.call("POST", "/oauth2/device", url.Values{"client_id": {sim.DefaultTwitchClientID}}, 200)
		page, err := url.Parse(begin.text(t, "verification_uri"))
		if err != nil {
			t.Fatal(err)
		}
		w.twitch.call("GET", page.RequestURI(), nil, 200)
		a := w.twitch.call("POST", "/oauth2/token", url.Values{"client_id": {sim.DefaultTwitchClientID}, "device_code": {begin.text(t, "device_code")}, "grant_type": {deviceGrant}}, 200)
		if a.at(t, "scope") != nil {
			t.Errorf("scopes nobody asked for: %s", a.body)
		}
	})
}

func TestOnlyTheRegisteredClientMayLogIn(t *testing.T) {
	inBubble(t, sim.Options{}, func(_ *testing.T, w *world) {
		w.twitch.call("POST", "/oauth2/device", url.Values{"client_id": {"nobody"}}, 400)
		w.twitch.call("POST", "/oauth2/token", url.Values{"client_id": {"nobody"}, "grant_type": {"refresh_token"}}, 400)
		w.spotify.call("GET", "/authorize?client_id=nobody&redirect_uri=http://127.0.0.1/callback", nil, 400)
	})
}

func refresh(w *world, old string) answer {
	return w.twitch.call("POST", "/oauth2/token", url.Values{"client_id": {sim.DefaultTwitchClientID}, "grant_type": {"refresh_token"}, "refresh_token": {old}}, 0)
}

func TestAReusedRefreshTokenKillsTheLogin(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		tok := parseToken(t, w.sim.GrantTwitch)
		w.twitch.token = tok.Access
		f := w.open()
		f.subscribe(addType, 202)
		second := refresh(w, tok.Refresh)
		next := second.text(t, "refresh_token")
		if second.status != 200 || next == "" || next == tok.Refresh {
			t.Fatalf("%d", second.status)
		}
		w.twitch.call("GET", "/oauth2/validate", nil, 200) // the old access token lives on
		if a := refresh(w, tok.Refresh); a.status != 400 || a.text(t, "message") != "Invalid refresh token" {
			t.Errorf("%d %s", a.status, a.body)
		}
		w.twitch.call("GET", "/oauth2/validate", nil, 401)
		w.twitch.call("GET", "/helix/users", nil, 401)
		if a := refresh(w, next); a.status != 400 {
			t.Errorf("the newest refresh token still works: %d", a.status)
		}
		if m := f.notification(); dig(m, "metadata.message_type") != "revocation" || dig(m, "payload.subscription.status") != "authorization_revoked" {
			t.Errorf("%v", m)
		}
	})
}

func TestAccessTokensExpireForReal(t *testing.T) {
	inBubble(t, sim.Options{}, func(_ *testing.T, w *world) {
		rest(time.Hour - time.Second)
		w.spotify.call("GET", "/v1/me", nil, 200)
		rest(time.Second)
		if a := w.spotify.call("GET", "/v1/me", nil, 401); a.text(w.t, "error.message") != "The access token expired" {
			w.t.Errorf("%s", a.body)
		}
		rest(3*time.Hour - time.Second)
		w.twitch.call("GET", "/helix/users", nil, 200)
		rest(time.Second)
		w.twitch.call("GET", "/helix/users", nil, 401)
	})
}

func TestARevokedAccessTokenIsGoodNoMore(t *testing.T) {
	inBubble(t, sim.Options{}, func(_ *testing.T, w *world) {
		form := url.Values{"client_id": {sim.DefaultTwitchClientID}, "token": {w.twitch.token}}
		w.twitch.call("POST", "/oauth2/revoke", form, 200)
		w.twitch.call("POST", "/oauth2/revoke", form, 400)
		w.twitch.call("GET", "/oauth2/validate", nil, 401)
	})
}

// authorize plays the browser and returns the query of the redirect.
func authorize(w *world, verifier, redirect string) url.Values {
	w.t.Helper()
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {sim.DefaultSpotifyClientID}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {"user-read-playback-state user-modify-playback-state"},
		"state": {"st4te"}, "code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}
	a := w.spotify.call("GET", "/authorize?"+q.Encode(), nil, http.StatusSeeOther)
	to := a.header.Get("Location")
	back, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, redirect+"?") {
		w.t.Fatalf("redirected to %q", to)
	}
	return back.Query()
}

func TestPKCE(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		const redirect, verifier = "http://127.0.0.1:7433/oauth/spotify/callback", "a-verifier-of-at-least-forty-three-characters"
		form := url.Values{"grant_type": {"authorization_code"}, "client_id": {sim.DefaultSpotifyClientID}, "redirect_uri": {redirect}, "code_verifier": {verifier}}
		back := authorize(w, verifier, redirect)
		if back.Get("state") != "st4te" {
			t.Errorf("state %q", back.Get("state"))
		}
		form.Set("code", back.Get("code"))
		a := w.spotify.call("POST", "/api/token", form, 200)
		if a.at(t, "expires_in") != 3600.0 || a.text(t, "scope") != "user-read-playback-state user-modify-playback-state" || a.text(t, "token_type") != "Bearer" {
			t.Errorf("%s", a.body)
		}
		w.spotify.token = a.text(t, "access_token")
		w.spotify.call("GET", "/v1/me/player", nil, 200)
		w.spotify.call("GET", "/v1/me/player/queue", nil, 401) // a scope too few
		if used := w.spotify.call("POST", "/api/token", form, 400); used.text(t, "error") != "invalid_grant" {
			t.Errorf("a used code: %s", used.body)
		}
		form.Set("code", authorize(w, "another verifier", redirect).Get("code"))
		w.spotify.call("POST", "/api/token", form, 400)

		again := url.Values{"grant_type": {"refresh_token"}, "client_id": {sim.DefaultSpotifyClientID}, "refresh_token": {a.text(t, "refresh_token")}}
		for range 2 {
			if r := w.spotify.call("POST", "/api/token", again, 200); r.at(t, "refresh_token") != nil || r.text(t, "access_token") == "" {
				t.Errorf("%s", r.body)
			}
		}
		_ = w.sim.Pause() // or half a year of songs is played
		rest(181 * 24 * time.Hour)
		if r := w.spotify.call("POST", "/api/token", again, 400); r.text(t, "error") != "invalid_grant" {
			t.Errorf("after half a year: %s", r.body)
		}
	})
}

func TestLocalhostIsNoRedirect(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		for _, redirect := range []string{"http://localhost:7433/callback", "http://example.com/callback", "::"} {
			q := url.Values{"client_id": {sim.DefaultSpotifyClientID}, "response_type": {"code"}, "redirect_uri": {redirect}}
			if a := w.spotify.call("GET", "/authorize?"+q.Encode(), nil, 400); !strings.Contains(string(a.body), "INVALID_CLIENT") {
				t.Errorf("%s: %s", redirect, a.body)
			}
		}
	})
}

func TestTheStreamerLogsInAgainAfterARefusedRefresh(t *testing.T) {
	type loggedIn struct {
		platform string
		token    []byte
	}
	again := make(chan loggedIn, 4)
	opt := sim.Options{Login: func(platform string, token []byte) { again <- loggedIn{platform, token} }}
	inBubble(t, opt, func(t *testing.T, w *world) {
		tok := parseToken(t, w.sim.GrantTwitch)
		if err := w.sim.Revoke(sim.Twitch); err != nil {
			t.Fatal(err)
		}
		rest(time.Minute)
		if len(again) != 0 {
			t.Fatal("logged in before anybody asked")
		}
		if a := refresh(w, tok.Refresh); a.status != 400 {
			t.Fatalf("%d", a.status)
		}
		rest(5 * time.Second)
		if len(again) != 1 {
			t.Fatalf("logged in %d times", len(again))
		}
		l := <-again
		if err := json.Unmarshal(l.token, &tok); err != nil {
			t.Fatal(err)
		}
		w.twitch.token = tok.Access
		if v := w.twitch.call("GET", "/oauth2/validate", nil, 200); l.platform != sim.Twitch || v.text(t, "login") == "" {
			t.Errorf("%s %s", l.platform, v.body)
		}
	})
}

func TestTokensOutliveARestart(t *testing.T) {
	opt := sim.Options{BooksPath: t.TempDir() + "/books.jsonl"}
	var access, spent, next string
	inBubble(t, opt, func(t *testing.T, w *world) {
		tok := parseToken(t, w.sim.GrantTwitch)
		second := refresh(w, tok.Refresh)
		access, spent, next = second.text(t, "access_token"), tok.Refresh, second.text(t, "refresh_token")
	})
	inBubble(t, opt, func(t *testing.T, w *world) {
		w.twitch.token = access
		w.twitch.call("GET", "/oauth2/validate", nil, 200)
		if a := refresh(w, next); a.status != 200 {
			t.Errorf("%d", a.status)
		}
		if a := refresh(w, spent); a.status != 400 {
			t.Errorf("a spent token after a restart: %d", a.status)
		}
		w.twitch.call("GET", "/oauth2/validate", nil, 401)
	})
}
