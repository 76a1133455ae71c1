package sim_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"sidestage/core/sim"
)

// device begins a device-code login and returns how to poll for it.
func device(w *world, scopes string) func() answer {
	w.t.Helper()
	id := url.Values{"client_id": {sim.DefaultTwitchClientID}, "scopes": {scopes}}
	begin := w.twitch.call("POST", "/oauth2/device", id, 200)
	id.Set("device_code", begin.text(w.t, "device_code"))
	id.Set("grant_type", deviceGrant)
	return func() answer { rest(time.Second); return w.twitch.call("POST", "/oauth2/token", id, 0) }
}

func TestADeviceCodeEndsAsTheStreamerLikes(t *testing.T) {
	pending, agreed := "authorization_pending", ""
	for name, c := range map[string]struct {
		consent sim.Consent
		want    []string // messages, in turn
	}{
		"agrees":  {sim.Consent{}, []string{pending, agreed}},
		"slowly":  {sim.Consent{Pending: 3}, []string{pending, pending, pending, agreed}},
		"denies":  {sim.Consent{Deny: true}, []string{pending, "access_denied", "invalid device code"}},
		"expires": {sim.Consent{Expire: true}, []string{pending, "invalid device code"}},
		"waits":   {sim.Consent{Wait: true}, []string{pending, pending, pending}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				w.sim.SetConsent(c.consent)
				poll := device(w, "user:read:chat")
				for i, want := range c.want {
					a := poll()
					if want == agreed && a.status != 200 || want != agreed && (a.status != 400 || a.text(t, "message") != want) {
						t.Errorf("%d: %d %s", i, a.status, a.body)
					}
				}
			})
		})
	}
}

func TestScopesCanBeWithheld(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetConsent(sim.Consent{Withhold: []string{"user:write:chat"}, Interval: time.Second})
		poll := device(w, "user:read:chat user:write:chat")
		poll()
		if a := poll(); !strings.Contains(string(a.body), `"scope":["user:read:chat"]`) {
			t.Errorf("%s", a.body)
		}
	})
}

func TestSpotifysPageRefusesWaitsOrSendsBackWithAnError(t *testing.T) {
	const redirect = "http://127.0.0.1:7433/oauth/spotify/callback"
	q := url.Values{"client_id": {sim.DefaultSpotifyClientID}, "response_type": {"code"}, "redirect_uri": {redirect},
		"state": {"s"}, "code_challenge_method": {"S256"}, "code_challenge": {"x"}}
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetConsent(sim.Consent{Redirects: []string{"http://127.0.0.1:8888/callback"}})
		if a := w.spotify.call("GET", "/authorize?"+q.Encode(), nil, 400); !strings.Contains(string(a.body), "Invalid redirect URI") {
			t.Errorf("%s", a.body)
		}
		w.sim.SetConsent(sim.Consent{Wait: true})
		if a := w.spotify.call("GET", "/authorize?"+q.Encode(), nil, 200); !strings.Contains(string(a.body), "agree=1") {
			t.Errorf("%s", a.body)
		}
		w.spotify.call("GET", "/authorize?"+q.Encode()+"&agree=1", nil, 303)
		w.sim.SetConsent(sim.Consent{Deny: true})
		if a := w.spotify.call("GET", "/authorize?"+q.Encode(), nil, 303); a.header.Get("Location") != redirect+"?error=access_denied&state=s" {
			t.Errorf("%v", a.header)
		}
		w.sim.SetConsent(sim.Consent{Unlisted: true})
		w.spotify.call("GET", "/v1/me", nil, 403)
		w.sim.SetConsent(sim.Consent{Lapsed: true})
		w.spotify.call("GET", "/v1/me/player", nil, 403)
	})
}

func TestAConfidentialApplicationBringsItsSecret(t *testing.T) {
	const redirect = "http://localhost:7433/oauth/twitch/callback"
	inBubble(t, sim.Options{TwitchSecret: "s3cret"}, func(t *testing.T, w *world) {
		q := url.Values{"client_id": {sim.DefaultTwitchClientID}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {"user:read:chat"}, "state": {"st"}}
		code := func() url.Values {
			a := w.twitch.call("GET", "/oauth2/authorize?"+q.Encode(), nil, 302)
			back, err := url.Parse(a.header.Get("Location"))
			if err != nil || back.Host != "localhost:7433" || back.Query().Get("state") != "st" {
				t.Fatal(a.header, err)
			}
			return url.Values{"client_id": {sim.DefaultTwitchClientID}, "grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirect}}
		}
		form := code()
		w.twitch.call("POST", "/oauth2/token", form, 400)
		form.Set("client_secret", "wrong")
		w.twitch.call("POST", "/oauth2/token", form, 403)
		form.Set("client_secret", "s3cret")
		if a := w.twitch.call("POST", "/oauth2/token", form, 200); a.text(t, "refresh_token") == "" {
			t.Errorf("%s", a.body)
		}
		w.twitch.call("POST", "/oauth2/token", form, 400) // once
		form = code()
		form.Set("client_secret", "s3cret")
		form.Set("redirect_uri", "http://localhost/")
		w.twitch.call("POST", "/oauth2/token", form, 400)
		w.sim.SetConsent(sim.Consent{Redirects: []string{"http://localhost:3000"}})
		w.twitch.call("GET", "/oauth2/authorize?"+q.Encode(), nil, 400)
		w.sim.SetConsent(sim.Consent{Deny: true})
		if a := w.twitch.call("GET", "/oauth2/authorize?"+q.Encode(), nil, 302); !strings.Contains(a.header.Get("Location"), "error=access_denied") {
			t.Error(a.header)
		}
	})
}
