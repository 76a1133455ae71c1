package theme

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Look is what a terminal can show.
type Look struct {
	Profile termenv.Profile // how many colours; Ascii shows no bold either
	Colour  bool            // false: the person asked for none
	Dark    bool
	ASCII   bool
}

// Detect reads the look of the terminal behind out from the environment and,
// where it answers, from the terminal. Call it before the screen is taken.
//
// NO_COLOR (https://no-color.org) leaves bold, which is no colour. ASCII is for
// TERM=dumb and for a locale that names another encoding than UTF-8; without
// any locale the terminal is taken to be of this century.
func Detect(out io.Writer, getenv func(string) string) Look {
	env := environ(getenv)
	r := lipgloss.NewRenderer(out, termenv.WithEnvironment(env))
	l := Look{Profile: r.ColorProfile(), Colour: true, Dark: r.HasDarkBackground(), ASCII: PlainASCII(getenv)}
	if getenv("NO_COLOR") != "" {
		l.Colour, l.Profile = false, termenv.ANSI
	}
	if getenv("TERM") == "dumb" {
		l.Profile = termenv.Ascii
	}
	if l.Profile == termenv.Ascii {
		l.Colour = false
	}
	return l
}

// PlainASCII reports whether a terminal shows nothing but ASCII.
func PlainASCII(getenv func(string) string) bool {
	if getenv("TERM") == "dumb" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return false
}

// environ lets termenv look into any environment.
type environ func(string) string

func (e environ) Environ() []string         { return nil }
func (e environ) Getenv(name string) string { return e(name) }
