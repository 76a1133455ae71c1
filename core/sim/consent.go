package sim

import (
	"slices"
	"time"
)

// Consent is how logins go that ask the streamer for consent. The zero value
// agrees to everything: a device code is pending once, Spotify's page sends the
// browser back at once.
type Consent struct {
	Deny     bool          // the streamer says no
	Wait     bool          // the streamer does nothing until somebody opens Twitch's page; Spotify's waits for its button
	Pending  int           // how often a device code is pending before; 0 is once
	Expire   bool          // a device code is no longer good when it is asked for the second time
	Interval time.Duration // between two polls, whole seconds; 0 is Twitch's five
	Withhold []string      // scopes that are not given although they are asked for

	// Redirects are the redirect URIs that the apps have registered; nil takes
	// every one that the platform permits.
	Redirects []string
	Unlisted  bool // Spotify: the account is not listed in the app's dashboard
	Lapsed    bool // Spotify: the owner of the app has no Premium
}

// SetConsent changes how logins go from now on.
func (s *Sim) SetConsent(c Consent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consent = c
}

// given is what of the scopes that were asked for a login gets.
func (c Consent) given(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return slices.Contains(c.Withhold, s) })
}

// registered reports whether an app has this redirect URI.
func (c Consent) registered(redirect string) bool {
	return c.Redirects == nil || slices.Contains(c.Redirects, redirect)
}
