package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidestage/core"
)

// Lifetimes, as the platforms have them.
const (
	twitchAccess   = 4 * time.Hour
	twitchRefresh  = 30 * 24 * time.Hour // after it was made; each rotation makes a new one
	spotifyAccess  = time.Hour
	spotifyRefresh = 180 * 24 * time.Hour // after the authorization; refreshing does not extend it
)

// login is one authorization of one application by the streamer. Killing it
// kills every token of it.
type login struct {
	ID       string
	Platform string
	Client   string
	Scopes   []string
	Since    time.Time
	Dead     bool
}

type access struct {
	Login string
	Until time.Time
}

type refreshToken struct {
	Login string
	Until time.Time
	Spent bool
}

// caller is whose token a request bears.
type caller struct {
	login login
	until time.Time
}

// may reports whether the login was given any of these scopes.
func (c caller) may(scopes ...string) bool {
	return len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(c.login.Scopes, s) })
}

// granted: the streamer logged in.
type granted struct {
	Login    string    `json:"login"`
	Platform string    `json:"platform"`
	Client   string    `json:"client"`
	Scopes   []string  `json:"scopes"`
	Access   string    `json:"access"`
	Until    time.Time `json:"until"`
	Refresh  string    `json:"refresh"`
	Renew    time.Time `json:"renew"` // the refresh token's end
}

func (granted) name() string { return "grant" }

func (o granted) apply(st *state, at time.Time) {
	st.Logins[o.Login] = &login{ID: o.Login, Platform: o.Platform, Client: o.Client, Scopes: o.Scopes, Since: at}
	st.Access[o.Access] = access{Login: o.Login, Until: o.Until}
	st.Refresh[o.Refresh] = refreshToken{Login: o.Login, Until: o.Renew}
}

// refreshed: a refresh token was used. Next is empty where it stays good.
type refreshed struct {
	Old    string    `json:"old"`
	Access string    `json:"access"`
	Until  time.Time `json:"until"`
	Next   string    `json:"next,omitempty"`
	Renew  time.Time `json:"renew,omitzero"`
}

func (refreshed) name() string { return "refresh" }

func (o refreshed) apply(st *state, at time.Time) {
	old := st.Refresh[o.Old]
	for token, a := range st.Access {
		if a.Until.Before(at) {
			delete(st.Access, token)
		}
	}
	st.Access[o.Access] = access{Login: old.Login, Until: o.Until}
	if o.Next != "" {
		st.Refresh[o.Next] = refreshToken{Login: old.Login, Until: o.Renew}
		old.Spent = true
		st.Refresh[o.Old] = old
	}
}

// ended: a login is dead, with every token of it.
type ended struct {
	Login string `json:"login"`
}

func (ended) name() string { return "end" }

func (o ended) apply(st *state, _ time.Time) {
	if l := st.Logins[o.Login]; l != nil {
		l.Dead = true
	}
}

// dropped: one access token is good no more.
type dropped struct {
	Access string `json:"access"`
}

func (dropped) name() string { return "drop" }

func (o dropped) apply(st *state, _ time.Time) { delete(st.Access, o.Access) }

// bearer finds the login of an access token of a platform, if it is good.
// s.mu is held.
func (s *Sim) bearer(platform, token string) (caller, bool) {
	a, ok := s.state.Access[token]
	if !ok || !time.Now().Before(a.Until) {
		return caller{}, false
	}
	l := s.state.Logins[a.Login]
	if l.Dead || l.Platform != platform {
		return caller{}, false
	}
	return caller{login: *l, until: a.Until}, true
}

// grant books a new login and returns the token endpoint's answer. s.mu is held.
func (s *Sim) grant(platform, client string, scopes []string) (tokenAnswer, error) {
	now := clock()
	o := granted{Login: uuid(), Platform: platform, Client: client, Scopes: scopes, Access: secret(30), Refresh: secret(50)}
	o.Until, o.Renew = now.Add(twitchAccess), now.Add(twitchRefresh)
	if platform == Spotify {
		o.Access, o.Refresh = secret(160), secret(131)
		o.Until, o.Renew = now.Add(spotifyAccess), now.Add(spotifyRefresh)
	}
	if err := s.commit([]op{o}); err != nil {
		return tokenAnswer{}, err
	}
	return answerFor(platform, o.Access, o.Refresh, scopes, o.Until.Sub(now)), nil
}

// kill ends a login: its tokens and, at Twitch, its subscriptions. s.mu is held.
func (s *Sim) kill(id string) error {
	l := s.state.Logins[id]
	if l.Dead {
		return nil
	}
	if err := s.commit([]op{ended{Login: id}}); err != nil {
		return err
	}
	if l.Platform == Twitch {
		s.revokeSubscriptions(l.ID)
	}
	return nil
}

// tokenAnswer is what both token endpoints answer; they differ in scope.
type tokenAnswer struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"` // seconds
	Refresh string `json:"refresh_token,omitempty"`
	Scope   any    `json:"scope,omitempty"` // Twitch: a list; Spotify: words
}

func answerFor(platform, access, refresh string, scopes []string, life time.Duration) tokenAnswer {
	a := tokenAnswer{Access: access, Type: "bearer", Expires: int(life.Seconds()), Refresh: refresh}
	if platform == Spotify {
		a.Type, a.Scope = "Bearer", strings.Join(scopes, " ")
	} else if len(scopes) > 0 {
		a.Scope = scopes
	}
	return a
}

// The scopes a desk asks for, which a grant without scopes gets.
func twitchScopes() []string {
	return []string{
		scopeRedemptions, scopeReadChat, scopeWriteChat, scopeChatters, scopeFollowers, scopeSubscribers, scopeBits, scopeShoutouts,
	}
}

func spotifyScopes() []string {
	return []string{scopeReadState, scopeReadPlaying, scopeModify, scopeRecent}
}

// GrantTwitch is the streamer logging in by hand: the JSON of the token
// endpoint for a new login, with these scopes or all a desk asks for.
func (s *Sim) GrantTwitch(scopes ...string) ([]byte, error) {
	if len(scopes) == 0 {
		scopes = twitchScopes()
	}
	return s.grantJSON(Twitch, s.opt.ClientIDs.Twitch, scopes)
}

// GrantSpotify is GrantTwitch for Spotify.
func (s *Sim) GrantSpotify(scopes ...string) ([]byte, error) {
	if len(scopes) == 0 {
		scopes = spotifyScopes()
	}
	return s.grantJSON(Spotify, s.opt.ClientIDs.Spotify, scopes)
}

func (s *Sim) grantJSON(platform, client string, scopes []string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.grant(platform, client, scopes)
	if err != nil {
		return nil, fmt.Errorf("grant a %s login: %w", platform, err)
	}
	return json.Marshal(a)
}

// Revoke is the streamer taking every login of a platform back, as on the
// platform's connections page.
func (s *Sim) Revoke(platform string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revoke(platform)
}

func (s *Sim) revoke(platform string) error {
	for id, l := range s.state.Logins {
		if l.Platform != platform {
			continue
		}
		if err := s.kill(id); err != nil {
			return fmt.Errorf("revoke %s: %w", platform, err)
		}
	}
	return nil
}

// ExpireAccess makes every access token of a platform expire now, so that the
// desk must refresh.
func (s *Sim) ExpireAccess(platform string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var gone []op
	for token, a := range s.state.Access {
		if s.state.Logins[a.Login].Platform == platform {
			gone = append(gone, dropped{Access: token})
		}
	}
	if err := s.commit(gone); err != nil {
		return core.E(core.Internal, "expire access tokens of %s: %w", platform, err)
	}
	return nil
}

// refused notes that a refresh was refused: the streamer will see the desk ask
// for a login, and log in again. s.mu is held.
func (s *Sim) refused(platform string) {
	if _, due := s.away[platform]; due || s.opt.Login == nil {
		return
	}
	s.away[platform] = time.Now().Add(loginDelay)
	s.alarmed()
}

// loginDelay is how long the simulated streamer takes to log in again.
const loginDelay = 3 * time.Second

// returned logs the streamer in wherever that is due, and tells the desk.
func (s *Sim) returned() error {
	for _, platform := range []string{Twitch, Spotify} {
		token, err := s.dueLogin(platform)
		if err != nil {
			return err
		}
		if token != nil {
			s.opt.Login(platform, token)
		}
	}
	return nil
}

func (s *Sim) dueLogin(platform string) ([]byte, error) {
	s.mu.Lock()
	at, due := s.away[platform]
	if due = due && !time.Now().Before(at); due {
		delete(s.away, platform)
	}
	s.mu.Unlock()
	if !due {
		return nil, nil
	}
	if platform == Twitch {
		return s.GrantTwitch()
	}
	return s.GrantSpotify()
}
