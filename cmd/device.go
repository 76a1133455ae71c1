package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newSongDeviceCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "device [NAME|ID]",
		Short: "Show where Spotify can play, or play there",
		Long: `Without a device, lists those that Spotify sees now; one that is not open
anywhere is not among them. With one, by name or id, moves playback there and
starts it. No choice is kept: Spotify plays where it last played.`,
		Example: "  sidestage song device\n  sidestage song device \"Living room\"",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			if len(args) == 1 {
				d, err := client.PickDevice(c.Context(), api.DeviceRequest{Device: args[0]})
				if err != nil {
					return err
				}
				return f.print(d, func(b *strings.Builder) { fmt.Fprintf(b, "playing on %s\n", printable(d.Name)) })
			}
			all, err := client.Devices(c.Context())
			if err != nil {
				return err
			}
			return f.print(all, func(b *strings.Builder) { f.showDevices(b, all) })
		},
	}
}

func (f *factory) showDevices(b *strings.Builder, all []api.Device) {
	if len(all) == 0 {
		f.say("Spotify sees no device: open Spotify on one and press play")
	}
	rows := make([][]string, 0, len(all))
	for _, d := range all {
		state := ""
		switch {
		case d.Active:
			state = "active"
		case d.Restricted:
			state = "takes no commands"
		}
		rows = append(rows, []string{d.Name, d.Type, state, d.ID})
	}
	f.table(b, rows)
}
