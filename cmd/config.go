package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
)

func newConfigCmd(f *factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Show and check the settings",
		Long: `Settings come from a TOML file, then from the environment (SIDESTAGE_ and the
key in capitals), then from flags; what comes later wins.`,
	}
	c.AddCommand(newConfigPathCmd(f), newConfigShowCmd(f), newConfigCheckCmd(f), newConfigReloadCmd(f))
	return c
}

func newConfigPathCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "path",
		Short: "Print where the settings file is looked for",
		RunE: func(*cobra.Command, []string) error {
			at, err := config.Locate(f.sources())
			if err != nil {
				return err
			}
			if at.Path == "" {
				return core.E(core.NotFound, "the environment does not say where home is; name the file with --config")
			}
			v := struct {
				Path   string `json:"path"`
				Exists bool   `json:"exists"`
			}{at.Path, exists(at.Path)}
			return f.print(v, func(b *strings.Builder) { fmt.Fprintln(b, v.Path) })
		},
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func newConfigShowCmd(f *factory) *cobra.Command {
	var defaults bool
	c := &cobra.Command{
		Use:   "show",
		Short: "Print every setting and where it comes from",
		Example: `  sidestage config show
  sidestage config show --defaults > config.toml`,
		RunE: func(*cobra.Command, []string) error {
			if defaults {
				l := &config.Loaded{Settings: config.Defaults()}
				return f.print(l.Entries(), func(b *strings.Builder) { b.WriteString(config.Template()) })
			}
			l, err := f.settings()
			if err != nil {
				return err
			}
			return f.print(l.Entries(), func(b *strings.Builder) { f.showEntries(b, l.Entries()) })
		},
	}
	c.Flags().BoolVar(&defaults, "defaults", false, "print the defaults, as a settings file with explanations")
	return c
}

func (f *factory) showEntries(b *strings.Builder, entries []config.Entry) {
	rows := make([][]string, 0, len(entries))
	for _, e := range entries {
		rows = append(rows, []string{e.Key, fmt.Sprint(e.Value), cmp.Or(e.Where, string(e.Source))})
	}
	f.table(b, rows)
}

// checked is what config check prints as JSON.
type checked struct {
	OK       bool             `json:"ok"`
	Path     string           `json:"path"`
	Exists   bool             `json:"exists"`
	Problems []config.Problem `json:"problems"`
	Warnings []string         `json:"warnings"`
}

func newConfigCheckCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the settings; exit 2 when something is wrong",
		RunE: func(*cobra.Command, []string) error {
			at, err := config.Locate(f.sources())
			if err != nil {
				return err
			}
			v := checked{Path: at.Path, Exists: exists(at.Path), Problems: []config.Problem{}, Warnings: []string{}}
			l, wrong := f.settings()
			if wrong != nil {
				if all := (*config.Error)(nil); errors.As(wrong, &all) {
					v.Problems = all.Problems
				}
				return errors.Join(wrong, f.print(v, func(*strings.Builder) {}))
			}
			v.OK, v.Warnings = true, append(v.Warnings, l.Warnings...)
			return f.print(v, func(b *strings.Builder) { f.showChecked(b, v) })
		},
	}
}

func (f *factory) showChecked(b *strings.Builder, v checked) {
	for _, warning := range v.Warnings {
		f.say("warning: %s", warning)
	}
	if !v.Exists {
		fmt.Fprintf(b, "ok, without a settings file at %s\n", v.Path)
		return
	}
	fmt.Fprintf(b, "%s: ok\n", v.Path)
}

func newConfigReloadCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Make the desk that runs read its settings again",
		Long: `Makes the desk that runs read its settings again, as the signal SIGHUP does.
Chat commands and sentences change at once; other settings that have changed are
named, and hold after a restart. When something is wrong with the settings, the
exit code is 2, every fault is named with its line, and the desk goes on as
before.`,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			r, err := client.ReloadSettings(c.Context())
			if err != nil {
				return err
			}
			return f.print(r, func(b *strings.Builder) { f.showReloaded(b, r) })
		},
	}
}

func (f *factory) showReloaded(b *strings.Builder, r api.Reloaded) {
	for _, warning := range r.Warnings {
		f.say("warning: %s", warning)
	}
	if len(r.Applied)+len(r.Restart) == 0 {
		f.say("nothing has changed")
	}
	for _, key := range r.Applied {
		fmt.Fprintf(b, "%s: applied\n", key)
	}
	for _, key := range r.Restart {
		fmt.Fprintf(b, "%s: after a restart\n", key)
	}
}
