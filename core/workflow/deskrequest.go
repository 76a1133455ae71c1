package workflow

import (
	"context"

	"sidestage/core"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// deskRequest is a song request that cost nobody points: it waits for its turn
// like all others and is handed to Spotify, but nothing is settled and chat
// hears nothing. Whoever it is for, the rules take it as the streamer's. Its params are a redemption without a reward.
func (s *Sagas) deskRequest(ctx context.Context, run *saga.Run[Tx]) error {
	r, err := saga.Params[core.Redemption](run)
	if err != nil {
		return err
	}
	p, err := s.readPolicy(ctx, run)
	if err != nil {
		return err
	}
	p.Fulfil = "" // nobody paid
	if _, err := s.acceptRequest(ctx, run, r, p, asStreamer); err != nil {
		return err
	}
	end, err := s.handOver(ctx, run, r.ID, p)
	if err == nil && end.State == song.Withdrawn {
		err = core.Because(core.Denied, end.Reason, "the request was withdrawn: %s", end.Reason)
	}
	return err
}
