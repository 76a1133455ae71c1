package web

import (
	"context"

	"sidestage/core/api"
)

func (s *Server) say(ctx context.Context, in *request) (any, error) {
	var r api.SayRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	id, err := s.cfg.Chat.Say(ctx, r.Text)
	return api.Said{MessageID: id}, err
}
