package cmd

import (
	"fmt"
	"strings"

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
			client, err := f.reach()
			if err != nil {
				return err
			}
			rewards, err := client.SetUpRewards(c.Context())
			if err != nil {
				return err
			}
			return f.print(rewards, func(b *strings.Builder) {
				rows := make([][]string, 0, len(rewards))
				for _, r := range rewards {
					rows = append(rows, []string{r.ID, r.Title, fmt.Sprintf("%d points", r.Cost)})
				}
				f.table(b, rows)
			})
		},
	}
}
