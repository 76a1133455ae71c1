package sim

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Timing of the device-code flow.
const (
	deviceLife     = 30 * time.Minute
	deviceInterval = 5 * time.Second
)

// pending are logins under way. They are not in the books: a login that a
// restart interrupts is begun again.
type pending struct {
	devices map[string]*deviceCode // by device code
	codes   map[string]authCode    // authorization codes
}

type deviceCode struct {
	client string
	scopes []string
	shown  string // the code that the page shows
	opened bool   // somebody opened the page
	polls  int
	until  time.Time
}

func newPending() pending {
	return pending{devices: map[string]*deviceCode{}, codes: map[string]authCode{}}
}

// authError is how id.twitch.tv answers an error: without an "error" field.
type authError struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
}

func authFailure(status int, message string) reply {
	return reply{status: status, body: authError{Status: status, Message: message}}
}

type deviceAnswer struct {
	DeviceCode string `json:"device_code"`
	Expires    int    `json:"expires_in"`
	Interval   int    `json:"interval"`
	UserCode   string `json:"user_code"`
	URI        string `json:"verification_uri"`
}

// postDevice begins a device-code login. The verification page is the
// simulator's own, so that no browser is sent to the real Twitch.
func (s *Sim) postDevice(r *http.Request) reply {
	client, scopes := r.PostFormValue("client_id"), strings.Fields(r.PostFormValue("scopes"))
	if client == "" {
		return authFailure(http.StatusBadRequest, "missing client id")
	}
	if client != s.opt.ClientIDs.Twitch {
		return authFailure(http.StatusBadRequest, "invalid client")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	code, shown := secret(40), strings.ToUpper(secret(8))
	s.grants.devices[code] = &deviceCode{client: client, scopes: scopes, shown: shown, until: time.Now().Add(deviceLife)}
	return ok(deviceAnswer{
		DeviceCode: code, Expires: int(deviceLife.Seconds()), Interval: int(cmp.Or(s.consent.Interval, deviceInterval).Seconds()),
		UserCode: shown, URI: "http://" + r.Host + "/activate?device-code=" + shown,
	})
}

// activate is the page of the verification URI: opening it is consent.
func (s *Sim) activate(r *http.Request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.grants.devices {
		if d.shown == r.URL.Query().Get("device-code") {
			d.opened = true
			return reply{status: http.StatusOK, text: "The simulated streamer has agreed. Go back to the desk.\n", kind: plain}
		}
	}
	return reply{status: http.StatusNotFound, text: "This code is unknown or was used.\n", kind: plain}
}

const plain = "text/plain; charset=utf-8"

// getTwitchAuthorize is the consent page of a confidential application, whose
// redirect is registered letter by letter. A mistake is shown in the browser.
func (s *Sim) getTwitchAuthorize(r *http.Request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	redirect, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case q.Get("client_id") != s.opt.ClientIDs.Twitch || q.Get("response_type") != "code":
		return authFailure(http.StatusBadRequest, "invalid client")
	case err != nil || redirect.Hostname() != "localhost" && redirect.Scheme != "https" || !s.consent.registered(q.Get("redirect_uri")):
		return authFailure(http.StatusBadRequest, "Parameter redirect_uri does not match registered URI")
	}
	back := url.Values{"state": {q.Get("state")}}
	if s.consent.Deny {
		back.Set("error", "access_denied")
		back.Set("error_description", "The user denied you access")
	} else {
		code := secret(30)
		s.grants.codes[code] = authCode{
			client: q.Get("client_id"), redirect: q.Get("redirect_uri"), scopes: strings.Fields(q.Get("scope")), until: time.Now().Add(codeLife),
		}
		back.Set("code", code)
		back.Set("scope", q.Get("scope"))
	}
	redirect.RawQuery = back.Encode()
	return reply{status: http.StatusFound}.with("Location", redirect.String())
}

func (s *Sim) exchangeTwitchCode(code, redirect string) reply {
	c, known := s.grants.codes[code]
	delete(s.grants.codes, code)
	switch {
	case !known || time.Now().After(c.until):
		return authFailure(http.StatusBadRequest, "Invalid authorization code")
	case redirect != c.redirect:
		return authFailure(http.StatusBadRequest, "Parameter redirect_uri does not match registered URI")
	}
	a, err := s.grant(Twitch, c.client, s.consent.given(c.scopes))
	if err != nil {
		return authFailure(http.StatusInternalServerError, "internal server error")
	}
	return ok(a)
}

// postTwitchToken is the token endpoint: device codes and refreshes and, for a
// confidential application, authorization codes.
func (s *Sim) postTwitchToken(r *http.Request) reply {
	if client := r.PostFormValue("client_id"); client == "" {
		return authFailure(http.StatusBadRequest, "missing client id")
	} else if client != s.opt.ClientIDs.Twitch {
		return authFailure(http.StatusBadRequest, "invalid client")
	}
	kind := r.PostFormValue("grant_type")
	if given := r.PostFormValue("client_secret"); given == "" && (s.opt.TwitchSecret != "" || kind == "authorization_code") {
		return authFailure(http.StatusBadRequest, "missing client secret")
	} else if given != s.opt.TwitchSecret {
		return authFailure(http.StatusForbidden, "invalid client secret")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch kind {
	case "authorization_code":
		return s.exchangeTwitchCode(r.PostFormValue("code"), r.PostFormValue("redirect_uri"))
	case "urn:ietf:params:oauth:grant-type:device_code":
		return s.exchangeDevice(r.PostFormValue("device_code"))
	case "refresh_token":
		return s.refreshTwitch(r.PostFormValue("refresh_token"))
	case "":
		return authFailure(http.StatusBadRequest, "missing grant type")
	}
	return authFailure(http.StatusBadRequest, "invalid grant type")
}

func (s *Sim) exchangeDevice(code string) reply {
	d, known := s.grants.devices[code]
	if !known || time.Now().After(d.until) {
		return authFailure(http.StatusBadRequest, "invalid device code")
	}
	d.polls++
	switch c := s.consent; {
	case c.Expire && d.polls > 1:
		return authFailure(http.StatusBadRequest, "invalid device code")
	case !d.opened && (c.Wait || c.Expire || d.polls <= max(1, c.Pending)):
		return authFailure(http.StatusBadRequest, "authorization_pending")
	case c.Deny:
		delete(s.grants.devices, code)
		return authFailure(http.StatusBadRequest, "access_denied")
	}
	delete(s.grants.devices, code)
	a, err := s.grant(Twitch, d.client, s.consent.given(d.scopes))
	if err != nil {
		return authFailure(http.StatusInternalServerError, "internal server error")
	}
	return ok(a)
}

// refreshTwitch rotates a one-time refresh token. One that was spent before
// kills the whole login, as Twitch does to what looks like theft.
func (s *Sim) refreshTwitch(token string) reply {
	invalid := authFailure(http.StatusBadRequest, "Invalid refresh token")
	old, known := s.state.Refresh[token]
	if !known || s.state.Logins[old.Login].Platform != Twitch {
		s.refused(Twitch)
		return invalid
	}
	l, now := s.state.Logins[old.Login], clock()
	if old.Spent || l.Dead || now.After(old.Until) {
		s.refused(Twitch)
		if s.kill(l.ID) != nil {
			return authFailure(http.StatusInternalServerError, "internal server error")
		}
		return invalid
	}
	o := refreshed{Old: token, Access: secret(30), Until: now.Add(twitchAccess), Next: secret(50), Renew: now.Add(twitchRefresh)}
	if s.commit([]op{o}) != nil {
		return authFailure(http.StatusInternalServerError, "internal server error")
	}
	return ok(answerFor(Twitch, o.Access, o.Next, l.Scopes, twitchAccess))
}

type validation struct {
	Client  string   `json:"client_id"`
	Login   string   `json:"login"`
	Scopes  []string `json:"scopes"`
	UserID  string   `json:"user_id"`
	Expires int      `json:"expires_in"`
}

// getValidate tells whose token it is. "OAuth" and "Bearer" are both good.
func (s *Sim) getValidate(r *http.Request) reply {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	c, good := s.bearer(Twitch, token)
	if !good || !strings.EqualFold(scheme, "OAuth") && !strings.EqualFold(scheme, "Bearer") {
		return authFailure(http.StatusUnauthorized, "invalid access token")
	}
	return ok(validation{
		Client: c.login.Client, Login: s.opt.Broadcaster.Login, Scopes: c.login.Scopes,
		UserID: s.opt.Broadcaster.ID, Expires: int(time.Until(c.until).Seconds()),
	})
}

// postRevoke ends one access token.
func (s *Sim) postRevoke(r *http.Request) reply {
	client, token := r.PostFormValue("client_id"), r.PostFormValue("token")
	if client != s.opt.ClientIDs.Twitch {
		return authFailure(http.StatusNotFound, "client does not exist")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, good := s.bearer(Twitch, token); !good {
		return authFailure(http.StatusBadRequest, "Invalid token")
	}
	if s.commit([]op{dropped{Access: token}}) != nil {
		return authFailure(http.StatusInternalServerError, "internal server error")
	}
	return reply{status: http.StatusOK}
}
