package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
)

func newStatsCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "stats", Short: "Count what happened"}
	c.AddCommand(newStatsTracksCmd(f), newStatsRequestersCmd(f), newStatsViewersCmd(f), newStatsSessionsCmd(f), newStatsPointsCmd(f), newStatsErrorsCmd(f))
	return c
}

// within are the flags that narrow what is counted.
type within struct{ session, since string }

func (w *within) flags(c *cobra.Command) {
	c.Flags().StringVar(&w.session, "session", "", "only the session of this `number`")
	c.Flags().StringVar(&w.since, "since", "", "only what is not older than this: a `time` such as 2026-05-31 or a while such as 36h or 7d")
}

// ask reads the flags.
func (w *within) ask() (api.Within, error) {
	in := api.Within{Session: w.session}
	if w.since == "" {
		return in, nil
	}
	days, isDays := strings.CutSuffix(w.since, "d")
	if n, err := strconv.Atoi(days); isDays && err == nil && n > 0 {
		in.Since = time.Now().AddDate(0, 0, -n)
		return in, nil
	}
	if d, err := time.ParseDuration(w.since); err == nil && d > 0 {
		in.Since = time.Now().Add(-d)
		return in, nil
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339} {
		if at, err := time.ParseInLocation(layout, w.since, time.Local); err == nil {
			in.Since = at
			return in, nil
		}
	}
	return in, core.Because(core.Invalid, "since", "--since %q is no time: give 2026-05-31, 36h or 7d", w.since)
}

// statsList is a command that shows a list of statistics.
func statsList[A any](f *factory, use, short, long string, ask func(context.Context, *api.Client, api.Within, int) ([]A, error), row func(A) []string) *cobra.Command {
	var (
		w     within
		limit int
	)
	c := &cobra.Command{Use: use, Short: short, Long: long, RunE: func(c *cobra.Command, _ []string) error {
		in, err := w.ask()
		if err != nil {
			return err
		}
		client := f.reach()
		all, err := ask(c.Context(), client, in, limit)
		if err != nil {
			return err
		}
		return f.print(all, func(b *strings.Builder) {
			rows := make([][]string, 0, len(all))
			for _, one := range all {
				rows = append(rows, row(one))
			}
			f.table(b, rows)
			if len(all) == 0 {
				f.say("there is nothing to count")
			}
		})
	}}
	w.flags(c)
	addLimit(c, &limit)
	return c
}

func newStatsErrorsCmd(f *factory) *cobra.Command {
	return statsList(f, "errors", "Show what went wrong, where and how often",
		`Shows the errors of the desk and of the platforms by kind and place, what
happened last first. The log has each; the journal has at most a few of one
place in ten minutes, and how many it left out.`,
		func(ctx context.Context, c *api.Client, in api.Within, limit int) ([]api.ErrorStats, error) {
			return c.ErrorStats(ctx, in, limit)
		},
		func(e api.ErrorStats) []string {
			return []string{plural(e.Times, "time"), e.Kind, e.Place, e.Message, clock(e.LastAt), e.SagaID}
		})
}

func newStatsPointsCmd(f *factory) *cobra.Command {
	var session string
	c := &cobra.Command{
		Use:   "points",
		Short: "Report what became of the points of a stream",
		Long: `Counts the channel points that viewers spent on our rewards in one session, the
latest unless --session names another: taken is fulfilled, refunded and open
together. Then asks Twitch for its own list; exit code 1 means that it differs
in a redemption. Twitch forgets settled ones after some days.`,
		Example: "  sidestage stats points\n  sidestage stats points --session 12 --json",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
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
	c.Flags().StringVar(&session, "session", "", "only the session of this `number`")
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
