package spotify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sidestage/core"
)

// accountsURL is where logins live.
const accountsURL = "https://accounts.spotify.com"

// OAuth is the login service, for an app without a client secret (PKCE).
type OAuth struct {
	URL      string        // "" is the real one
	ClientID string        // of the streamer's own app
	HTTP     *http.Client  // nil is a plain one; its redirect policy is not used
	Timeout  time.Duration // of one exchange; 0 is 10 s
}

// Grant is a login as the platform hands it out. It prints without its tokens.
type Grant struct {
	Access    string
	Refresh   string        // "" means: keep the one there is
	ExpiresIn time.Duration // of Access, more than 0
	Scopes    []string
}

// String hides the tokens from %v.
func (Grant) String() string { return "spotify grant (tokens hidden)" }

// GoString hides the tokens from %#v.
func (g Grant) GoString() string { return g.String() }

// LogValue hides the tokens from slog.
func (g Grant) LogValue() slog.Value { return slog.StringValue(g.String()) }

// Refresh trades a refresh token for a new access token. LoginRequired is
// final ("invalid-grant": the token is spent; other reasons may be an app that
// is set up wrong). RateLimited and Unavailable may pass; the token is still
// good. Ambiguous: the platform may have answered with a new refresh token
// that never arrived.
func (o *OAuth) Refresh(ctx context.Context, refresh string) (Grant, error) {
	g, err := o.grant(ctx, url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {refresh},
		"client_id":     {o.ClientID},
	}, refresh)
	if err != nil {
		return Grant{}, fmt.Errorf("refresh login: %w", err)
	}
	return g, nil
}

func (o *OAuth) grant(ctx context.Context, form url.Values, secret string) (Grant, error) {
	address := base(o.URL, accountsURL) + "/api/token"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return Grant{}, core.E(core.Invalid, "make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := exchange(req, o.HTTP, o.Timeout)
	if err != nil {
		return Grant{}, err
	}
	if !a.ok() {
		return Grant{}, a.noGrant(secret)
	}
	return a.grant()
}

// noGrant is the error of a token endpoint that answers with something other
// than 2xx: its refusals are final, its other failures without effect. Neither a
// web page nor another 4xx was said of the token.
func (a answer) noGrant(secret string) *Error {
	e := a.refusal(false, secret)
	switch {
	case !a.definite() || a.status == http.StatusTooManyRequests:
		return e
	case a.page() || a.status != http.StatusBadRequest && a.status != http.StatusUnauthorized && a.status != http.StatusForbidden:
		e.Kind, e.Reason = core.Unavailable, ReasonServer
		return e
	}
	e.Kind = core.LoginRequired
	switch problemOf(a).code {
	case "invalid_grant":
		e.Reason = ReasonInvalidGrant
	case "invalid_client":
		e.Reason = ReasonInvalidClient
	default:
		e.Reason = ReasonNoRefresh
	}
	return e
}

// usualLife is how long an access token lasts where nothing is said.
const usualLife = time.Hour

// grant reads a 2xx of the token endpoint. One that holds no grant leaves open
// what became of the refresh token, so it is Ambiguous.
func (a answer) grant() (Grant, error) {
	var w struct {
		Access    string  `json:"access_token"`
		Refresh   string  `json:"refresh_token"`
		Type      string  `json:"token_type"`
		Scope     scopes  `json:"scope"`
		ExpiresIn *figure `json:"expires_in"`
	}
	e := &Error{Status: a.status, Kind: core.Ambiguous, Reason: ReasonUnreadable}
	if a.cut != nil {
		e.Reason, e.Err = ReasonNoAnswer, a.cut
		return Grant{}, e
	}
	err := json.Unmarshal(a.body, &w)
	if _, form := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !form { // what can be read counts
		e.Err = errors.New("not a grant") // the decoder's own error may quote a token
		return Grant{}, e
	}
	if w.ExpiresIn == nil {
		w.ExpiresIn = new(figure(usualLife.Seconds()))
	}
	switch {
	case w.Access == "":
		e.Message = "the grant has no access token"
	case !strings.EqualFold(cmp.Or(w.Type, "Bearer"), "Bearer"):
		e.Message = "the grant is not of type Bearer"
	case *w.ExpiresIn <= 0:
		e.Message = "the grant has no time to live"
	default:
		return Grant{Access: w.Access, Refresh: w.Refresh, ExpiresIn: w.ExpiresIn.times(time.Second), Scopes: w.Scope}, nil
	}
	return Grant{}, e
}

// scopes are a string with spaces, as documented, or a list.
type scopes []string

// UnmarshalJSON takes both forms and ignores any other.
func (s *scopes) UnmarshalJSON(data []byte) error {
	var list []string
	if json.Unmarshal(data, &list) == nil {
		*s = list
		return nil
	}
	var text string
	_ = json.Unmarshal(data, &text)
	*s = strings.Fields(text)
	return nil
}
