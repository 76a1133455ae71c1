package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newSkipCmd(f *factory) *cobra.Command {
	var r api.SkipRequest
	c := &cobra.Command{
		Use:   "skip",
		Short: "Skip what is playing",
		Long: `Skips what is current in the player, and says what that was. With --occurrence,
as now prints it, another track that has become current meanwhile is not
skipped: exit code 6.`,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			skipped, err := client.Skip(c.Context(), r)
			if err != nil {
				return err
			}
			return f.print(skipped, func(b *strings.Builder) {
				fmt.Fprintf(b, "skipped %s\n", printable(titled(skipped.Track)))
			})
		},
	}
	c.Flags().StringVar(&r.Occurrence, "occurrence", "", "skip only this `occurrence`")
	return c
}
