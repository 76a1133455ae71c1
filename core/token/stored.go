package token

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// The states of a login, as Status and event.LoginChanged name them.
const (
	StateConnected     = "connected"
	StateUnvalidated   = "unvalidated" // stored, but the platform was not yet reached
	StateLoginRequired = "login-required"
	StateLoggedOut     = "logged-out"
)

// stateOK is the state stored with a login that can be refreshed; the other
// is StateLoginRequired.
const stateOK = "ok"

// Stored is a login as the Store keeps it. Times are Unix milliseconds. It
// prints, logs and encodes without its tokens, which a Store writes apart.
type Stored struct {
	Access       string   `json:"-"`
	Refresh      string   `json:"-"`
	ExpiresAt    int64    `json:"expiresAt"` // of the access token
	Scopes       []string `json:"scopes,omitempty"`
	State        string   `json:"state"` // "ok" or "login-required"
	Validated    bool     `json:"validated"`
	UserID       string   `json:"userId,omitempty"`
	Login        string   `json:"login,omitempty"`
	Name         string   `json:"name,omitempty"`
	AuthorizedAt int64    `json:"authorizedAt"`     // when the person logged in; refreshing does not move it
	EndsAt       int64    `json:"endsAt,omitempty"` // of the authorization; 0: not known
	Refreshing   Intent   `json:"refreshing,omitzero"`
}

// Intent is a refresh that was, or was about to be, sent and whose answer is
// not stored. The zero value is none.
type Intent struct {
	Since int64 `json:"since"` // Unix milliseconds of the first sending
	Sends int   `json:"sends"` // how often the refresh token may have been sent
}

func newStored(g Grant, now time.Time) Stored {
	s := Stored{
		Access: g.Access, Refresh: g.Refresh, Scopes: g.Scopes, State: stateOK,
		ExpiresAt: now.Add(g.ExpiresIn).UnixMilli(), AuthorizedAt: now.UnixMilli(),
	}
	if g.Lasts > 0 {
		s.EndsAt = now.Add(g.Lasts).UnixMilli()
	}
	return s
}

func (t Stored) expiry() time.Time { return time.UnixMilli(t.ExpiresAt) }

// serves reports whether the access token can still be used by a caller who
// saw refused turned away.
func (t Stored) serves(refused string, now time.Time) bool {
	return t.State == stateOK && t.Access != refused && now.Before(t.expiry())
}

// state is the login's state in the words of Status.
func (t Stored) state() string {
	switch {
	case t.State != stateOK:
		return StateLoginRequired
	case !t.Validated:
		return StateUnvalidated
	default:
		return StateConnected
	}
}

// sending is t with the intent of one more sending.
func (t Stored) sending(now time.Time) Stored {
	if t.Refreshing.Sends == 0 {
		t.Refreshing.Since = now.UnixMilli()
	}
	t.Refreshing.Sends++
	return t
}

// refreshed is t after the answer g to a refresh sent at sent. An answer
// without a refresh token leaves the old one good.
func (t Stored) refreshed(g Grant, sent time.Time) (Stored, error) {
	if g.Refresh == "" {
		g.Refresh = t.Refresh
	}
	if err := g.check(); err != nil {
		return t, err
	}
	t.Access, t.Refresh = g.Access, g.Refresh
	if len(g.Scopes) > 0 {
		t.Scopes = g.Scopes
	}
	t.ExpiresAt = sent.Add(g.ExpiresIn).UnixMilli()
	t.Refreshing = Intent{}
	return t, nil
}

// refusedForGood is t once only a person can help.
func (t Stored) refusedForGood() Stored {
	t.State = StateLoginRequired
	t.Refreshing = Intent{}
	return t
}

// identified is t after its access token was validated at now. The expiry is
// corrected when it is off by more than a minute: a token given by hand may
// have been issued long before.
func (t Stored) identified(id Identity, access string, now time.Time) Stored {
	t.Validated = true
	t.UserID, t.Login, t.Name = id.UserID, id.Login, id.Name
	if id.Scopes != nil {
		t.Scopes = id.Scopes
	}
	if id.ExpiresIn > 0 && t.Access == access {
		if at := now.Add(id.ExpiresIn); at.Sub(t.expiry()).Abs() > time.Minute {
			t.ExpiresAt = at.UnixMilli()
		}
	}
	return t
}

// String says whose the login is and how it stands, without its tokens.
func (t Stored) String() string {
	return fmt.Sprintf("login of %q (%s, expires %s)", t.Login, t.state(), t.expiry().UTC().Format(time.RFC3339))
}

// GoString is String: %#v shows no token either.
func (t Stored) GoString() string { return t.String() }

// Format is String for every verb; %d of a struct would print its strings.
func (t Stored) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue is String.
func (t Stored) LogValue() slog.Value { return slog.StringValue(t.String()) }

// String says how long the grant lasts, without its tokens.
func (g Grant) String() string { return "grant for " + g.ExpiresIn.String() }

// GoString is String: %#v shows no token either.
func (g Grant) GoString() string { return g.String() }

// Format is String for every verb; %d of a struct would print its strings.
func (g Grant) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, g.String()) }

// LogValue is String.
func (g Grant) LogValue() slog.Value { return slog.StringValue(g.String()) }
