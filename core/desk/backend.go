package desk

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/token"
	"sidestage/core/web"
	"sidestage/storage"
)

// door is what a desk needs to be spoken with.
type door struct {
	pipe     *web.Pipe    // from this process
	listener net.Listener // from others; nil without Listen
	token    string
	skips    skips
	since    atomic.Pointer[time.Time] // when Run began; nil before
}

func newDoor() door {
	return door{pipe: web.NewPipe(), token: rand.Text(), skips: newSkips()}
}

// close ends what was never run.
func (d *door) close() {
	_ = d.pipe.Close()
	if d.listener != nil {
		_ = d.listener.Close() // closed already by a Run
	}
}

// Reach is the client of this desk, from this process; it is answered while Run
// runs.
func (d *Desk) Reach() *api.Client {
	return &api.Client{Dial: d.door.pipe.Dial, Token: d.door.token}
}

// serve answers the local API until ctx ends, and says in the run file where.
func (d *Desk) serve(ctx context.Context) error {
	now := time.Now()
	d.door.since.Store(&now)
	build := Build()
	server := d.server(build)
	l := d.door.listener
	if l == nil {
		return server.Run(ctx, d.door.pipe)
	}
	run := runFile{PID: os.Getpid(), Address: reachable(l), Token: d.door.token, Build: build}
	err := d.db.SetAddress(run.Address)
	if err == nil {
		err = run.write(d.cfg.Settings.DataDir)
	}
	if err != nil {
		return err
	}
	defer run.remove(d.cfg.Settings.DataDir)
	d.log.Info("answering", "address", run.Address)
	return server.Run(ctx, d.door.pipe, l)
}

// server is the web server of this desk.
func (d *Desk) server(build string) *web.Server {
	return web.New(web.Config{
		Store: storage.In(d.db, func(tx *storage.Tx) web.Tx { return tx }),
		Songs: d, Requests: requests{d}, Books: d, Blocks: d, Sagas: d.engine, Raffle: d, Chat: d, Accounts: accounts{d}, Rewards: rewards{d}, EventSub: eventSub{d}, Settings: d,
		Commands: d, Achievements: d, Player: d, Health: d.health, Metrics: d.metrics(build), Bus: &d.bus,
		Token: d.door.token, Build: build, Platform: string(d.db.Platform()), Remote: d.cfg.Settings.AllowRemote, Log: d.log,
	})
}

// accounts is a desk's logins and rewards as the local API shows them.
type accounts struct{ d *Desk }

// Logins implements web.Accounts.
func (a accounts) Logins(ctx context.Context, validate bool) ([]api.Login, error) {
	all := make([]api.Login, 0, 2)
	for _, platform := range []string{PlatformTwitch, PlatformSpotify} {
		st, err := a.d.LoginStatus(ctx, platform, validate)
		if err != nil {
			return nil, err
		}
		l := shown(st)
		if validate && platform == PlatformTwitch {
			l.ClockAheadMs = a.d.twitchClock.difference().Milliseconds()
		}
		all = append(all, l)
	}
	return all, nil
}

// LogIn implements web.Accounts.
func (a accounts) LogIn(ctx context.Context, platform string, grant io.Reader) (api.Login, error) {
	st, err := a.d.Login(ctx, platform, grant)
	return shown(st), err
}

// BeginLogin implements web.Accounts.
func (a accounts) BeginLogin(ctx context.Context, platform string, in api.LoginStart) (api.LoginBegun, error) {
	return a.d.BeginLogin(ctx, platform, in.Address)
}

// FinishLogin implements web.Accounts.
func (a accounts) FinishLogin(ctx context.Context, platform string, in api.LoginFinish) (api.Login, error) {
	st, pending, err := a.d.FinishLogin(ctx, platform, in)
	if pending {
		return api.Login{Platform: platform, State: api.LoginPending}, nil
	}
	return shown(st), err
}

// CameBack implements web.Accounts.
func (a accounts) CameBack(ctx context.Context, platform string, query url.Values) (api.Login, error) {
	st, err := a.d.CameBack(ctx, platform, query)
	return shown(st), err
}

// RefreshLogin implements web.Accounts.
func (a accounts) RefreshLogin(ctx context.Context, platform string) (api.Login, error) {
	st, err := a.d.Refresh(ctx, platform)
	return shown(st), err
}

// LogOut implements web.Accounts.
func (a accounts) LogOut(ctx context.Context, platform string) (api.Login, error) {
	if err := a.d.Logout(ctx, platform); err != nil {
		return api.Login{}, err
	}
	st, err := a.d.LoginStatus(ctx, platform, false)
	return shown(st), err
}

// health is what the web server does not read in the database.
func (d *Desk) health(ctx context.Context) api.Health {
	h := api.Health{PID: os.Getpid(), Channel: d.account.Load(), Helix: d.helixUsage(), WebAPI: d.spotifyUsage()}
	h.Components.Twitch = d.loginHealth(ctx, PlatformTwitch)
	h.Components.Spotify = d.loginHealth(ctx, PlatformSpotify)
	if until := h.WebAPI.BarredUntil; !until.IsZero() && h.Components.Spotify.Status == api.StatusOK {
		h.Components.Spotify.Status = api.StatusDegraded
		h.Components.Spotify.Reason = barred(until, h.WebAPI.Barred)
	}
	h.Components.EventSub = d.sessionHealth()
	if waits := d.stock.Load(); waits != nil {
		h.Components.Sagas = api.Component{Status: api.StatusDegraded, Reason: *waits}
	}
	if since := d.door.since.Load(); since != nil {
		h.Running, h.StartedAt = true, *since
	}
	h.Components.Chat = api.Component{Status: api.StatusOff, Reason: "no desk runs"}
	if h.Running {
		h.Components.Chat = d.chatHealth() //nolint:contextcheck // what is wanted is asked without one, by the session too
	}
	return h
}

// barred says that Spotify takes no calls, until when, why and what to do.
func barred(until time.Time, reason string) string {
	why := "we asked too often"
	if reason == "quota-exceeded" {
		why = "the app's quota is spent"
	}
	return "Spotify takes no calls until " + until.Local().Format("Mon 15:04") + ", " + why + ": it goes on by itself; until then requests are refunded"
}

func (d *Desk) helixUsage() api.Helix {
	u := d.helix.Usage()
	return api.Helix{Calls: u.Calls, API: api.RateLimit(u.API), Chat: api.RateLimit(u.Chat)}
}

// spotifyUsage is what was asked of Spotify's API.
func (d *Desk) spotifyUsage() api.WebAPI {
	u := api.WebAPI{Calls: map[string]int{}}
	for _, used := range d.spotify.Gate.Used() {
		u.Calls[used.Endpoint], u.Total = used.Calls, u.Total+used.Calls
	}
	if bar, stands := d.spotify.Gate.Barred(); stands {
		u.BarredUntil, u.Barred = bar.Until, bar.Reason
	}
	return u
}

// loginHealth judges a login without asking its platform.
func (d *Desk) loginHealth(ctx context.Context, platform string) api.Component {
	st, err := d.LoginStatus(ctx, platform, false)
	c := api.Component{Status: api.StatusDegraded, State: st.State, Since: st.AuthorizedAt}
	switch {
	case err != nil:
		c.Reason = err.Error()
	case st.State == token.StateConnected:
		c.Status, c.Reason = connected(st)
	case st.State == token.StateUnvalidated:
		c.Reason = "stored, not yet checked: " + core.PlatformName(platform) + " could not be reached"
	default:
		c.Reason = logIn(platform)
	}
	return c
}

// logIn is the reason of what needs a login, and what to do.
func logIn(platform string) string { return "log in: sidestage auth login " + platform }

// A login's end is told this long ahead, and is something to act on in the end.
const (
	endsSoon    = 30 * 24 * time.Hour
	endsAtOnce  = 7 * 24 * time.Hour
	dateOfAnEnd = "2 January"
)

// connected judges a login that works: what it lacks, and when it ends.
func connected(st token.Status) (status, reason string) {
	again := "run sidestage auth login " + st.Platform
	for _, m := range missing(st.Platform, st.Scopes) {
		if !m.Optional {
			return api.StatusDegraded, "the login lacks " + m.Scope + ", so there is no " + m.Disables + ": " + again
		}
	}
	left := time.Until(st.EndsAt)
	if st.EndsAt.IsZero() || left > endsSoon {
		return api.StatusOK, ""
	}
	reason = "the login ends on " + st.EndsAt.Local().Format(dateOfAnEnd) + ": " + again
	if left > endsAtOnce {
		return api.StatusOK, reason
	}
	return api.StatusDegraded, reason
}
