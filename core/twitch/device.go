package twitch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sidestage/core"
)

// The reasons of a login that did not come about.
const (
	ReasonClient  = "client-refused" // Twitch does not know the client id, or it may not log in this way
	ReasonDenied  = "login-denied"   // the person said no
	ReasonExpired = "login-expired"  // the code is used or too old
	ReasonEnded   = "login-ended"    // Twitch ended it for a reason only its message tells
)

// ErrPending says that nobody has agreed to a device login yet.
var ErrPending = errors.New("twitch: nobody has agreed to this login yet")

// Device is a login that waits for a person to agree in a browser.
type Device struct {
	Code     string // for Poll; a secret
	UserCode string // what the page shows, to be compared
	Address  string // of the page; it carries the code already
	// Trusted says that Address is Twitch's own, so a browser may be sent there.
	Trusted  bool
	Interval time.Duration // between two polls
	Expires  time.Duration // from now
}

// Format keeps the device code out of whatever prints a Device.
func (d Device) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "Device("+d.UserCode+")") }

// LogValue keeps the device code out of a log.
func (d Device) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(d)) }

// deviceGrant is the grant type of RFC 8628, which is all that Twitch took of
// it: the parameter is "scopes", and no answer has the RFC's word in an "error"
// field. Should one, it is read.
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// Bounds of what Twitch says about a device login.
const (
	minInterval   = time.Second
	usualInterval = 5 * time.Second // where none is said (RFC 8628)
	maxInterval   = time.Minute
	maxExpires    = time.Hour
)

// Device begins a login with these scopes. Denied, ReasonClient, means that the
// client id is wrong.
func (o *OAuth) Device(ctx context.Context, scopes ...string) (Device, error) {
	form := url.Values{"client_id": {o.ClientID}, "scopes": {strings.Join(scopes, " ")}}
	r := request{method: http.MethodPost, path: "device", form: form, twice: true}
	var body struct {
		Code     string `json:"device_code"`
		UserCode string `json:"user_code"`
		Address  string `json:"verification_uri"`
		Interval figure `json:"interval"`
		Expires  figure `json:"expires_in"`
	}
	if err := o.call(ctx, r, &body); err != nil {
		return Device{}, o.clientError(err)
	}
	if body.Code == "" || body.UserCode == "" || body.Address == "" || body.Expires <= 0 {
		return Device{}, core.Because(core.Unavailable, "bad-device", "twitch: %s: the answer has no code", r.op())
	}
	return Device{
		Code: body.Code, UserCode: body.UserCode, Address: body.Address, Trusted: o.trusts(body.Address),
		Interval: min(max(cmp.Or(body.Interval.seconds(), usualInterval), minInterval), maxInterval), Expires: min(body.Expires.seconds(), maxExpires),
	}, nil
}

// clientError explains the refusal of a request that has nothing in it but the
// client id and scopes.
func (o *OAuth) clientError(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Temporary() || e.Status >= http.StatusInternalServerError {
		return err
	}
	return core.Because(core.Denied, ReasonClient, "Twitch does not take the client id %q: %w", o.ClientID, err)
}

// trusts reports whether address is a page of Twitch, or of whoever the
// settings name in its place.
func (o *OAuth) trusts(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	if own, err := url.Parse(o.URL); err == nil && u.Scheme == own.Scheme && u.Host == own.Host {
		return true
	}
	host := u.Hostname()
	return u.Scheme == "https" && u.Port() == "" && (host == "twitch.tv" || strings.HasSuffix(host, ".twitch.tv"))
}

// Poll asks once whether somebody has agreed to the device login d, begun with
// the same scopes: ErrPending while nobody has. Unavailable and RateLimited,
// and Ambiguous for an answer that was lost, may be asked again; after anything
// else the login is over.
func (o *OAuth) Poll(ctx context.Context, code string, scopes ...string) (Grant, error) {
	form := url.Values{"client_id": {o.ClientID}, "scopes": {strings.Join(scopes, " ")}, "device_code": {code}, "grant_type": {deviceGrant}}
	if o.ClientSecret != "" {
		form.Set("client_secret", o.ClientSecret)
	}
	g, err := o.grant(ctx, form, code, o.ClientSecret)
	if err != nil {
		return Grant{}, o.pollError(err)
	}
	return g, nil
}

func (o *OAuth) pollError(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	e.write = false // Twitch answered: the code is as it was
	said := strings.ToLower(e.Code + " " + e.Message)
	switch {
	case e.Temporary():
		return err
	case strings.Contains(said, "authorization_pending"), strings.Contains(said, "slow_down"):
		return ErrPending
	case strings.Contains(said, "denied"):
		return core.Because(core.Denied, ReasonDenied, "the login was refused on Twitch's page: %w", err)
	case strings.Contains(said, "device code"), strings.Contains(said, "expired_token"):
		return core.Because(core.LoginRequired, ReasonExpired, "the code is used or has expired: %w", err)
	case strings.Contains(said, "client"):
		return o.clientError(err)
	}
	return core.Because(core.LoginRequired, ReasonEnded, "Twitch ended the login: %w", err)
}
