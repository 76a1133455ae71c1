package chat

import (
	"strconv"
	"strings"
	"time"
)

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
	maxListed  = 65 // of a title among others
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

// Accepted says where in the queue a new request stands, from 1, and how long it
// is until it plays, as far as that can be told.
func (t Texts) Accepted(name string, s Song, position int, wait time.Duration) string {
	return t.say("accepted", "user", name, "song", s.String(), "position", strconv.Itoa(position), "wait", inAbout(position, wait))
}

// inAbout says when something plays.
func inAbout(position int, wait time.Duration) string {
	switch minutes := int(wait.Round(time.Minute) / time.Minute); {
	case position == 1 && minutes < 1:
		return "up next"
	case minutes < 1:
		return "in less than a minute"
	case minutes == 1:
		return "in about a minute"
	default:
		return "in about " + strconv.Itoa(minutes) + " minutes"
	}
}

// NowPlaying answers what plays.
func (t Texts) NowPlaying(name string, s Song) string {
	if s.Requester == "" {
		return t.say("now_playing", "user", name, "song", s.String())
	}
	return t.say("now_requested", "user", name, "song", s.String(), "requester", s.Requester)
}

// NothingPlaying answers what plays when nothing does.
func (t Texts) NothingPlaying(name string) string { return t.say("nothing_playing", "user", name) }

// Queue answers what plays next: the first four of songs.
func (t Texts) Queue(name string, songs []Song) string {
	if len(songs) == 0 {
		return t.say("queue_empty", "user", name)
	}
	next := make([]string, min(len(songs), upcoming))
	for i := range next {
		next[i] = strconv.Itoa(i+1) + ". " + clip(songs[i].Title, maxListed)
		if r := songs[i].Requester; r != "" {
			next[i] += " (" + r + ")"
		}
	}
	return t.say("queue", "user", name, "songs", strings.Join(next, ", "))
}

// When says when a request plays.
func (t Texts) When(name string, s Song, position int, wait time.Duration) string {
	return t.say("when", "user", name, "song", s.String(), "position", strconv.Itoa(position), "wait", inAbout(position, wait))
}

// WhenNow says that it plays already.
func (t Texts) WhenNow(name string) string { return t.say("when_now", "user", name) }

// WhenNever says that no request waits.
func (t Texts) WhenNever(name string) string { return t.say("when_never", "user", name) }

// Removed says that a request was taken out of the queue; spent, that its points
// cannot return any more.
func (t Texts) Removed(name string, s Song, spent bool) string {
	key := "removed"
	if spent {
		key = "removed_spent"
	}
	return t.say(key, "user", name, "song", s.String(), "requester", s.Requester)
}

// Promoted says that a request is the next of those that wait.
func (t Texts) Promoted(name string, s Song) string {
	return t.say("promoted", "user", name, "song", s.String(), "requester", s.Requester)
}

// Requests says whether song requests are taken.
func (t Texts) Requests(name string, open bool) string {
	if open {
		return t.say("requests_open", "user", name)
	}
	return t.say("requests_closed", "user", name)
}

// Skipped says that a moderator's skip was done.
func (t Texts) Skipped(name string, s Song) string {
	return t.say("skipped", "user", name, "song", s.String())
}

// Voted says how many votes there are, and how many it takes.
func (t Texts) Voted(name string, votes, needed int) string {
	return t.say("voted", "user", name, "votes", strconv.Itoa(votes), "needed", strconv.Itoa(needed))
}

// VotedAlready answers who votes again.
func (t Texts) VotedAlready(name string, votes, needed int) string {
	return t.say("voted_already", "user", name, "votes", strconv.Itoa(votes), "needed", strconv.Itoa(needed))
}

// VotedOut says that there were votes enough and the song was skipped.
func (t Texts) VotedOut(name string, s Song, votes int) string {
	return t.say("voted_out", "user", name, "song", s.String(), "votes", strconv.Itoa(votes))
}

// OverAlready says that what was to be skipped no longer plays.
func (t Texts) OverAlready(name string, s Song) string {
	return t.say("over_already", "user", name, "song", s.String())
}

// NotSkipped says that a skip was not done, or nobody knows.
func (t Texts) NotSkipped(name string, s Song) string {
	return t.say("not_skipped", "user", name, "song", s.String())
}
