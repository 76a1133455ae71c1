package cmd

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newQueueBlockCmd(f *factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "block KIND WHAT...",
		Short: "Keep a track, an artist or a viewer out of the requests",
		Long: `A request for what is blocked is refunded, and chat hears why. KIND is track,
artist or viewer. A track is named by link or by artist and title and is blocked
in all its releases; an artist by name; a viewer by login. What waits in the
queue already is not touched.`,
		Example: `  sidestage queue block track low tide disco by wavepool
  sidestage queue block artist the firefly committee
  sidestage queue block viewer kai`,
		Args:      cobra.MinimumNArgs(2),
		ValidArgs: []string{api.BlockTrack, api.BlockArtist, api.BlockViewer},
		RunE: func(c *cobra.Command, args []string) error {
			return f.changeBlock(c.Context(), "blocked", (*api.Client).Block, args)
		},
	}
	return c
}

func newQueueUnblockCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:       "unblock KIND WHAT...",
		Short:     "Let a track, an artist or a viewer back in",
		Args:      cobra.MinimumNArgs(2),
		ValidArgs: []string{api.BlockTrack, api.BlockArtist, api.BlockViewer},
		RunE: func(c *cobra.Command, args []string) error {
			return f.changeBlock(c.Context(), "unblocked", (*api.Client).Unblock, args)
		},
	}
}

func (f *factory) changeBlock(ctx context.Context, done string, change func(*api.Client, context.Context, api.BlockRequest) (api.Block, error), args []string) error {
	client := f.reach()
	b, err := change(client, ctx, api.BlockRequest{Kind: args[0], What: strings.Join(args[1:], " ")})
	if err != nil {
		return err
	}
	return f.print(b, func(out *strings.Builder) { f.table(out, [][]string{{done, b.Kind, b.Name}}) })
}

func newQueueBlockedCmd(f *factory) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "blocked",
		Short: "List what is kept out of the requests",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return f.blocked(c.Context(), limit) },
	}
	addLimit(c, &limit)
	return c
}

func (f *factory) blocked(ctx context.Context, limit int) error {
	client := f.reach()
	got, err := client.Blocks(ctx, limit)
	if err != nil {
		return err
	}
	return f.print(got, func(b *strings.Builder) {
		if len(got.Blocks) == 0 {
			f.say("nothing is blocked")
		}
		var rows [][]string
		for _, block := range got.Blocks {
			rows = append(rows, []string{block.Kind, block.Name, block.Key, "since " + clock(block.At)})
		}
		f.table(b, rows)
		if more := got.TotalCount - len(got.Blocks); more > 0 {
			f.say("%d more: --limit shows up to %d", more, api.MaxLimit)
		}
	})
}
