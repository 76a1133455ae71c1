package workflow

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// songRequest: parse, look up, persist, wait for its turn, hand the track to
// Spotify, fulfil, tell chat.
func (s *Sagas) songRequest(ctx context.Context, run *saga.Run[Tx]) error {
	r, err := saga.Params[core.Redemption](run)
	if err != nil {
		return err
	}
	req, err := s.acceptRequest(ctx, run, r, s.roleOf)
	if err != nil {
		return err
	}
	if err := s.handOver(ctx, run, req); err != nil {
		return err
	}
	if err := s.fulfil(ctx, run, r); err != nil {
		return err
	}
	done, err := saga.Local[Tx, booked]{Name: "book-fulfilled", Run: func(_ context.Context, tx Tx) (booked, error) {
		done, err := book(tx, r.ID, core.Fulfilled, "")
		if err != nil {
			return done, err
		}
		done.Place, err = song.Place(tx, r.ID)
		return done, err
	}}.Do(ctx, run)
	if err != nil {
		return err
	}
	asked := chat.Song{Title: req.Track.Name, Artists: req.Track.Artists}
	return s.say(ctx, run, "confirm-in-chat", said{Text: s.words().Accepted(r.Viewer.Name, asked, done.Place), Since: done.At})
}

// acceptRequest turns what the viewer typed into a pending request.
func (s *Sagas) acceptRequest(ctx context.Context, run *saga.Run[Tx], r core.Redemption, role roleOf) (song.Request, error) {
	track, err := s.findTrack(ctx, run, r)
	if err != nil {
		return song.Request{}, err
	}
	return saga.Local[Tx, song.Request]{
		Name: "persist-request",
		Run: func(_ context.Context, tx Tx) (song.Request, error) {
			req := song.Request{ID: r.ID, Viewer: r.Viewer, Track: track, RedeemedAt: r.RedeemedAt}
			if err := s.checkRules(tx, req, role); err != nil {
				return song.Request{}, err
			}
			return song.Persist(tx, req)
		},
		Undo: func(_ context.Context, tx Tx, req song.Request) error {
			return song.Withdraw(tx, req.ID, "refunded")
		},
	}.Do(ctx, run)
}

// handOver waits for the request's turn and puts its track into Spotify's
// queue. The undo of persist-request withdraws it from there too.
func (s *Sagas) handOver(ctx context.Context, run *saga.Run[Tx], req song.Request) error {
	_, err := saga.Await[Tx]{Name: "turn", Ready: func(_ context.Context, tx Tx) (bool, error) {
		if gone, err := unwanted(tx, req.ID); gone || err != nil {
			return gone, err
		}
		return song.IsNext(tx, req.ID)
	}}.Do(ctx, run)
	if err != nil {
		return err
	}
	occ, err := saga.Effect[song.Occurrence]{
		Name: "add-to-player", Attempts: addAttempts, Lane: s.adds,
		Before: func(ctx context.Context) (song.Occurrence, error) { return s.lookBeforeAdd(ctx, req) },
		Run: func(ctx context.Context, before song.Occurrence) (song.Occurrence, error) {
			return before, s.Spotify.Add(ctx, req.Track.URI)
		},
		Probe: func(ctx context.Context, before song.Occurrence) (song.Occurrence, saga.Answer, error) {
			return s.probeAdd(ctx, req, before)
		},
	}.Do(ctx, run)
	if err != nil {
		return err
	}
	_, err = saga.Local[Tx, saga.None]{Name: "record-handover", Run: func(_ context.Context, tx Tx) (saga.None, error) {
		if s.Changed != nil {
			tx.AfterCommit(s.Changed)
		}
		return saga.None{}, song.HandedOver(tx, req.ID, occ)
	}}.Do(ctx, run)
	return err
}

// lookBeforeAdd notes what the player shows, so that a probe can tell.
func (s *Sagas) lookBeforeAdd(ctx context.Context, req song.Request) (song.Occurrence, error) {
	if err := s.Store.View(ctx, func(tx Tx) error { return StillWanted(tx, req.ID) }); err != nil {
		return song.Occurrence{}, err
	}
	snap, err := s.Spotify.Snapshot(ctx)
	if err != nil {
		return song.Occurrence{}, err
	}
	var occ song.Occurrence
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		occ, err = song.Before(tx, req.Track, snap)
		return err
	})
	return occ, err
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
