package sim

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// gone is how long after the start what a fault takes away for good is taken.
const gone = 10 * time.Second

// quotaWait is what Spotify asked of apps whose quota was spent: 13.6 hours
// (GuessSong 28).
const quotaWait = 48925 * time.Second

// forbids is how Spotify answers a call that a fault forbids for good: the
// quota, the login or the subscription is gone. Logging in again helps nothing
// while the fault is on.
func (s *Sim) forbids(r *http.Request) (reply, bool) {
	api := strings.HasPrefix(r.URL.Path, "/v1/")
	late := s.faults.late(gone)
	switch {
	case api && late && s.faults.on(faultQuota):
		return apiFailure(http.StatusTooManyRequests, "API rate limit exceeded", "QUOTA_EXCEEDED").
			with("Retry-After", strconv.Itoa(int(quotaWait.Seconds()))), true
	case api && late && s.faults.on(faultLoginLost):
		return apiFailure(http.StatusUnauthorized, "The access token expired", ""), true
	case r.URL.Path == "/api/token" && late && s.faults.on(faultLoginLost):
		return grantFailure("invalid_grant", "Refresh token revoked"), true
	case api && late && s.faults.on(faultOwnerPremium):
		return reply{
			status: http.StatusForbidden, kind: plain,
			text: "Active premium subscription required for the owner of the app. When the subscription status changes, it can take a few hours before requests are allowed again.",
		}, true
	case steers(r) && s.faults.on(faultPremium):
		return apiFailure(http.StatusForbidden, "Player command failed: Premium required", "PREMIUM_REQUIRED"), true
	}
	return reply{}, false
}

// staleFor is how long after a command stale reads may still show what was
// before it.
const staleFor = 3 * time.Second

// remember keeps the player as it is before a command, for stale reads. s.mu is
// held.
func (s *Sim) remember() {
	if s.faults.on(faultStale) {
		s.past, s.pastUntil = s.state.Player.view(clock()), time.Now().Add(staleFor)
	}
}

// shown is the player as a read shows it. s.mu is held.
func (s *Sim) shown() *player {
	if stale := time.Now().Before(s.pastUntil) && s.faults.on(faultStale); !stale {
		return &s.state.Player
	}
	p := s.past.view(clock())
	return &p
}

// advert: an advertisement takes over, or is over.
type advert struct {
	On bool `json:"on"`
}

func (advert) name() string { return "advert" }

func (o advert) apply(st *state, _ time.Time) { st.Player.Ad = o.On }

// advertise plays an advertisement in the windows of ads, and goes on after it.
func (s *Sim) advertise(now time.Time) error {
	on, p := s.faults.window(faultAds, now), &s.state.Player
	if on && !p.Ad && p.Playing && p.Device || !on && p.Ad {
		defer s.nudge()
		return s.commit([]op{advert{On: on}})
	}
	return nil
}

// twin is the id of the release that stands for a track in the streamer's
// country: a third of them have one with relink. Only a look-up tells it; the
// player shows the track that was queued, by its own id.
func (s *Sim) twin(t track) (string, bool) {
	id, has := release(t)
	return id, has && s.faults.on(faultRelink)
}

// release is the id of another release of a track, which there is whether
// look-ups tell it or not.
func release(t track) (string, bool) { return base62("twin", t.ID), digest("relink", t.ID)%3 == 0 }

// playable finds the track of a URI, also by the id of a twin.
func (s *Sim) playable(uri string) (track, bool) {
	if t, known := s.tracks.uri(uri); known {
		return t, true
	}
	for _, t := range s.tracks.all {
		if id, has := release(t); has && uri == "spotify:track:"+id {
			return t, true
		}
	}
	return track{}, false
}
