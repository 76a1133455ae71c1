package web

import (
	"context"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/chat"
	"sidestage/core/raffle"
)

func (s *Server) say(ctx context.Context, in *request) (any, error) {
	var r api.SayRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	id, err := s.cfg.Chat.Say(ctx, r.Text)
	return api.Said{MessageID: id}, err
}

func (s *Server) viewers(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	people := s.cfg.Chat.People()
	return read(ctx, s, func(tx Tx) (api.Viewers, error) {
		here := api.Viewers{Viewers: make([]api.Viewer, 0, min(limit, len(people))), TotalCount: len(people)}
		for _, p := range people[:min(limit, len(people))] {
			v, err := viewer(tx, p)
			if err != nil {
				return here, err
			}
			here.Viewers = append(here.Viewers, v)
		}
		return here, nil
	})
}

// viewer adds to a person what they did.
func viewer(tx Tx, p chat.Person) (api.Viewer, error) {
	v := api.Viewer{ID: p.Viewer.ID, Login: p.Viewer.Login, DisplayName: p.Viewer.Name, Since: p.Since, LastSpokeAt: p.Spoke}
	for _, r := range p.Roles {
		v.Roles = append(v.Roles, string(r))
	}
	if v.ID == "" {
		known, err := tx.ViewerByLogin(v.Login)
		if core.KindOf(err) == core.NotFound && err != nil {
			return v, nil //nolint:nilerr // did nothing yet
		}
		if err != nil {
			return v, err
		}
		v.ID, v.DisplayName = known.ID, known.Name
	}
	var err error
	if v.SongRequests, err = tx.ViewerSongs(v.ID); err != nil {
		return v, err
	}
	rolled, err := raffle.UserStats(tx, v.ID)
	if core.KindOf(err) == core.NotFound && err != nil {
		return v, nil //nolint:nilerr // never rolled
	}
	e := raffleEntry(rolled)
	v.Rolls, v.Wins, v.Closest = e.TotalRolls, e.TotalWins, e.ClosestDistance
	return v, err
}
