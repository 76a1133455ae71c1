// Package token keeps one login with a platform alive: it hands out access
// tokens, refreshes them in time, and knows when only a person can help.
//
// A platform may make a refresh token good for one use and answer its second
// use by ending the whole login (Twitch does). So:
//
//   - Concurrent callers share one refresh, and no caller's impatience ends it.
//   - The intent to refresh is stored before it is sent, and the new pair is
//     stored before anybody sees it.
//   - A refresh whose answer never came (a lost reply, a crash) leaves its
//     intent open. The refresh token is then sent once more, and only when the
//     access token no longer serves: it is refused or has expired. A refusal of
//     that, or a second lost answer, means a person must log in again.
//
// Writing to the Store is only safe for the one process that holds the desk's
// lock. That is the caller's duty, and every method but Status may write.
package token

import (
	"context"
	"time"
)

// Grant is what a platform hands out at a login or a refresh.
type Grant struct {
	Access    string `json:"-"`
	Refresh   string `json:"-"` // empty after a refresh: the old one stays good
	ExpiresIn time.Duration
	Scopes    []string // nil: not said
	// Lasts is how long the person's authorization holds; refreshing does not
	// extend it. 0: not known. Only a login's counts, not a refresh's.
	Lasts time.Duration
}

// Identity is what a platform says of an access token.
type Identity struct {
	UserID, Login, Name string
	Scopes              []string      // nil: not said
	ExpiresIn           time.Duration // 0: not said
}

// Provider is a platform's side of a login. No error may carry a token.
type Provider interface {
	// Refresh trades the refresh token for a new grant. The kind of its error
	// says what became of the refresh token: LoginRequired, Denied, Invalid and
	// NotFound mean it was refused for good; a temporary error means nothing
	// happened; any other means it was sent and the answer is unknown.
	Refresh(ctx context.Context, refresh string) (Grant, error)
	// Validate asks whose the access token is. LoginRequired means the token is
	// refused, Denied that this program may not use it; after any other error
	// nothing is known.
	Validate(ctx context.Context, access string) (Identity, error)
	// Revoke ends the access token. A platform that cannot answers an error.
	Revoke(ctx context.Context, access string) error
}

// Store keeps logins durably, each by the name of its platform. Its errors
// carry no token.
type Store interface {
	// Load answers NotFound when there is no login. Damage is another error.
	Load(ctx context.Context, platform string) (Stored, error)
	// Save replaces the login as a whole or not at all, durably.
	Save(ctx context.Context, platform string, s Stored) error
	// Delete forgets the login. Forgetting none is no error.
	Delete(ctx context.Context, platform string) error
}
