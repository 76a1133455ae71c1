package cmd

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/desk"
)

// loginOptions are the flags of auth login.
type loginOptions struct {
	withToken bool
	noBrowser bool
	timeout   time.Duration
}

// longestLogin is how long a login is waited for at most; the platforms give
// less.
const longestLogin = time.Hour

func newAuthLoginCmd(f *factory) *cobra.Command {
	var o loginOptions
	c := &cobra.Command{
		Use:   "login twitch|spotify",
		Short: "Log in, with the browser",
		Long: `Opens the platform's page in the browser, waits until you have agreed there, and
stores the login. It works over SSH too: open the address on any machine. For
Spotify the browser then ends at a page of this machine; if it cannot reach
that, paste the address it ends at.

The first time it explains how to register an app of your own, asks for its
client id, and stores that in the settings file. A Twitch app of the type
Confidential works as well: set twitch.client_id and twitch.client_secret, and
register http://localhost:7433/oauth/twitch/callback (the port is that of
--addr).

With --json the first line is what to open, the second one how it ended.

--with-token reads a token instead, JSON as the platform's token endpoint gives
it, with access_token, refresh_token, expires_in and scope.`,
		Example: `  sidestage auth login twitch
  sidestage auth login spotify --no-browser
  sidestage auth login twitch --with-token < token.json`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: platforms(),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case o.timeout <= 0:
				return core.E(core.Invalid, "--timeout must be longer than nothing, such as 2m")
			case o.withToken:
				return f.loginWithToken(c.Context(), args[0])
			}
			return f.logIn(c.Context(), args[0], o)
		},
	}
	c.Flags().BoolVar(&o.withToken, "with-token", false, "read a JSON token from standard input")
	c.Flags().BoolVar(&o.noBrowser, "no-browser", false, "only print the address, open nothing")
	c.Flags().DurationVar(&o.timeout, "timeout", longestLogin, "how long to wait; the platforms give 10 to 30 minutes")
	return c
}

// login is one login in the browser.
type login struct {
	f        *factory
	o        loginOptions
	platform string
	loaded   *config.Loaded
	client   *api.Client
	landing  *desk.Landing // nil: a desk waits for the browser, or nobody has to
	begun    api.LoginBegun
	until    time.Time
	landed   chan ended
	opened   chan error // whether the browser could be opened; nil: not tried

	unreached string // why the desk or the platform could not be asked, as it was said
}

// ended is how a login ended.
type ended struct {
	login api.Login
	err   error
}

func (f *factory) logIn(ctx context.Context, platform string, o loginOptions) error {
	client := f.reach()
	h, err := client.Health(ctx)
	if err != nil {
		return err
	}
	if !h.Running { // one that runs has settings of its own
		if err := f.needClient(ctx, platform); err != nil {
			return err
		}
		client = f.reach()
	}
	loaded, err := f.settings()
	if err != nil {
		return err
	}
	l := &login{f: f, o: o, platform: platform, loaded: loaded, client: client, landed: make(chan ended, 1)}
	st, err := l.run(ctx, !h.Running && l.comesBack())
	switch {
	case core.ReasonOf(err) == "no-client-id":
		return errors.Join(f.needClient(ctx, platform), err)
	case err != nil:
		return l.explain(err)
	}
	return l.conclude(st)
}

// run begins the login, shows what to do, and waits; for the browser too, where
// lands.
func (l *login) run(ctx context.Context, lands bool) (api.Login, error) {
	var address string
	if lands {
		if err := l.land(ctx); err != nil {
			return api.Login{}, err
		}
		defer l.landing.Close() //nolint:errcheck // closed already where it ran
		address = l.landing.Address()
	}
	var err error
	if l.begun, err = l.client.BeginLogin(ctx, l.platform, api.LoginStart{Address: address}); err != nil {
		return api.Login{}, err
	}
	l.until = time.Now().Add(l.o.timeout)
	if l.begun.ExpiresAt.Before(l.until) {
		l.until = l.begun.ExpiresAt
	}
	work, stop := context.WithCancel(ctx)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer stop()
	if l.landing != nil {
		waiting.Go(func() {
			if err := l.landing.Run(work, l.back); err != nil {
				l.tell(ended{err: err})
			}
		})
	}
	if err := l.show(); err != nil {
		return api.Login{}, err
	}
	return l.wait(work)
}

// comesBack reports whether the browser comes back to this machine.
func (l *login) comesBack() bool {
	return l.platform == desk.PlatformSpotify || l.loaded.Twitch.ClientSecret.Reveal() != ""
}

// land opens the port to which the browser comes back.
func (l *login) land(ctx context.Context) (err error) {
	l.landing, err = desk.Land(ctx, l.loaded.Addr)
	if core.ReasonOf(err) == desk.ReasonPortTaken {
		return core.Because(core.KindOf(err), desk.ReasonPortTaken,
			"%w; the browser comes back to that port, and the app has to have it registered", err)
	}
	return err
}

// back finishes the login with what the browser brought. Somebody who calls
// with what is not of this login does not end it.
func (l *login) back(ctx context.Context, platform, answer string) (api.Login, error) {
	if platform != l.platform {
		return api.Login{}, core.E(core.Denied, "this is a login to %s", l.platform)
	}
	st, err := l.client.FinishLogin(ctx, l.platform, api.LoginFinish{Ticket: l.begun.Ticket, Answer: answer})
	if core.ReasonOf(err) != "state" {
		l.tell(ended{st, err})
	}
	return st, err
}

// tell says how the login ended, once.
func (l *login) tell(e ended) {
	select {
	case l.landed <- e:
	default:
	}
}

// wait waits until the login has ended or the time is over.
func (l *login) wait(ctx context.Context) (api.Login, error) {
	var typed <-chan string
	if l.begun.Redirect != "" && l.f.InTerminal && !l.f.json {
		typed = l.f.lines()
	}
	over := time.NewTimer(time.Until(l.until))
	defer over.Stop()
	ask := time.NewTicker(max(time.Second, time.Duration(l.begun.IntervalMs)*time.Millisecond))
	defer ask.Stop()
	spin := l.f.newSpinner()
	defer spin.clear()
	turn := time.NewTicker(spinEvery)
	defer turn.Stop()
	for {
		var st api.Login
		var err error
		select {
		case <-ctx.Done():
			return st, ctx.Err()
		case <-over.C:
			return st, l.timedOut()
		case e := <-l.landed:
			return e.login, e.err
		case err := <-l.opened:
			if err != nil && !l.f.json {
				spin.clear()
				l.f.say("no browser could be opened (%v): please open the address yourself", err)
			}
		case line, more := <-typed:
			if !more {
				typed = nil
			}
			st, err = l.paste(ctx, line)
		case <-turn.C:
			if l.f.ErrTerminal && !l.f.json && typed == nil {
				spin.turn("Waiting for you to agree · " + left(l.until) + " left")
			}
		case <-ask.C:
			st, err = l.ask(ctx, spin)
		}
		if err != nil || st.State != "" {
			return st, err
		}
	}
}

// ask asks what became of the login; neither a state nor an error while nothing
// did. What passes is said once.
func (l *login) ask(ctx context.Context, spin *spinner) (api.Login, error) {
	if l.landing != nil {
		return api.Login{}, nil // it tells
	}
	st, err := l.client.FinishLogin(ctx, l.platform, api.LoginFinish{Ticket: l.begun.Ticket})
	switch {
	case err != nil && passes(err):
		if l.unreached != err.Error() {
			l.unreached = err.Error()
			spin.clear()
			l.f.say("%v; trying again", err)
		}
		return api.Login{}, nil
	case st.State == api.LoginPending:
		return api.Login{}, nil
	}
	return st, err
}

// passes reports whether it helps to ask again after err.
func passes(err error) bool {
	k := core.KindOf(err)
	return k == core.Unavailable || k == core.RateLimited || k == core.Ambiguous
}

// paste finishes the login with an address that somebody pasted. One that is
// none of this login is said to be so, and the next one is waited for.
func (l *login) paste(ctx context.Context, line string) (api.Login, error) {
	line = strings.TrimSpace(line)
	if line == "" {
		return api.Login{}, nil
	}
	st, err := l.client.FinishLogin(ctx, l.platform, api.LoginFinish{Ticket: l.begun.Ticket, Answer: line})
	if core.KindOf(err) == core.Invalid || err != nil && passes(err) {
		l.f.say("%v", err)
		return api.Login{}, nil
	}
	return st, err
}
