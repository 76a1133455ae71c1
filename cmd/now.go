package cmd

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newNowCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "now",
		Short: "Show what is playing and who asked for it",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			now, err := client.NowPlaying(c.Context())
			if err != nil {
				return err
			}
			return f.print(now, func(b *strings.Builder) { f.showNow(b, now) })
		},
	}
}

// longAgo is the age at which what the player showed may no longer be so.
const longAgo = time.Minute

func (f *factory) showNow(b *strings.Builder, now api.NowPlaying) {
	f.warnOutage(now.Outage)
	if now.Track == nil {
		f.say("nothing is playing")
		return
	}
	state, progress := "paused", now.ProgressMs
	if now.Playing {
		state = "playing"
		progress = min(progress+max(time.Since(now.At).Milliseconds(), 0), now.Track.DurationMs)
	}
	if time.Since(now.At) > longAgo {
		state = "seen " + clock(now.At)
	}
	f.table(b, [][]string{{
		titled(*now.Track), now.Track.RequesterDisplayName, length(progress) + " / " + length(now.Track.DurationMs), state, now.Occurrence,
	}})
}
