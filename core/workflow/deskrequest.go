package workflow

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// Free is a request that cost nobody points, as a saga's params.
type Free struct {
	core.Redemption // without a reward
	// Track is what a viewer in chat was told is in the queue; nil for a request
	// from the desk, of which chat hears nothing.
	Track *song.Track `json:"track,omitempty"`
}

// deskRequest is a song request that cost nobody points: it waits for its turn
// like all others and is handed to Spotify, but nothing is settled. Of one from
// the desk chat hears nothing; whoever it is for, the rules take it as the
// streamer's.
func (s *Sagas) deskRequest(ctx context.Context, run *saga.Run[Tx]) error {
	r, err := saga.Params[Free](run)
	if err != nil {
		return err
	}
	p, err := s.readPolicy(ctx, run)
	if err != nil {
		return err
	}
	p.Fulfil = "" // nobody paid
	if r.Track == nil {
		track, err := s.findTrack(ctx, run, r.Redemption, p)
		if err != nil {
			return err
		}
		r.Track = &track
	}
	if _, err := s.acceptRequest(ctx, run, asked(r.Redemption, *r.Track, ""), p, asStreamer); err != nil {
		return err
	}
	end, err := s.handOver(ctx, run, r.ID, p)
	if err == nil && end.State == song.Withdrawn {
		err = core.Because(core.Denied, end.Reason, "the request was withdrawn: %s", end.Reason)
	}
	return err
}

// tellGivenUp tells chat that a viewer's request from chat came to nothing. Who
// took theirs back has had an answer to that.
func (s *Sagas) tellGivenUp(ctx context.Context, run *saga.Run[Tx], cause error) error {
	r, err := saga.Params[Free](run)
	if err != nil || r.Track == nil || core.ReasonOf(cause) == reasonWrongSong {
		return err
	}
	at, err := saga.Local[Tx, time.Time]{Name: "note-given-up", Run: func(_ context.Context, tx Tx) (time.Time, error) {
		return tx.Now(), nil
	}}.Do(ctx, run)
	if err != nil {
		return err
	}
	return s.say(ctx, run, "tell-chat", said{Text: s.words().Declined(r.Viewer.Name, cause), Since: at})
}
