package state

import (
	"slices"
	"strconv"
	"time"

	"sidestage/core/api"
	"sidestage/core/event"
)

// Waiting counts what waits for a person: sagas, and wins whose prize was not
// given.
func (s State) Waiting() int { return s.Needs + len(s.Wins) }

// WithWins takes the wins whose prize was not given, newest first.
func (s State) WithWins(wins []api.RaffleRoll) State {
	s.Wins = make([]Roll, len(wins))
	for i, w := range wins {
		s.Wins[i] = Roll{
			ID: w.ID, Name: cleanViewer(w.Viewer).Name, Number: w.Roll, Winning: w.WinningNumber, Offset: w.Distance, At: w.RolledAt,
		}
	}
	return s
}

// WithGiveaway takes the giveaway that is live or was the last.
func (s State) WithGiveaway(g *api.Giveaway) State {
	if g == nil {
		s.Giveaway = nil
		return s
	}
	next := *g
	next.Keyword, next.Hash, next.Seed = clean(g.Keyword), clean(g.Hash), clean(g.Seed)
	next.Picks = slices.Clone(g.Picks)
	for i := range next.Picks {
		next.Picks[i].Viewer = cleanViewer(next.Picks[i].Viewer)
	}
	s.Giveaway = &next
	return s
}

// entered counts an entry, for which nothing is read again.
func (s State) entered(e event.GiveawayEntered) State {
	if g := s.Giveaway; g != nil && "giveaway-"+strconv.FormatInt(g.ID, 10) == e.GiveawayID && e.Entries > g.Entries {
		next := *g
		next.Entries = e.Entries
		s.Giveaway = &next
	}
	return s
}

// GiveawayLeft is how long entries are taken still, where the giveaway closes by
// itself.
func (s State) GiveawayLeft(now time.Time) (time.Duration, bool) {
	g := s.Giveaway
	if g == nil || g.State != api.GiveawayOpen || g.ClosesAt.IsZero() {
		return 0, false
	}
	return max(g.ClosesAt.Sub(now), 0), true
}

// WithAchievements takes what was achieved last, latest first, and by whom most
// was.
func (s State) WithAchievements(latest []api.Unlocked, most []api.AchievementLeader) State {
	s.Unlocked = slices.Clone(latest)
	for i, u := range s.Unlocked {
		s.Unlocked[i].Name, s.Unlocked[i].Icon = clean(or(u.Name, u.AchievementID)), clean(u.Icon)
		s.Unlocked[i].DisplayName = clean(u.DisplayName)
	}
	s.Achievers = slices.Clone(most)
	for i, l := range s.Achievers {
		s.Achievers[i].DisplayName = clean(l.DisplayName)
	}
	return s
}

// unlocked puts an achievement first, before the next reading tells of it.
func (s State) unlocked(e event.AchievementUnlocked, at time.Time) State {
	v := cleanViewer(e.Viewer)
	u := api.Unlocked{
		AchievementID: e.AchievementID, Name: clean(or(e.Name, e.AchievementID)), Icon: clean(e.Icon),
		UserID: v.ID, DisplayName: v.Name, UnlockedAt: at,
	}
	s.Unlocked = append([]api.Unlocked{u}, s.Unlocked[:min(len(s.Unlocked), maxLatest-1)]...)
	return s
}
