package chat

import (
	"slices"
	"strings"

	"sidestage/core"
)

// Sentence is one thing the program says in chat.
type Sentence struct {
	Key  string // its name in the settings, below chat.text
	Text string // the default wording
	Doc  string // when it is said
	// Holders are the placeholders its wording may use.
	Holders []string

	most int // characters
}

// Check refuses a wording that cannot be said; Invalid, naming what is wrong.
func (s Sentence) Check(text string) error { return checkText(text, s.Holders, s.most) }

// Sentences lists every sentence, in the order of the settings.
func Sentences() []Sentence { return slices.Clone(sentences) }

func sentenceOf(key string) (Sentence, bool) {
	i, ok := sentenceIndex[key]
	if !ok {
		return Sentence{}, false
	}
	return sentences[i], true
}

var sentenceIndex = func() map[string]int {
	index := make(map[string]int, len(sentences))
	for i, s := range sentences {
		index[s.Key] = i
	}
	return index
}()

// says is a sentence whose wording may use the viewer it is for and holders.
func says(key, text, doc string, holders ...string) Sentence {
	return Sentence{Key: key, Text: text, Doc: doc, Holders: append([]string{"user"}, holders...), most: MaxReply}
}

// pointsReturned ends every refusal that gives points back; refusals leave room
// for it.
const (
	pointsReturned = "points_returned"
	maxReturned    = 80
)

// refusal words the reason a request, a roll or a command is refused for.
func refusal(reason, text string, holders ...string) Sentence {
	return Sentence{
		Key: refusalKey(reason), Text: "@{user} " + text, Doc: "The answer to what cannot be done: " + reason + ".",
		Holders: append([]string{"user"}, holders...), most: MaxReply - maxReturned - 1,
	}
}

func refusalKey(reason string) string { return "refused_" + strings.ReplaceAll(reason, "-", "_") }

// kindRefusals words the general answers, for what has no sentence of its own.
func kindRefusals() []Sentence {
	var all []Sentence
	for _, k := range core.Kinds() {
		all = append(all, refusal("kind-"+k.String(), k.ChatReply()+"."))
	}
	return all
}
