package cmd

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newStreamCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "stream", Short: "Look at the stream"}
	c.AddCommand(&cobra.Command{
		Use:   "status",
		Short: "Show whether the channel is live, since when and for how many",
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := f.reach()
			if err != nil {
				return err
			}
			now, err := client.Stream(c.Context())
			if err != nil {
				return err
			}
			return f.print(now, func(b *strings.Builder) { f.showStream(b, now) })
		},
	})
	return c
}

func (f *factory) showStream(b *strings.Builder, now api.Stream) {
	switch {
	case now.Live:
		f.table(b, [][]string{{
			"live", "since " + clock(now.StartedAt), strconv.Itoa(now.Viewers) + " viewers", "peak " + strconv.Itoa(now.PeakViewers),
		}})
	case now.SessionID == "":
		f.table(b, [][]string{{"offline"}})
	default:
		f.table(b, [][]string{{"offline", "since " + clock(now.EndedAt), "peak " + strconv.Itoa(now.PeakViewers)}})
	}
}
