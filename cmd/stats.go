package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
)

func newStatsCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "stats", Short: "Count what happened"}
	c.AddCommand(newStatsPointsCmd(f))
	return c
}

func newStatsPointsCmd(f *factory) *cobra.Command {
	var session string
	c := &cobra.Command{
		Use:   "points",
		Short: "Report what became of the points of a stream",
		Long: `Counts the channel points that viewers spent on our rewards in one session, the
latest unless --session names another: taken is fulfilled, refunded and open
together. Then asks Twitch for its own list; exit code 1 means that it differs in
a redemption. Twitch forgets settled ones after some days.`,
		Example: "  sidestage stats points\n  sidestage stats points --session 12 --json",
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := f.reach()
			if err != nil {
				return err
			}
			r, err := client.Points(c.Context(), session)
			if err != nil {
				return err
			}
			if err := f.print(r, func(b *strings.Builder) { f.showPoints(b, r) }); err != nil || r.Balanced {
				return err
			}
			return core.Because(core.Internal, "unbalanced", "Twitch books %d redemptions otherwise", len(r.Differences))
		},
	}
	c.Flags().StringVar(&session, "session", "", "the `number` of a session")
	return c
}

func (f *factory) showPoints(b *strings.Builder, r api.PointsReport) {
	until := "now"
	if !r.Until.IsZero() {
		until = clock(r.Until)
	}
	fmt.Fprintf(b, "session %s, %s to %s\n", r.SessionID, clock(r.From), until)
	row := func(name string, p api.Points) []string {
		return []string{name, plural(p.Redemptions, "redemption"), plural(p.Points, "point")}
	}
	f.table(b, [][]string{row("taken", r.Taken), row("fulfilled", r.Fulfilled), row("refunded", r.Refunded), row("open", r.Open)})
	var rows [][]string
	for _, d := range r.Differences {
		rows = append(rows, []string{"differs", d.RedemptionID, d.Viewer, d.Here + " here", d.Twitch + " at Twitch"})
	}
	f.table(b, rows)
	if r.Balanced {
		f.say("Twitch says the same of the %d it still lists", r.Checked)
	}
}
