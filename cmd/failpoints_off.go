//go:build !failpoint

package cmd

import "github.com/spf13/cobra"

// hidden are the commands of the kill test's build; there are none otherwise.
func (f *factory) hidden() []*cobra.Command { return nil }
