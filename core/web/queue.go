package web

import (
	"context"
	"strings"

	"sidestage/core/api"
	"sidestage/core/song"
)

func (s *Server) remove(ctx context.Context, in *request) (any, error) {
	var r api.RemoveRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	gone, err := s.cfg.Requests.Remove(ctx, in.path("id"), r.Refund == nil || *r.Refund)
	if err != nil {
		return nil, err
	}
	return removed(gone), nil
}

func (s *Server) move(ctx context.Context, in *request) (any, error) {
	var r api.MoveRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	return s.moved(ctx, in.path("id"), r.To)
}

func (s *Server) promote(ctx context.Context, in *request) (any, error) {
	return s.moved(ctx, in.path("id"), 1)
}

func (s *Server) moved(ctx context.Context, id string, to int) (any, error) {
	r, at, err := s.cfg.Requests.Move(ctx, id, to)
	if err != nil {
		return nil, err
	}
	return api.Moved{Track: requested(r), Position: at}, nil
}

func (s *Server) replace(ctx context.Context, in *request) (any, error) {
	var r api.ReplaceRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	was, is, err := s.cfg.Requests.Replace(ctx, in.path("id"), r.Link)
	if err != nil {
		return nil, err
	}
	return api.Replaced{Track: requested(is), Was: was.Track.Name}, nil
}

func (s *Server) clear(ctx context.Context, in *request) (any, error) {
	var r api.RemoveRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	gone, err := s.cfg.Requests.Clear(ctx, r.Refund == nil || *r.Refund)
	if err != nil {
		return nil, err
	}
	return api.Cleared{Removed: removals(gone)}, nil
}

func (s *Server) openRequests(ctx context.Context, _ *request) (any, error) {
	if err := s.cfg.Requests.Open(ctx); err != nil {
		return nil, err
	}
	return gate(song.Gate{}), nil
}

func (s *Server) closeRequests(ctx context.Context, in *request) (any, error) {
	var r api.CloseRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	g, err := s.cfg.Requests.Close(ctx, r.Reason)
	if err != nil {
		return nil, err
	}
	return gate(g), nil
}

func (s *Server) previewStreamEnd(ctx context.Context, _ *request) (any, error) {
	return s.streamEnd(ctx, nil, true)
}

func (s *Server) endStream(ctx context.Context, in *request) (any, error) {
	var r api.EndRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	return s.streamEnd(ctx, r.Refund, false)
}

func (s *Server) streamEnd(ctx context.Context, refund *bool, dry bool) (any, error) {
	refunds, refunded, kept, err := s.cfg.Requests.EndStream(ctx, refund, dry)
	if err != nil {
		return nil, err
	}
	return api.StreamEnd{Refund: refunds, Refunded: removals(refunded), Kept: removals(kept)}, nil
}

func gate(g song.Gate) api.Requests {
	return api.Requests{Open: !g.Closed(), Reason: g.Reason, Since: g.ClosedAt}
}

// requested is the track of a request.
func requested(r song.Request) api.Track {
	return track(song.Entry{Track: r.Track, RequestID: r.ID, Viewer: r.Viewer, RedeemedAt: r.RedeemedAt})
}

func removals(gone []song.Removal) []api.Removed {
	all := make([]api.Removed, 0, len(gone))
	for _, r := range gone {
		all = append(all, removed(r))
	}
	return all
}

func removed(r song.Removal) api.Removed {
	return api.Removed{Track: requested(r.Request), Points: string(r.Points), Copy: string(r.Copy), Says: says(r)}
}

// says tells what a removal does to points and player.
func says(r song.Removal) string {
	name := r.Request.Viewer.Name
	var parts []string
	switch r.Points {
	case song.PointsReturn:
		parts = append(parts, "The points go back to "+name+".")
	case song.PointsStay:
		parts = append(parts, "The points of "+name+" stay spent, as you asked.")
	case song.PointsSpent:
		parts = append(parts, "The points of "+name+" are spent: Twitch cannot return them.")
	case song.PointsNone:
		parts = append(parts, "No points move.")
	}
	switch r.Copy {
	case song.CopyNone:
	case song.CopyLater:
		parts = append(parts, "It stands in Spotify's queue, which nobody can change: it is skipped when its turn comes.")
	case song.CopyNow:
		parts = append(parts, "It plays just now and is skipped.")
	}
	return strings.Join(parts, " ")
}

// outage is why nothing can be given to Spotify; nil while it can.
func outage(tx Tx) (*api.Outage, error) {
	o, err := tx.SongOutage()
	if err != nil || !o.Stands() {
		return nil, err
	}
	return &api.Outage{Reason: o.Reason, Says: advice(o.Reason), Since: o.Since}, nil
}

// advice says what is wrong with Spotify and, behind a colon, what to do.
func advice(reason string) string {
	switch reason {
	case song.OutNoDevice, "device-not-found":
		return "Spotify has no active device: press play on any, or pick one with sidestage song device"
	case song.OutLogin, "token-refused":
		return "Spotify has no login here: run sidestage auth login spotify"
	case "missing-scope":
		return "Spotify has a login here that lacks a permission: run sidestage auth login spotify"
	case "premium-required":
		return "Spotify has no Premium for this account: it takes no songs without"
	case "owner-premium-required":
		return "Spotify has no Premium for the owner of the app: renew it, and give it some hours"
	case "not-allowlisted":
		return "Spotify has this account not listed in your app: add it at developer.spotify.com/dashboard, User Management"
	case "restricted":
		return "Spotify has the player locked: an advertisement runs, or the device does not let itself be controlled"
	case "quota-exceeded":
		return "Spotify has no quota left for us: it comes back by itself, within a day"
	case song.OutRateLimited:
		return "Spotify has asked us to wait: it goes on by itself"
	}
	return "Spotify does not answer: it goes on by itself when it does"
}
