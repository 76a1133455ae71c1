package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newStatsTracksCmd(f *factory) *cobra.Command {
	var viewer string
	c := statsList(f, "tracks", "Show the tracks that were heard most by request", "",
		func(ctx context.Context, c *api.Client, in api.Within, limit int) ([]api.TopTrack, error) {
			if viewer == "" {
				return c.TopTracks(ctx, "", in, limit)
			}
			who, err := c.ViewerPage(ctx, viewer, in)
			if err != nil {
				return nil, err
			}
			return c.TopTracks(ctx, who.UserID, in, limit)
		},
		func(t api.TopTrack) []string {
			return []string{plural(t.RequestCount, "request"), t.TrackName, strings.Join(t.Artists, ", ")}
		})
	c.Flags().StringVar(&viewer, "viewer", "", "only by request of this `viewer`, a name or an id")
	return c
}

func newStatsRequestersCmd(f *factory) *cobra.Command {
	return statsList(f, "requesters", "Show whose requests were heard most", "",
		func(ctx context.Context, c *api.Client, in api.Within, limit int) ([]api.TopRequester, error) {
			return c.TopRequesters(ctx, in, limit)
		},
		func(r api.TopRequester) []string { return []string{plural(r.RequestCount, "request"), r.DisplayName} })
}

func newStatsSessionsCmd(f *factory) *cobra.Command {
	return statsList(f, "sessions", "Show what your streams came to",
		`Shows each stream, the latest first: how long it was, how many watched at most
and on average, requests and how many were heard, rolls and wins, and the points
spent.`,
		func(ctx context.Context, c *api.Client, in api.Within, limit int) ([]api.SessionStats, error) {
			return c.SessionStats(ctx, in, limit)
		},
		func(s api.SessionStats) []string {
			length := (time.Duration(s.LengthMs) * time.Millisecond).Round(time.Second).String()
			if s.Live {
				length += " so far"
			}
			return []string{
				"session " + s.SessionID, clock(s.StartedAt), length,
				fmt.Sprintf("peak %d, average %s", s.PeakViewers, strconv.FormatFloat(s.AverageViewers, 'f', -1, 64)),
				fmt.Sprintf("%s, %d heard", plural(s.Requests, "request"), s.Heard),
				fmt.Sprintf("%s, %d won", plural(s.Rolls, "roll"), s.Wins), plural(s.Points, "point"),
			}
		})
}

// newStatsViewersCmd lists what viewers did or, with an argument, shows one.
func newStatsViewersCmd(f *factory) *cobra.Command {
	c := statsList(f, "viewers [VIEWER]", "Show what viewers did: all, or one of them", "",
		func(ctx context.Context, c *api.Client, in api.Within, limit int) ([]api.ViewerStats, error) {
			return c.ViewerStats(ctx, in, limit)
		}, viewerRow)
	c.Args = cobra.MaximumNArgs(1)
	c.Example = "  sidestage stats viewers --since 30d\n  sidestage stats viewers @kai --session 12 --json"
	list := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return list(c, args)
		}
		session, _ := c.Flags().GetString("session")
		since, _ := c.Flags().GetString("since")
		in, err := (&within{session: session, since: since}).ask()
		if err != nil {
			return err
		}
		client := f.reach()
		page, err := client.ViewerPage(c.Context(), args[0], in)
		if err != nil {
			return err
		}
		return f.print(page, func(b *strings.Builder) { f.showViewerPage(b, page) })
	}
	return c
}

func viewerRow(v api.ViewerStats) []string {
	return []string{
		v.DisplayName, plural(v.Points, "point"), fmt.Sprintf("%s, %d heard", plural(v.Requests, "request"), v.Heard),
		fmt.Sprintf("%s, %d won", plural(v.Rolls, "roll"), v.Wins), "last " + clock(v.LastAt),
	}
}

func (f *factory) showViewerPage(b *strings.Builder, p api.ViewerPage) {
	f.table(b, [][]string{append(viewerRow(p.ViewerStats), plural(p.Achievements, "achievement"))})
	rows := make([][]string, 0, len(p.TopTracks))
	for _, t := range p.TopTracks {
		rows = append(rows, []string{plural(t.RequestCount, "request"), t.TrackName, strings.Join(t.Artists, ", ")})
	}
	f.table(b, rows)
}
