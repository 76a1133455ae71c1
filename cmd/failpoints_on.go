//go:build failpoint

package cmd

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/config"
	"sidestage/core/desk"
	"sidestage/storage"
)

// newFailpointsCmd lists the places where this build can be killed. Making a
// desk is what registers them.
func newFailpointsCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:    "failpoints",
		Hidden: true,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "sidestage-failpoints-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir) //nolint:errcheck // a scratch directory
			s := config.Defaults()
			s.DataDir = dir
			d, err := desk.Open(c.Context(), desk.Config{Settings: s, Platform: storage.Demo})
			if err != nil {
				return err
			}
			names := core.Failpoints()
			return errors.Join(f.print(names, func(b *strings.Builder) { b.WriteString(strings.Join(names, "\n") + "\n") }), d.Close())
		},
	}
}

func (f *factory) hidden() []*cobra.Command { return []*cobra.Command{newFailpointsCmd(f)} }
