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
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/desk"
	"sidestage/core/sim"
	"sidestage/storage"
	"sidestage/tui"
	"sidestage/tui/section"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	headless bool
	length   time.Duration
	seed     uint64
	speed    float64
	rate     float64
	faults   []string
}

func newDemoCmd(f *factory) *cobra.Command {
	var o demoOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the desk on simulated platforms, with viewers, no account needed",
		Long: "The real desk runs against a simulated Twitch and Spotify on this machine:\n" +
			"viewers redeem, songs queue and play, rolls are rolled, points settle. At the\n" +
			"end the desk's records are compared with the simulator's own books; exit code 1\n" +
			"means that they differ in a redemption.\n\nFaults (--fault NAME, repeatable):\n" + faultList(),
		Example: "  sidestage demo --headless --for 30s --speed 20 --seed 7 --json\n  sidestage demo --headless --fault timeout-after,drop-socket",
		RunE:    func(c *cobra.Command, _ []string) error { return runDemo(c.Context(), f, o, c.Flags().Changed("for")) },
	}
	flags := c.Flags()
	flags.BoolVar(&o.headless, "headless", false, "no screen: print a line per event")
	flags.DurationVar(&o.length, "for", defaultLength, "how long viewers come, in wall clock time")
	flags.Uint64Var(&o.seed, "seed", 1, "the same seed gives the same viewers and faults")
	flags.Float64Var(&o.speed, "speed", 0, "divides gaps between viewers and lengths of tracks (default 6)")
	flags.Float64Var(&o.rate, "rate", 0, "redemptions per minute instead of the script's gaps")
	flags.StringSliceVar(&o.faults, "fault", nil, "make the platforms misbehave: a `name` from the list above, or all")
	return c
}

// How long a demo runs when nobody says: headless, and with a screen.
const (
	defaultLength = time.Minute
	endless       = 100 * 365 * 24 * time.Hour
)

func faultList() string {
	var b strings.Builder
	for _, fault := range sim.Faults() {
		fmt.Fprintf(&b, "  %-16s%s\n", fault.Name, fault.Doc)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (o demoOptions) check() error {
	switch {
	case o.length <= 0:
		return core.E(core.Invalid, "--for must be longer than nothing, such as 30s")
	case o.speed < 0 || o.speed > maxSpeed:
		return core.E(core.Invalid, "--speed must be between 0 and %d", maxSpeed)
	case o.rate < 0 || o.rate > maxRate:
		return core.E(core.Invalid, "--rate must be between 0 and %d redemptions a minute", maxRate)
	}
	return nil
}

// Bounds of a demo that still makes sense.
const (
	maxSpeed = 1000
	maxRate  = 60_000
)

// demo is a desk with its simulated world around it.
type demo struct {
	f    *factory
	o    demoOptions
	dir  string
	log  *logbook
	sim  *sim.Sim
	desk *desk.Desk
	// adapt makes settings those of this demo.
	adapt func(*config.Settings)
}

func runDemo(ctx context.Context, f *factory, o demoOptions, limited bool) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	switch {
	case !o.headless && !f.hasScreen():
		f.say("there is no terminal: running headless")
		o.headless = true
	case !o.headless && !limited:
		o.length = endless
	}
	d := &demo{f: f, o: o}
	if err := d.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	f.say("demo data: --data-dir %s", d.dir)
	defer f.say("demo data: --data-dir %s", d.dir)
	return d.run(ctx)
}

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
		select {
		case <-time.After(max(500*time.Millisecond, core.RetryAfter(err))):
		case <-ctx.Done():
		}
	}
	return err
}

// settleLimit is what the desk gets to finish after the last viewer.
const settleLimit = 10 * time.Second

// run plays the demo and settles the account. An interrupt ends it at once;
// then what is open counts as open.
func (d *demo) run(ctx context.Context) error {
	world, endWorld := context.WithCancel(context.WithoutCancel(ctx))
	defer endWorld()
	var g errgroup.Group
	g.Go(func() error { return d.sim.Run(world) })
	err := d.play(ctx)
	if err == nil {
		err = errors.Join(d.readBack(world), d.end(world))
	}
	var sum summary
	if err == nil {
		sum, err = d.summary(world)
	}
	endWorld()
	if err = errors.Join(err, g.Wait()); err != nil {
		return err
	}
	return d.conclude(sum)
}

func (d *demo) play(ctx context.Context) error {
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if d.o.headless && !d.f.json {
		defer d.desk.Follow(newStory(d.f.Out).tell)()
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	g.Go(func() error { defer stop(); return d.desk.Run(work) })
	g.Go(func() error { d.giveaway(work); return nil })
	if !d.o.headless {
		g.Go(func() error { defer stop(); return d.f.screen(work, d.dashboard()) })
	}
	select {
	case <-time.After(d.o.length):
		d.sim.StopViewers()
		d.endGiveaway(work)
		d.settle(work)
		d.goOffline(work)
	case <-work.Done():
	}
	stop()
	return g.Wait()
}

// dashboard is what the screen shows, with the newcomer as a viewer.
func (d *demo) dashboard() tui.Config {
	rewards := map[string]string{section.RewardSong: d.desk.Rewards().Song, section.RewardRaffle: d.desk.Rewards().Raffle}
	return tui.Config{
		Client: d.desk.Reach(), Where: d.desk.Address(), Logs: d.log.lines,
		Demo: &tui.Demo{
			Songs: d.sim.Links(sampleSongs),
			Redeem: func(_ context.Context, reward, input string) (string, error) {
				return d.sim.Redeem("you", rewards[reward], input)
			},
		},
	}
}

// sampleSongs is how many songs the newcomer is offered.
const sampleSongs = 12

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

// settle ends the stream for the queue, which refunds what was not played, and
// waits until nothing is left to do, for a while. What is still on its way into
// the queue then is refunded as it comes.
func (d *demo) settle(ctx context.Context) {
	refund, c := true, d.desk.Reach()
	defer c.Close()
	wait(ctx, func(ctx context.Context) bool {
		if d.settled(ctx) {
			return true
		}
		if _, err := c.EndStream(ctx, api.EndRequest{Refund: &refund}); err != nil && ctx.Err() == nil {
			d.log.Warn("the queue of the demo did not end", "error", err)
		}
		return false
	})
}

// goOffline ends the stream and waits until the desk knows, for a while.
func (d *demo) goOffline(ctx context.Context) {
	_ = d.sim.GoOffline() // off already is as well
	c := d.desk.Reach()
	defer c.Close()
	wait(ctx, func(ctx context.Context) bool {
		now, err := c.Stream(ctx)
		return err == nil && !now.Live
	})
}

// end ends the session where the desk did not hear of it, and with it the raffle.
func (d *demo) end(ctx context.Context) error {
	_ = d.sim.GoOffline() // off already is as well
	return d.desk.Conclude(ctx)
}

// wait waits until something is done, for a while.
func wait(ctx context.Context, done func(context.Context) bool) {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	for ctx.Err() == nil && !done(ctx) {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (d *demo) settled(ctx context.Context) bool {
	var open int
	var t storage.Tally
	err := d.desk.Store().View(ctx, func(tx *storage.Tx) (err error) {
		if open, err = tx.SagasUnsettled(); err != nil {
			return err
		}
		t, err = tx.Tally()
		return err
	})
	return err == nil && open == 0 && t.Received == d.sim.Books().Taken
}

// readBack asks about what is in doubt before the sides are compared.
func (d *demo) readBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	d.sim.StopViewers()
	return d.desk.ReadBack(ctx)
}
