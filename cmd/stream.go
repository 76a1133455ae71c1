package cmd

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newStreamCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "stream", Short: "Look at the stream, and end it for the queue"}
	c.AddCommand(newStreamEndCmd(f))
	c.AddCommand(&cobra.Command{
		Use:   "status",
		Short: "Show whether the channel is live, for how many, and its title",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			now, err := client.Stream(c.Context())
			if err != nil {
				return err
			}
			return f.print(now, func(b *strings.Builder) { f.showStream(b, now) })
		},
	})
	return c
}

func newStreamEndCmd(f *factory) *cobra.Command {
	var dry, refund, keep bool
	c := &cobra.Command{
		Use:   "end",
		Short: "Do with unplayed requests what the end of the stream does",
		Long: `Does with the requests that were not played what the setting song.on_offline
says: keep them for the next stream, or return their points where they still can
return. The desk does it by itself when the stream goes offline; this does it
now. Requests whose points are spent stay: those that Spotify already has or,
with song.fulfil = heard, a song that was heard for ten seconds. One that has
just begun goes back then.`,
		Example: "  sidestage stream end --dry-run\n  sidestage stream end --refund",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			var end api.StreamEnd
			var err error
			switch {
			case dry:
				end, err = client.PreviewStreamEnd(c.Context())
			case refund || keep:
				end, err = client.EndStream(c.Context(), api.EndRequest{Refund: &refund})
			default:
				end, err = client.EndStream(c.Context(), api.EndRequest{})
			}
			if err != nil {
				return err
			}
			return f.print(end, func(b *strings.Builder) { f.showStreamEnd(b, end, dry) })
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "only say what would happen, as the settings are")
	c.Flags().BoolVar(&refund, "refund", false, "return the points, whatever the setting")
	c.Flags().BoolVar(&keep, "keep", false, "keep the requests, whatever the setting")
	onlyOne(c, "dry-run", "refund", "keep")
	return c
}

func (f *factory) showStreamEnd(b *strings.Builder, end api.StreamEnd, dry bool) {
	var rows [][]string
	verb := "refunded"
	if dry {
		verb = "would be refunded"
	}
	for _, r := range end.Refunded {
		rows = append(rows, []string{verb, titled(r.Track), r.Track.RequesterDisplayName})
	}
	why := map[string]string{api.PointsSpent: "its points are spent", api.PointsNone: "nobody paid for it", api.PointsReturn: "it waits for the next stream"}
	for _, r := range end.Kept {
		reason := why[r.Points]
		if r.Copy == api.CopyNow {
			reason = "it plays"
		}
		rows = append(rows, []string{"stays", titled(r.Track), r.Track.RequesterDisplayName, reason})
	}
	f.table(b, rows)
	if len(rows) == 0 {
		f.say("nothing is unplayed")
	}
}

func (f *factory) showStream(b *strings.Builder, now api.Stream) {
	switch {
	case now.Live:
		f.table(b, [][]string{{
			"live", "since " + clock(now.StartedAt), plural(now.Viewers, "viewer"), "peak " + strconv.Itoa(now.PeakViewers),
		}})
	case now.SessionID == "":
		f.table(b, [][]string{{"offline"}})
	default:
		f.table(b, [][]string{{"offline", "since " + clock(now.EndedAt), "peak " + strconv.Itoa(now.PeakViewers)}})
	}
	var says [][]string
	for _, row := range [][]string{{"title", now.Title}, {"category", now.Category}} {
		if row[1] != "" {
			says = append(says, row)
		}
	}
	f.table(b, says)
}
