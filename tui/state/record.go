package state

import (
	"slices"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/event"
)

// Roll is a roll of the raffle.
type Roll struct {
	ID                      string
	Name                    string
	Number, Winning, Offset int
	Record                  bool // the closest losing roll so far
	At                      time.Time
}

// Person is somebody who did something tonight, or is here.
type Person struct {
	ID          string // or the login, of somebody who did nothing yet
	Login, Name string
	Songs       int // that were asked for
	Rolls, Wins int
	Best        int // distance of the closest roll, when Rolls is not 0
	Seen        time.Time
	Here        bool // in chat, as far as Twitch tells
}

// Parts is a set of the parts of the state that are read from the desk, since
// events alone do not tell them.
type Parts uint16

// The parts.
const (
	PartPlayer Parts = 1 << iota
	PartRaffle
	PartSagas
	PartHealth
	PartStream
	PartViewers
	PartGiveaway
	PartAchievements

	AllParts = PartPlayer | PartRaffle | PartSagas | PartHealth | PartStream | PartViewers | PartGiveaway | PartAchievements
)

// Touches tells what an event may have changed.
func Touches(r event.Record) Parts {
	switch e, _ := event.Decode(r); e.(type) {
	case event.SongRequested, event.SongHandedOver, event.SongWithdrawn, event.SongStarted, event.SongEnded, event.SongMoved, event.SongReplaced, event.SongGate:
		return PartPlayer
	case event.SongOutage:
		return PartPlayer | PartHealth
	case event.RaffleRolled, event.RaffleVoided, event.RaffleGiven:
		return PartRaffle
	case event.GiveawayOpened, event.GiveawayClosed, event.GiveawayDrawn, event.GiveawayCancelled:
		return PartGiveaway
	case event.AchievementUnlocked:
		return PartAchievements
	case event.SagaChanged:
		return PartSagas | PartPlayer // a request may have come to need a decision
	case event.LoginChanged, event.SubscriptionRevoked:
		return PartHealth
	case event.StreamOnline, event.StreamOffline:
		return PartStream | PartHealth
	}
	return 0
}

// Record takes one thing that happened. What does not decode is left to the
// next reading.
func (s State) Record(r event.Record) State {
	e, err := event.Decode(r)
	if err != nil {
		return s
	}
	if l, ok := s.line(r, e); ok {
		s.Lines = keep(s.Lines, l, maxLines)
	}
	switch e := e.(type) {
	case event.RedemptionReceived:
		s.backers = keep(s.backers, backer{e.RedemptionID, cleanViewer(e.Viewer).Name}, maxBackers)
		return s.seen(e.Viewer, r.At, func(*Person) {})
	case event.SongRequested:
		return s.seen(e.Viewer, r.At, func(p *Person) { p.Songs++ })
	case event.RaffleRolled:
		return s.rolled(e, r.At)
	case event.RaffleVoided:
		voided := func(o Roll) bool { return o.ID == e.RollID }
		s.Rolls, s.Wins = slices.DeleteFunc(slices.Clone(s.Rolls), voided), slices.DeleteFunc(slices.Clone(s.Wins), voided)
	case event.RaffleGiven:
		s.Wins = slices.DeleteFunc(slices.Clone(s.Wins), func(o Roll) bool { return o.ID == e.RollID })
	case event.GiveawayEntered:
		return s.entered(e)
	case event.AchievementUnlocked:
		return s.unlocked(e, r.At)
	case event.StreamOnline:
		s.Counts = nil
		s.People = slices.DeleteFunc(slices.Clone(s.People), func(p Person) bool { return p.Seen.Before(e.StartedAt) })
		s.Stream = api.Stream{Live: true, SessionID: e.SessionID, StartedAt: e.StartedAt}
	case event.StreamOffline:
		s.Stream.Live, s.Stream.EndedAt, s.Stream.PeakViewers, s.Stream.Viewers = false, e.EndedAt, e.PeakViewers, 0
	case event.StreamViewers:
		s.Stream.Viewers, s.Stream.PeakViewers, s.Stream.CountedAt = e.Viewers, e.Peak, r.At
		s.Counts = keep(s.Counts, e.Viewers, maxCounts)
	}
	return s
}

func (s State) rolled(e event.RaffleRolled, at time.Time) State {
	s.Rolls = keep(s.Rolls, Roll{
		ID: e.RollID, Name: cleanViewer(e.Viewer).Name, Number: e.Roll, Winning: e.WinningNumber, Offset: e.Distance, Record: e.Record, At: at,
	}, maxRolls)
	return s.seen(e.Viewer, at, func(p *Person) {
		if p.Rolls == 0 || e.Distance < p.Best {
			p.Best = e.Distance
		}
		if p.Rolls++; e.Distance == 0 {
			p.Wins++
		}
	})
}

// seen puts a person first.
func (s State) seen(v core.Viewer, at time.Time, did func(*Person)) State {
	if v.ID == "" {
		return s
	}
	p, rest := Person{ID: v.ID}, s.People
	if i := slices.IndexFunc(s.People, func(p Person) bool { return p.ID == v.ID }); i >= 0 {
		p, rest = s.People[i], slices.Delete(slices.Clone(s.People), i, i+1)
	}
	p.Login, p.Name, p.Seen = v.Login, cleanViewer(v).Name, at
	did(&p)
	s.People = append([]Person{p}, rest[:min(len(rest), maxPeople-1)]...)
	return s
}
