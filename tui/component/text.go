// Package component draws the pieces the dashboard is made of: text that fits
// its cells, panels, tables, progress and sparklines. Everything is a function
// or a value without state, takes its size as an argument and returns lines of
// exactly that width.
package component

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// maxMarks is how many combining marks may sit on a letter: enough for every
// script, too few to climb over the lines above.
const maxMarks = 3

// Clean makes text of strangers safe and its width certain: no control
// characters, escape sequences or reordering of lines, spaces for breaks and
// tabs. Terminals disagree about the width of joined emoji, skin tones and
// variation selectors, so of those only the first emoji stays.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	marks, joined := 0, false
	for _, r := range ansi.Strip(s) {
		switch {
		case r == zeroWidthJoiner:
			joined = true
			continue
		case joined && wide(r):
			continue
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			r = ' '
		case dropped(r):
			continue
		}
		joined = false
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > maxMarks || b.Len() == 0 {
				continue
			}
		} else {
			marks = 0
		}
		b.WriteRune(r)
	}
	return standing(b.String())
}

// standing takes away what at an end of s would join with the space beside it
// into one character, so that the widths of cells add up.
func standing(s string) string {
	for s != "" && Width(" "+s) != 1+Width(s) {
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	for s != "" && Width(s+" ") != 1+Width(s) {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

const zeroWidthJoiner = '\u200d'

// plain reports whether s is printable ASCII, as most text is.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// dropped are the characters that take no cell or change how others are shown.
func dropped(r rune) bool {
	switch {
	case unicode.Is(unicode.C, r), r == unicode.ReplacementChar: // control, format (bidi, tags), private
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF, r == 0x20E3: // variation selectors, keycap
		return true
	case r >= 0x1F3FB && r <= 0x1F3FF: // skin tones
		return true
	}
	return false
}

func wide(r rune) bool {
	return ansi.StringWidth(string(r)) > 1 || dropped(r) || r >= 0x2600 && r <= 0x27BF
}

// Width is how many cells s takes; escape sequences take none.
func Width(s string) int { return ansi.StringWidth(s) }

// Cut shortens s to at most w cells, with the ellipsis where something is
// missing. It may be styled.
func Cut(s string, w int, ellipsis string) string {
	if w <= 0 {
		return ""
	}
	return ansi.Truncate(s, w, ellipsis)
}

// Fit makes s exactly w cells wide, cut or filled with spaces on the right.
func Fit(s string, w int, ellipsis string) string {
	s = Cut(s, w, ellipsis)
	return s + spaces(w-Width(s))
}

// FitRight is Fit with the spaces on the left.
func FitRight(s string, w int, ellipsis string) string {
	s = Cut(s, w, ellipsis)
	return spaces(w-Width(s)) + s
}

// Spread puts left and right at the ends of a line of w cells; left is cut to
// make room.
func Spread(left, right string, w int, ellipsis string) string {
	right = Cut(right, w, ellipsis)
	room := w - Width(right)
	if right != "" {
		room--
	}
	if room <= 0 {
		return Fit(right, w, ellipsis)
	}
	return Fit(left, room, ellipsis) + spaces(w-room-Width(right)) + right
}

// Wrap breaks text into lines of at most w cells.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	lines := strings.Split(ansi.Wrap(s, w, ""), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

func spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }
