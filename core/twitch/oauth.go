package twitch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sidestage/core"
)

// OAuth is Twitch's token service. It never retries.
type OAuth struct {
	URL          string // such as https://id.twitch.tv/oauth2
	ClientID     string
	ClientSecret string // "" for a public application
	HTTP         *http.Client
}

// Identity is whom an access token stands for.
type Identity struct {
	ClientID  string
	UserID    string
	Login     string
	Scopes    []string
	ExpiresIn time.Duration
}

// Grant is a pair of tokens. Refresh is "" when Twitch sent none, which means
// that the old one stays.
type Grant struct {
	Access, Refresh string
	ExpiresIn       time.Duration // always positive
	Scopes          []string
}

// Format keeps the tokens out of whatever prints a Grant.
func (g Grant) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "Grant(for %s)", g.ExpiresIn) }

// LogValue keeps the tokens out of a log.
func (g Grant) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(g)) }

// Format keeps the client secret out of whatever prints an OAuth.
func (o OAuth) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "OAuth(%s)", o.ClientID) }

// LogValue keeps the client secret out of a log.
func (o OAuth) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(o)) }

// What is believed of a token's life: at most longest, and unsaid where nothing
// is said, since a refresh token was spent for it; Validate tells better.
const (
	longest = 10 * 365 * 24 * time.Hour
	unsaid  = time.Hour
)

// Validate asks whose token access is; Twitch wants it at start and hourly.
// LoginRequired means that a person must log in: the token is dead, belongs to
// no user, or was given to another application (reason "other-client").
func (o *OAuth) Validate(ctx context.Context, access string) (Identity, error) {
	r := request{method: http.MethodGet, path: "validate", header: http.Header{"Authorization": {"OAuth " + access}}}
	var body struct {
		ClientID  string `json:"client_id"`
		UserID    string `json:"user_id"`
		Login     string
		Scopes    scopes
		ExpiresIn figure `json:"expires_in"`
	}
	if err := o.call(ctx, r, &body, access); err != nil {
		return Identity{}, err
	}
	if body.ClientID != o.ClientID {
		return Identity{}, core.Because(core.LoginRequired, "other-client",
			"twitch: the login was given to application %q, not to %q: log in again, or set the client id back",
			plain(body.ClientID, nil), o.ClientID)
	}
	if body.UserID == "" {
		return Identity{}, core.Because(core.LoginRequired, "no-user", "twitch: the token belongs to no user: log in again")
	}
	return Identity{ClientID: body.ClientID, UserID: body.UserID, Login: body.Login, Scopes: body.Scopes, ExpiresIn: body.ExpiresIn.seconds()}, nil
}

// Refresh trades a refresh token for a new pair. A public application's refresh
// token works once, so what went wrong matters: LoginRequired is a refusal for
// good; RateLimited and Unavailable left the token unspent; Ambiguous may have
// spent it, and sending it again can end every login of the user.
func (o *OAuth) Refresh(ctx context.Context, refresh string) (Grant, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {o.ClientID}}
	if o.ClientSecret != "" {
		form.Set("client_secret", o.ClientSecret)
	}
	g, err := o.grant(ctx, form, refresh, o.ClientSecret)
	if err != nil {
		return Grant{}, refreshError(err)
	}
	return g, nil
}

// grant asks the token endpoint for a pair. What stands in secrets is struck
// out of its errors.
func (o *OAuth) grant(ctx context.Context, form url.Values, secrets ...string) (Grant, error) {
	r := request{method: http.MethodPost, path: "token", form: form}
	var body struct {
		Access    string  `json:"access_token"`
		Refresh   string  `json:"refresh_token"`
		ExpiresIn *figure `json:"expires_in"`
		Scope     scopes
	}
	if err := o.call(ctx, r, &body, secrets...); err != nil {
		return Grant{}, err
	}
	if body.ExpiresIn == nil {
		body.ExpiresIn = new(figure(unsaid.Seconds()))
	}
	if body.Access == "" || *body.ExpiresIn <= 0 {
		return Grant{}, core.Because(core.Ambiguous, "bad-grant", "twitch: %s: answer has no usable token", r.op())
	}
	return Grant{Access: body.Access, Refresh: body.Refresh, ExpiresIn: body.ExpiresIn.seconds(), Scopes: body.Scope}, nil
}

// refreshError sorts a failed refresh. Twitch answered, so a failure inside it
// spent nothing. A refusal is for good (400 or 401 "Invalid refresh token", 400
// "missing client secret", 403 "invalid client secret"); what has another status
// was not said of the token.
func refreshError(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	e.write = false
	switch {
	case e.Temporary():
		return err
	case e.Status == http.StatusBadRequest, e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return core.Because(core.LoginRequired, "refresh-refused", "refresh refused, log in again: %w", err)
	}
	return core.Because(core.Unavailable, "no-token-service", "what answers does not refresh: %w", err)
}

// Revoke ends access and, for a public application, its refresh token. A token
// that Twitch does not know any more is as good as revoked.
func (o *OAuth) Revoke(ctx context.Context, access string) error {
	form := url.Values{"client_id": {o.ClientID}, "token": {access}}
	err := o.call(ctx, request{method: http.MethodPost, path: "revoke", form: form, twice: true}, nil, access)
	if status(err) == http.StatusBadRequest {
		return nil
	}
	return err
}

func (o *OAuth) call(ctx context.Context, r request, into any, secrets ...string) error {
	a, err := wire{base: o.URL, http: o.HTTP}.exchange(ctx, r)
	if err != nil {
		return err
	}
	if !a.ok() {
		return refusal(r, a, secrets...)
	}
	if into == nil {
		return nil
	}
	if decode(a.body, into) != nil {
		return r.lost(true, errors.New("answer is not JSON")) // the text may hold a token
	}
	return nil
}

// figure is a number, also one written as a string.
type figure float64

// UnmarshalJSON takes both forms; what is neither is 0.
func (f *figure) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if (err != nil && !errors.Is(err, strconv.ErrRange)) || math.IsNaN(n) {
		n = 0
	}
	*f = figure(n)
	return nil
}

func (f figure) seconds() time.Duration {
	return time.Duration(min(float64(f), longest.Seconds()) * float64(time.Second))
}

// scopes are a list, a string with spaces, null or absent.
type scopes []string

// UnmarshalJSON takes every form Twitch uses and ignores any other.
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
