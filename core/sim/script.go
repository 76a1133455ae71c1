package sim

import (
	"math/rand/v2"
	"strings"
	"time"
)

// deed is what a viewer does in one act of the script.
type deed uint8

const (
	talk deed = iota // says something, a command or not
	song             // asks for a song, rightly or wrongly
	roll             // rolls
)

// act is one line of the script.
type act struct {
	Deed   deed
	Viewer string        // login
	Text   string        // what is said, or written with the request
	Gap    time.Duration // before it, at speed 1
}

// script is the endless list of what viewers do: a function of the seed. It is
// made in blocks, so that every stretch of it has some of everything: in each a
// good request, that song again by somebody else or a bad request, rolls,
// commands and talk. At speed 1 a song is asked for every 100 s or so, somebody
// rolls every 45 s, and a command comes every minute.
type script struct {
	seed   uint64
	tracks *library
}

const (
	blockLength = 16
	meanGap     = 12 * time.Second
	openingGap  = 500 * time.Millisecond // before the very first act, at any speed
	echoGap     = 4 * time.Second        // before the same song again
)

// What the acts of a block are, before they are shuffled: song slots in order
// are a good request and one that varies.
var blockDeeds = [...]deed{song, song, roll, roll, roll, roll, talk, talk, talk, talk, talk, talk, talk, talk, talk, talk}

// commandsPerBlock is how many of a block's talk are commands.
const commandsPerBlock = 3

// act is the nth act, from 0.
func (s script) act(n int) act { return s.block(n / blockLength)[n%blockLength] }

func (s script) block(n int) []act {
	rng := rand.New(rand.NewPCG(s.seed, uint64(n)))
	deeds := blockDeeds
	rng.Shuffle(len(deeds), func(i, j int) { deeds[i], deeds[j] = deeds[j], deeds[i] })
	if n == 0 {
		deeds = [...]deed{song, talk, roll, talk, song, talk, roll, talk, talk, roll, talk, talk, roll, talk, talk, talk}
	}
	w := writer{script: s, rng: rng, block: n}
	acts := make([]act, 0, blockLength)
	for _, d := range deeds {
		acts = append(acts, w.write(d))
	}
	if n == 0 {
		acts[0].Gap, acts[0].Text = openingGap, "https://open.spotify.com/track/"+s.tracks.briefest().ID
	}
	return acts
}

// writer writes the acts of one block.
type writer struct {
	script
	rng   *rand.Rand
	block int
	songs int   // in this block
	talks int   // in this block
	good  track // the block's good request
	asker string
}

func (w *writer) write(d deed) act {
	a := act{Deed: d, Viewer: w.somebody(), Gap: time.Duration((0.4 + 1.2*w.rng.Float64()) * float64(meanGap))}
	switch d {
	case song:
		w.ask(&a)
		w.songs++
	case talk:
		w.talk(&a)
		w.talks++
	case roll:
	}
	return a
}

func (w *writer) somebody() string { return regulars[w.rng.IntN(len(regulars))].login }

// ask writes a request: the first of a block is good; the second is in turn the
// same song from somebody else, an album, another good one, nonsense, the same
// again, and a track there is not.
func (w *writer) ask(a *act) {
	if w.songs == 0 {
		w.asker, w.good = a.Viewer, w.tracks.all[w.rng.IntN(len(w.tracks.all))]
		if w.block == 0 {
			w.good = w.tracks.briefest()
		}
		a.Text = link(w.good, w.rng.IntN(5))
		return
	}
	switch w.block % 6 {
	case 0, 4:
		for a.Viewer == w.asker {
			a.Viewer = w.somebody()
		}
		a.Text, a.Gap = link(w.good, w.rng.IntN(5)), echoGap
	case 1:
		a.Text = webBase + "/album/" + base62("album", w.good.Album)
	case 2:
		a.Text = link(w.tracks.all[w.rng.IntN(len(w.tracks.all))], w.rng.IntN(5))
	case 3:
		a.Text = nonsense[w.rng.IntN(len(nonsense))]
	default:
		a.Text = webBase + "/track/" + base62("unknown", w.seed, w.block)
	}
}

// link is one of the forms viewers paste.
func link(t track, form int) string {
	switch form {
	case 0:
		return t.URI()
	case 1:
		return webBase + "/track/" + t.ID + "?si=" + hexID(16, "si", t.ID)
	case 2:
		return webBase + "/intl-de/track/" + t.ID
	case 3:
		return "open.spotify.com/track/" + t.ID
	}
	return webBase + "/track/" + t.ID
}

// enter is what viewers say to be in a giveaway.
const enter = "!enter"

// talk is the next thing somebody says: some of a block are commands, some
// entries to a giveaway, which mean nothing while none is open.
func (w *writer) talk(a *act) {
	if w.talks%3 == 1 {
		a.Text = enter
		return
	}
	if w.talks%3 != 0 || w.talks/3 >= commandsPerBlock {
		a.Text = talkLines[w.rng.IntN(len(talkLines))]
		return
	}
	c := commands[(w.block*commandsPerBlock+w.talks/3)%len(commands)]
	a.Text = strings.ReplaceAll(c.text, "{track}", w.tracks.all[w.rng.IntN(len(w.tracks.all))].ID)
	if c.viewer != "" {
		a.Viewer = c.viewer
	}
}

// aModerator is one of the regulars who may use more commands.
const aModerator = "adathelovely"

// commands are what viewers type, in turn; viewer is who, or "" for anybody.
var commands = [...]struct{ text, viewer string }{
	{"!song", ""}, {"!queue", ""}, {"!sr open.spotify.com/track/{track}", "mo_types"},
	{"!when", "mo_types"}, {"!raffle", ""}, {"!promote 2", aModerator},
	{"!voteskip", "pipsqueak_42"}, {"!voteskip", "mo_types"}, {"!command add thock THOCK number {count} for {touser}!", aModerator},
	{"!sr spotify:track:{track}", "pipsqueak_42"}, {"!wrongsong", "pipsqueak_42"}, {"!thock @LunaVerse", ""},
	{"!leaderboard", ""}, {"!skip", aModerator}, {"!stats", ""},
	{"!uptime", ""}, {"!commands", ""}, {"!SONG", ""},
	{"!song please", ""}, {"!thock", ""}, {"!Queue", ""},
	{"!stats @adathelovely", ""}, {"!voteskip", "pipsqueak_42"}, {"!dance", ""},
	{"!achievements", ""}, {"!np", ""}, {"!remove 3", aModerator},
	{"!requests off dinner, back in a minute", aModerator}, {"!sr spotify:track:{track}", "mo_types"}, {"!requests on", aModerator},
}

var nonsense = [...]string{
	"that one song from the movie with the car",
	"something with a sax solo pls 🎷",
	"何かいい曲",
	"https://www.youtube.com/watch?v=dQw4w9WgXcQ",
	"surprise me",
}

var talkLines = [...]string{
	"hiii chat 👋",
	"this song is stuck in my head since yesterday",
	"what switches are those?",
	"THOCK",
	"lol",
	"brb making tea ☕",
	"今日の配信も最高です",
	"ㅋㅋㅋㅋㅋ",
	"first time catching this live, hi everyone",
	"that build looks so clean 😍",
	"4 off?! the raffle hates me",
	"who picked this one? good taste",
	"is that lubed or stock",
	"gg",
	"@LunaVerse same here",
	"can we get the cat cam 🐈",
	"晚上好大家",
	"volume is perfect btw",
	"one day that keyboard is mine",
	"🎶🎶🎶",
}
