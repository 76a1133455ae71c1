package cmd

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

func newSongCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "song", Short: "Look for songs at Spotify, and pick where it plays"}
	c.AddCommand(newSongSearchCmd(f), newSongDeviceCmd(f))
	return c
}

func newSongSearchCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "search TEXT...",
		Short: "Show what a request of this text would be",
		Long: `Asks Spotify for a text, or a link, as a viewer would write it with the reward,
and marks the track that a request of it would be. Where none is surely meant it
says why; such a request is refunded.`,
		Example: "  sidestage song search blinding lights the weeknd",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.searchSongs(c.Context(), strings.Join(args, " "))
		},
	}
}

func (f *factory) searchSongs(ctx context.Context, text string) error {
	client := f.reach()
	got, err := client.SearchSongs(ctx, text)
	if err != nil {
		return err
	}
	return f.print(got, func(b *strings.Builder) {
		var rows [][]string
		for _, t := range got.Tracks {
			mark := ""
			if t.ID == got.Taken {
				mark = "taken"
			}
			rows = append(rows, []string{titled(t), length(t.DurationMs), t.URI, mark})
		}
		f.table(b, rows)
		if got.Refused != "" {
			f.say("a request of this would be refused: %s", got.Refused)
		}
	})
}
