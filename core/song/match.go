package song

import (
	"slices"
	"strings"
)

// Match picks from what a search found, best first, the track that the words of
// a viewer surely mean; otherwise it is NotFound with the reason ReasonNoMatch
// or ReasonWhich.
//
// Surely means: every word of the title was said, every other word that was
// said is the artist's, and a live, sped-up or other version of the recording is
// meant exactly if that was said. A title alone will do where nobody else near
// the top of the search has one like it. Slips of the finger are forgiven, other words not:
// what plays costs points and is heard by everybody.
func Match(text string, found []Track) (Track, error) {
	said := words(text)
	var sure, titled []guess
	for i, t := range found {
		g, ok := compare(said, t)
		g.rank = i
		switch {
		case ok && g.artist > 0:
			sure = append(sure, g)
		case ok:
			titled = append(titled, g)
		}
	}
	switch {
	case len(sure) > 0:
		return best(sure).track, nil
	case len(titled) == 0:
		return Track{}, noMatch(text)
	}
	return byTitle(text, titled)
}

// known is how far up in a search somebody else with the same title has to be
// to be meant perhaps. Further down are those who play it after.
const known = 4

// byTitle picks from tracks that have the title that was said.
func byTitle(text string, titled []guess) (Track, error) {
	var rivals []Track
	for _, g := range titled {
		again := slices.ContainsFunc(rivals, func(t Track) bool { return sameArtist(t, g.track) })
		if !again && (len(rivals) == 0 || g.rank < known) {
			rivals = append(rivals, g.track)
		}
	}
	if len(rivals) > 1 {
		return Track{}, which(text, rivals)
	}
	return best(slices.DeleteFunc(titled, func(g guess) bool { return !sameArtist(rivals[0], g.track) })).track, nil
}

// guess is a track that fits what was said.
type guess struct {
	track  Track
	rank   int // in the search, from 0
	artist int // words that named the artist
	slips  int // words that were not typed quite so
	extra  int // words beside the title, such as "remastered 2011"
}

// best is the guess with the least to forgive; the search's order decides
// between equals.
func best(all []guess) guess {
	return slices.MinFunc(all, func(a, b guess) int { return (a.slips*4 + a.extra) - (b.slips*4 + b.extra) })
}

// compare holds what was said against one track.
func compare(said []string, t Track) (guess, bool) {
	title, beside := titleOf(t.Name)
	by := words(strings.Join(t.Artists, " "))
	if slices.ContainsFunc(by, func(w string) bool { return fake[w] && !slices.Contains(said, w) }) {
		return guess{}, false
	}
	g, left := guess{track: t, extra: len(beside)}, slices.Clone(said)
	for _, w := range title {
		if !g.take(&left, w) && (!filler[w] || len(telling(title)) == 0) {
			return g, false
		}
	}
	for _, w := range by {
		if g.take(&left, w) && !filler[w] {
			g.artist++
		}
	}
	for _, w := range beside {
		if !g.take(&left, w) && changes(beside, w) {
			return g, false
		}
	}
	return g, !slices.ContainsFunc(left, func(w string) bool {
		return !filler[w] && !courtesy[w] && !slices.Contains(title, w) // said twice
	})
}

// take crosses w off what is left of the words that were said.
func (g *guess) take(left *[]string, w string) bool {
	i := slices.Index(*left, w)
	if i < 0 && !versions[w] {
		if i = slices.IndexFunc(*left, func(s string) bool { return near(w, s) }); i >= 0 {
			g.slips++
		}
	}
	if i < 0 {
		return false
	}
	*left = slices.Delete(*left, i, i+1)
	return true
}

// telling are the words that may not be left out.
func telling(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(w string) bool { return filler[w] })
}

// changes reports whether w, beside a title, tells of another recording.
func changes(beside []string, w string) bool {
	if w != "edit" {
		return versions[w]
	}
	return !slices.ContainsFunc(beside, func(o string) bool { return o == "radio" || o == "single" || o == "album" }) // shorter, but the same
}

// titleOf splits a name into the title and what stands beside it: behind a
// dash, as Spotify writes versions, or in brackets.
func titleOf(name string) (title, beside []string) {
	main, version, _ := strings.Cut(name, " - ")
	rest := []string{version}
	for {
		open := strings.IndexAny(main, "([")
		if open < 0 {
			break
		}
		end := strings.IndexAny(main[open:], ")]")
		if end < 0 {
			end = len(main) - open - 1
		}
		rest = append(rest, main[open:open+end+1])
		main = main[:open] + " " + main[open+end+1:]
	}
	if title = words(main); len(title) == 0 {
		return words(name), nil
	}
	return title, words(strings.Join(rest, " "))
}

// sameArtist: one name they share is enough.
func sameArtist(a, b Track) bool {
	return slices.ContainsFunc(a.Artists, func(name string) bool { return slices.Contains(b.Artists, name) })
}
