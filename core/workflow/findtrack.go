package workflow

import (
	"context"

	"sidestage/core"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// findTrack finds the track that a redemption asks for: by its link, or by
// words. What the text was understood as is stored first, so that a change of
// the settings changes no request that is under way.
func (s *Sagas) findTrack(ctx context.Context, run *saga.Run[Tx], r core.Redemption) (song.Track, error) {
	wish, err := saga.Read[song.Wish]{Name: "parse-link", Run: func(context.Context) (song.Wish, error) {
		return s.Spotify.Understand(r.Input)
	}}.Do(ctx, run)
	if err != nil {
		return song.Track{}, err
	}
	return saga.Read[song.Track]{Name: "get-track", Attempts: lookUpAttempts, Run: func(ctx context.Context) (song.Track, error) {
		return s.Find(ctx, wish, r.Viewer.ID)
	}}.Do(ctx, run)
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
