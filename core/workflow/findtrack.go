package workflow

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// findTrack finds the track that a redemption asks for: by its link, or by
// words. What the text was understood as is stored first, so that a change of
// the settings changes no request that is under way. While Spotify cannot answer
// it waits, as long as p lets a request wait.
func (s *Sagas) findTrack(ctx context.Context, run *saga.Run[Tx], r core.Redemption, p song.Policy) (song.Track, error) {
	wish, err := saga.Read[song.Wish]{Name: "parse-link", Run: func(context.Context) (song.Wish, error) {
		return s.Spotify.Understand(r.Input)
	}}.Do(ctx, run)
	if err != nil {
		return song.Track{}, err
	}
	var until time.Time
	for {
		track, failed := saga.Read[song.Track]{Name: "get-track", Attempts: lookUpAttempts, Run: func(ctx context.Context) (song.Track, error) {
			track, err := s.Find(ctx, wish, r.Viewer.ID)
			return track, definite(err, p)
		}}.Do(ctx, run)
		reason := song.OutageOf(failed)
		if reason == "" {
			return track, failed
		}
		at, err := s.noteOutage(ctx, run, reason)
		switch {
		case err != nil:
			return song.Track{}, err
		case until.IsZero():
			until = at.Add(p.UnavailableFor)
		case !at.Before(until):
			return song.Track{}, failed
		}
		if err := s.awaitSpotify(ctx, run, r.ID, until); err != nil {
			if core.ReasonOf(err) == saga.ReasonDeadline {
				err = failed
			}
			return song.Track{}, err
		}
	}
}

// awaitSpotify waits until an outage is over, until a time. A request that
// nobody wants any more goes on and finds out.
func (s *Sagas) awaitSpotify(ctx context.Context, run *saga.Run[Tx], id string, until time.Time) error {
	_, err := saga.Await[Tx]{Name: "spotify", Deadline: until, Ready: func(_ context.Context, tx Tx) (bool, error) {
		if gone, err := unwanted(tx, id); gone || err != nil {
			return gone, err
		}
		out, err := tx.SongOutage()
		return !out.Stands(), err
	}}.Do(ctx, run)
	return err
}

// Find asks Spotify for the track of a wish: by id, by following a short link,
// or by searching for words, which has to find one that is surely meant.
func (s *Sagas) Find(ctx context.Context, w song.Wish, viewerID string) (song.Track, error) {
	if w.Short != "" {
		id, err := s.Spotify.Follow(ctx, w.Short, viewerID)
		if err != nil {
			return song.Track{}, err
		}
		w.TrackID = id
	}
	if w.TrackID != "" {
		track, err := s.Spotify.Track(ctx, w.TrackID)
		if err == nil || !w.Maybe || core.KindOf(err) != core.NotFound {
			return track, err
		}
	}
	found, err := s.Spotify.Search(ctx, w.Words)
	if err != nil {
		return song.Track{}, err
	}
	return song.Match(w.Words, found)
}
