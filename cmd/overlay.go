package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/assets"
	"sidestage/core"
)

func newOverlayCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "overlay", Short: "Find the overlay's pages for OBS"}
	c.AddCommand(newOverlayListCmd(f), newOverlayURLCmd(f))
	return c
}

// source is a widget as OBS needs it.
type source struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	URL    string `json:"url"`
	Width  int    `json:"width"`  // pixels
	Height int    `json:"height"` // pixels
}

// overlays lists the widgets at the address of the desk.
func (f *factory) overlays(ctx context.Context) ([]source, error) {
	loaded, err := f.settings()
	if err != nil {
		return nil, err
	}
	var all []source
	at := where(ctx, loaded.Settings)
	for _, w := range assets.Widgets() {
		all = append(all, source{w.Name, w.Title, "http://" + at + w.Path, w.Width, w.Height})
	}
	return all, nil
}

func newOverlayListCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the pages, their addresses and sizes",
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := f.overlays(c.Context())
			if err != nil {
				return err
			}
			return f.print(all, func(b *strings.Builder) {
				var rows [][]string
				for _, o := range all {
					rows = append(rows, []string{o.Name, o.URL, fmt.Sprintf("%d×%d", o.Width, o.Height), o.Title})
				}
				f.table(b, rows)
			})
		},
	}
}

func newOverlayURLCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:     "url NAME",
		Short:   "Print the address of one page",
		Example: "  sidestage overlay url now-playing",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			all, err := f.overlays(c.Context())
			if err != nil {
				return err
			}
			var names []string
			for _, o := range all {
				if o.Name == args[0] {
					return f.print(o, func(b *strings.Builder) { fmt.Fprintln(b, o.URL) })
				}
				names = append(names, o.Name)
			}
			return core.E(core.NotFound, "there is no widget %q; there are %s", args[0], strings.Join(names, ", "))
		},
	}
}
