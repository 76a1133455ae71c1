package twitch

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"sidestage/core"
)

// Authorize is the page where a person agrees to the login of a confidential
// application. The browser comes back to redirect with state and a code for
// Exchange, or an error. Redirect has to be registered letter by letter.
func (o *OAuth) Authorize(redirect, state string, scopes ...string) string {
	return strings.TrimRight(o.URL, "/") + "/authorize?" + url.Values{
		"client_id":     {o.ClientID},
		"response_type": {"code"},
		"redirect_uri":  {redirect},
		"scope":         {strings.Join(scopes, " ")},
		"state":         {state},
	}.Encode()
}

// Exchange trades the code of a login for its grant, which takes the client
// secret. A code is good once; after any refusal the login has to begin anew.
func (o *OAuth) Exchange(ctx context.Context, code, redirect string) (Grant, error) {
	g, err := o.grant(ctx, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {redirect},
		"client_id":     {o.ClientID},
		"client_secret": {o.ClientSecret},
	}, code, o.ClientSecret)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Temporary() || e.Status >= 500 {
		return g, err
	}
	if said := strings.ToLower(e.Message); strings.Contains(said, "client") {
		return Grant{}, core.Because(core.Denied, ReasonClient, "Twitch does not take client id %q with this client secret: %w", o.ClientID, err)
	}
	return Grant{}, core.Because(core.LoginRequired, ReasonEnded, "Twitch does not take the login's code: %w", err)
}
