package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
)

// finish walks the whole tree and gives every command what all have in common:
// one that only holds others refuses to run alone, one that says nothing about
// arguments takes none, and f learns when a command's own code begins.
func (f *factory) finish(c *cobra.Command) {
	for _, sub := range c.Commands() {
		f.finish(sub)
	}
	if !c.Runnable() {
		c.Args, c.RunE = cobra.ArbitraryArgs, holdsOthers
		c.Annotations = map[string]string{onlyHolds: ""}
		return
	}
	switch {
	case c.Args == nil && !c.HasSubCommands():
		c.Args = noArgs
	case c.Args != nil && c.HasParent():
		c.Args = called(c.Args)
	}
	run, runE := c.Run, c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		f.started = true
		if runE != nil {
			return runE(c, args)
		}
		run(c, args)
		return nil
	}
}

// rootArgs are the root's arguments: there are none, so any is an unknown
// command.
func rootArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(c, args[0])
	}
	return nil
}

// holdsOthers is the body of a command that only holds others.
func holdsOthers(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(c, args[0])
	}
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return fmt.Errorf("%s needs a command: %s", c.Name(), strings.Join(names, ", "))
}

// onlyHolds annotates a command that does nothing by itself.
const onlyHolds = "only-holds"

// called says how a command is called whose arguments are wrong, in place of how
// many there are.
func called(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		err := check(c, args)
		if err == nil || core.KindOf(err) != core.Internal { // it is in our words already
			return err
		}
		if len(args) > 0 && len(c.ValidArgs) > 0 && !slices.Contains(c.ValidArgs, args[0]) {
			return fmt.Errorf("%q is none of %s; see %s --help", args[0], strings.Join(c.ValidArgs, ", "), c.CommandPath())
		}
		return fmt.Errorf("call it as: %s; see %s --help", strings.TrimSuffix(c.UseLine(), " [flags]"), c.CommandPath())
	}
}

// onlyOne lets at most one of these flags be given.
func onlyOne(c *cobra.Command, flags ...string) {
	c.MarkFlagsMutuallyExclusive(flags...) // for completion
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		given := 0
		for _, name := range flags {
			if c.Flags().Changed(name) {
				given++
			}
		}
		if given > 1 {
			return fmt.Errorf("say one of --%s, not %d of them", strings.Join(flags, ", --"), given)
		}
		return nil
	}
}

func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, and %q is one; see %s --help", c.Name(), args[0], c.CommandPath())
	}
	return nil
}

// unknownCommand names the commands of c that may have been meant.
func unknownCommand(c *cobra.Command, name string) error {
	c.SuggestionsMinimumDistance = 1 + len(name)/6 // in edits; more makes anything like a short name
	near := c.SuggestionsFor(name)
	if len(near) == 0 {
		return core.E(core.Invalid, "unknown command %q; see %s --help", name, c.CommandPath())
	}
	return core.E(core.Invalid, "unknown command %q; did you mean %s %s?", name, c.CommandPath(), strings.Join(near, " or "))
}

// flagError explains a wrong flag. After an unknown command every flag is
// wrong, so the command is named instead.
func flagError(c *cobra.Command, err error) error {
	if args := c.Flags().Args(); c.HasSubCommands() && len(args) > 0 {
		return unknownCommand(c, args[0])
	}
	return fmt.Errorf("%w; see %s --help", err, c.CommandPath())
}

// newHelpCmd is help as a command; an unknown topic is a usage error.
func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Explain a command",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			topic, rest, err := c.Root().Find(args)
			if err == nil && len(rest) > 0 {
				err = unknownCommand(topic, rest[0])
			}
			if err != nil {
				return core.E(core.Invalid, "%w", err)
			}
			topic.InitDefaultHelpFlag()
			return topic.Help()
		},
	}
}

// columns is how wide help is.
const columns = 80

// usage prints how c is called.
func (f *factory) usage(c *cobra.Command) error {
	var b strings.Builder
	f.heading(&b, "Usage")
	switch {
	case !c.HasParent():
		fmt.Fprintf(&b, "  %s [command]\n", c.CommandPath())
	default:
		if _, alone := c.Annotations[onlyHolds]; !alone {
			fmt.Fprintf(&b, "  %s\n", c.UseLine())
		}
		if c.HasSubCommands() {
			fmt.Fprintf(&b, "  %s <command>\n", c.CommandPath())
		}
	}
	f.commandList(&b, c)
	if c.HasExample() {
		f.heading(&b, "\nExamples")
		fmt.Fprintln(&b, c.Example)
	}
	if own := c.LocalNonPersistentFlags(); own.HasAvailableFlags() {
		f.heading(&b, "\nFlags")
		b.WriteString(own.FlagUsagesWrapped(columns))
	}
	f.heading(&b, "\nFlags of every command")
	b.WriteString(f.flags.FlagUsagesWrapped(columns))
	_, err := io.WriteString(c.OutOrStderr(), b.String())
	return err
}

func (f *factory) commandList(b *strings.Builder, c *cobra.Command) {
	if !c.HasAvailableSubCommands() {
		return
	}
	f.heading(b, "\nCommands")
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			fmt.Fprintf(b, "  %-*s  %s\n", sub.NamePadding(), sub.Name(), sub.Short)
		}
	}
}

// heading is bold where that can be seen. A leading newline stays outside.
func (f *factory) heading(b *strings.Builder, title string) {
	bare := strings.TrimPrefix(title, "\n")
	before := title[:len(title)-len(bare)]
	if f.colour() {
		bare = "\x1b[1m" + bare + "\x1b[0m"
	}
	fmt.Fprintf(b, "%s%s\n", before, bare)
}
