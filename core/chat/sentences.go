package chat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sidestage/core"
)

// Every sentence a viewer reads is in this file. They begin with the viewer's
// name, say one concrete thing, blame nobody, and only a win is shouted.

// Song is a track as chat speaks of it.
type Song struct {
	Title     string
	Artists   []string
	Requester string // who asked for it; "" when nobody did
}

// Longest title and list of artists that are named in full, in characters, so
// that the end of a sentence is never what is cut off.
const (
	maxTitle   = 80
	maxArtists = 60
	maxDetail  = 250
)

// upcoming is how many songs Queue names.
const upcoming = 4

func (s Song) title() string { return clip(s.Title, maxTitle) }

func (s Song) String() string {
	if len(s.Artists) == 0 {
		return s.title()
	}
	return s.title() + " by " + clip(strings.Join(s.Artists, ", "), maxArtists)
}

// to addresses a viewer.
func to(name, sentence string) string { return "@" + name + " " + sentence }

const returned = " Points returned."

// Accepted says where in the queue a new request stands, from 1.
func Accepted(name string, s Song, position int) string {
	return to(name, fmt.Sprintf("%s is in the queue, number %d.", s, position))
}

// unavailable is the one answer to everything that is wrong with our player or
// our login. None of it is the viewer's doing or business.
const unavailable = "song requests are unavailable right now."

// refusals words the reasons a redemption can be refused for; {} is the error's
// detail.
var refusals = map[string]string{
	"empty":           "that request came without a link: send a Spotify track link.",
	"no-link":         "a request needs a Spotify track link.",
	"album":           "that album has no single track: send a track link.",
	"playlist":        "that playlist has no single track: send a track link.",
	"artist":          "that link shows an artist: send a link to one of their tracks.",
	"show":            "podcasts cannot play here: send a track link.",
	"episode":         "podcast episodes cannot play here: send a track link.",
	"audiobook":       "audiobooks cannot play here: send a track link.",
	"chapter":         "audiobook chapters cannot play here: send a track link.",
	"local-file":      "a file on one computer cannot play here: send a Spotify track link.",
	"prerelease":      "that one is not out yet: send a link to a track that is.",
	"user":            "that link shows a profile: send a track link.",
	"short-link":      "short links cannot be opened here: send the long open.spotify.com link.",
	"bad-link":        "that link does not lead to a track: copy it from Spotify once more.",
	"track-not-found": "Spotify does not know that track: send another track link.",

	"late":      "nobody was at the desk when you asked.",
	"no-match":  "no track is surely what \"{}\" means: send artist and title, or a track link.",
	"which-one": "that could be {}: add the artist.",

	"no-active-device":       unavailable,
	"device-not-found":       unavailable,
	"premium-required":       unavailable,
	"owner-premium-required": unavailable,
	"not-allowlisted":        unavailable,
	"restricted":             unavailable,
	"forbidden":              unavailable,
}

// Refused says why a redemption was not carried out and that the points are
// back: by err's reason, else by its kind. Only of an Ambiguous failure does it
// say nothing about points, since nobody knows yet.
func Refused(name string, err error) string {
	kind := core.KindOf(err)
	if kind == core.Ambiguous {
		return to(name, kind.ChatReply()+".")
	}
	if sentence, ok := refusals[core.ReasonOf(err)]; ok {
		return to(name, strings.ReplaceAll(sentence, "{}", clip(core.DetailOf(err), maxDetail))+returned)
	}
	return to(name, kind.ChatReply()+"."+returned)
}

// missed is how many viewers Missed names.
const missed = 5

// Missed tells several viewers at once that nobody was at the desk when they
// asked, and that their points are being returned.
func Missed(names []string) string {
	var unique []string
	for _, name := range names {
		if !slices.Contains(unique, "@"+name) {
			unique = append(unique, "@"+name)
		}
	}
	who := strings.Join(unique, " ")
	if len(unique) > missed {
		who = strings.Join(unique[:missed], " ") + fmt.Sprintf(" and %d more:", len(unique)-missed)
	}
	return who + " nobody was at the desk when you asked. Your points are being returned."
}

// RaffleWon announces the winning roll.
func RaffleWon(name string, winningNumber, roll int) string {
	return to(name, fmt.Sprintf("rolled %d and the winning number is %d: you win!", roll, winningNumber))
}

// RaffleLost tells a losing roll. Record marks the closest one so far.
func RaffleLost(name string, winningNumber, roll, distance int, record bool) string {
	sentence := fmt.Sprintf("rolled %d, the winning number was %d: %d away.", roll, winningNumber, distance)
	if record {
		sentence += " Nobody has come closer yet."
	}
	return to(name, sentence)
}

// NowPlaying answers what plays.
func NowPlaying(name string, s Song) string {
	sentence := "now playing: " + s.String()
	if s.Requester != "" {
		sentence += ", requested by " + s.Requester
	}
	return to(name, sentence+".")
}

// NothingPlaying answers what plays when nothing does.
func NothingPlaying(name string) string { return to(name, "nothing is playing right now.") }

// Queue answers what plays next: the first four of songs.
func Queue(name string, songs []Song) string {
	if len(songs) == 0 {
		return to(name, "the queue is empty. A request would play next.")
	}
	next := make([]string, min(len(songs), upcoming))
	for i := range next {
		next[i] = strconv.Itoa(i+1) + ". " + songs[i].title()
		if r := songs[i].Requester; r != "" {
			next[i] += " (" + r + ")"
		}
	}
	return to(name, "up next: "+strings.Join(next, ", ")+".")
}
