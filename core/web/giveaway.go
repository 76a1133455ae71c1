package web

import (
	"cmp"
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/raffle"
)

func (s *Server) giveaway(ctx context.Context, _ *request) (any, error) {
	now, err := read(ctx, s, giveawayNow)
	return api.GiveawayNow{Giveaway: now}, err
}

// giveawayNow is the last giveaway; nil before the first.
func giveawayNow(tx Tx) (*api.Giveaway, error) {
	g, err := tx.Giveaway(0)
	if core.KindOf(err) == core.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	shown := giveaway(g)
	return &shown, nil
}

// giveaway is one as the API shows it: the secret only once it is none.
func giveaway(g raffle.Giveaway) api.Giveaway {
	shown := api.Giveaway{
		ID: g.ID, State: string(g.State), Keyword: g.Keyword, Audience: string(g.Audience), Entries: g.Entries, MaxEntries: g.MaxEntries,
		OpenedAt: g.OpenedAt, ClosesAt: g.ClosesAt, ClosedAt: g.ClosedAt, EndedAt: g.EndedAt, Picks: []api.GiveawayPick{}, Hash: g.Seed.Hash,
	}
	for _, p := range g.Picks {
		shown.Picks = append(shown.Picks, api.GiveawayPick{Number: p.Number, Viewer: p.Viewer, Passed: p.Passed, DrawnAt: p.DrawnAt})
	}
	if g.Seed.Revealed() {
		shown.Seed = g.Seed.Secret.Hex()
	}
	return shown
}

func (s *Server) openGiveaway(ctx context.Context, in *request) (any, error) {
	var t api.GiveawayTerms
	if err := in.body(&t); err != nil {
		return nil, err
	}
	g, err := s.cfg.Raffle.OpenGiveaway(ctx, raffle.Terms{
		Keyword: cmp.Or(t.Keyword, api.DefaultKeyword), Audience: raffle.Audience(cmp.Or(t.Audience, api.ForEverybody)), MaxEntries: t.MaxEntries,
		Length: time.Duration(min(max(t.Minutes, -1), 1<<20)) * time.Minute,
	})
	return giveaway(g), err
}

// onGiveaway is a handler of something that is done to a giveaway.
func (s *Server) onGiveaway(do func(context.Context, api.GiveawayAction) (raffle.Giveaway, error)) handler {
	return func(ctx context.Context, in *request) (any, error) {
		var a api.GiveawayAction
		if err := in.body(&a); err != nil {
			return nil, err
		}
		a.Winners = cmp.Or(a.Winners, 1)
		g, err := do(ctx, a)
		return giveaway(g), err
	}
}

func (s *Server) drawGiveaway(ctx context.Context, a api.GiveawayAction) (raffle.Giveaway, error) {
	return s.cfg.Raffle.DrawGiveaway(ctx, a.ID, a.Winners, false)
}

func (s *Server) redrawGiveaway(ctx context.Context, a api.GiveawayAction) (raffle.Giveaway, error) {
	return s.cfg.Raffle.DrawGiveaway(ctx, a.ID, a.Winners, true)
}

func (s *Server) closeGiveaway(ctx context.Context, a api.GiveawayAction) (raffle.Giveaway, error) {
	return s.cfg.Raffle.CloseGiveaway(ctx, a.ID)
}

func (s *Server) cancelGiveaway(ctx context.Context, a api.GiveawayAction) (raffle.Giveaway, error) {
	return s.cfg.Raffle.CancelGiveaway(ctx, a.ID)
}
