package song

import (
	"strconv"
	"strings"

	"sidestage/core"
)

// Wish is what a viewer's text asks for: a track by its id, a short link that
// leads to one, or words to search for. Exactly one of the three is set, but for
// Maybe.
type Wish struct {
	TrackID string `json:"trackId,omitempty"`
	// Maybe says that the whole text is one word of the form of an id, so that
	// Words has it too: where no track has that id it is searched for.
	Maybe bool   `json:"maybe,omitempty"`
	Words string `json:"words,omitempty"`
	Short string `json:"short,omitempty"` // https address of a short link
}

// The reasons of a search that ends without a track. Their detail says what was
// understood, fit for a viewer to read.
const (
	ReasonNoMatch = "no-match"  // nothing found is surely what was meant
	ReasonWhich   = "which-one" // several may be
)

// asked is how a search is repeated to the viewer.
func asked(words string) string {
	const most = 60
	words = strings.Join(strings.Fields(words), " ")
	if r := []rune(words); len(r) > most {
		words = strings.TrimSpace(string(r[:most])) + "…"
	}
	return words
}

func noMatch(words string) error {
	return core.Tell(core.Because(core.NotFound, ReasonNoMatch, "no track is surely what %s means", strconv.Quote(asked(words))), asked(words))
}

// which names at most three of the tracks that may be meant.
func which(words string, found []Track) error {
	const most = 3
	var names []string
	for _, t := range found[:min(len(found), most)] {
		names = append(names, t.Name+" by "+strings.Join(t.Artists, ", "))
	}
	choice := strings.Join(names, " / ")
	return core.Tell(core.Because(core.NotFound, ReasonWhich, "%s may be %s", strconv.Quote(asked(words)), choice), choice)
}
