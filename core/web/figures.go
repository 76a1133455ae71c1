package web

import (
	"context"
	"math"
	"strconv"
	"time"

	"sidestage/core"
	"sidestage/core/api"
)

// span is the time that is asked about: one session or since a moment, in whole
// RFC 3339.
func (in *request) span(tx Tx) (core.Span, error) {
	id, err := in.session()
	if err != nil {
		return core.Span{}, err
	}
	text := in.query.Get("since")
	switch {
	case id != 0 && in.query.Has("since"):
		return core.Span{}, core.Because(core.Invalid, "query", "session and since cannot be asked for together")
	case id != 0:
		s, err := tx.StreamSession(id)
		return core.Span{From: s.StartedAt, Until: s.EndedAt}, err
	case !in.query.Has("since"):
		return core.Span{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.UnixMilli() < 0 {
		return core.Span{}, core.Because(core.Invalid, "query", "%q is not a time as in 2026-05-31T18:00:00Z", text)
	}
	return core.Span{From: at}, nil
}

// within answers with a list of what happened in the span that is asked about.
func within[A any](ctx context.Context, s *Server, in *request, fn func(tx Tx, span core.Span, limit int) ([]A, error)) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) ([]A, error) {
		span, err := in.span(tx)
		if err != nil {
			return nil, err
		}
		found, err := fn(tx, span, limit)
		return list(found), err
	})
}

func (s *Server) errorStats(ctx context.Context, in *request) (any, error) {
	return within(ctx, s, in, func(tx Tx, span core.Span, limit int) (all []api.ErrorStats, err error) {
		found, err := tx.StatsErrors(span, limit)
		for _, e := range found {
			all = append(all, api.ErrorStats{
				Kind: e.Kind, Place: e.Place, Times: e.Times, LastAt: e.LastAt, Reason: e.Reason, SagaID: e.SagaID, Message: e.Message,
			})
		}
		return all, err
	})
}

func (s *Server) sessionStats(ctx context.Context, in *request) (any, error) {
	return within(ctx, s, in, func(tx Tx, span core.Span, limit int) (all []api.SessionStats, err error) {
		found, err := tx.StatsSessions(span, limit)
		for _, f := range found {
			until := f.EndedAt
			if until.IsZero() {
				until = tx.Now()
			}
			all = append(all, api.SessionStats{
				SessionID: strconv.FormatInt(f.ID, 10), StartedAt: f.StartedAt, EndedAt: f.EndedAt, Live: f.EndedAt.IsZero(),
				LengthMs: until.Sub(f.StartedAt).Milliseconds(), PeakViewers: f.Peak, AverageViewers: math.Round(10*f.Average) / 10,
				Requests: f.Requests, Heard: f.Heard, Rolls: f.Rolls, Wins: f.Wins, Points: f.Points,
			})
		}
		return all, err
	})
}

func (s *Server) viewerStats(ctx context.Context, in *request) (any, error) {
	return within(ctx, s, in, func(tx Tx, span core.Span, limit int) (all []api.ViewerStats, err error) {
		found, err := tx.StatsViewers(span, limit)
		for _, f := range found {
			all = append(all, viewerStats(f))
		}
		return all, err
	})
}

func viewerStats(f core.ViewerFigures) api.ViewerStats {
	return api.ViewerStats{
		UserID: f.Viewer.ID, Login: f.Viewer.Login, DisplayName: f.Viewer.Name, Points: f.Points, Refunded: f.Refunded,
		Requests: f.Requests, Heard: f.Heard, Rolls: f.Rolls, Wins: f.Wins, LastAt: f.LastAt,
	}
}

// pageTracks is how many tracks a viewer's page names.
const pageTracks = 5

func (s *Server) viewerPage(ctx context.Context, in *request) (any, error) {
	return read(ctx, s, func(tx Tx) (page api.ViewerPage, err error) {
		span, err := in.span(tx)
		if err != nil {
			return page, err
		}
		who, err := found(tx, in.path("user"))
		if err != nil {
			return page, err
		}
		f, err := tx.StatsViewer(who.ID, span)
		if err != nil {
			return page, err
		}
		page.ViewerStats = viewerStats(f)
		if page.TopTracks, err = topTracks(tx, who.ID, span, pageTracks); err != nil {
			return page, err
		}
		held, err := tx.AchievementsOf(who.ID)
		for _, h := range held {
			at := h.UnlockedAt
			if !at.IsZero() && !at.Before(span.From) && (span.Until.IsZero() || at.Before(span.Until)) {
				page.Achievements++
			}
		}
		return page, err
	})
}
