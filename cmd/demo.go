package cmd

import (
	"context"
	"errors"
	"fmt"
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
	"sidestage/tui/component"
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
		Short: "Run the desk on simulated platforms: no accounts needed",
		Long: "The real desk runs against a simulated Twitch and Spotify on this machine:\n" +
			"viewers redeem, songs queue and play, rolls are rolled, points settle. At the\n" +
			"end the desk's records are compared with the simulator's own books; exit code 1\n" +
			"means that they differ in a redemption.\n\nFaults (--fault NAME, repeatable):\n" + faultList(),
		Example: "  sidestage demo --headless --for 30s --speed 20 --seed 7 --json\n  sidestage demo --headless --fault timeout-after,drop-socket",
		RunE:    func(c *cobra.Command, _ []string) error { return runDemo(c.Context(), f, o, c.Flags().Changed("for")) },
	}
	flags := c.Flags()
	flags.BoolVar(&o.headless, "headless", false, "no screen: print a line per event")
	flags.DurationVar(&o.length, "for", defaultLength, "how long viewers come, by the clock on your wall; with a screen until you quit")
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

// faultList says what each fault does, beside its name.
func faultList() string {
	const indent = 20
	var b strings.Builder
	for _, fault := range sim.Faults() {
		for i, line := range component.Wrap(fault.Doc, columns-indent) {
			name := fault.Name
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(&b, "  %-*s%s\n", indent-2, name, line)
		}
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
	f.say("a second terminal can look and act, with --data-dir %s", d.dir)
	defer f.say("what happened stays there to be looked at, with --data-dir %s", d.dir)
	return d.run(ctx)
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
		sleep(ctx, 100*time.Millisecond)
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
