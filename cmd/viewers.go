package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newViewersCmd(f *factory) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "viewers",
		Short: "Show who is in your chat, what they asked for and rolled",
		Long: `Shows who is in your chat: who spoke last first, then who came last. Twitch
tells with a delay of up to some minutes who comes and goes. Only a desk that
runs knows.`,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			here, err := client.Viewers(c.Context(), limit)
			if err != nil {
				return err
			}
			return f.print(here, func(b *strings.Builder) { f.showViewers(b, here) })
		},
	}
	addLimit(c, &limit)
	return c
}

func (f *factory) showViewers(b *strings.Builder, here api.Viewers) {
	rows := make([][]string, 0, len(here.Viewers))
	for _, v := range here.Viewers {
		spoke := "silent"
		if !v.LastSpokeAt.IsZero() {
			spoke = "spoke " + clock(v.LastSpokeAt)
		}
		rows = append(rows, []string{
			v.DisplayName, strings.Join(v.Roles, ", "), "since " + clock(v.Since), spoke,
			plural(v.SongRequests, "song"), plural(v.Rolls, "roll"), luck(v),
		})
	}
	f.table(b, rows)
	switch more := here.TotalCount - len(here.Viewers); {
	case here.TotalCount == 0:
		f.say("nobody is known to be here: a desk that runs knows who is in chat")
	case more > 0:
		f.say("%d more: --limit shows up to %d", more, api.MaxLimit)
	}
}

// luck is the best a viewer rolled.
func luck(v api.Viewer) string {
	switch {
	case v.Wins > 0:
		return "won " + plural(v.Wins, "time")
	case v.Closest != nil:
		return fmt.Sprintf("best %d off", *v.Closest)
	}
	return ""
}
