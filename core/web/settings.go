package web

import (
	"context"

	"sidestage/core/api"
)

// Settings are the desk's.
type Settings interface {
	// ReloadSettings reads them again; Invalid says what is wrong with them.
	ReloadSettings(ctx context.Context) (api.Reloaded, error)
}

func (s *Server) reloadSettings(ctx context.Context, _ *request) (any, error) {
	r, err := s.cfg.Settings.ReloadSettings(ctx)
	r.Applied, r.Restart, r.Warnings = list(r.Applied), list(r.Restart), list(r.Warnings)
	return r, err
}
