package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"sidestage/core/desk"
	"sidestage/storage"
)

func newServeCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the desk",
		Long: `Runs the desk on this machine until it is stopped: it listens to Twitch, works
on what viewers ask for, keeps the logins fresh, and answers the local API at
--addr. Without a login it waits for one and says so.

An interrupt stops it in order, within seconds; a second one at once.`,
		RunE: func(c *cobra.Command, _ []string) error { return f.serve(c.Context()) },
	}
}

func (f *factory) serve(ctx context.Context) (err error) {
	loaded, err := f.settings()
	if err != nil {
		return err
	}
	for _, warning := range loaded.Warnings {
		f.say("warning: %s", warning)
	}
	log, err := openLog(loaded.DataDir, loaded.LogLevel, f.Err)
	if err != nil {
		return err
	}
	d, err := desk.Open(ctx, desk.Config{Settings: loaded.Settings, Platform: storage.Live, Log: log.Logger})
	if err != nil {
		return errors.Join(err, log.Close())
	}
	defer func() { err = errors.Join(err, d.Close(), log.Close()) }()
	if err := d.Listen(ctx, loaded.Addr); err != nil {
		return err
	}
	return d.Run(ctx)
}
