package web

import "context"

func (s *Server) rewards(ctx context.Context, _ *request) (any, error) {
	return s.cfg.Rewards.List(ctx)
}

func (s *Server) setUpRewards(ctx context.Context, _ *request) (any, error) {
	return s.cfg.Rewards.SetUp(ctx)
}

func (s *Server) updateReward(ctx context.Context, in *request) (any, error) {
	return s.cfg.Rewards.Update(ctx, in.path("reward"))
}

func (s *Server) pauseReward(ctx context.Context, in *request) (any, error) {
	return s.cfg.Rewards.Pause(ctx, in.path("reward"), true)
}

func (s *Server) resumeReward(ctx context.Context, in *request) (any, error) {
	return s.cfg.Rewards.Pause(ctx, in.path("reward"), false)
}

func (s *Server) deleteReward(ctx context.Context, in *request) (any, error) {
	return s.cfg.Rewards.Delete(ctx, in.path("reward"))
}
