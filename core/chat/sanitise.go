package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"sidestage/core"
)

// MaxReply is the longest message Twitch takes, in characters.
const MaxReply = 500

// Sanitise makes text safe to send as one chat message: a single line without
// control characters, at most MaxReply characters long, that neither Twitch
// ("/", ".") nor a bot, ours included ("!"), takes for a command. Text with
// nothing to see in it gives "".
func Sanitise(text string) string {
	line := trim(strings.Join(strings.Fields(strings.Map(visible, text)), " "))
	if line != "" && strings.ContainsRune("/.!", rune(line[0])) {
		line = "· " + line
	}
	return clip(line, MaxReply)
}

// Check refuses text that a person wants to be said as it is and that cannot
// be: Sanitise would leave nothing of it or cut it.
func Check(text string) error {
	switch n := utf8.RuneCountInString(text); {
	case trim(text) == "":
		return core.Because(core.Invalid, "empty", "there is nothing to say: give a text")
	case n > MaxReply:
		return core.Because(core.Invalid, "too-long", "the text has %d characters: Twitch takes %d", n, MaxReply)
	}
	return nil
}

// visible makes a space of every control character and drops those that show
// nothing or turn the direction of all text after them.
func visible(r rune) rune {
	switch {
	case unicode.IsControl(r):
		return ' '
	case hidden(r):
		return -1
	}
	return r
}

// clip cuts s to at most limit characters, the last of them "…", without
// cutting through a letter's accents or an emoji's parts.
func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	end, left := 0, limit-1
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if left -= len(g.Runes()); left < 0 {
			break
		}
		_, end = g.Positions()
	}
	return strings.TrimRight(s[:end], " ") + "…"
}
