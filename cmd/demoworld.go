package cmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"sidestage/core"
	"sidestage/core/config"
	"sidestage/core/desk"
	"sidestage/core/sim"
	"sidestage/storage"
)

// open prepares directory, simulator and desk. A half-made demo closes what it
// has.
func (d *demo) open(ctx context.Context) (err error) {
	loaded, err := d.f.settings()
	if err != nil {
		return err
	}
	s := loaded.Settings
	if err := d.directory(&s, loaded); err != nil {
		return err
	}
	var closers []func() error
	defer func() {
		for i := len(closers) - 1; err != nil && i >= 0; i-- {
			_ = closers[i]()
		}
	}()
	if d.log, err = openLog(d.dir, s.LogLevel, nil); err != nil {
		return err
	}
	closers = append(closers, d.log.Close)
	p, err := d.simulator(ctx, &s)
	if err != nil {
		return err
	}
	closers = append(closers, p.Close, d.sim.Close)
	if d.desk, err = desk.Open(ctx, desk.Config{Settings: s, Load: d.load, Platform: storage.Demo, Log: d.log.Logger}); err != nil {
		return err
	}
	closers = append(closers, d.desk.Close)
	return d.listen(ctx, loaded)
}

// listen opens the port of the local API. Where nobody asked for one in
// particular a free one does as well.
func (d *demo) listen(ctx context.Context, loaded *config.Loaded) error {
	err := d.desk.Listen(ctx, loaded.Addr)
	if core.ReasonOf(err) == desk.ReasonPortTaken && loaded.Origin("addr").Source == config.Default {
		d.f.say("%v; the demo takes a free port", err)
		err = d.desk.Listen(ctx, "127.0.0.1:0")
	}
	if err == nil {
		d.f.say("answering at http://%s", d.desk.Address())
	}
	return err
}

// directory settles where the demo lives: where --data-dir says, else in a
// directory of its own.
func (d *demo) directory(s *config.Settings, loaded *config.Loaded) (err error) {
	d.dir = s.DataDir
	if loaded.Origin("data_dir").Source == config.Default {
		if d.dir, err = os.MkdirTemp("", "sidestage-demo-"); err != nil {
			return core.E(core.Unavailable, "make a directory for the demo: %w", err)
		}
	}
	s.DataDir = d.dir
	return nil
}

// ports are where the simulated platforms are reached.
type ports struct{ twitch, irc, spotify net.Listener }

// openPorts opens three ports of this machine, or none.
func openPorts(ctx context.Context) (p ports, err error) {
	var listen net.ListenConfig
	for _, l := range []*net.Listener{&p.twitch, &p.irc, &p.spotify} {
		if *l, err = listen.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return p, errors.Join(core.E(core.Unavailable, "open a port for the simulator: %w", err), p.Close())
		}
	}
	return p, nil
}

// Close closes those that are open.
func (p ports) Close() (err error) {
	for _, l := range []net.Listener{p.twitch, p.irc, p.spotify} {
		if l != nil {
			err = errors.Join(err, l.Close())
		}
	}
	return err
}

// simulator opens the simulated platforms and points the settings at them.
func (d *demo) simulator(ctx context.Context, s *config.Settings) (ports, error) {
	p, err := openPorts(ctx)
	if err != nil {
		return p, err
	}
	d.sim, err = sim.New(sim.Options{
		BooksPath: filepath.Join(d.dir, "simulator.books"), Seed: d.o.seed, Speed: d.o.speed, Rate: d.o.rate, Faults: d.o.faults,
		Viewers: true, TwitchListener: p.twitch, IRCListener: p.irc, SpotifyListener: p.spotify,
		Login: d.loggedIn, Log: d.log.With("part", "simulator"),
	})
	if err != nil {
		return p, errors.Join(err, p.Close())
	}
	d.adapt = func(s *config.Settings) { d.pointAt(s, p) }
	d.adapt(s)
	return p, nil
}

// pointAt makes settings those of a desk in the simulated world.
func (d *demo) pointAt(s *config.Settings, p ports) {
	tw, sp := p.twitch.Addr().String(), p.spotify.Addr().String()
	s.DataDir = d.dir
	s.Twitch = config.Twitch{
		ClientID: d.sim.ClientIDs().Twitch, AuthURL: "http://" + tw + "/oauth2", HelixURL: "http://" + tw + "/helix",
		EventSubURL: "ws://" + tw + "/ws", IRCURL: "irc://" + p.irc.Addr().String(),
	}
	s.Spotify = config.Spotify{ClientID: d.sim.ClientIDs().Spotify, APIURL: "http://" + sp + "/v1", AccountsURL: "http://" + sp}
	s.Reward.Song.ID, s.Reward.Raffle.ID = "", ""
	s.Chat.Commands["sr"].Enabled = true
	s.Chat.Votes = min(s.Chat.Votes, 2) // there are few viewers
	speed := cmp.Or(d.o.speed, sim.DefaultSpeed)
	s.Song.UnavailableFor = time.Duration(float64(s.Song.UnavailableFor) / speed)
	s.Chat.Rate = min(max(1, int(float64(s.Chat.Rate)*speed)), config.MaxChatRate) // viewers talk faster, too
}

// load reads the settings again, for this world.
func (d *demo) load() (*config.Loaded, error) {
	loaded, err := d.f.load()
	if err == nil {
		d.adapt(&loaded.Settings)
	}
	return loaded, err
}

func (d *demo) close() error { return errors.Join(d.desk.Close(), d.sim.Close(), d.log.Close()) }

// loggedIn is the simulated streamer's new login after one was refused.
func (d *demo) loggedIn(platform string, grant []byte) {
	if err := d.logIn(context.Background(), platform, grant); err != nil {
		d.log.Error("the simulated streamer could not log in", "platform", platform, "error", err)
	}
}

// logIn tries for a while, as a person would: the simulated platforms may
// refuse a good token once.
func (d *demo) logIn(ctx context.Context, platform string, grant []byte) error {
	return patiently(ctx, func() error {
		_, err := d.desk.Login(ctx, platform, bytes.NewReader(grant))
		return err
	})
}

// patiently tries something until it works, ten times at most.
func patiently(ctx context.Context, try func() error) error {
	var err error
	for range 10 {
		if err = try(); err == nil || ctx.Err() != nil {
			return err
		}
		sleep(ctx, max(500*time.Millisecond, core.RetryAfter(err)))
	}
	return err
}

// prepare logs the desk in and sets the rewards up, as a streamer does once.
func (d *demo) prepare(ctx context.Context) error {
	grants := map[string]func(...string) ([]byte, error){desk.PlatformTwitch: d.sim.GrantTwitch, desk.PlatformSpotify: d.sim.GrantSpotify}
	for platform, grant := range grants {
		st, err := d.desk.LoginStatus(ctx, platform, false)
		if err != nil {
			return err
		}
		if st.State == "connected" {
			continue
		}
		text, err := grant()
		if err != nil {
			return err
		}
		if err := d.logIn(ctx, platform, text); err != nil {
			return fmt.Errorf("log the demo in to %s: %w", platform, err)
		}
	}
	return d.setUpRewards(ctx)
}

func (d *demo) setUpRewards(ctx context.Context) error {
	err := patiently(ctx, func() error {
		_, err := d.desk.SetupRewards(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("set the demo's rewards up: %w", err)
	}
	return nil
}
