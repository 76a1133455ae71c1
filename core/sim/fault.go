package sim

import (
	"slices"
	"sync"
	"time"

	"sidestage/core"
)

// Fault is a way to misbehave that can be switched on.
type Fault struct {
	Name, Doc string
	Alone     bool // not a part of all: it takes something away for good
}

// The faults' names.
const (
	faultNoDevice      = "no-device"
	faultUnauthorized  = "unauthorized"
	faultForbidden     = "forbidden"
	faultRateLimit     = "rate-limit"
	faultDryBucket     = "dry-bucket"
	faultServerError   = "server-error"
	faultTimeoutAfter  = "timeout-after"
	faultSlow          = "slow"
	faultDropSocket    = "drop-socket"
	faultDuplicate     = "duplicate"
	faultReorder       = "reorder"
	faultCloseCode     = "close-code"
	faultRefuseRefresh = "refuse-refresh"
	faultStale         = "stale"
	faultAds           = "ads"
	faultRelink        = "relink"
	faultQuota         = "quota"
	faultLoginLost     = "login-lost"
	faultPremium       = "premium-required"
	faultOwnerPremium  = "owner-premium"
	faultAll           = "all"
	// Hidden: not listed, not in all.
	faultMisbook   = "misbook"   // one entry of the books is wrong
	faultModerator = "moderator" // every third redemption is rejected on Twitch's own page at once
	faultRaid      = "raid"      // every third redemption comes with a raid
)

// Faults lists every fault there is to switch on, and all, their union.
func Faults() []Fault {
	return []Fault{
		{faultNoDevice, "the player's device is gone for a few seconds, again and again", false},
		{faultUnauthorized, "a share of calls is answered 401 once, though the token is good", false},
		{faultForbidden, "chat refuses a share of messages; the player refuses commands for a few seconds, again and again", false},
		{faultRateLimit, "a share of calls is answered 429, with a Retry-After", false},
		{faultDryBucket, "Twitch's rate limit is used up for a few seconds, again and again", false},
		{faultServerError, "a share of calls is answered 500, 502 or 503, without effect", false},
		{faultTimeoutAfter, "a share of writing calls takes effect, but is never answered", false},
		{faultSlow, "a share of calls takes up to three seconds longer", false},
		{faultDropSocket, "the EventSub connection is cut off every few seconds", false},
		{faultDuplicate, "a share of notifications comes twice, under the same or another message id", false},
		{faultReorder, "a share of notifications is overtaken by the one after it", false},
		{faultCloseCode, "the EventSub connection is closed with each of its codes in turn, or told to reconnect", false},
		{faultRefuseRefresh, "a login is revoked now and then: the refresh is refused, and the streamer logs in again", false},
		{faultStale, "after a command the player's state is shown as it was before, for up to three seconds", false},
		{faultAds, "an advertisement plays for a few seconds, again and again: no item is shown, and nothing can be skipped", false},
		{faultRelink, "a share of tracks is looked up under another id than asked for", false},
		{faultAll, "all of the above", false},
		{faultQuota, "after ten seconds Spotify's quota is spent, for 13.6 hours; not in all", true},
		{faultLoginLost, "after ten seconds the login to Spotify is revoked, and nobody logs in again; not in all", true},
		{faultPremium, "the account has no Premium: the player shows itself but takes no commands; not in all", true},
		{faultOwnerPremium, "after ten seconds the owner of the app has no Premium: every call is refused, in plain text; not in all", true},
	}
}

// faults decides when a fault strikes. Every decision is a function of the
// seed, the number of starts, and a count or a time, so a run can be repeated.
type faults struct {
	seed uint64

	mu     sync.Mutex
	boot   int
	since  time.Time // windows are counted from here
	active map[string]bool
	counts map[string]int  // draws, by what they were for
	struck map[string]bool // calls struck the last time they came
}

func newFaults(seed uint64, names []string) (*faults, error) {
	f := &faults{seed: seed, active: map[string]bool{}, counts: map[string]int{}, struck: map[string]bool{}}
	for _, name := range names {
		if err := f.set(name, true); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *faults) begin(boot int, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.boot, f.since = boot, now
}

// set switches one fault, or all of them.
func (f *faults) set(name string, on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := slices.ContainsFunc(Faults(), func(k Fault) bool { return k.Name == name })
	switch {
	case name == faultAll:
		for _, k := range Faults() {
			if !k.Alone {
				f.active[k.Name] = on
			}
		}
		return nil
	case !known && name != faultMisbook && name != faultModerator && name != faultRaid:
		return core.E(core.Invalid, "there is no fault %q: demo --help lists them", name)
	}
	f.active[name] = on
	return nil
}

// off ends every fault that strikes; a falsified book entry stays one.
func (f *faults) off() {
	f.mu.Lock()
	defer f.mu.Unlock()
	misbook := f.active[faultMisbook]
	clear(f.active)
	f.active[faultMisbook] = misbook
}

func (f *faults) on(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.active[name]
}

// late reports whether so long has passed since the start.
func (f *faults) late(after time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.since.IsZero() && time.Since(f.since) >= after
}

// timed reports whether a fault is on that comes with time.
func (f *faults) timed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.active[faultNoDevice] || f.active[faultAds] || f.active[faultDropSocket] || f.active[faultCloseCode] || f.active[faultRefuseRefresh]
}

// struckShare is how much of what a fault may strike it does strike, however
// many faults are on.
const struckShare = 0.18

// draw reports whether a fault strikes the next thing it may, and a number to
// vary how.
func (f *faults) draw(name string) (bool, uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.active[name] {
		return false, 0
	}
	f.counts[name]++
	n := f.counts[name]
	return share(name, f.seed, f.boot, n) < struckShare, digest("vary", name, f.seed, f.boot, n)
}

// strike picks the fault, of those that may, that hits a call; "" for none. A
// call that was hit is let through the next time, so that trying again helps.
func (f *faults) strike(call string, may []string) (string, uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	may = slices.DeleteFunc(may, func(name string) bool { return !f.active[name] })
	if len(may) == 0 {
		return "", 0
	}
	if f.struck[call] {
		delete(f.struck, call)
		return "", 0
	}
	f.counts["call"]++
	n := f.counts["call"]
	if share("call", f.seed, f.boot, n) >= struckShare {
		return "", 0
	}
	f.struck[call] = true
	vary := digest("which", f.seed, f.boot, n)
	return may[vary%uint64(len(may))], vary / uint64(len(may))
}

// Windows: one in every windowEvery, of 2 to 4 s, beginning in its middle half.
const windowEvery = 20 * time.Second

// window reports whether a fault that strikes in windows does so now.
func (f *faults) window(name string, now time.Time) bool { return !f.windowEnd(name, now).IsZero() }

// windowEnd is when the fault that strikes now stops; zero when it does not.
func (f *faults) windowEnd(name string, now time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.active[name] || now.Before(f.since) {
		return time.Time{}
	}
	slot := int64(now.Sub(f.since) / windowEvery)
	opens := windowEvery/4 + time.Duration(share("opens", name, f.seed, f.boot, slot)*float64(windowEvery/2))
	lasts := 2*time.Second + time.Duration(share("lasts", name, f.seed, f.boot, slot)*float64(2*time.Second))
	into := now.Sub(f.since) % windowEvery
	if into < opens || into >= opens+lasts {
		return time.Time{}
	}
	return now.Add(opens + lasts - into)
}

// calm is how long the nth of something is left in peace.
func (f *faults) calm(what string, n int) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return 6*time.Second + time.Duration(share("calm", what, f.seed, f.boot, n)*float64(9*time.Second))
}

// SetFault switches a fault, or all, on or off. An unknown name is
// core.Invalid. After StopViewers nothing can be switched on.
func (s *Sim) SetFault(name string, on bool) error {
	s.mu.Lock()
	quiet := s.quiet
	s.mu.Unlock()
	if quiet && on {
		return core.E(core.Conflict, "switch on fault %q: the show is over", name)
	}
	defer s.alarmed()
	return s.faults.set(name, on)
}

// StopViewers ends the script and every fault, for good: from now on the
// platforms behave, and nobody asks for anything.
func (s *Sim) StopViewers() {
	s.mu.Lock()
	s.quiet = true
	s.skipAt = time.Time{}
	s.mu.Unlock()
	s.faults.off()
	s.stirred()
}
