package web

import (
	"context"

	"sidestage/core/api"
)

// Player is where the Spotify account can play.
type Player interface {
	Devices(ctx context.Context) ([]api.Device, error)
	// PickDevice moves playback to a device, by id or name.
	PickDevice(ctx context.Context, device string) (api.Device, error)
}

func (s *Server) devices(ctx context.Context, _ *request) (any, error) {
	found, err := s.cfg.Player.Devices(ctx)
	return list(found), err
}

func (s *Server) pickDevice(ctx context.Context, in *request) (any, error) {
	var r api.DeviceRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	return s.cfg.Player.PickDevice(ctx, r.Device)
}
