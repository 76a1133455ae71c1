package web

import (
	"context"
	"strconv"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/raffle"
	"sidestage/core/song"
)

func (s *Server) topTracks(ctx context.Context, in *request) (any, error) {
	return within(ctx, s, in, func(tx Tx, span core.Span, limit int) ([]api.TopTrack, error) {
		return topTracks(tx, in.path("user"), span, limit)
	})
}

func topTracks(tx Tx, userID string, span core.Span, limit int) ([]api.TopTrack, error) {
	found, err := song.TopTracks(tx, userID, span, limit)
	top := make([]api.TopTrack, 0, len(found))
	for _, t := range found {
		top = append(top, api.TopTrack{TrackID: t.TrackID, TrackName: t.Name, Artists: list(t.Artists), RequestCount: t.Count})
	}
	return top, err
}

func (s *Server) topRequesters(ctx context.Context, in *request) (any, error) {
	return within(ctx, s, in, func(tx Tx, span core.Span, limit int) (top []api.TopRequester, err error) {
		found, err := song.TopRequesters(tx, span, limit)
		for _, t := range found {
			top = append(top, api.TopRequester{UserID: t.UserID, DisplayName: t.Name, RequestCount: t.Count})
		}
		return top, err
	})
}

func (s *Server) points(ctx context.Context, in *request) (any, error) {
	var session int64
	if text := in.query.Get("session"); in.query.Has("session") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return nil, core.Because(core.Invalid, "query", "%q is not the number of a session", text)
		}
		session = n
	}
	return s.cfg.Books.Points(ctx, session)
}

func (s *Server) leaderboard(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	by, err := raffle.ParseSortBy(in.query.Get("sortBy"))
	if err != nil {
		return nil, err
	}
	session, err := in.session()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) ([]api.RaffleEntry, error) {
		if session == 0 {
			return leaderboard(tx, by, limit)
		}
		found, err := raffle.SessionLeaderboard(tx, session, by, limit)
		return raffleEntries(found), err
	})
}

func (s *Server) raffleUser(ctx context.Context, in *request) (any, error) {
	return read(ctx, s, func(tx Tx) (api.RaffleEntry, error) {
		e, err := raffle.UserStats(tx, in.path("user"))
		return raffleEntry(e), err
	})
}

func leaderboard(tx Tx, by raffle.SortBy, limit int) ([]api.RaffleEntry, error) {
	found, err := raffle.Leaderboard(tx, by, limit)
	return raffleEntries(found), err
}

func raffleEntries(found []raffle.Entry) []api.RaffleEntry {
	entries := make([]api.RaffleEntry, 0, len(found))
	for _, e := range found {
		entries = append(entries, raffleEntry(e))
	}
	return entries
}

func raffleEntry(e raffle.Entry) api.RaffleEntry {
	r := api.RaffleEntry{
		UserID: e.UserID, DisplayName: e.DisplayName,
		TotalRolls: e.TotalRolls, TotalWins: e.TotalWins, LastRolledAt: e.LastRolledAt,
	}
	if c := e.Closest; c != nil {
		r.ClosestDistance, r.ClosestRoll, r.ClosestWinningNumber = &c.Distance, &c.Roll, &c.WinningNumber
	}
	return r
}

func (s *Server) stream(ctx context.Context, _ *request) (any, error) { return read(ctx, s, streamNow) }

func streamNow(tx Tx) (api.Stream, error) {
	says, err := tx.StreamDescription()
	if err != nil {
		return api.Stream{}, err
	}
	now := api.Stream{Title: says.Title, Category: says.Category}
	last, err := tx.StreamLatest()
	if err != nil {
		if core.KindOf(err) == core.NotFound {
			err = nil
		}
		return now, err
	}
	now.Live, now.SessionID, now.StartedAt, now.EndedAt, now.PeakViewers = last.Live(), last.Key(), last.StartedAt, last.EndedAt, last.PeakViewers
	if !now.Live {
		return now, nil
	}
	now.Viewers, now.CountedAt, err = tx.StreamSample(last.ID)
	if core.KindOf(err) == core.NotFound {
		err = nil
	}
	return now, err
}
