// Package chat is how the desk talks with viewers: it reads commands, knows
// who may use them, words every sentence a viewer gets to read, and makes sure
// that a reply is only ever text.
//
// It knows no platform. Only the Sender, through which everything that is said
// goes, holds state. Whoever replies drops a reply once it is Stale.
package chat

import (
	"strings"
	"time"
	"unicode"
)

// MaxReplyAge is how long a reply is worth sending. After a longer delay chat
// has moved on, and an answer to nothing is worse than none.
const MaxReplyAge = time.Minute

// Stale reports whether a reply to something that happened at at is too late.
func Stale(at, now time.Time) bool { return now.Sub(at) > MaxReplyAge }

// Command is a chat line that asks for something.
type Command struct {
	Name string // lower case, without the "!"
	Arg  string // the rest of the line as it was typed, trimmed
}

// Parse reads "!name rest of the line". A line that is no command gives false
// and costs no allocation. Chat clients append invisible characters to a
// repeated message, so those are trimmed along with spaces.
func Parse(text string) (Command, bool) {
	line, ok := strings.CutPrefix(trim(text), "!")
	if !ok {
		return Command{}, false
	}
	name, arg := line, ""
	if i := strings.IndexFunc(line, unicode.IsSpace); i >= 0 {
		name, arg = line[:i], trim(line[i:])
	}
	if name = trim(name); name == "" {
		return Command{}, false
	}
	return Command{Name: strings.ToLower(name), Arg: arg}, true
}

func trim(s string) string { return strings.TrimFunc(s, blank) }

// blank reports whether r at the edge of a line is nothing a person typed on
// purpose. U+E0000 is what popular chat clients append.
func blank(r rune) bool {
	switch r {
	case '\u034f', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\U000e0000':
		return true
	}
	return unicode.IsSpace(r)
}
