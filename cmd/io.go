package cmd

import (
	"io"
	"os"
	"runtime"

	"github.com/cli/browser"
	"golang.org/x/term"

	"sidestage/core/config"
)

// IO is everything a command hears and says: data goes to Out, talk to Err.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	// InTerminal, OutTerminal and ErrTerminal say what is at the other end.
	InTerminal, OutTerminal, ErrTerminal bool
	// Env reads the environment.
	Env config.Lookup
	// Browse shows an address in the person's browser; nil: there is none.
	Browse func(address string) error
}

// System is the process's own IO.
func System() IO {
	return IO{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Env:         os.LookupEnv,
		Browse:      browse,
	}
}

// browse opens the system's browser, which may not talk into our output.
func browse(address string) error {
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	return browser.OpenURL(address)
}

// getenv is a variable's value, "" when absent.
func (s IO) getenv(name string) string {
	value, _ := s.Env(name)
	return value
}

// browses reports whether opening a browser shows it to the person: not over
// SSH, and on Linux only where there is a screen, or a browser of text would
// take the terminal.
func (s IO) browses() bool {
	if s.Browse == nil || s.getenv("SSH_CONNECTION") != "" || s.getenv("SSH_TTY") != "" {
		return false
	}
	screen := s.getenv("DISPLAY") + s.getenv("WAYLAND_DISPLAY") + s.getenv("WSL_DISTRO_NAME")
	return runtime.GOOS != "linux" || screen != ""
}

// colour reports whether Out shows colour and weight: a terminal that can, and
// nobody asked for none (no-color.org).
func (s IO) colour() bool {
	no, _ := s.Env("NO_COLOR")
	kind, _ := s.Env("TERM")
	return s.OutTerminal && no == "" && kind != "dumb"
}
