package desk_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/desk"
	"sidestage/core/sim"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// town is both simulated platforms, a browser, and a data directory whose desk
// knows the way to them.
type town struct {
	t        *testing.T
	sim      *sim.Sim
	cfg      desk.Config
	browser  http.Client
	tw, sp   *pipes
	warnings []string
}

func newTown(t *testing.T) *town { t.Helper(); return newTownOf(t, sim.Options{}) }

func newTownOf(t *testing.T, o sim.Options) *town {
	t.Helper()
	w := &town{t: t, tw: newPipes(), sp: newPipes()}
	o.TwitchListener, o.SpotifyListener = w.tw, w.sp
	s, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.sim = s
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		w.browser.CloseIdleConnections()
		cancel()
		running.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w.cfg = desk.Config{Settings: w.settings(), Platform: storage.Live, Dial: w.dial}
	w.browser = http.Client{
		Transport:     &http.Transport{DialContext: w.dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w
}

func (w *town) settings() config.Settings {
	s := config.Defaults()
	s.DataDir, s.Keyring = filepath.Join(w.t.TempDir(), "data"), false
	s.Twitch.ClientID, s.Spotify.ClientID = w.sim.ClientIDs().Twitch, w.sim.ClientIDs().Spotify
	s.Twitch.AuthURL, s.Twitch.HelixURL, s.Twitch.EventSubURL = "http://twitch/oauth2", "http://twitch/helix", "ws://twitch/ws"
	s.Chat.Source = config.SourceEventSub // the chat library dials sockets, which stop a bubble
	s.Spotify.APIURL, s.Spotify.AccountsURL = "http://spotify/v1", "http://spotify"
	return s
}

func (w *town) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	switch host, _, _ := net.SplitHostPort(addr); host {
	case "twitch":
		return w.tw.dial(ctx)
	case "spotify":
		return w.sp.dial(ctx)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

// client speaks with desks of each request's own moment.
func (w *town) client() *api.Client {
	return desk.Reach(w.cfg, func(text string) { w.warnings = append(w.warnings, text) })
}

// opens plays the browser at an address: it agrees, and answers where it is
// sent back to, or the text of the page.
func (w *town) opens(address string) (back, text string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := w.browser.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.Header.Get("Location"), string(body)
}

func (w *town) begin(c *api.Client, platform string) api.LoginBegun {
	w.t.Helper()
	begun, err := c.BeginLogin(w.t.Context(), platform, api.LoginStart{Address: "127.0.0.1:7433"})
	if err != nil {
		w.t.Fatal(err)
	}
	return begun
}

// wants fails unless err is of a kind and for a reason.
func (w *town) wants(err error, k core.Kind, reason string) {
	w.t.Helper()
	if core.KindOf(err) != k || core.ReasonOf(err) != reason {
		w.t.Errorf("%v/%s: %v", core.KindOf(err), core.ReasonOf(err), err)
	}
}

func TestADeviceLoginNeedsNoDeskThatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t)
		w.sim.SetConsent(sim.Consent{Withhold: []string{"bits:read"}})
		c := w.client()
		begun := w.begin(c, "twitch")
		if begun.UserCode == "" || !begun.Trusted || begun.Redirect != "" || begun.IntervalMs != 5000 || time.Until(begun.ExpiresAt) < 29*time.Minute {
			t.Errorf("%+v", begun)
		}
		finish := api.LoginFinish{Ticket: begun.Ticket}
		time.Sleep(5 * time.Second)
		if st, err := c.FinishLogin(t.Context(), "twitch", finish); err != nil || st.State != api.LoginPending {
			t.Errorf("%+v, %v", st, err)
		}
		time.Sleep(5 * time.Second)
		st, err := c.FinishLogin(t.Context(), "twitch", finish)
		if err != nil || st.State != api.LoginConnected || st.Login != w.sim.Broadcaster().Login || len(st.Scopes) != 7 {
			t.Errorf("%+v, %v", st, err)
		}
		if len(st.Missing) != 1 || st.Missing[0].Scope != "bits:read" || !st.Missing[0].Optional {
			t.Errorf("%+v", st.Missing)
		}
		_, err = c.FinishLogin(t.Context(), "twitch", finish)
		w.wants(err, core.LoginRequired, twitch.ReasonExpired) // a code works once
	})
}

func TestADeviceLoginThatDoesNotComeAboutSaysWhy(t *testing.T) {
	for _, tt := range []struct {
		consent sim.Consent
		kind    core.Kind
		reason  string
	}{
		{sim.Consent{Deny: true}, core.Denied, twitch.ReasonDenied},
		{sim.Consent{Expire: true}, core.LoginRequired, twitch.ReasonExpired},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newTown(t)
			w.sim.SetConsent(tt.consent)
			c := w.client()
			begun := w.begin(c, "twitch")
			_, _ = c.FinishLogin(t.Context(), "twitch", api.LoginFinish{Ticket: begun.Ticket})
			_, err := c.FinishLogin(t.Context(), "twitch", api.LoginFinish{Ticket: begun.Ticket})
			w.wants(err, tt.kind, tt.reason)
		})
	}
}

func TestALoginNobodyAgreesToEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t)
		c := w.client()
		begun := w.begin(c, "spotify")
		time.Sleep(10*time.Minute - time.Second)
		if st, err := c.FinishLogin(t.Context(), "spotify", api.LoginFinish{Ticket: begun.Ticket}); err != nil || st.State != api.LoginPending {
			t.Errorf("%+v, %v", st, err)
		}
		back, _ := w.opens(begun.Address)
		time.Sleep(time.Second)
		_, err := c.FinishLogin(t.Context(), "spotify", api.LoginFinish{Ticket: begun.Ticket, Answer: back})
		w.wants(err, core.LoginRequired, twitch.ReasonExpired)
	})
}

func TestALoginWithoutAClientIDSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t)
		w.cfg.Settings.Twitch.ClientID, w.cfg.Settings.Spotify.ClientID = "", "nobody"
		c := w.client()
		_, err := c.BeginLogin(t.Context(), "twitch", api.LoginStart{})
		w.wants(err, core.Conflict, "no-client-id")
		_, err = c.BeginLogin(t.Context(), "moon", api.LoginStart{})
		w.wants(err, core.Invalid, "")
		if _, page := w.opens(w.begin(c, "spotify").Address); !strings.Contains(page, "INVALID_CLIENT") {
			t.Error(page) // and the program hears nothing
		}
		w.cfg.Settings.Twitch.ClientID = "nobody"
		_, err = w.client().BeginLogin(t.Context(), "twitch", api.LoginStart{})
		w.wants(err, core.Denied, twitch.ReasonClient)
	})
}

func TestASpotifyLoginIsFinishedWithTheAddressTheBrowserEndsAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t)
		c := w.client()
		begun := w.begin(c, "spotify")
		if begun.Redirect != "http://127.0.0.1:7433/oauth/spotify/callback" {
			t.Error(begun.Redirect)
		}
		back, _ := w.opens(begun.Address)
		finish := func(answer string) (api.Login, error) {
			return c.FinishLogin(t.Context(), "spotify", api.LoginFinish{Ticket: begun.Ticket, Answer: answer})
		}
		_, err := finish("https://www.example.com/")
		w.wants(err, core.Invalid, "answer")
		_, err = finish(strings.Replace(back, "state=", "state=x", 1))
		w.wants(err, core.Invalid, "state")
		_, err = c.FinishLogin(t.Context(), "twitch", api.LoginFinish{Ticket: begun.Ticket, Answer: back})
		w.wants(err, core.Invalid, "ticket")
		st, err := finish(back)
		if err != nil || st.State != api.LoginConnected || len(st.Missing) != 0 || time.Until(st.EndsAt).Round(time.Hour) != 180*24*time.Hour {
			t.Errorf("%+v, %v", st, err)
		}
		if _, err = finish(back); core.KindOf(err) != core.LoginRequired { // Spotify's code works once
			t.Error(err)
		}
	})
}

func TestSpotifyIsConnectedOnlyOnceItsPlayerAnswers(t *testing.T) {
	for reason, consent := range map[string]sim.Consent{
		"grant-refused": {Unlisted: true},
		"":              {},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newTown(t)
			c := w.client()
			begun := w.begin(c, "spotify")
			back, _ := w.opens(begun.Address)
			w.sim.SetConsent(consent)
			st, err := c.FinishLogin(t.Context(), "spotify", api.LoginFinish{Ticket: begun.Ticket, Answer: back})
			if core.ReasonOf(err) != reason || (err == nil) != (st.State == api.LoginConnected) {
				t.Errorf("%+v, %v", st, err)
			}
			if err != nil && !strings.Contains(err.Error(), "User Management") {
				t.Errorf("nothing says what to do: %v", err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t)
		c := w.client()
		w.sim.SetConsent(sim.Consent{Withhold: []string{"user-read-playback-state"}})
		begun := w.begin(c, "spotify")
		back, _ := w.opens(begun.Address)
		_, err := c.FinishLogin(t.Context(), "spotify", api.LoginFinish{Ticket: begun.Ticket, Answer: back})
		if core.KindOf(err) != core.Denied || !strings.Contains(err.Error(), "agree to all") {
			t.Error(err)
		}
	})
}

func TestAConfidentialTwitchAppLogsInWithTheBrowserToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTownOf(t, sim.Options{TwitchSecret: "s3cret"})
		begin := func(secret string) (*api.Client, api.LoginBegun) {
			w.cfg.Settings.Twitch.ClientSecret = config.NewSecret(secret)
			c := w.client()
			return c, w.begin(c, "twitch")
		}
		c, begun := begin("s3cret")
		if begun.UserCode != "" || begun.Redirect != "http://localhost:7433/oauth/twitch/callback" || strings.Contains(begun.Address, "s3cret") {
			t.Errorf("%+v", begun)
		}
		back, _ := w.opens(begun.Address)
		finish := api.LoginFinish{Ticket: begun.Ticket, Answer: back}
		st, err := c.FinishLogin(t.Context(), "twitch", finish)
		if err != nil || st.State != api.LoginConnected || len(st.Missing) != 0 {
			t.Errorf("%+v, %v", st, err)
		}
		if st, err := c.RefreshLogin(t.Context(), "twitch"); err != nil || st.State != api.LoginConnected {
			t.Errorf("its refresh: %+v, %v", st, err)
		}
		_, err = c.FinishLogin(t.Context(), "twitch", finish)
		w.wants(err, core.LoginRequired, twitch.ReasonEnded)
		c, begun = begin("wrong")
		back, _ = w.opens(begun.Address)
		_, err = c.FinishLogin(t.Context(), "twitch", api.LoginFinish{Ticket: begun.Ticket, Answer: back})
		w.wants(err, core.Denied, twitch.ReasonClient)
	})
}

func TestTheEndOfSpotifysAuthorizationIsSaidInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t)
		if err := w.sim.Pause(); err != nil { // or half a year of songs is played
			t.Fatal(err)
		}
		c := w.client()
		begun := w.begin(c, "spotify")
		back, _ := w.opens(begun.Address)
		if _, err := c.FinishLogin(t.Context(), "spotify", api.LoginFinish{Ticket: begun.Ticket, Answer: back}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []struct {
			after          time.Duration // days
			status, reason string
		}{
			{149, api.StatusOK, ""},
			{2, api.StatusOK, "the login ends on "},
			{23, api.StatusDegraded, "run sidestage auth login spotify"},
		} {
			time.Sleep(want.after * 24 * time.Hour)
			h, err := c.Health(t.Context())
			got := h.Components.Spotify
			if err != nil || got.Status != want.status || !strings.Contains(got.Reason, want.reason) || (got.Reason == "") != (want.reason == "") {
				t.Errorf("%+v, %v, want %+v", got, err, want)
			}
		}
		time.Sleep(7 * 24 * time.Hour)
		_, err := c.RefreshLogin(t.Context(), "spotify")
		w.wants(err, core.LoginRequired, "login-refused")
		if all, err := c.Logins(t.Context(), false); err != nil || all[1].State != api.LoginRequired {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestWhileADeskRunsItAloneRefreshes(t *testing.T) {
	w := newTown(t)
	d := w.run()
	grant, err := w.sim.GrantTwitch()
	if err != nil {
		t.Fatal(err)
	}
	c := w.client()
	if _, err := c.LogIn(t.Context(), "twitch", grant); err != nil {
		t.Fatal(err)
	}
	if err := w.sim.ExpireAccess(sim.Twitch); err != nil {
		t.Fatal(err)
	}
	// Each of these needs a token that is good. Had a command refreshed on its
	// own, the desk's refresh token would be spent, and the login over.
	for range 3 {
		if _, err := c.SetUpRewards(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.RefreshLogin(t.Context(), "twitch"); err != nil {
			t.Fatal(err)
		}
	}
	if st, err := d.LoginStatus(t.Context(), "twitch", true); err != nil || st.Check != api.CheckOK {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestAnotherChannelsLoginIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t)
		login := func() (api.Login, error) {
			c := w.client()
			begun := w.begin(c, "twitch")
			_, _ = c.FinishLogin(t.Context(), "twitch", api.LoginFinish{Ticket: begun.Ticket})
			return c.FinishLogin(t.Context(), "twitch", api.LoginFinish{Ticket: begun.Ticket})
		}
		if _, err := login(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.client().SetUpRewards(t.Context()); err != nil { // now the directory knows its channel
			t.Fatal(err)
		}
		dir := w.cfg.Settings.DataDir
		other := newTown(t)
		s, err := sim.New(sim.Options{Broadcaster: core.Viewer{ID: "1", Login: "somebody", Name: "Somebody"}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close() //nolint:errcheck // books in memory
		grant, err := s.GrantTwitch()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		l := newPipes()
		var serving sync.WaitGroup
		srv := http.Server{Handler: s.Twitch(), ReadHeaderTimeout: time.Minute}
		serving.Go(func() { _ = srv.Serve(l) })
		defer func() { cancel(); _ = srv.Close(); serving.Wait() }()
		other.cfg.Settings.DataDir = dir
		other.cfg.Dial = func(context.Context, string, string) (net.Conn, error) { return l.dial(ctx) }
		_, err = other.client().LogIn(ctx, "twitch", grant)
		if core.KindOf(err) != core.Denied || !strings.Contains(err.Error(), "another --data-dir") {
			t.Error(err)
		}
		if all, err := w.client().Logins(t.Context(), true); err != nil || all[0].Check != api.CheckOK {
			t.Errorf("the former login: %+v, %v", all, err)
		}
	})
}

// run runs a desk that listens, until the test ends.
func (w *town) run() *desk.Desk {
	w.t.Helper()
	d, err := desk.Open(w.t.Context(), w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := d.Listen(w.t.Context(), "127.0.0.1:0"); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, d.Close()); err != nil {
			w.t.Error(err)
		}
	})
	c := d.Reach()
	defer c.Close()
	if _, err := c.Health(ctx); err != nil {
		w.t.Fatal(err)
	}
	return d
}

func TestABrowserComesBackToTheDeskThatRuns(t *testing.T) {
	w := newTown(t)
	d := w.run()
	c := w.client() // as another process reaches it
	begun := w.begin(c, "spotify")
	if begun.Redirect != "http://"+d.Address()+"/oauth/spotify/callback" {
		t.Error(begun.Redirect)
	}
	back, _ := w.opens(begun.Address)
	if _, page := w.opens(strings.Replace(back, "state=", "state=x", 1)); !strings.Contains(page, "no login waits for this page") {
		t.Error(page)
	}
	finish := api.LoginFinish{Ticket: begun.Ticket}
	if st, err := c.FinishLogin(t.Context(), "spotify", finish); err != nil || st.State != api.LoginPending {
		t.Errorf("%+v, %v", st, err)
	}
	if _, page := w.opens(back); !strings.Contains(page, "Logged in as "+w.sim.Broadcaster().Login) {
		t.Error(page)
	}
	st, err := c.FinishLogin(t.Context(), "spotify", finish)
	if err != nil || st.State != api.LoginConnected {
		t.Errorf("%+v, %v", st, err)
	}
	if _, page := w.opens(back); !strings.Contains(page, "no login waits for this page") {
		t.Errorf("a state works twice: %s", page)
	}
}

func TestARefusalOnThePageReachesWhoeverWaits(t *testing.T) {
	w := newTown(t)
	w.run()
	c := w.client()
	w.sim.SetConsent(sim.Consent{Deny: true})
	begun := w.begin(c, "spotify")
	back, _ := w.opens(begun.Address)
	if _, page := w.opens(back); !strings.Contains(page, "was refused on the page") {
		t.Error(page)
	}
	_, err := c.FinishLogin(t.Context(), "spotify", api.LoginFinish{Ticket: begun.Ticket})
	w.wants(err, core.Denied, twitch.ReasonDenied)
}

func TestALandingHandsOnWhatABrowserBrings(t *testing.T) {
	w := newTown(t)
	l, err := desk.Land(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Land(t.Context(), l.Address()); core.ReasonOf(err) != desk.ReasonPortTaken {
		t.Errorf("a port that is taken: %v", err)
	}
	c := w.client()
	begun, err := c.BeginLogin(t.Context(), "spotify", api.LoginStart{Address: l.Address()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- l.Run(ctx, func(ctx context.Context, platform, answer string) (api.Login, error) {
			return c.FinishLogin(ctx, platform, api.LoginFinish{Ticket: begun.Ticket, Answer: answer})
		})
	}()
	back, _ := w.opens(begun.Address)
	if _, page := w.opens(back); !strings.Contains(page, "Logged in as") {
		t.Error(page)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if all, err := c.Logins(t.Context(), true); err != nil || all[1].Check != api.CheckOK {
		t.Errorf("%+v, %v", all, err)
	}
}

// What a login, a refresh and a failure leave behind names no token outside the
// one file that is for them.
func TestNoTokenIsLeftAnywhereButInTheSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t)
		log := &memory{}
		w.cfg.Log = log.logger()
		c := w.client()
		begun := w.begin(c, "twitch")
		var said []string
		note := func(v any, err error) { said = append(said, text(v), text(err)) }
		for range 2 {
			note(c.FinishLogin(t.Context(), "twitch", api.LoginFinish{Ticket: begun.Ticket}))
		}
		spotify := w.begin(c, "spotify")
		back, _ := w.opens(spotify.Address)
		note(c.FinishLogin(t.Context(), "spotify", api.LoginFinish{Ticket: spotify.Ticket, Answer: back}))
		note(c.FinishLogin(t.Context(), "spotify", api.LoginFinish{Ticket: spotify.Ticket, Answer: back}))
		note(c.RefreshLogin(t.Context(), "twitch"))
		if err := w.sim.Revoke(sim.Twitch); err != nil {
			t.Fatal(err)
		}
		note(c.RefreshLogin(t.Context(), "twitch"))
		note(c.Logins(t.Context(), true))
		note(c.Journal(t.Context(), -1, 100))

		secrets := w.secrets()
		if len(secrets) < 4 {
			t.Fatalf("%d secrets", len(secrets))
		}
		_, code, _ := strings.Cut(back, "code=")
		code, _, _ = strings.Cut(code, "&")
		for _, s := range append(secrets, code) {
			for what, text := range w.files() {
				if strings.Contains(text, s) {
					t.Errorf("%s has a token", what)
				}
			}
			if strings.Contains(log.String(), s) || strings.Contains(strings.Join(said, "\n"), s) {
				t.Errorf("a token in a log or an answer:\n%s\n%s", log, said)
			}
		}
	})
}

// secrets are the tokens that the data directory holds.
func (w *town) secrets() (all []string) {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.cfg.Settings.DataDir, "secrets.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(data), `"`) {
		if len(part) >= 30 {
			all = append(all, part)
		}
	}
	return all
}

// files is the data directory without the secrets.
func (w *town) files() map[string]string {
	w.t.Helper()
	dir := w.cfg.Settings.DataDir
	entries, err := os.ReadDir(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if e.Name() == "secrets.json" || e.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			w.t.Fatal(err)
		}
		all[e.Name()] = string(data)
	}
	return all
}
