// Package chat is how the desk talks with viewers: it reads commands, knows
// who may use them and how often, words every sentence a viewer gets to read,
// and makes sure that a reply is only ever text.
//
// It knows no platform, and no command costs a look into the database before it
// is admitted. Only the Sender, through which everything that is said goes and
// is made safe, holds state, and the Dispatch, which counts uses. Whoever
// replies drops a reply once it is Stale.
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
	Arg  string // the rest of the line as it was typed, trimmed, on one line
}

// MaxArg is how much of an argument is read, in characters: Twitch's own limit
// of a message.
const MaxArg = 500

// Parse reads "!name rest of the line". A line that is no command gives false
// and costs no allocation. Characters nobody sees are no part of a command:
// chat clients append them to a repeated message, and others hide behind them.
func Parse(text string) (Command, bool) {
	line, ok := strings.CutPrefix(trim(text), "!")
	if !ok {
		return Command{}, false
	}
	name, arg := line, ""
	if i := strings.IndexFunc(line, unicode.IsSpace); i >= 0 {
		name, arg = line[:i], line[i:]
	}
	if name = strings.Map(seen, name); name == "" {
		return Command{}, false
	}
	return Command{Name: strings.ToLower(name), Arg: argument(arg)}, true
}

// argument makes what followed a command one line of a bearable length.
func argument(s string) string {
	s = trim(strings.Map(visible, s))
	n := 0
	for i := range s {
		if n++; n > MaxArg {
			return trim(s[:i])
		}
	}
	return s
}

// Login is the login name a viewer is addressed by in an argument, "@Name" or
// "Name", in lower case.
func Login(word string) string { return strings.ToLower(strings.TrimPrefix(trim(word), "@")) }

// Words splits the first word off an argument.
func Words(arg string) (first, rest string) {
	i := strings.IndexFunc(arg, unicode.IsSpace)
	if i < 0 {
		return arg, ""
	}
	return arg[:i], trim(arg[i:])
}

func trim(s string) string { return strings.TrimFunc(s, blank) }

// seen drops what nobody sees.
func seen(r rune) rune {
	if blank(r) || unicode.IsControl(r) {
		return -1
	}
	return r
}

// blank reports whether r at the edge of a line is nothing a person typed on
// purpose.
func blank(r rune) bool {
	return hidden(r) || r == '\u200c' || r == '\u200d' || unicode.IsSpace(r)
}

// hidden reports whether r shows nothing and joins nothing, wherever it stands.
// U+E0000 is what popular chat clients append.
func hidden(r rune) bool {
	switch r {
	case '\u034f', '\u200b', '\u2060', '\ufeff', '\U000e0000':
		return true
	}
	return unicode.Is(unicode.Bidi_Control, r)
}
