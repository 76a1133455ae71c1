package token

import (
	"context"
	"time"

	"sidestage/core"
)

// Glance is Token for one who may not write: the stored access token, never
// refreshed. One that has expired or is refused is Unavailable, and the error
// names the command that refreshes it.
func (s *Source) Glance(ctx context.Context, refused string) (string, error) {
	if err := s.load(ctx); err != nil {
		return "", err
	}
	t, _ := s.held()
	switch {
	case t == nil:
		return "", s.loggedOut()
	case t.serves(refused, time.Now()):
		return t.Access, nil
	}
	return "", core.Because(core.Unavailable, "token-expired",
		"the stored token of %s has expired, and a look refreshes nothing: sidestage auth refresh %s", core.PlatformName(s.platform), s.platform)
}
