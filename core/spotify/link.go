package spotify

import (
	"cmp"
	"iter"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"sidestage/core"
)

// Link is the track a viewer asked for.
type Link struct {
	ID string // 22 letters and digits; case matters
	// Bare says that the whole text was this one word. It may as well be
	// something to search for: look the ID up before believing it.
	Bare bool
}

// maxText is how much of a text is looked at. Chat allows 500 characters.
const maxText = 4096

var (
	idForm = regexp.MustCompile(`^[0-9A-Za-z]{22}$`)
	// linkStart finds where an address begins, whatever stands before it.
	linkStart = regexp.MustCompile(`(?i)(?:spotify:)?https?://|spotify:|(?:open|play)\.spotify\.com|spotify\.link|spotify\.app\.link|spoti\.fi`)
	// linkRest is how far one reaches. Brackets, quotes, commas and anything
	// that is not ASCII end it: links are pasted in and against other text.
	linkRest = regexp.MustCompile(`^[0-9A-Za-z._:/?#@&=%-]*`)
	market   = regexp.MustCompile(`(?i)^intl-[a-z]{2,3}(?:-[0-9a-z]{2,4})?$`)
)

// ParseLink finds the first track in what a viewer typed. Other text and other
// links beside it do not matter. Where there is no track the error is Invalid,
// its reason "empty", "no-link" or what the first Spotify link is instead.
func ParseLink(text string) (Link, error) {
	whole := len(text) <= maxText
	if !whole {
		text = text[:strings.LastIndexByte(text[:maxText], ' ')+1] // no half link
	}
	text = strings.Map(visible, text)
	word := strings.Trim(text, " \t\r\n<>()[]{}\"'`*_~,.;:!?|")
	if whole && word == "" {
		return Link{}, refuse("empty")
	}
	if whole && idForm.MatchString(word) {
		return Link{ID: word, Bare: true}, nil
	}
	id, other := firstTrack(text)
	if id == "" {
		return Link{}, refuse(other)
	}
	return Link{ID: id}, nil
}

// Plain is a viewer's text as words to search for: one line, without the
// characters nobody sees.
func Plain(text string) string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return strings.Join(strings.Fields(strings.Map(visible, text)), " ")
}

// visible drops the characters nobody sees, which chat clients append and
// phones paste along.
func visible(r rune) rune {
	if unicode.Is(unicode.Cf, r) || r == 0xE0000 {
		return -1
	}
	return r
}

// firstTrack goes through the addresses in text. Without a track it tells the
// reason.
func firstTrack(text string) (id, reason string) {
	for a := range addresses(text) {
		id, other := classify(a.start, a.rest)
		if id != "" {
			return id, ""
		}
		reason = cmp.Or(reason, other)
	}
	return "", cmp.Or(reason, "no-link")
}

// address is one in a text: how it begins, in lower case, and the rest.
type address struct{ start, rest string }

// addresses finds those in text, whole ones only, so that one inside another is
// never taken for itself.
func addresses(text string) iter.Seq[address] {
	return func(yield func(address) bool) {
		for from := 0; ; {
			at := linkStart.FindStringIndex(text[from:])
			if at == nil {
				return
			}
			begin, body := from+at[0], from+at[1]
			from = body + len(linkRest.FindString(text[body:]))
			start := strings.ToLower(text[begin:body])
			if !glued(text[:begin], start) && !yield(address{start, text[body:from]}) {
				return
			}
		}
	}
}

// glued reports whether what stands right before an address makes it a part of
// something else: a parameter, a longer host name, a user's password.
func glued(before, start string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	switch {
	case before == "":
		return false
	case strings.HasSuffix(start, "://"):
		return strings.ContainsRune(`/?#&=@%\`, r)
	case r < utf8.RuneSelf:
		return !unicode.IsSpace(r) && !strings.ContainsRune("<>()[]{}\"'`*,;:!|", r)
	default:
		return start != "spotify:" && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
	}
}

// classify tells the track's id, or what other Spotify link this is. Both are
// empty for links to elsewhere.
func classify(start, rest string) (id, reason string) {
	rest = cutAt(rest, "?#")
	switch {
	case strings.HasSuffix(start, "://"):
		return web(rest)
	case start == "spotify:":
		return uri(rest)
	default:
		return web(start + rest)
	}
}

func cutAt(s, stops string) string {
	if i := strings.IndexAny(s, stops); i >= 0 {
		return s[:i]
	}
	return s
}

// web reads host/path. The host is compared whole, so that a port, a password
// or a longer name makes it another one.
func web(address string) (id, reason string) {
	host, path, _ := strings.Cut(address, "/")
	switch host = strings.ToLower(host); {
	case host == "open.spotify.com" || host == "play.spotify.com":
		return page(path)
	case (host == "spotify.link" || host == "spotify.app.link" || host == "spoti.fi") && path != "":
		return "", "short-link"
	case strings.Contains(host, "spotify"):
		return "", "bad-link"
	}
	return "", ""
}

// page reads a path of the web player: [intl-xx/][embed/]kind/id[/].
func page(path string) (id, reason string) {
	if strings.Contains("/"+path, "/..") {
		return "", "bad-link"
	}
	segments := strings.Split(strings.TrimSuffix(trimEnd(path), "/"), "/")
	if market.MatchString(segments[0]) && len(segments) > 1 {
		segments = segments[1:]
	}
	if strings.EqualFold(segments[0], "embed") && len(segments) > 1 {
		segments = segments[1:]
	}
	if strings.EqualFold(segments[0], "s") && len(segments) == 2 {
		return "", "short-link"
	}
	return named(segments)
}

// uri reads spotify:kind:id and spotify://kind/id, after the first colon.
func uri(rest string) (id, reason string) {
	rest, slashed := strings.CutPrefix(rest, "//")
	if rest == "" {
		return "", "" // "I found it on Spotify: …"
	}
	if slashed {
		return named(strings.Split(strings.TrimSuffix(trimEnd(rest), "/"), "/"))
	}
	return named(strings.Split(trimEnd(rest), ":"))
}

// trimEnd drops what ends a sentence rather than a link.
func trimEnd(s string) string { return strings.TrimRight(s, ".:_-") }

func named(segments []string) (id, reason string) {
	kind := strings.ToLower(segments[0])
	switch {
	case kind == "track" && len(segments) == 2 && idForm.MatchString(segments[1]):
		return segments[1], ""
	case kind == "user" && len(segments) > 2 && strings.EqualFold(segments[2], "playlist"):
		return "", "playlist"
	}
	return "", cmp.Or(otherKinds[kind], "bad-link")
}

// otherKinds are the kinds of link that are no track, with the reason for each.
var otherKinds = map[string]string{
	"album":      "album",
	"playlist":   "playlist",
	"artist":     "artist",
	"show":       "show",
	"episode":    "episode",
	"audiobook":  "audiobook",
	"chapter":    "chapter",
	"local":      "local-file",
	"prerelease": "prerelease",
	"user":       "user",
}

// refusals are the reasons there is no track, with the words for each.
var refusals = map[string]string{
	"empty":      "there is nothing in it",
	"no-link":    "there is no Spotify link in it",
	"album":      "the link is to an album",
	"playlist":   "the link is to a playlist",
	"artist":     "the link is to an artist",
	"show":       "the link is to a podcast",
	"episode":    "the link is to an episode of a podcast",
	"audiobook":  "the link is to an audiobook",
	"chapter":    "the link is to a chapter of an audiobook",
	"local-file": "the link is to a file on somebody's own device",
	"prerelease": "the link is to something not released yet",
	"user":       "the link is to a profile",
	"short-link": "short links are not followed",
	"bad-link":   "the Spotify link is not one to a track",
}

func refuse(reason string) error {
	return core.Because(core.Invalid, reason, "%s: a link to a track is needed, such as https://open.spotify.com/track/…", refusals[reason])
}
