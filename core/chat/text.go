package chat

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sidestage/core"
)

// A text with placeholders is what the streamer words: "{user} plays {song}".
// What is put in for a placeholder is never read as one again, so no viewer can
// smuggle one in.

// longest is how many characters at most are put in for a placeholder; longer
// ones are cut. It makes the length of a sentence known when it is worded.
var longest = map[string]int{
	"user": 50, "viewers": named * 52, "viewer": 50, "requester": 50, "touser": 50,
	"song": maxTitle + maxArtists + len(" by "), "songs": 420,
	"position": 8, "wait": 32, "uptime": 24, "count": 12,
	"roll": 8, "number": 8, "distance": 8, "rolls": 8, "wins": 8,
	"requests": 8, "heard": 8, "votes": 8, "needed": 8,
	"keyword": 25, "names": 320, "achievements": 300, "total": 8, "hash": 64, "commands": 420, "command": 40, "usage": 120, "reason": 200, "detail": 250, "args": MaxArg,
}

// part is a piece of a text: what stands there, or the name of a placeholder.
type part struct {
	text   string
	holder bool
}

// parts cuts a text up. Invalid, reason "brace", is a brace that belongs to no
// placeholder.
func parts(text string) ([]part, error) {
	var all []part
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			return append(all, part{text: text}), nil
		}
		if i > 0 {
			all = append(all, part{text: text[:i]})
		}
		end := strings.IndexByte(text[i:], '}')
		if text[i] == '}' || end < 0 {
			return nil, core.Because(core.Invalid, "brace", `a %q belongs to no {placeholder}`, text[i])
		}
		all = append(all, part{text: text[i+1 : i+end], holder: true})
		text = text[i+end+1:]
	}
	return all, nil
}

// checkText refuses a text that cannot be said: one with a placeholder that
// known does not have, named in the error, or one that could become longer than
// most characters.
func checkText(text string, known []string, most int) error {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return core.Because(core.Invalid, "lines", "expected one line of text")
	}
	all, err := parts(text)
	if err != nil {
		return err
	}
	length := 0
	for _, p := range all {
		switch {
		case !p.holder:
			length += utf8.RuneCountInString(p.text)
		case !slices.Contains(known, p.text):
			return core.Tell(core.Because(core.Invalid, "placeholder", "there is no placeholder {%s} here%s", clip(p.text, 40), offered(known)), "{"+clip(p.text, 40)+"}")
		default:
			length += longest[p.text]
		}
	}
	if length > most {
		return core.Because(core.Invalid, "too-long", "it could become %d characters long; %d is the most", length, most)
	}
	return nil
}

func offered(known []string) string {
	if len(known) == 0 {
		return ""
	}
	return ", only {" + strings.Join(known, "}, {") + "}"
}

// expand puts values in for the placeholders of a text that was checked.
func expand(text string, value func(name string) string) string {
	all, err := parts(text)
	if err != nil {
		return text
	}
	var b strings.Builder
	for _, p := range all {
		if p.holder {
			b.WriteString(clip(value(p.text), longest[p.text]))
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// Texts is every sentence the program says in chat, worded by the streamer or
// by default. The zero value words them all by default.
type Texts struct{ own map[string]string }

// NewTexts words the sentences of own by their Key, the others by default.
// What is not a sentence, or cannot be said, is Invalid.
func NewTexts(own map[string]string) (Texts, error) {
	for key, text := range own {
		s, ok := sentenceOf(key)
		if !ok {
			return Texts{}, core.E(core.Invalid, "there is no sentence %q", key)
		}
		if err := s.Check(text); err != nil {
			return Texts{}, err
		}
	}
	return Texts{own: maps.Clone(own)}, nil
}

// say words a sentence; values are pairs of placeholder and value.
func (t Texts) say(key string, values ...string) string {
	text, ok := t.own[key]
	if !ok {
		s, _ := sentenceOf(key)
		text = s.Text
	}
	return expand(text, func(name string) string {
		for i := 0; i+1 < len(values); i += 2 {
			if values[i] == name {
				return values[i+1]
			}
		}
		return "{" + name + "}"
	})
}
