// Package cmd is the command line of sidestage: one file a noun, and the shell
// they plug into.
//
// A command is made by a function newXCmd(f *factory) and listed in
// factory.commands. It takes its settings and streams from f, returns errors
// instead of printing them, and writes data with f.print, which knows --json.
// An error's core.Kind decides the exit code (exit.go); whatever goes wrong
// before a command's own code runs is a usage error.
package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sidestage/core/config"
)

const about = `sidestage is a streamer's desk in the terminal: song requests, a keyboard
raffle, achievements, chat commands and an overlay, on your own machine.

Every command explains itself with --help. Data goes to stdout, talk to stderr.
Exit codes:
  0 ok            2 usage or settings   4 login required   6 conflict or refused
  1 error         3 not found           5 unavailable      130 interrupted`

// factory makes the commands and what they share, each thing when it is first
// asked for.
type factory struct {
	IO
	json    bool           // --json
	flags   *pflag.FlagSet // those every command has
	started bool           // a command's own code has begun
	typed   <-chan string  // what lines reads; nil before

	// settings loads the settings, once.
	settings func() (*config.Loaded, error)
}

func newFactory(s IO) *factory {
	f := &factory{IO: s}
	f.flags = pflag.NewFlagSet("global", pflag.ContinueOnError)
	f.flags.BoolVar(&f.json, "json", false, "print data and errors as JSON")
	f.flags.String("config", "", "settings `file` (SIDESTAGE_CONFIG)")
	f.flags.String("data-dir", "", "`directory` of database and logins (SIDESTAGE_DATA_DIR)")
	f.flags.String("addr", "", "`host:port` of the local server (SIDESTAGE_ADDR)")
	f.settings = sync.OnceValues(f.load)
	return f
}

// commands is the one place where commands are listed.
func (f *factory) commands() []*cobra.Command {
	return []*cobra.Command{
		newAchievementsCmd(f),
		newAuthCmd(f),
		newBackupCmd(f),
		newCommandCmd(f),
		newConfigCmd(f),
		newDemoCmd(f),
		newDoctorCmd(f),
		newEventsCmd(f),
		newExportCmd(f),
		newNowCmd(f),
		newOverlayCmd(f),
		newQueueCmd(f),
		newRaffleCmd(f),
		newRewardCmd(f),
		newEventSubCmd(f),
		newSagaCmd(f),
		newSayCmd(f),
		newServeCmd(f),
		newSkipCmd(f),
		newSongCmd(f),
		newStreamCmd(f), newStatsCmd(f),
		newVersionCmd(f),
		newViewersCmd(f),
	}
}

// Main runs sidestage with args, the program's name left out, and returns its
// exit code. Cancelling ctx interrupts the command.
func Main(ctx context.Context, args []string, s IO) int {
	f := newFactory(s)
	return f.run(ctx, newRoot(f, append(f.commands(), f.hidden()...)...), args)
}

func newRoot(f *factory, commands ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:           "sidestage",
		Short:         "A streamer's desk in the terminal",
		Long:          about,
		Args:          rootArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(c *cobra.Command, _ []string) error { return f.dashboard(c.Context()) },
	}
	root.SetIn(f.In)
	root.SetOut(f.Out)
	root.SetErr(f.Err)
	root.PersistentFlags().AddFlagSet(f.flags)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(f.usage)
	root.SetHelpCommand(newHelpCmd())
	root.AddCommand(commands...)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	f.finish(root)
	return root
}

// run executes root and reports how it went.
func (f *factory) run(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(append([]string{}, args...)) // never nil, which would mean os.Args
	err := root.ExecuteContext(ctx)
	if err != nil && !f.started {
		err = usageError(err, args)
	}
	return f.report(ctx, err)
}

// load reads the settings as they are now.
func (f *factory) load() (*config.Loaded, error) { return config.Load(f.sources()) }

// sources tells the settings what the command line says.
func (f *factory) sources() config.Sources {
	given := map[string]string{}
	f.flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed {
			given[flag.Name] = flag.Value.String()
		}
	})
	return config.Sources{Env: f.Env, Flags: given}
}

// print writes a command's data: v with --json, else what text writes.
func (f *factory) print(v any, text func(*strings.Builder)) error {
	var b strings.Builder
	if f.json {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil {
			return fmt.Errorf("encode output: %w", err)
		}
	} else {
		text(&b)
	}
	if _, err := io.WriteString(f.Out, b.String()); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
