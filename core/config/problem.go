package config

import (
	"fmt"
	"strings"

	"sidestage/core"
)

// Problem is one thing that is wrong with the settings.
type Problem struct {
	// Where it stands: file, file:line, file:line:column, a variable or a flag.
	Where string `json:"where"`
	// Key of the setting it is about; empty when it is about the whole file.
	Key     string `json:"key,omitempty"`
	Message string `json:"message"`
}

// String is one line in the form compilers use.
func (p Problem) String() string {
	if p.Key == "" {
		return p.Where + ": " + p.Message
	}
	return p.Where + ": " + p.Key + ": " + p.Message
}

// Error is what Load returns: every problem there is, in file order and then
// in the order of the sources.
type Error struct{ Problems []Problem }

// Error lists the problems, one a line when there are several.
func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d settings are wrong:", len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// ErrorKind is always core.Invalid.
func (e *Error) ErrorKind() core.Kind { return core.Invalid }
