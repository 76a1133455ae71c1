package workflow

import (
	"context"

	"sidestage/core"
	"sidestage/core/saga"
)

// deskRequest is a song request that cost nobody points: it waits for its turn
// like all others and is handed to Spotify, but nothing is settled and chat
// hears nothing. Whoever it is for, the rules take it as the streamer's. Its params are a redemption without a reward.
func (s *Sagas) deskRequest(ctx context.Context, run *saga.Run[Tx]) error {
	r, err := saga.Params[core.Redemption](run)
	if err != nil {
		return err
	}
	req, err := s.acceptRequest(ctx, run, r, asStreamer)
	if err != nil {
		return err
	}
	return s.handOver(ctx, run, req)
}
