package token

import (
	"context"
	"time"

	"sidestage/core"
)

// What Status.Check says of a validation.
const (
	CheckOK          = "ok"
	CheckExpired     = "expired" // not asked: the access token has expired, a refresh will do
	CheckRefused     = "refused"
	CheckUnreachable = "unreachable"
)

// Status is how a login stands. It holds no token.
type Status struct {
	Platform       string    `json:"platform"`
	State          string    `json:"state"` // one of the State constants
	UserID         string    `json:"userId,omitempty"`
	Login          string    `json:"login,omitempty"`
	Name           string    `json:"name,omitempty"`
	Scopes         []string  `json:"scopes,omitempty"`
	ExpiresAt      time.Time `json:"expiresAt,omitzero"`       // of the access token, which is refreshed before
	AuthorizedAt   time.Time `json:"authorizedAt,omitzero"`    // when the person logged in
	EndsAt         time.Time `json:"endsAt,omitzero"`          // when the person has to log in again at the latest
	RefreshUnknown bool      `json:"refreshUnknown,omitempty"` // the answer to a refresh was lost
	Check          string    `json:"check,omitempty"`          // what a validation just said; empty if none was asked
}

// Status says how the login stands; being logged out is a state, not an error.
// With validate the platform is asked now, and what it says is reported, not
// stored: Status never writes.
func (s *Source) Status(ctx context.Context, validate bool) (Status, error) {
	err := s.load(ctx)
	t, _ := s.held()
	if core.KindOf(err) == core.LoginRequired || err == nil && t == nil {
		return Status{Platform: s.platform, State: StateLoggedOut}, nil
	}
	if err != nil {
		return Status{}, err
	}
	if validate && t.State == stateOK {
		return s.checked(ctx, *t), nil
	}
	return t.status(s.platform, ""), nil
}

// checked is the status of t after asking the platform.
func (s *Source) checked(ctx context.Context, t Stored) Status {
	if !t.serves("", time.Now()) {
		return t.status(s.platform, CheckExpired)
	}
	id, err := s.validate(ctx, t.Access)
	if err == nil {
		return t.identified(*id, t.Access, time.Now()).status(s.platform, CheckOK)
	}
	if turnedAway(err) {
		return t.status(s.platform, CheckRefused)
	}
	return t.status(s.platform, CheckUnreachable)
}

func (t Stored) status(platform, check string) Status {
	var ends time.Time
	if t.EndsAt != 0 {
		ends = time.UnixMilli(t.EndsAt)
	}
	return Status{
		Platform: platform, EndsAt: ends, State: t.state(), UserID: t.UserID, Login: t.Login, Name: t.Name, Scopes: t.Scopes,
		ExpiresAt: t.expiry(), AuthorizedAt: time.UnixMilli(t.AuthorizedAt),
		RefreshUnknown: t.Refreshing.Sends > 0, Check: check,
	}
}

// validate asks the platform whose access is, for a bounded time.
func (s *Source) validate(ctx context.Context, access string) (*Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	id, err := s.provider.Validate(ctx, access)
	if err != nil {
		return nil, err
	}
	return &id, nil
}

// turnedAway reports whether a validation ended in a refusal.
func turnedAway(err error) bool {
	k := core.KindOf(err)
	return k == core.LoginRequired || k == core.Denied
}
