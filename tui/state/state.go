// Package state is what the dashboard knows, as one value. It is fed by what
// the desk tells: snapshots, records of the journal, answers to reads. Every
// function that changes it returns a new State and leaves the old one as it
// was, so a screen can be drawn from any.
//
// Text of strangers is cleaned as it comes in, nowhere else.
package state

import (
	"slices"
	"time"

	"sidestage/core/api"
	"sidestage/core/event"
)

// How much is kept.
const (
	maxRolls  = 200
	maxPeople = 1000
	maxCounts = 120
	maxLines  = 500
	maxLatest = 100 // achievements

	maxBackers = 200
)

// State is what is known.
type State struct {
	Link     Link
	Platform string // "live" or "demo"
	Build    string

	Playing api.NowPlaying
	Queue   api.Queue
	Stream  api.Stream
	Health  *api.Health // nil while not known
	Leaders []api.RaffleEntry
	// Wins are the rolls that won and whose prize was not given, newest first.
	Wins     []Roll
	Giveaway *api.Giveaway // that is live or was the last; nil before the first
	// Unlocked is what was achieved last, latest first.
	Unlocked  []api.Unlocked
	Achievers []api.AchievementLeader
	Sagas     []api.Saga // those that need a person first, then last changed first
	Needs     int        // how many need a person

	Rolls  []Roll   // oldest first
	People []Person // last seen first
	Here   []Person // in chat: who spoke last first
	Counts []int    // of viewers, oldest first
	Lines  []Line   // oldest first

	backers []backer // oldest first
}

// Link is the connection to the desk.
type Link struct {
	Up    bool
	Ever  bool      // it was up before
	Since time.Time // of the last change
	Err   string    // why it is down
}

// Opened takes a snapshot as all that is known, and the records before it as
// what happened so far.
func (s State) Opened(at time.Time, snap api.Snapshot, past []event.Record) State {
	s.Link = Link{Up: true, Ever: true, Since: at}
	s.Platform, s.Build = snap.Platform, snap.Build
	s.Rolls, s.People, s.Counts, s.backers = nil, nil, nil, nil
	s.Lines = slices.DeleteFunc(slices.Clone(s.Lines), func(l Line) bool { return l.Seq > 0 })
	s.Stream = api.Stream{}
	for _, r := range past {
		s = s.Record(r)
	}
	s.Stream = snap.Stream
	if s.Stream.Live && len(s.Counts) == 0 {
		s.Counts = []int{s.Stream.Viewers}
	}
	s.Needs = snap.NeedsDecision
	slices.SortStableFunc(s.Lines, func(a, b Line) int { return a.At.Compare(b.At) })
	return s.WithPlayer(snap.NowPlaying, snap.Queue).WithLeaders(snap.Leaderboard).WithWins(snap.Wins).WithGiveaway(snap.Giveaway)
}

// Resumed notes that the connection is back and nothing was missed.
func (s State) Resumed(at time.Time) State {
	s.Link = Link{Up: true, Ever: true, Since: at}
	return s
}

// Lost notes that the connection is gone.
func (s State) Lost(at time.Time, err error) State {
	if s.Link.Up || s.Link.Since.IsZero() {
		s.Link.Since = at
	}
	s.Link.Up, s.Link.Err = false, clean(err.Error())
	return s
}

// WithPlayer takes what the player shows and what comes next.
func (s State) WithPlayer(now api.NowPlaying, next api.Queue) State {
	if now.Track != nil {
		t := cleanTrack(*now.Track)
		now.Track = &t
	}
	s.Playing = now
	tracks := make([]api.QueuedTrack, len(next.Tracks))
	for i, t := range next.Tracks {
		t.Track = cleanTrack(t.Track)
		tracks[i] = t
	}
	next.Tracks, next.Requests.Reason = tracks, clean(next.Requests.Reason)
	s.Queue = next
	return s
}

// WithStream takes how the stream is.
func (s State) WithStream(st api.Stream) State {
	s.Stream = st
	return s
}

// WithLeaders takes the raffle's leaderboard.
func (s State) WithLeaders(leaders []api.RaffleEntry) State {
	s.Leaders = make([]api.RaffleEntry, len(leaders))
	for i, l := range leaders {
		l.DisplayName = clean(l.DisplayName)
		s.Leaders[i] = l
	}
	return s
}

// WithHealth takes how the desk is.
func (s State) WithHealth(h api.Health) State {
	c := &h.Components
	for _, part := range []*api.Component{&c.EventSub, &c.Chat, &c.Twitch, &c.Spotify, &c.Player, &c.Database, &c.Sagas} {
		part.Reason, part.State = clean(part.Reason), clean(part.State)
	}
	s.Health = &h
	return s
}

// WithViewers takes who is in chat.
func (s State) WithViewers(v api.Viewers) State {
	s.Here = make([]Person, len(v.Viewers))
	for i, one := range v.Viewers {
		p := Person{ID: or(one.ID, one.Login), Login: one.Login, Name: or(clean(one.DisplayName), clean(one.Login)), Here: true, Seen: one.Since}
		if p.Songs, p.Rolls, p.Wins = one.SongRequests, one.Rolls, one.Wins; one.Closest != nil {
			p.Best = *one.Closest
		}
		if !one.LastSpokeAt.IsZero() {
			p.Seen = one.LastSpokeAt
		}
		s.Here[i] = p
	}
	return s
}

// Everybody is who took part tonight, last seen first, and then who else is in
// chat. What the latter did on other evenings counts.
func (s State) Everybody() []Person {
	here := make(map[string]bool, len(s.Here))
	for _, p := range s.Here {
		here[p.Login] = true
	}
	all, have := make([]Person, 0, len(s.People)+len(s.Here)), make(map[string]bool, len(s.People))
	for _, p := range s.People {
		p.Here, have[p.Login] = here[p.Login], true
		all = append(all, p)
	}
	for _, p := range s.Here {
		if !have[p.Login] {
			all = append(all, p)
		}
	}
	return all
}

// WithSagas takes the sagas that need a person and the ones that changed last.
func (s State) WithSagas(stuck, recent []api.Saga) State {
	s.Needs = len(stuck)
	all := make([]api.Saga, 0, len(stuck)+len(recent))
	have := map[string]bool{}
	for _, saga := range slices.Concat(stuck, recent) {
		if !have[saga.ID] {
			have[saga.ID] = true
			all = append(all, CleanSaga(saga))
		}
	}
	s.Sagas = all
	return s
}

// Said adds a line that is no record: of the program's log, or of this screen.
func (s State) Said(l Line) State {
	l.Text = clean(l.Text)
	s.Lines = keep(s.Lines, l, maxLines)
	return s
}

// keep appends to a list that holds at most limit, dropping the oldest.
func keep[E any](list []E, e E, limit int) []E {
	if len(list) >= limit {
		list = list[len(list)-limit+1:]
	}
	return append(slices.Clip(list), e)
}

// Duration is a length in milliseconds as the API gives it.
func Duration(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// Progress is how far the current track is at now.
func (s State) Progress(now time.Time) time.Duration {
	if s.Playing.Track == nil {
		return 0
	}
	return min(s.passed(now), Duration(s.Playing.Track.DurationMs))
}

// passed is how far the player would be at now, did the current track not end.
func (s State) passed(now time.Time) time.Duration {
	p := s.Playing
	if !p.Playing || now.Before(p.At) {
		return Duration(p.ProgressMs)
	}
	return Duration(p.ProgressMs) + now.Sub(p.At)
}

// overtime is how long past its end a track is shown without news of another:
// as the overlay has it.
const overtime = 30 * time.Second

// Over reports whether the current track must have ended since it was seen: the
// player, or our view of it, has been gone for a while.
func (s State) Over(now time.Time) bool {
	return s.Playing.Track != nil && s.passed(now) > Duration(s.Playing.Track.DurationMs)+overtime
}

// Moving reports whether the current track moves on between two looks.
func (s State) Moving(now time.Time) bool {
	return s.Link.Up && s.Playing.Track != nil && s.Playing.Playing && s.Progress(now) < Duration(s.Playing.Track.DurationMs)
}
