package cmd

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"sidestage/core/desk"
	"sidestage/storage"
)

func newServeCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the desk",
		Long: `Runs the desk on this machine until it is stopped: it listens to Twitch, works
on what viewers ask for, and keeps the logins fresh. Without a login it waits for
one and says so.`,
		RunE: func(c *cobra.Command, _ []string) error { return f.serve(c.Context()) },
	}
}

func (f *factory) serve(ctx context.Context) (err error) {
	loaded, err := f.settings()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(f.Err, &slog.HandlerOptions{Level: loaded.Settings.LogLevel}))
	d, err := desk.Open(ctx, desk.Config{Settings: loaded.Settings, Platform: storage.Live, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.Run(ctx)
}

// openDesk opens a desk of this command's own moment. On a demo's directory it
// makes no call to the outside.
func (f *factory) openDesk(ctx context.Context) (*desk.Desk, error) {
	loaded, err := f.settings()
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(f.Err, &slog.HandlerOptions{Level: slog.LevelError}))
	return desk.Open(ctx, desk.Config{Settings: loaded.Settings, Log: log})
}
