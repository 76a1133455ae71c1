package cmd

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func newRewardCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "reward", Short: "Manage the channel-point rewards"}
	c.AddCommand(newRewardSetupCmd(f))
	return c
}

func newRewardSetupCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "setup",
		Short: "Create our two rewards on Twitch, or adopt those of the same title",
		Long: `Creates the rewards for song requests and for the keyboard raffle as the
settings describe them. Rewards this app made before are found by their title.
Doing it again changes nothing. Only rewards made by this app can be refunded.`,
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := f.openDesk(c.Context())
			if err != nil {
				return err
			}
			rewards, err := d.SetupRewards(c.Context())
			if err = errors.Join(err, d.Close()); err != nil {
				return err
			}
			return f.print(rewards, func(b *strings.Builder) {
				t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
				for _, r := range rewards {
					fmt.Fprintf(t, "%s\t%s\t%d points\n", r.ID, r.Title, r.Cost)
				}
				_ = t.Flush() // into memory
			})
		},
	}
}
