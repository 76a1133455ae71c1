package spotify

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"sidestage/core"
)

// NewVerifier makes the secret that binds a login's code to whoever began it
// (RFC 7636).
func NewVerifier() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return base64.RawURLEncoding.EncodeToString(secret)
}

// Authorize is the page where a person agrees to a login. The browser comes
// back to redirect with state and a code for Exchange, or an error. A wrong
// client id or redirect is only shown there: nobody comes back.
func (o *OAuth) Authorize(redirect, state, verifier string, scopes ...string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base(o.URL, accountsURL) + "/authorize?" + url.Values{
		"client_id":             {o.ClientID},
		"response_type":         {"code"},
		"redirect_uri":          {redirect},
		"scope":                 {strings.Join(scopes, " ")},
		"state":                 {state},
		"code_challenge_method": {"S256"},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(sum[:])},
	}.Encode()
}

// Exchange trades the code of a login for its grant. A code is good once:
// LoginRequired means that the login has to begin anew.
func (o *OAuth) Exchange(ctx context.Context, code, redirect, verifier string) (Grant, error) {
	g, err := o.grant(ctx, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {redirect},
		"client_id":     {o.ClientID},
		"code_verifier": {verifier},
	}, code)
	if e, ok := errors.AsType[*Error](err); ok && e.Reason == ReasonNoRefresh {
		e.Reason = ReasonRefused
	}
	if err != nil {
		return Grant{}, fmt.Errorf("exchange the login's code: %w", err)
	}
	if g.Refresh == "" { // a login that would end with its first token
		return Grant{}, core.Because(core.LoginRequired, ReasonUnreadable, "spotify: the login came without a refresh token")
	}
	return g, nil
}
