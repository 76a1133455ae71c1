package cmd

import (
	"io"
	"os"

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
}

// System is the process's own IO.
func System() IO {
	return IO{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Env:         os.LookupEnv,
	}
}

// colour reports whether Out shows colour and weight: a terminal that can, and
// nobody asked for none (no-color.org).
func (s IO) colour() bool {
	no, _ := s.Env("NO_COLOR")
	kind, _ := s.Env("TERM")
	return s.OutTerminal && no == "" && kind != "dumb"
}
