package workflow

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// handOver waits for a request's turn and puts its track into Spotify's queue.
// It returns the request as it is then: Queued, or Withdrawn, perhaps with its
// copy in Spotify's queue, which is skipped there. The undo of persist-request
// withdraws it from there too.
func (s *Sagas) handOver(ctx context.Context, run *saga.Run[Tx], id string, p song.Policy) (song.Request, error) {
	for {
		turn, err := s.awaitTurn(ctx, run, id, p)
		switch {
		case err != nil:
			return song.Request{}, err
		case turn.Chance == song.Over:
			return turn.Request, nil
		case turn.Chance == song.Late:
			return song.Request{}, core.Because(core.Unavailable, turn.Outage, "Spotify was not available for %s: %s", p.UnavailableFor, turn.Outage)
		}
		occ, err := s.add(ctx, run, turn.Request, p)
		reason := song.OutageOf(err)
		switch {
		case err == nil:
			return s.recordHandover(ctx, run, id, occ)
		case core.ReasonOf(err) == reasonTurn:
			continue
		case reason == "":
			return song.Request{}, err
		}
		if _, err := s.noteOutage(ctx, run, reason); err != nil {
			return song.Request{}, err
		}
	}
}

// awaitTurn waits until something can be decided about a request.
func (s *Sagas) awaitTurn(ctx context.Context, run *saga.Run[Tx], id string, p song.Policy) (song.Turn, error) {
	for {
		turn, err := saga.Local[Tx, song.Turn]{Name: "see-turn", Run: func(_ context.Context, tx Tx) (song.Turn, error) {
			if err := StillWanted(tx, id); err != nil {
				return song.Turn{}, err
			}
			return song.TurnOf(tx, id, p)
		}}.Do(ctx, run)
		if err != nil || turn.Chance != song.Wait {
			return turn, err
		}
		_, err = saga.Await[Tx]{Name: "turn", Deadline: turn.Until, Ready: func(_ context.Context, tx Tx) (bool, error) {
			if gone, err := unwanted(tx, id); gone || err != nil {
				return gone, err
			}
			now, err := song.TurnOf(tx, id, p)
			return now.Chance != song.Wait || !now.Until.Equal(turn.Until), err
		}}.Do(ctx, run)
		if err != nil && core.ReasonOf(err) != saga.ReasonDeadline {
			return song.Turn{}, err
		}
	}
}

// reasonTurn is the reason of an add that was not made because it is not, or no
// longer, the request's turn.
const reasonTurn = "not-its-turn"

// add puts the track of a request into Spotify's queue.
func (s *Sagas) add(ctx context.Context, run *saga.Run[Tx], req song.Request, p song.Policy) (song.Occurrence, error) {
	return saga.Effect[song.Occurrence]{
		Name: "add-to-player", Attempts: addAttempts, Lane: s.adds,
		Before: func(ctx context.Context) (song.Occurrence, error) { return s.lookBeforeAdd(ctx, req, p) },
		Run: func(ctx context.Context, before song.Occurrence) (song.Occurrence, error) {
			return before, definite(s.Spotify.Add(ctx, req.Track.URI), p)
		},
		Probe: func(ctx context.Context, before song.Occurrence) (song.Occurrence, saga.Answer, error) {
			return s.probeAdd(ctx, req, before)
		},
	}.Do(ctx, run)
}

// recordHandover books what stands in Spotify's queue now.
func (s *Sagas) recordHandover(ctx context.Context, run *saga.Run[Tx], id string, occ song.Occurrence) (song.Request, error) {
	return saga.Local[Tx, song.Request]{Name: "record-handover", Run: func(_ context.Context, tx Tx) (song.Request, error) {
		if s.Changed != nil {
			tx.AfterCommit(s.Changed)
		}
		if err := song.HandedOver(tx, id, occ); err != nil {
			return song.Request{}, err
		}
		return tx.SongByID(id)
	}}.Do(ctx, run)
}

// lookBeforeAdd makes sure that the add is still wanted, and notes what the
// player shows, so that a probe can tell.
func (s *Sagas) lookBeforeAdd(ctx context.Context, req song.Request, p song.Policy) (song.Occurrence, error) {
	if err := s.Store.View(ctx, func(tx Tx) error { return StillWanted(tx, req.ID) }); err != nil {
		return song.Occurrence{}, err
	}
	snap, err := s.Spotify.Snapshot(ctx)
	switch {
	case err != nil:
		return song.Occurrence{}, definite(err, p)
	case !snap.Active:
		return song.Occurrence{}, core.Because(core.Denied, song.OutNoDevice, "Spotify has no active device")
	}
	var (
		occ  song.Occurrence
		turn song.Turn
	)
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
		if occ, err = song.Before(tx, req.Track, snap); err == nil {
			turn, err = song.TurnOf(tx, req.ID, p)
		}
		return err
	})
	if err == nil && (turn.Chance == song.Over || turn.Request.Track.URI != req.Track.URI || turn.Chance == song.Wait && turn.Outage == "") {
		err = core.Because(core.Conflict, reasonTurn, "it is not the turn of %s any more", req.ID)
	}
	return occ, err
}

// definite is err, made final where asking again within p's patience is no use:
// somebody has to do something first, or Spotify wants to be left alone for
// longer.
func definite(err error, p song.Policy) error {
	reason := song.OutageOf(err)
	if reason == "" || core.Temporary(err) && reason != "quota-exceeded" && core.RetryAfter(err) <= p.UnavailableFor {
		return err
	}
	return core.Because(core.Denied, reason, "%w", err)
}

// How long and how often a probe watches the player.
const (
	probeWatch = 10 * time.Second
	probeEvery = 2 * time.Second
)

// probeAdd watches the player until the track has risen or ten seconds are
// over: Spotify shows an add late.
func (s *Sagas) probeAdd(ctx context.Context, req song.Request, before song.Occurrence) (song.Occurrence, saga.Answer, error) {
	until := time.Now().Add(probeWatch)
	for reads := 1; ; reads++ {
		snap, err := s.Spotify.Snapshot(ctx)
		switch {
		case err != nil:
			return before, saga.Unknown, err
		case song.Risen(req.Track, before, snap):
			return before, saga.Happened, nil
		case !time.Now().Before(until) && reads > 1:
			return s.concludeAdd(ctx, req, before, snap)
		}
		select {
		case <-time.After(probeEvery):
		case <-ctx.Done():
			return before, saga.Unknown, ctx.Err()
		}
	}
}

// concludeAdd decides about an add that was not seen. Should its copy turn up
// after all, it is a surplus one and will be skipped.
func (s *Sagas) concludeAdd(ctx context.Context, req song.Request, before song.Occurrence, last song.Snapshot) (song.Occurrence, saga.Answer, error) {
	if !song.MustBeVisible(req.Track, before, last) {
		return before, saga.Unknown, nil
	}
	err := s.Store.Update(ctx, func(tx Tx) error { return song.Surplus(tx, req.ID) })
	return before, saga.DidNotHappen, err
}
