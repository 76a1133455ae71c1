package song

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// words takes a text apart for comparing: without case, accents, punctuation
// and width. Scripts that set no spaces give one word a character.
func words(text string) []string {
	text = cases.Fold().String(norm.NFKD.String(text))
	var (
		all  []string
		word strings.Builder
	)
	end := func() {
		if word.Len() > 0 {
			all = append(all, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r) || strings.ContainsRune("'’‘`´", r) || unicode.Is(unicode.Cf, r):
			// nobody types these the same way twice
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			end()
			all = append(all, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			_, _ = word.WriteRune(plain(r))
		case r == '&' || r == '+':
			end()
			all = append(all, "and")
		default:
			end()
		}
	}
	end()
	return all
}

// plain is the letter that those type who have no key for r.
func plain(r rune) rune {
	switch r {
	case 'ø':
		return 'o'
	case 'æ':
		return 'a'
	case 'ł':
		return 'l'
	case 'đ', 'ð':
		return 'd'
	case 'ı':
		return 'i'
	}
	return r
}

// filler are words of a title or a name that may be left out.
var filler = set("a an the and of by from with feat ft featuring x vs")

// courtesy are words around a wish that are no part of it, unless the title has
// them.
var courtesy = set(`please pls plz play song songs track music can could you i we my want wanna would like hear request
	hey hi hello thanks thank ty some version official video audio lyric lyrics hd hq 4k mv visualizer on spotify youtube`)

// versions are words that make it another recording. Whoever wants one says so.
var versions = set(`live acoustic unplugged remix rmx remixed sped slowed nightcore reverb instrumental karaoke
	cover tribute demo orchestral symphonic piano lofi 8d mashup bootleg edit rework reprise acapella cappella
	session sessions dub extended`)

// fake are words in the name of those who play what others sing.
var fake = set("karaoke tribute cover covers instrumental backing lullaby")

func set(all string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(all) {
		m[w] = true
	}
	return m
}

// near reports whether b may be a mistyped a: one slip in a word of four
// letters or more, two from eight on.
func near(a, b string) bool {
	if a == b {
		return true
	}
	n := min(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	switch {
	case n < 4:
		return false
	case n < 8:
		return slips([]rune(a), []rune(b)) <= 1
	}
	return slips([]rune(a), []rune(b)) <= 2
}

// slips counts the letters added, left out, changed or swapped with their
// neighbour between a and b.
func slips(a, b []rune) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
