package cmd

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newRaffleCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "raffle", Short: "Look at the keyboard raffle"}
	c.AddCommand(newLeaderboardCmd(f))
	return c
}

func newLeaderboardCmd(f *factory) *cobra.Command {
	var sortBy string
	var limit int
	c := &cobra.Command{
		Use:   "leaderboard",
		Short: "Show who rolled how often and how close",
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := f.reach()
			if err != nil {
				return err
			}
			entries, err := client.Leaderboard(c.Context(), sortBy, limit)
			if err != nil {
				return err
			}
			return f.print(entries, func(b *strings.Builder) { f.showLeaderboard(b, entries) })
		},
	}
	c.Flags().StringVar(&sortBy, "sort", api.SortClosest, "`order`: closest, rolls or wins")
	addLimit(c, &limit)
	return c
}

func (f *factory) showLeaderboard(b *strings.Builder, entries []api.RaffleEntry) {
	if len(entries) == 0 {
		f.say("nobody has rolled yet")
	}
	rows := make([][]string, 0, len(entries))
	for i, e := range entries {
		closest := "-"
		if e.ClosestDistance != nil {
			closest = fmt.Sprintf("%d off (%d, winning number %d)", *e.ClosestDistance, *e.ClosestRoll, *e.ClosestWinningNumber)
		}
		rows = append(rows, []string{
			strconv.Itoa(i + 1), e.DisplayName, strconv.Itoa(e.TotalRolls) + " rolls", strconv.Itoa(e.TotalWins) + " wins", closest,
		})
	}
	f.table(b, rows)
}
