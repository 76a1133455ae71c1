package spotify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
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
// than 2xx: its refusals are final, its other failures without effect.
func (a answer) noGrant(secret string) *Error {
	e := a.refusal(false, secret)
	if !a.definite() || a.status == http.StatusTooManyRequests {
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

// grant reads a 2xx of the token endpoint. One that holds no grant leaves open
// what became of the refresh token, so it is Ambiguous.
func (a answer) grant() (Grant, error) {
	var w struct {
		Access    string `json:"access_token"`
		Refresh   string `json:"refresh_token"`
		Type      string `json:"token_type"`
		Scope     string `json:"scope"`
		ExpiresIn int64  `json:"expires_in"`
	}
	e := &Error{Status: a.status, Kind: core.Ambiguous, Reason: ReasonUnreadable}
	if a.cut != nil {
		e.Reason, e.Err = ReasonNoAnswer, a.cut
		return Grant{}, e
	}
	if json.Unmarshal(a.body, &w) != nil { // its error may quote a token
		e.Err = errors.New("not a grant")
		return Grant{}, e
	}
	switch {
	case w.Access == "":
		e.Message = "the grant has no access token"
	case !strings.EqualFold(cmp.Or(w.Type, "Bearer"), "Bearer"):
		e.Message = "the grant is not of type Bearer"
	case w.ExpiresIn <= 0:
		e.Message = "the grant has no time to live"
	default:
		ttl := time.Duration(min(w.ExpiresIn, math.MaxInt64/int64(time.Second))) * time.Second
		return Grant{Access: w.Access, Refresh: w.Refresh, ExpiresIn: ttl, Scopes: strings.Fields(w.Scope)}, nil
	}
	return Grant{}, e
}
