package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sidestage/core"
)

// interrupted is the exit code after an interrupt, as shells have it.
const interrupted = 130

// misuse is a usage error: how the program was called, not what it met. JSON
// is whether the call asked for JSON, since parsing may not have come that far.
type misuse struct {
	error
	json bool
}

func (m misuse) Unwrap() error        { return m.error }
func (m misuse) ErrorKind() core.Kind { return core.Invalid }

func usageError(err error, args []string) error {
	return misuse{error: err, json: slices.Contains(args, "--json")}
}

// report says once what went wrong and returns the exit code. An interrupt
// that the command obeyed needs no words.
func (f *factory) report(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return interrupted
	}
	kind := core.KindOf(err)
	var m misuse
	if f.json || errors.As(err, &m) && m.json {
		f.sayJSON(err, kind)
	} else {
		f.say("%v", err)
	}
	return kind.ExitCode()
}

// say talks to the user.
func (f *factory) say(format string, a ...any) {
	_, _ = fmt.Fprintf(f.Err, "sidestage: "+format+"\n", a...)
}

// sayJSON is an error for programs: code is the kind, reason a finer word
// where there is one.
func (f *factory) sayJSON(err error, kind core.Kind) {
	e := json.NewEncoder(f.Err)
	e.SetEscapeHTML(false)
	_ = e.Encode(struct {
		Error  string `json:"error"`
		Code   string `json:"code"`
		Reason string `json:"reason,omitempty"`
	}{err.Error(), kind.String(), core.ReasonOf(err)})
}
