package song

import (
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// Outage is a time in which nothing can be given to Spotify. A zero Reason means
// that there was none.
type Outage struct {
	Reason  string // of the error that said so
	Since   time.Time
	SeenAt  time.Time // when somebody last found it so
	EndedAt time.Time // zero while it lasts
}

// Stands reports whether it lasts.
func (o Outage) Stands() bool { return o.Reason != "" && o.EndedAt.IsZero() }

// Reasons of an Outage that Spotify does not give one for.
const (
	OutNoDevice    = "no-active-device" // nothing plays anywhere
	OutLogin       = "login-required"
	OutRateLimited = "rate-limited"
	OutUnreachable = "unreachable"
)

// lasting are the reasons that are believed at once: somebody has to do
// something.
var lasting = map[string]bool{
	OutNoDevice: true, "device-not-found": true, "premium-required": true, "owner-premium-required": true,
	"not-allowlisted": true, "restricted": true, "quota-exceeded": true, "missing-scope": true, "token-refused": true, OutLogin: true,
}

// OutageOf is the outage that an error of Spotify speaks of; "" when it speaks
// of the one call alone.
func OutageOf(err error) string {
	if err == nil {
		return ""
	}
	reason := core.ReasonOf(err)
	switch kind := core.KindOf(err); {
	case lasting[reason]:
		return reason
	case reason == "did-not-happen": // of one add, and somebody has decided that
		return ""
	case kind == core.LoginRequired:
		return OutLogin
	case kind == core.RateLimited:
		return OutRateLimited
	case kind == core.Unavailable:
		return OutUnreachable
	}
	return ""
}

// sameOutage is how soon an outage that comes again is still the same one: what
// cannot take a track may still look as if it could.
const sameOutage = time.Minute

// GoOut notes that nothing can be given to Spotify. While it is known already
// only the reason may change.
func GoOut(tx Tx, reason string) error {
	was, err := tx.SongOutage()
	if err != nil {
		return err
	}
	o := Outage{Reason: reason, Since: tx.Now(), SeenAt: tx.Now()}
	if was.Stands() || was.Reason == reason && tx.Now().Sub(was.EndedAt) < sameOutage {
		o.Since = was.Since
	}
	if err := tx.SongPutOutage(o); err != nil || was.Stands() && was.Reason == reason {
		return err
	}
	return tx.AppendEvent(event.SongOutage{Reason: reason, Since: o.Since})
}

// How long an outage lasts at least: a look that finds the player does not show
// that it takes a track, which an add has just found out. Without Premium every
// look succeeds, so that only another add, now and then, can find the end.
const (
	atLeast       = 10 * time.Second
	atLeastUnpaid = time.Minute
)

func (o Outage) atLeast() time.Duration {
	if o.Reason == "premium-required" {
		return atLeastUnpaid
	}
	return atLeast
}

// seenByLooks are the reasons of which a look that succeeds is the end.
var seenByLooks = map[string]bool{OutLogin: true, "token-refused": true, "missing-scope": true, OutUnreachable: true}

// ComeBack notes that Spotify takes tracks again, as far as a look can tell: one
// that finds a device where the last found none ends the want of one at once.
func ComeBack(tx Tx, device bool) error {
	o, err := tx.SongOutage()
	if err != nil || !o.Stands() {
		return err
	}
	seen := seenByLooks[o.Reason] || device && o.Reason == OutNoDevice
	if !seen && tx.Now().Sub(o.SeenAt) < o.atLeast() {
		return nil
	}
	o.EndedAt = tx.Now()
	if err := tx.SongPutOutage(o); err != nil {
		return fmt.Errorf("note the end of an outage: %w", err)
	}
	return tx.AppendEvent(event.SongOutage{Reason: o.Reason, Since: o.Since, Over: true})
}

// firstLook is how long a desk that starts has to look at the player before
// requests are given up.
const firstLook = 15 * time.Second

// Recall is for a desk that starts: an outage it remembers may be over. Requests
// that have waited as long as patience get until the first look.
func Recall(tx Tx, patience time.Duration) error {
	o, err := tx.SongOutage()
	if least := tx.Now().Add(firstLook - patience); err == nil && o.Stands() && o.Since.Before(least) {
		o.Since = least
		err = tx.SongPutOutage(o)
	}
	return err
}
