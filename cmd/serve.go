package cmd

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"sidestage/core/api"
	"sidestage/core/desk"
	"sidestage/storage"
)

func newServeCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the desk without a screen",
		Long: `Runs the desk on this machine until it is stopped: it listens to Twitch, works
on what viewers ask for, keeps the logins fresh, and answers the local API at
--addr. Without a login it waits for one and says so.

An interrupt stops it in order, within seconds; a second one at once. A hangup
signal (SIGHUP) makes it read the settings again, as config reload does.`,
		RunE: func(c *cobra.Command, _ []string) error { return f.serve(c.Context()) },
	}
}

// liveDesk is the streamer's desk in this process, and its log.
type liveDesk struct {
	*desk.Desk
	log *logbook
}

// openDesk opens the desk and its port. What is logged is also written to
// stderr, unless that is nil.
func (f *factory) openDesk(ctx context.Context, stderr io.Writer) (*liveDesk, error) {
	loaded, err := f.settings()
	if err != nil {
		return nil, err
	}
	for _, warning := range loaded.Warnings {
		f.say("warning: %s", warning)
	}
	log, err := openLog(loaded.DataDir, loaded.LogLevel, stderr)
	if err != nil {
		return nil, err
	}
	d, err := desk.Open(ctx, desk.Config{Settings: loaded.Settings, Load: f.load, Platform: storage.Live, Log: log.Logger})
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	live := &liveDesk{d, log}
	if err := d.Listen(ctx, loaded.Addr); err != nil {
		return nil, errors.Join(err, live.Close())
	}
	return live, nil
}

// Close closes both.
func (d *liveDesk) Close() error { return errors.Join(d.Desk.Close(), d.log.Close()) }

func (f *factory) serve(ctx context.Context) (err error) {
	d, err := f.openDesk(ctx, f.Err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	var g errgroup.Group
	g.Go(func() error { defer stop(); return d.Run(ctx) })
	g.Go(func() error { f.hungUp(ctx, stop, hangups, d.Desk); return nil })
	return g.Wait()
}

// hungUp reads the settings again at each SIGHUP, which is also what a desk
// hears whose terminal was closed: that one stops.
func (f *factory) hungUp(ctx context.Context, stop func(), hangups <-chan os.Signal, d *desk.Desk) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		if in, ok := f.In.(*os.File); ok && f.InTerminal && !term.IsTerminal(int(in.Fd())) {
			stop()
			return
		}
		r, err := d.ReloadSettings(ctx)
		if err != nil {
			f.say("the settings stay as they were: %v", err)
			continue
		}
		f.say("settings read again: %s", reloaded(r))
	}
}

// reloaded says in a line what reading the settings again came to.
func reloaded(r api.Reloaded) string {
	if len(r.Applied)+len(r.Restart) == 0 {
		return "nothing has changed"
	}
	var said []string
	if len(r.Applied) > 0 {
		said = append(said, "applied "+strings.Join(r.Applied, ", "))
	}
	if len(r.Restart) > 0 {
		said = append(said, "after a restart "+strings.Join(r.Restart, ", "))
	}
	return strings.Join(said, "; ")
}
