// Package theme is the one source of the dashboard's colours and signs. The
// rest of the screen names them by role and never by colour.
//
// A Theme is a value made once by New and passed down. Which colours a
// terminal has, whether it is dark and whether it shows more than ASCII are
// the facts of a Look, which Detect reads.
package theme

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Role is what a colour is for.
type Role int

// The roles.
const (
	Text   Role = iota // body
	Muted              // secondary text, times, hints
	Line               // borders, rules, empty progress
	Spot               // now playing, focus, selected row
	Viewer             // names of people
	OK                 // healthy, done
	Warn               // waiting, degraded
	Bad                // failed, needs a person
	Info               // links, keys in hints
)

// Roles lists every role.
func Roles() []Role { return []Role{Text, Muted, Line, Spot, Viewer, OK, Warn, Bad, Info} }

// token is a role's colour on each kind of terminal; ansi is the number among
// the sixteen, empty for the terminal's own text colour.
type token struct{ dark, light, ansi string }

var tokens = [...]token{
	Text:   {"#E6E3DC", "#1D2025", ""},
	Muted:  {"#8A8F98", "#666C75", "8"},
	Line:   {"#3A3F47", "#C9CDD3", "8"},
	Spot:   {"#FFB454", "#935600", "3"},
	Viewer: {"#B79CF5", "#6039B8", "5"},
	OK:     {"#7EC699", "#1F7A43", "2"},
	Warn:   {"#F0975A", "#A84B00", "3"},
	Bad:    {"#F2708A", "#B81E40", "1"},
	Info:   {"#6CB6FF", "#0B5FBD", "6"},
}

// Hex is a role's colour as #RRGGBB, for dark or light terminals.
func Hex(r Role, dark bool) string {
	if dark {
		return tokens[r].dark
	}
	return tokens[r].light
}

// Theme is the styles by role and the signs.
type Theme struct {
	Text, Muted, Line, Spot, Viewer, OK, Warn, Bad, Info lipgloss.Style
	// Title and Strong are Text and Spot in bold: what the eye finds first.
	Title, Strong lipgloss.Style
	Signs         Signs
	ASCII         bool // nothing else can be shown
}

// New makes the theme for a terminal.
func New(l Look) Theme {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(l.Profile)
	r.SetHasDarkBackground(l.Dark)
	style := func(role Role) lipgloss.Style {
		s := r.NewStyle()
		if c := l.colour(role); c != "" {
			s = s.Foreground(lipgloss.Color(c))
		}
		return s
	}
	t := Theme{
		Text: style(Text), Muted: style(Muted), Line: style(Line), Spot: style(Spot), Viewer: style(Viewer),
		OK: style(OK), Warn: style(Warn), Bad: style(Bad), Info: style(Info), Signs: unicodeSigns(),
	}
	if !l.Colour { // weight has to do what colour cannot
		t.Spot, t.Bad = t.Spot.Bold(true), t.Bad.Bold(true)
	}
	t.Title, t.Strong = t.Text.Bold(true), t.Spot.Bold(true)
	if l.ASCII {
		t.Signs, t.ASCII = asciiSigns(), true
	}
	return t
}

// colour is a role's colour as far as the terminal can show it.
func (l Look) colour(r Role) string {
	switch {
	case !l.Colour:
		return ""
	case l.Profile == termenv.ANSI:
		return tokens[r].ansi
	}
	return Hex(r, l.Dark)
}
