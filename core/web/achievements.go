package web

import (
	"cmp"
	"context"
	"strings"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/api"
)

// Achievements is what viewers can earn.
type Achievements interface {
	// Definitions lists every achievement there is.
	Definitions() []achievement.Definition
	// RebuildAchievements counts the journal again; with dry it changes nothing.
	RebuildAchievements(ctx context.Context, dry bool) (api.Rebuilt, error)
}

func (s *Server) achievements(ctx context.Context, _ *request) (any, error) {
	return read(ctx, s, func(tx Tx) ([]api.Achievement, error) {
		holders, err := tx.AchievementHolders()
		defs := s.definitions()
		all := make([]api.Achievement, 0, len(defs))
		for _, d := range defs {
			all = append(all, api.Achievement{
				ID: d.ID, Name: d.Name, Description: d.Description, Icon: d.Icon, Trigger: d.Trigger, Scope: d.Scope,
				Threshold: d.Threshold, MaxDistance: d.MaxDistance, FirstOnly: d.FirstOnly, Enabled: d.Enabled, Holders: holders[d.ID],
			})
		}
		return all, err
	})
}

func (s *Server) definitions() []achievement.Definition {
	if s.cfg.Achievements == nil {
		return nil
	}
	return s.cfg.Achievements.Definitions()
}

func (s *Server) achievementLeaders(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) ([]api.AchievementLeader, error) {
		found, err := tx.AchievementLeaders(limit)
		all := make([]api.AchievementLeader, 0, len(found))
		for _, l := range found {
			all = append(all, api.AchievementLeader{
				UserID: l.Viewer.ID, DisplayName: l.Viewer.Name, Unlocked: l.Different, Times: l.Times, LastUnlockedAt: l.LastAt,
			})
		}
		return all, err
	})
}

func (s *Server) latestAchievements(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) ([]api.Unlocked, error) {
		found, err := tx.AchievementLatest(limit)
		all := make([]api.Unlocked, 0, len(found))
		for _, h := range found {
			d := s.definition(h.ID)
			all = append(all, api.Unlocked{
				AchievementID: h.ID, Name: d.Name, Icon: d.Icon, UserID: h.Viewer.ID, DisplayName: h.Viewer.Name, UnlockedAt: h.UnlockedAt,
			})
		}
		return all, err
	})
}

// definition is the one with that id; of one that is gone the id is its name.
func (s *Server) definition(id string) achievement.Definition {
	for _, d := range s.definitions() {
		if d.ID == id {
			return d
		}
	}
	return achievement.Definition{ID: id, Name: id}
}

func (s *Server) achievementsOf(ctx context.Context, in *request) (any, error) {
	return read(ctx, s, func(tx Tx) (api.ViewerAchievements, error) { return s.achieved(tx, in.path("user")) })
}

func (s *Server) unlockedBy(ctx context.Context, in *request) (any, error) {
	return read(ctx, s, func(tx Tx) (api.ViewerAchievements, error) {
		all, err := s.achieved(tx, in.path("user"))
		has := make([]api.Achieved, 0, all.Unlocked)
		for _, a := range all.Achievements {
			if a.Unlocked {
				has = append(has, a)
			}
		}
		all.Achievements = has
		return all, err
	})
}

// achieved is how far a viewer is with every achievement there is, and what they
// have of those that are no longer.
func (s *Server) achieved(tx Tx, who string) (api.ViewerAchievements, error) {
	v, err := found(tx, who)
	if err != nil {
		return api.ViewerAchievements{}, err
	}
	held, err := tx.AchievementsOf(v.ID)
	if err != nil {
		return api.ViewerAchievements{}, err
	}
	session := "" // the one whose progress is shown
	if last, err := tx.StreamLatest(); err == nil && last.Live() {
		session = last.Key()
	}
	out := api.ViewerAchievements{UserID: v.ID, DisplayName: v.Name, Achievements: []api.Achieved{}}
	known := map[string]bool{}
	for _, d := range s.definitions() {
		known[d.ID] = true
		if a := summed(d, held, session); d.Enabled || a.Unlocked {
			out.Achievements = append(out.Achievements, a)
		}
	}
	for _, h := range held {
		if !known[h.ID] && !h.UnlockedAt.IsZero() {
			known[h.ID] = true
			out.Achievements = append(out.Achievements, summed(achievement.Definition{ID: h.ID, Name: h.ID}, held, session))
		}
	}
	for _, a := range out.Achievements {
		if a.Unlocked {
			out.Unlocked++
		}
	}
	return out, nil
}

// summed is one achievement of those held.
func summed(d achievement.Definition, held []achievement.Held, session string) api.Achieved {
	a := api.Achieved{ID: d.ID, Name: d.Name, Description: d.Description, Icon: d.Icon, Threshold: max(d.Threshold, 1)}
	for _, h := range held {
		if h.ID != d.ID {
			continue
		}
		if h.Session == "" || h.Session == session {
			a.Progress = h.Count
		}
		if h.UnlockedAt.IsZero() {
			continue
		}
		a.Unlocked = true
		a.Times++
		if h.UnlockedAt.After(a.UnlockedAt) {
			a.UnlockedAt = h.UnlockedAt
		}
	}
	return a
}

// found is who is meant by an id or a login, with or without an @.
func found(tx Tx, who string) (core.Viewer, error) {
	v, err := tx.ViewerByID(who)
	if core.KindOf(err) != core.NotFound {
		return v, err
	}
	v, byLogin := tx.ViewerByLogin(strings.ToLower(strings.TrimPrefix(who, "@")))
	if core.KindOf(byLogin) == core.NotFound {
		return v, core.E(core.NotFound, "no viewer is known as %q", who)
	}
	return v, cmp.Or(byLogin, nil)
}

func (s *Server) rebuildAchievements(ctx context.Context, in *request) (any, error) {
	var r api.RebuildRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	return s.cfg.Achievements.RebuildAchievements(ctx, r.DryRun)
}
