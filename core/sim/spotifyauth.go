package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// authCode is a one-time authorization code, until it is exchanged. Twitch's
// have no challenge.
type authCode struct {
	client, redirect, challenge string
	scopes                      []string
	until                       time.Time
}

const codeLife = 10 * time.Minute

// grantError is how accounts.spotify.com answers an error.
type grantError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func grantFailure(word, description string) reply {
	return reply{status: http.StatusBadRequest, body: grantError{Error: word, Description: description}}
}

// getAuthorize is the consent page. The simulated streamer agrees at once, but
// for what their Consent says; a wrong client or redirect is only shown in the
// browser, the program hears nothing.
func (s *Sim) getAuthorize(r *http.Request) reply {
	s.mu.Lock()
	consent := s.consent
	s.mu.Unlock()
	q := r.URL.Query()
	redirect, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case q.Get("client_id") != s.opt.ClientIDs.Spotify:
		return page("INVALID_CLIENT: Invalid client")
	case err != nil || !loopback(redirect) || !consent.registered(q.Get("redirect_uri")):
		return page("INVALID_CLIENT: Invalid redirect URI")
	case consent.Wait && !q.Has("agree"):
		return asks(r.URL)
	}
	back := url.Values{}
	if state := q.Get("state"); state != "" {
		back.Set("state", state)
	}
	switch {
	case q.Get("response_type") != "code":
		back.Set("error", "unsupported_response_type")
	case q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "":
		back.Set("error", "invalid_request")
		back.Set("error_description", "code_challenge_method must be S256")
	case consent.Deny:
		back.Set("error", "access_denied")
	default:
		back.Set("code", s.newCode(q))
	}
	redirect.RawQuery = back.Encode()
	return reply{status: http.StatusSeeOther}.with("Location", redirect.String())
}

func (s *Sim) newCode(q url.Values) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := secret(180)
	s.grants.codes[code] = authCode{
		client: q.Get("client_id"), redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"),
		scopes: strings.Fields(q.Get("scope")), until: time.Now().Add(codeLife),
	}
	return code
}

// asks is the page with a button that agrees.
func asks(u *url.URL) reply {
	agree := u.RequestURI() + "&agree=1"
	return reply{status: http.StatusOK, text: "<!doctype html><title>Spotify</title><p><a href=\"" + html.EscapeString(agree) + "\">Agree</a>\n", kind: "text/html; charset=utf-8"}
}

func page(message string) reply {
	return reply{status: http.StatusBadRequest, text: "<!doctype html><title>Error</title><p>" + html.EscapeString(message) + "\n", kind: "text/html; charset=utf-8"}
}

// loopback reports whether Spotify takes the redirect: https, or http to a
// loopback address written as a number.
func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && ip != nil && ip.IsLoopback()
}

// postSpotifyToken is the token endpoint of PKCE clients.
func (s *Sim) postSpotifyToken(r *http.Request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		return s.exchangeCode(r)
	case "refresh_token":
		return s.refreshSpotify(r.PostFormValue("refresh_token"), r.PostFormValue("client_id"))
	}
	return grantFailure("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")
}

func (s *Sim) exchangeCode(r *http.Request) reply {
	code, known := s.grants.codes[r.PostFormValue("code")]
	delete(s.grants.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case r.PostFormValue("client_id") != s.opt.ClientIDs.Spotify:
		return grantFailure("invalid_client", "Invalid client")
	case !known || time.Now().After(code.until):
		return grantFailure("invalid_grant", "Invalid authorization code")
	case r.PostFormValue("redirect_uri") != code.redirect:
		return grantFailure("invalid_grant", "Invalid redirect URI")
	case base64.RawURLEncoding.EncodeToString(sum[:]) != code.challenge:
		return grantFailure("invalid_grant", "code_verifier was incorrect")
	}
	a, err := s.grant(Spotify, code.client, s.consent.given(code.scopes))
	if err != nil {
		return reply{status: http.StatusInternalServerError}
	}
	return ok(a)
}

// refreshSpotify makes a new access token. The refresh token stays good, and no
// other is returned: so it is since June 2026.
func (s *Sim) refreshSpotify(token, client string) reply {
	if client != s.opt.ClientIDs.Spotify {
		return grantFailure("invalid_client", "Invalid client")
	}
	old, known := s.state.Refresh[token]
	now := clock()
	if !known || s.state.Logins[old.Login].Platform != Spotify || s.state.Logins[old.Login].Dead || now.After(old.Until) {
		s.refused(Spotify)
		return grantFailure("invalid_grant", "Refresh token revoked")
	}
	o := refreshed{Old: token, Access: secret(160), Until: now.Add(spotifyAccess)}
	if s.commit([]op{o}) != nil {
		return reply{status: http.StatusInternalServerError}
	}
	return ok(answerFor(Spotify, o.Access, "", s.state.Logins[old.Login].Scopes, spotifyAccess))
}
