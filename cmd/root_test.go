package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"sidestage/core"
)

// console is the other end of a command's IO.
type console struct {
	out, err bytes.Buffer
	env      map[string]string
	terminal bool
}

func (c *console) io() IO {
	return IO{
		In: strings.NewReader(""), Out: &c.out, Err: &c.err,
		InTerminal: c.terminal, OutTerminal: c.terminal, ErrTerminal: c.terminal,
		Env: func(name string) (string, bool) { v, ok := c.env[name]; return v, ok },
	}
}

// main runs the program in a world of its own.
func (c *console) main(t *testing.T, args ...string) int {
	t.Helper()
	if c.env == nil {
		c.env = map[string]string{"HOME": t.TempDir(), "AppData": t.TempDir(), "LocalAppData": t.TempDir()}
	}
	c.out.Reset()
	c.err.Reset()
	return Main(t.Context(), args, c.io())
}

// plant runs a program with one more command, "plant".
func (c *console) plant(ctx context.Context, body func(context.Context, *factory) error, args ...string) int {
	f := newFactory(c.io())
	return f.run(ctx, newRoot(f, append(f.commands(), newPlantCmd(f, body))...), args)
}

func newPlantCmd(f *factory, body func(context.Context, *factory) error) *cobra.Command {
	return &cobra.Command{
		Use:  "plant",
		RunE: func(c *cobra.Command, _ []string) error { return body(c.Context(), f) },
	}
}

func TestEveryKindOfErrorHasItsExitCodeAndIsSaidOnce(t *testing.T) {
	for _, k := range core.Kinds() {
		fail := func(context.Context, *factory) error {
			return fmt.Errorf("water: %w", core.Because(k, "dry", "no water"))
		}
		var c console
		if got := c.plant(t.Context(), fail, "plant"); got != k.ExitCode() {
			t.Errorf("%v: exit code %d, want %d", k, got, k.ExitCode())
		}
		if got := c.err.String(); got != "sidestage: water: no water\n" {
			t.Errorf("%v: stderr %q", k, got)
		}
		c.err.Reset()
		c.plant(t.Context(), fail, "plant", "--json")
		want := fmt.Sprintf(`{"error":"water: no water","code":"%s","reason":"dry"}`+"\n", k)
		if d := cmp.Diff(want, c.err.String()); d != "" {
			t.Errorf("%v: %s", k, d)
		}
		if c.out.Len() > 0 {
			t.Errorf("%v: stdout has %q", k, c.out.String())
		}
	}
}

func TestAnUnclassifiedErrorIsExitCode1(t *testing.T) {
	var c console
	fail := func(context.Context, *factory) error { return errors.New("no water") }
	if got := c.plant(t.Context(), fail, "plant"); got != 1 {
		t.Errorf("exit code %d", got)
	}
}

func TestAnInterruptThatIsObeyedEndsQuietlyWith130(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var c console
	got := c.plant(ctx, func(ctx context.Context, _ *factory) error {
		cancel()
		<-ctx.Done()
		return fmt.Errorf("wait for rain: %w", ctx.Err())
	}, "plant")
	if got != 130 || c.err.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", got, c.err.String())
	}
	got = c.plant(ctx, func(context.Context, *factory) error { return core.E(core.Unavailable, "the pump broke") }, "plant")
	if got != 5 || c.err.Len() == 0 {
		t.Errorf("a real failure during an interrupt is lost: exit code %d, stderr %q", got, c.err.String())
	}
}

func TestMisuseIsExitCode2WithAHint(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"confg path", `unknown command "confg"; did you mean sidestage config?`},
		{"--addr x:1 confg --headless", `unknown command "confg"; did you mean sidestage config?`},
		{"zzz", `unknown command "zzz"; see sidestage --help`},
		{"config", `config needs a command: check, path, reload, show`},
		{"config chek --x", `unknown command "chek"; did you mean sidestage config check?`},
		{"completion tcsh", `unknown command "tcsh"; see sidestage completion --help`},
		{"help zzz", `unknown command "zzz"; see sidestage --help`},
		{"help config zzz", `unknown command "zzz"; see sidestage config --help`},
		{"version now", `version takes no arguments, and "now" is one; see sidestage version --help`},
		{"version --nope", `unknown flag: --nope; see sidestage version --help`},
		{"version --addr", `flag needs an argument: --addr; see sidestage version --help`},
		{"config show --defaults=perhaps", `invalid argument "perhaps" for "--defaults" flag`},
	} {
		var con console
		if got := con.main(t, strings.Fields(c.args)...); got != 2 {
			t.Errorf("%s: exit code %d", c.args, got)
		}
		if got := con.err.String(); !strings.HasPrefix(got, "sidestage: "+c.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: stderr %q, want %q", c.args, got, c.want)
		}
		if con.out.Len() > 0 {
			t.Errorf("%s: stdout %q", c.args, con.out.String())
		}
	}
}

func TestMisuseBeforeJSONWasParsedIsStillJSON(t *testing.T) {
	var c console
	if got := c.main(t, "version", "--nope", "--json"); got != 2 || !json.Valid(c.err.Bytes()) {
		t.Errorf("exit code %d, stderr %q", got, c.err.String())
	}
}

func TestGlobalFlagsWorkOnBothSidesOfTheVerb(t *testing.T) {
	var c console
	show := func(args ...string) string {
		t.Helper()
		if got := c.main(t, args...); got != 0 {
			t.Fatalf("%v: exit code %d: %s", args, got, c.err.String())
		}
		return c.out.String()
	}
	dir := t.TempDir()
	before := show("--data-dir", dir, "--json", "--addr=127.0.0.1:1", "config", "show")
	if after := show("config", "show", "--addr", "127.0.0.1:1", "--json", "--data-dir="+dir); after != before {
		t.Error(cmp.Diff(before, after))
	}
	asJSON, _ := json.Marshal(filepath.Clean(dir))
	for _, want := range []string{`"value": ` + string(asJSON), `"source": "flag"`, `"where": "--addr"`} {
		if !strings.Contains(before, want) {
			t.Errorf("no %s in %s", want, before)
		}
	}
}

func TestHelpIsDataWithoutColourUnlessATerminalShowsIt(t *testing.T) {
	const bold = "\x1b["
	var c console
	if got := c.main(t, "--help"); got != 0 || !strings.Contains(c.out.String(), "Exit codes") || c.err.Len() > 0 {
		t.Errorf("exit code %d, stdout %q, stderr %q", got, c.out.String(), c.err.String())
	}
	if strings.Contains(c.out.String(), bold) {
		t.Error("colour in a pipe")
	}
	c.terminal = true
	if c.main(t, "help", "config", "show"); !strings.Contains(c.out.String(), bold) || !strings.Contains(c.out.String(), "--defaults") {
		t.Errorf("help on a terminal: %q", c.out.String())
	}
	for name, value := range map[string]string{"NO_COLOR": "1", "TERM": "dumb"} {
		c.env[name] = value
		if c.main(t, "--help"); strings.Contains(c.out.String(), bold) {
			t.Errorf("%s=%s is ignored", name, value)
		}
		delete(c.env, name)
	}
}

// each walks the tree of commands.
func each(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		each(sub, do)
	}
}

func TestEveryCommandExplainsItselfWithinATerminal(t *testing.T) {
	f := newFactory((&console{}).io())
	each(newRoot(f, f.commands()...), func(c *cobra.Command) {
		path := c.CommandPath()
		if c.Short == "" {
			t.Errorf("%s has no short help", path)
		}
		if strings.HasPrefix(path, "sidestage completion") {
			return // in cobra's words
		}
		var at console
		if code := at.main(t, append(strings.Fields(path)[1:], "--help")...); code != 0 {
			t.Errorf("%s --help: exit %d, %s", path, code, &at.err)
		}
		for line := range strings.Lines(at.out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns {
				t.Errorf("%s: %d columns: %s", path, n, line)
			}
		}
	})
}

func TestCompletionKnowsTheCommands(t *testing.T) {
	var c console
	if c.main(t, "__complete", "con"); !strings.HasPrefix(c.out.String(), "config\t") {
		t.Errorf("completion of con: %q", c.out.String())
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if got := c.main(t, "completion", shell); got != 0 || c.out.Len() == 0 {
			t.Errorf("%s: exit code %d", shell, got)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	var c console
	s := c.io()
	s.Out = full{}
	if got := Main(t.Context(), []string{"version"}, s); got != 1 || !strings.Contains(c.err.String(), "write output: disk full") {
		t.Errorf("exit code %d, stderr %q", got, c.err.String())
	}
}

func TestSettingsAreLoadedOnce(t *testing.T) {
	c := console{env: map[string]string{"HOME": t.TempDir(), "LocalAppData": t.TempDir()}}
	c.plant(t.Context(), func(_ context.Context, f *factory) error {
		first, err := f.settings()
		second, _ := f.settings()
		if first == nil || first != second {
			t.Errorf("%p and %p (%v)", first, second, err)
		}
		return f.print(first.Addr, func(b *strings.Builder) { fmt.Fprintln(b, first.Addr) })
	}, "plant", "--addr", "127.0.0.1:9")
	if got := c.out.String(); got != "127.0.0.1:9\n" {
		t.Errorf("stdout %q", got)
	}
}

func TestWrongArgumentsAreAnsweredWithHowACommandIsCalled(t *testing.T) {
	for args, want := range map[string]string{
		"saga show":                  "call it as: sidestage saga show ID; see sidestage saga show --help",
		"queue move 1":               "call it as: sidestage queue move NUMBER|ID TO; see sidestage queue move --help",
		"export a b":                 "call it as: sidestage export DIR; see sidestage export --help",
		"backup a b":                 "call it as: sidestage backup [FILE]; see sidestage backup --help",
		"auth login moon":            `"moon" is none of twitch, spotify; see sidestage auth login --help`,
		"reward pause moon":          `"moon" is none of song, raffle; see sidestage reward pause --help`,
		"queue block moon":           `"moon" is none of track, artist, viewer; see sidestage queue block --help`,
		"queue nonsense":             `unknown command "nonsense"; see sidestage queue --help`,
		"stream end --keep --refund": "say one of --dry-run, --refund, --keep, not 2 of them",
	} {
		var c console
		if code := c.main(t, strings.Fields(args)...); code != core.Invalid.ExitCode() || c.err.String() != "sidestage: "+want+"\n" {
			t.Errorf("%s: exit %d: %s", args, code, &c.err)
		}
	}
}
