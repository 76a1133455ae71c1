package workflow

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// songRequest: read the settings, parse, look up, persist, tell chat, wait for
// its turn, hand the track to Spotify. When the points are spent is a setting.
func (s *Sagas) songRequest(ctx context.Context, run *saga.Run[Tx]) error {
	r, err := saga.Params[core.Redemption](run)
	if err != nil {
		return err
	}
	p, err := s.readPolicy(ctx, run)
	if err != nil {
		return err
	}
	track, err := s.findTrack(ctx, run, r, p)
	if err != nil {
		return err
	}
	in, err := s.acceptRequest(ctx, run, asked(r, track, p.Fulfil), p, s.roleOf)
	if err != nil {
		return err
	}
	if p.Fulfil == song.FulfilAccepted {
		if err := s.spend(ctx, run, r); err != nil {
			return err
		}
	}
	wish := chat.Song{Title: track.Name, Artists: track.Artists}
	text := s.words().Accepted(r.Viewer.Name, wish, in.Place, in.Wait)
	if err := s.say(ctx, run, "confirm-in-chat", said{Text: text, Since: in.At, Before: in.At.Add(chatHoldUp)}); err != nil {
		return err
	}
	end, err := s.handOver(ctx, run, r.ID, p)
	if err == nil && !end.State.Final() && p.Fulfil == song.FulfilHeard {
		end, err = s.awaitHeard(ctx, run, r.ID)
	}
	switch {
	case err != nil:
		return err
	case p.Fulfil == song.FulfilAccepted:
		return nil // whatever became of it
	case end.State == song.Withdrawn && !end.Kept:
		return core.Because(core.Denied, end.Reason, "the request was withdrawn: %s", end.Reason)
	case end.State == song.Skipped:
		return core.Because(core.Denied, "skipped", "the track was skipped before it was heard")
	}
	return s.spend(ctx, run, r)
}

// readPolicy reads what chooses the way of a request, once: a replay takes the
// same. What it returns is stored with whatever durable comes next.
func (s *Sagas) readPolicy(ctx context.Context, run *saga.Run[Tx]) (song.Policy, error) {
	return saga.Read[song.Policy]{Name: "read-settings", Run: func(context.Context) (song.Policy, error) {
		return s.Policy(), nil
	}}.Do(ctx, run)
}

// spend books the points as spent: the point of no return.
func (s *Sagas) spend(ctx context.Context, run *saga.Run[Tx], r core.Redemption) error {
	if err := s.fulfil(ctx, run, r); err != nil {
		return err
	}
	_, err := saga.Local[Tx, booked]{Name: "book-fulfilled", Run: func(_ context.Context, tx Tx) (booked, error) {
		return book(tx, r.ID, core.Fulfilled, "")
	}}.Do(ctx, run)
	return err
}

// accepted is a request that came into our queue.
type accepted struct {
	Request song.Request  `json:"request"`
	Place   int           `json:"place"` // among those not yet played, from 1
	Wait    time.Duration `json:"wait"`
	At      time.Time     `json:"at"`
}

// asked is the request of a redemption for a track.
func asked(r core.Redemption, t song.Track, f song.Fulfil) song.Request {
	return song.Request{ID: r.ID, Viewer: r.Viewer, Track: t, RedeemedAt: r.RedeemedAt, Fulfil: f}
}

// acceptRequest puts a request into our queue, unless a command has.
func (s *Sagas) acceptRequest(ctx context.Context, run *saga.Run[Tx], req song.Request, p song.Policy, role roleOf) (accepted, error) {
	return saga.Local[Tx, accepted]{
		Name: "persist-request",
		Run: func(_ context.Context, tx Tx) (in accepted, err error) {
			in.At = tx.Now()
			in.Request, err = tx.SongByID(req.ID)
			if err != nil && core.KindOf(err) == core.NotFound {
				in.Request, err = s.enqueue(tx, req, p, role)
			}
			if err == nil {
				in.Place, in.Wait, err = song.Place(tx, req.ID)
			}
			return in, err
		},
		Undo: func(_ context.Context, tx Tx, in accepted) error {
			reason := "refunded"
			if in.Request.Fulfil == "" {
				reason = "given-up" // nobody paid for it
			}
			return song.Withdraw(tx, in.Request.ID, reason)
		},
	}.Do(ctx, run)
}

// enqueue holds a request against the rules and puts it into our queue.
func (s *Sagas) enqueue(tx Tx, req song.Request, p song.Policy, role roleOf) (_ song.Request, err error) {
	if err := s.checkRules(tx, req, role); err != nil {
		return req, err
	}
	if p.Fair {
		req.Rank, err = song.FairRank(tx, req.Viewer.ID)
	} else {
		req.Rank, err = song.NewRank(tx)
	}
	if err != nil {
		return req, err
	}
	return song.Persist(tx, req)
}

// noteOutage records why Spotify takes nothing.
func (s *Sagas) noteOutage(ctx context.Context, run *saga.Run[Tx], reason string) (time.Time, error) {
	return saga.Local[Tx, time.Time]{Name: "note-outage", Run: func(_ context.Context, tx Tx) (time.Time, error) {
		if s.Changed != nil {
			tx.AfterCommit(s.Changed)
		}
		return tx.Now(), song.GoOut(tx, reason)
	}}.Do(ctx, run)
}

// awaitHeard waits until the player, or somebody, has decided about a request.
func (s *Sagas) awaitHeard(ctx context.Context, run *saga.Run[Tx], id string) (song.Request, error) {
	_, err := saga.Await[Tx]{Name: "heard", Ready: func(_ context.Context, tx Tx) (bool, error) {
		if gone, err := unwanted(tx, id); gone || err != nil {
			return gone, err
		}
		_, decided, err := song.Decided(tx, id)
		return decided, err
	}}.Do(ctx, run)
	if err != nil {
		return song.Request{}, err
	}
	return saga.Local[Tx, song.Request]{Name: "see-outcome", Run: func(_ context.Context, tx Tx) (song.Request, error) {
		if err := StillWanted(tx, id); err != nil {
			return song.Request{}, err
		}
		r, _, err := song.Decided(tx, id)
		return r, err
	}}.Do(ctx, run)
}
