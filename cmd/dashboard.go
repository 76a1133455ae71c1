package cmd

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"sidestage/core"
	"sidestage/core/config"
	"sidestage/core/desk"
	"sidestage/tui"
	"sidestage/tui/theme"
)

// hasScreen reports whether there is a terminal to draw on and to type at.
func (f *factory) hasScreen() bool { return f.InTerminal && f.OutTerminal && !f.json }

// screen shows a dashboard on this process's terminal until the person quits.
func (f *factory) screen(ctx context.Context, c tui.Config) error {
	c.Look = theme.Detect(f.Out, func(name string) string { value, _ := f.Env(name); return value })
	return tui.Run(ctx, c, f.In, f.Out)
}

// dashboard opens the dashboard on the desk that runs, or runs one.
func (f *factory) dashboard(ctx context.Context) error {
	if !f.hasScreen() {
		return core.E(core.Invalid, "the dashboard needs a terminal; to run the desk without one: sidestage serve")
	}
	err := f.host(ctx)
	if core.ReasonOf(err) != "locked" {
		return err
	}
	loaded, err := f.settings()
	if err != nil {
		return err
	}
	client := f.reach()
	return f.screen(ctx, tui.Config{Client: client, Where: where(ctx, loaded.Settings)})
}

// where is the address of the desk: of the one that runs, or where the next one
// will be.
func where(ctx context.Context, s config.Settings) string {
	if at, err := desk.RunsAt(ctx, s.DataDir); err == nil {
		return at
	}
	return s.Addr
}

// host runs the desk with the dashboard on it; quitting stops both.
func (f *factory) host(ctx context.Context) (err error) {
	d, err := f.openDesk(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	work, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	g.Go(func() error { defer stop(); return d.Run(work) })
	g.Go(func() error {
		defer stop()
		return f.screen(work, tui.Config{Client: d.Reach(), Where: d.Address(), Logs: d.log.lines})
	})
	return g.Wait()
}
