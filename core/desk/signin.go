package desk

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/spotify"
	"sidestage/core/token"
	"sidestage/core/twitch"
)

// A login to which a person agrees in a browser is begun with BeginLogin and
// asked after with FinishLogin, which finishes it. All there is to know about
// one stands in its ticket, which the caller keeps: so it does not matter
// whether the two reach the same desk, or a desk of each one's own moment, and
// no lock is held while a person makes up their mind. Only a browser that comes
// back to this process's own server brings no ticket; for its sake a desk that
// runs remembers the logins begun with it, by their state.

// signInLife is how long a browser may take to come back.
const signInLife = 10 * time.Minute

// askEvery is how often FinishLogin is asked where that costs nothing.
const askEvery = time.Second

// ticket is a login under way.
type ticket struct {
	Platform string `json:"p"`
	Device   string `json:"d,omitempty"` // Twitch's device code, or:
	State    string `json:"s,omitempty"` // what the browser brings back, once
	Verifier string `json:"v,omitempty"`
	Redirect string `json:"r,omitempty"`
	Until    int64  `json:"u"` // Unix milliseconds
}

func (t ticket) String() string {
	data, _ := json.Marshal(t) // strings and a number
	return base64.RawURLEncoding.EncodeToString(data)
}

func (t ticket) over() bool { return !time.Now().Before(time.UnixMilli(t.Until)) }

func parseTicket(text, platform string) (ticket, error) {
	var t ticket
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil || t.Platform != platform || (t.Device == "") == (t.State == "") {
		return t, core.Because(core.Invalid, "ticket", "this is no ticket of a login to %s", core.PlatformName(platform))
	}
	return t, nil
}

// signIns are the logins whose browser comes back to this process.
type signIns struct {
	mu  sync.Mutex
	all map[string]*signIn // by state
}

// signIn is a login that is waited for. Its ticket works once.
type signIn struct {
	ticket ticket
	taken  bool
	done   bool // status and err say how it ended
	status token.Status
	err    error
}

func (s *signIns) remember(t ticket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for state, old := range s.all {
		if old.ticket.over() {
			delete(s.all, state)
		}
	}
	if s.all == nil {
		s.all = map[string]*signIn{}
	}
	s.all[t.State] = &signIn{ticket: t}
}

// outcome is how the login with a state ended, if it has.
func (s *signIns) outcome(state string) (st token.Status, err error, done bool) { //nolint:revive // err is a result, not a failure
	s.mu.Lock()
	defer s.mu.Unlock()
	in, known := s.all[state]
	if !known || !in.done {
		return token.Status{}, nil, false
	}
	return in.status, in.err, true
}

// take takes the ticket of a state, which can be done once.
func (s *signIns) take(state string) (*signIn, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, known := s.all[state]
	if !known || in.taken || in.ticket.over() {
		return nil, false
	}
	in.taken = true
	return in, true
}

func (s *signIns) end(in *signIn, st token.Status, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in.done, in.status, in.err = true, st, err
}

// BeginLogin begins a login. address is where the caller waits for the browser;
// a desk that runs waits itself and takes no notice.
func (d *Desk) BeginLogin(ctx context.Context, platform, address string) (api.LoginBegun, error) {
	if _, err := d.login(platform); err != nil {
		return api.LoginBegun{}, err
	}
	if err := d.haveClient(platform); err != nil {
		return api.LoginBegun{}, err
	}
	if platform == PlatformTwitch && d.twitchAuth.ClientSecret == "" {
		return d.beginDevice(ctx)
	}
	redirect, err := d.redirect(platform, address)
	if err != nil {
		return api.LoginBegun{}, err
	}
	until := time.Now().Add(signInLife)
	t := ticket{Platform: platform, State: rand.Text(), Verifier: spotify.NewVerifier(), Redirect: redirect, Until: until.UnixMilli()}
	page := d.spotifyAuth.Authorize(redirect, t.State, t.Verifier, scopeNames(platform)...)
	if platform == PlatformTwitch {
		page = d.twitchAuth.Authorize(redirect, t.State, scopeNames(platform)...)
	}
	if d.Address() != "" {
		d.signIns.remember(t)
	}
	return api.LoginBegun{
		Platform: platform, Address: page, Trusted: true, Redirect: redirect,
		IntervalMs: askEvery.Milliseconds(), ExpiresAt: until.UTC().Truncate(time.Millisecond), Ticket: t.String(),
	}, nil
}

// haveClient refuses a login for which there is no application.
func (d *Desk) haveClient(platform string) error {
	id := d.twitchAuth.ClientID
	if platform == PlatformSpotify {
		id = d.spotifyAuth.ClientID
	}
	switch {
	case id != "":
		return nil
	case d.door.since.Load() != nil:
		return core.Because(core.Conflict, "no-client-id", "the desk that runs was started without %s.client_id: stop it and start it again", platform)
	}
	return core.Because(core.Conflict, "no-client-id", "the settings have no %s.client_id", platform)
}

func (d *Desk) beginDevice(ctx context.Context) (api.LoginBegun, error) {
	dev, err := d.twitchAuth.Device(ctx, scopeNames(PlatformTwitch)...)
	if err != nil {
		return api.LoginBegun{}, err
	}
	until := time.Now().Add(dev.Expires)
	return api.LoginBegun{
		Platform: PlatformTwitch, Address: dev.Address, Trusted: dev.Trusted, UserCode: dev.UserCode,
		IntervalMs: dev.Interval.Milliseconds(), ExpiresAt: until.UTC().Truncate(time.Millisecond),
		Ticket: ticket{Platform: PlatformTwitch, Device: dev.Code, Until: until.UnixMilli()}.String(),
	}, nil
}

// redirect is where the browser comes back to. Spotify takes no name for this
// machine, only its number; Twitch takes no number, only localhost.
func (d *Desk) redirect(platform, address string) (string, error) {
	if own := d.Address(); own != "" {
		address = own
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", core.Because(core.Invalid, "address", "say where you wait for the browser, as host:port of this machine")
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		host = "127.0.0.1"
	}
	if platform == PlatformTwitch {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/oauth/" + platform + "/callback", nil
}

// FinishLogin finishes a login if a person has agreed to it; else pending is
// true. answer is the address the browser came back to, where that is known.
func (d *Desk) FinishLogin(ctx context.Context, platform string, in api.LoginFinish) (st token.Status, pending bool, err error) {
	t, err := parseTicket(in.Ticket, platform)
	if err != nil {
		return st, false, err
	}
	if st, err, done := d.signIns.outcome(t.State); done {
		return st, false, err
	}
	switch {
	case t.over():
		return st, false, core.Because(core.LoginRequired, twitch.ReasonExpired, "nobody agreed to the login in time")
	case t.Device != "":
		return d.pollDevice(ctx, t)
	case in.Answer == "":
		return st, true, nil
	}
	query, err := queryOf(in.Answer)
	if err != nil {
		return st, false, err
	}
	if got := query.Get("state"); got != t.State {
		return st, false, core.Because(core.Invalid, "state", "this address is not of the login that was just begun: copy the one the browser ends at now")
	}
	if waited, ok := d.signIns.take(t.State); ok {
		st, err = d.complete(ctx, t, query)
		d.signIns.end(waited, st, err)
		return st, false, err
	}
	st, err = d.complete(ctx, t, query)
	return st, false, err
}

func (d *Desk) pollDevice(ctx context.Context, t ticket) (st token.Status, pending bool, err error) {
	g, err := d.twitchAuth.Poll(ctx, t.Device, scopeNames(PlatformTwitch)...)
	if errors.Is(err, twitch.ErrPending) {
		return st, true, nil
	}
	if err != nil {
		return st, false, err
	}
	st, err = d.keep(ctx, PlatformTwitch, token.Grant{Access: g.Access, Refresh: g.Refresh, ExpiresIn: g.ExpiresIn, Scopes: g.Scopes})
	return st, false, err
}

// queryOf reads the query of an address that somebody copied from a browser.
func queryOf(address string) (url.Values, error) {
	u, err := url.Parse(address)
	if err == nil && (u.Query().Has("code") || u.Query().Has("error")) {
		return u.Query(), nil
	}
	return nil, core.Because(core.Invalid, "answer", "this is not the address the browser ends at: it begins with http://127.0.0.1 or http://localhost and has code= in it")
}

// CameBack finishes the login with which a browser came back to this process.
// Each state works once.
func (d *Desk) CameBack(ctx context.Context, platform string, query url.Values) (token.Status, error) {
	in, ok := d.signIns.take(query.Get("state"))
	if !ok || in.ticket.Platform != platform {
		return token.Status{}, core.Because(core.Denied, "state", "no login waits for this page: it was used, is more than ten minutes old, or was begun elsewhere")
	}
	st, err := d.complete(ctx, in.ticket, query)
	d.signIns.end(in, st, err)
	return st, err
}

// complete trades what the browser brought back for a login and keeps it.
func (d *Desk) complete(ctx context.Context, t ticket, query url.Values) (token.Status, error) {
	switch problem := query.Get("error"); {
	case problem == "access_denied":
		return token.Status{}, core.Because(core.Denied, twitch.ReasonDenied, "the login was refused on the page of %s", core.PlatformName(t.Platform))
	case problem != "":
		return token.Status{}, core.Because(core.LoginRequired, twitch.ReasonEnded, "%s ended the login: %.100q", core.PlatformName(t.Platform), problem)
	case query.Get("code") == "":
		return token.Status{}, core.Because(core.Invalid, "answer", "%s sent no code along", core.PlatformName(t.Platform))
	}
	// A code that is spent cannot be had again, whoever stops waiting.
	ctx = context.WithoutCancel(ctx)
	if t.Platform == PlatformTwitch {
		g, err := d.twitchAuth.Exchange(ctx, query.Get("code"), t.Redirect)
		if err != nil {
			return token.Status{}, err
		}
		return d.keep(ctx, t.Platform, token.Grant{Access: g.Access, Refresh: g.Refresh, ExpiresIn: g.ExpiresIn, Scopes: g.Scopes})
	}
	g, err := d.spotifyAuth.Exchange(ctx, query.Get("code"), t.Redirect, t.Verifier)
	if err != nil {
		return token.Status{}, err
	}
	return d.keep(ctx, t.Platform, token.Grant{Access: g.Access, Refresh: g.Refresh, ExpiresIn: g.ExpiresIn, Scopes: g.Scopes})
}

// spotifyLasts is how long an authorization holds at Spotify: six months, the
// shortest of which have 181 days.
const spotifyLasts = 180 * 24 * time.Hour

// keep stores a login that was just agreed to.
func (d *Desk) keep(ctx context.Context, platform string, g token.Grant) (token.Status, error) {
	defer d.session.Renew() // it may allow more, or less
	src, err := d.login(platform)
	if err != nil {
		return token.Status{}, err
	}
	if platform == PlatformSpotify {
		g.Lasts = spotifyLasts
	}
	return src.Login(context.WithoutCancel(ctx), g) // what was given cannot be had again
}
