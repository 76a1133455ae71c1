package web

import (
	"context"
	"strconv"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/saga"
	"sidestage/core/song"
)

func (s *Server) nowPlaying(ctx context.Context, _ *request) (any, error) {
	return read(ctx, s, nowPlaying)
}

func (s *Server) queue(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) (api.Queue, error) { return queue(tx, limit) })
}

// maxKey is the longest key of an add, in bytes.
const maxKey = 128

func (s *Server) addToQueue(ctx context.Context, in *request) (any, error) {
	var r api.AddRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	key := in.r.Header.Get(api.KeyHeader)
	if len(key) > maxKey {
		return nil, core.Because(core.Invalid, "key", "the key is longer than %d bytes", maxKey)
	}
	id, created, err := s.cfg.Songs.Add(ctx, r, key)
	if err != nil {
		return nil, err
	}
	started, err := s.sagaByID(ctx, id)
	return api.Added{Saga: started, New: created}, err
}

// maxSearch is the longest text to search for, in bytes.
const maxSearch = 500

func (s *Server) search(ctx context.Context, in *request) (any, error) {
	text := in.query.Get("q")
	if text == "" || len(text) > maxSearch {
		return nil, core.Because(core.Invalid, "query", "q is what to search for, up to %d bytes", maxSearch)
	}
	found, taken, refused, err := s.cfg.Songs.Search(ctx, text)
	if err != nil {
		return nil, err
	}
	answer := api.Search{Tracks: []api.Track{}}
	for _, t := range found {
		answer.Tracks = append(answer.Tracks, track(song.Entry{Track: t}))
	}
	if refused != nil {
		answer.Refused = refused.Error()
	} else {
		answer.Taken = found[taken].ID
	}
	return answer, nil
}

func (s *Server) skip(ctx context.Context, in *request) (any, error) {
	var r api.SkipRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	skipped, err := s.cfg.Songs.Skip(ctx, r.Occurrence)
	if err != nil {
		return nil, err
	}
	return api.Skipped{Track: track(*skipped.Current), Occurrence: occurrence(skipped.Turn)}, nil
}

func (s *Server) history(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) (api.History, error) {
		played, total, err := song.History(tx, limit)
		h := api.History{Requests: []api.PlayedTrack{}, TotalCount: total}
		for _, p := range played {
			r := p.Request
			e := song.Entry{Track: r.Track, RequestID: r.ID, Viewer: r.Viewer, RedeemedAt: r.RedeemedAt}
			h.Requests = append(h.Requests, api.PlayedTrack{
				Track: track(e), StartedAt: p.StartedAt, EndedAt: p.EndedAt, Outcome: string(p.Outcome),
			})
		}
		return h, err
	})
}

// read answers from one snapshot.
func read[A any](ctx context.Context, s *Server, fn func(Tx) (A, error)) (a A, err error) {
	err = s.cfg.Store.View(ctx, func(tx Tx) (err error) {
		a, err = fn(tx)
		return err
	})
	return a, err
}

func nowPlaying(tx Tx) (api.NowPlaying, error) {
	now, err := song.NowPlaying(tx)
	if err != nil {
		return api.NowPlaying{}, err
	}
	out, err := outage(tx)
	if err != nil || now.Current == nil {
		return api.NowPlaying{Outage: out}, err
	}
	current := track(*now.Current)
	return api.NowPlaying{
		Track: &current, Occurrence: occurrence(now.Turn), Playing: now.Playing,
		ProgressMs: now.Progress.Milliseconds(), At: now.At, Outage: out,
	}, nil
}

// occurrence is a turn as the API names it; "" before the first.
func occurrence(turn int64) string {
	if turn == 0 {
		return ""
	}
	return strconv.FormatInt(turn, 10)
}

// queue lists what comes next and when.
func queue(tx Tx, limit int) (api.Queue, error) {
	next, total, err := song.Queue(tx, limit)
	if err != nil {
		return api.Queue{}, err
	}
	now, err := song.NowPlaying(tx)
	if err != nil {
		return api.Queue{}, err
	}
	q, wait := api.Queue{Tracks: []api.QueuedTrack{}, TotalCount: total}, left(now, tx.Now())
	for i, e := range next {
		t := api.QueuedTrack{Track: track(e), Position: i + 1, State: string(e.State), WaitMs: wait.Milliseconds()}
		if err := standing(tx, e, &t); err != nil {
			return api.Queue{}, err
		}
		q.Tracks = append(q.Tracks, t)
		wait += e.Track.Duration
	}
	g, err := tx.SongGate()
	if err != nil {
		return api.Queue{}, err
	}
	q.Requests = gate(g)
	q.Outage, err = outage(tx)
	return q, err
}

// standing adds what is known of a request that waits.
func standing(tx Tx, e song.Entry, t *api.QueuedTrack) error {
	if e.RequestID == "" {
		return nil
	}
	r, err := tx.SongByID(e.RequestID)
	if err != nil {
		return err
	}
	points, err := song.PointsOf(tx, r)
	if t.Points = string(points); err != nil || e.State != song.Pending {
		return err
	}
	t.NeedsDecision, err = stuck(tx, e.RequestID)
	return err
}

// left is how long what is current still plays.
func left(now song.Now, at time.Time) time.Duration {
	if now.Current == nil {
		return 0
	}
	played := now.Progress
	if now.Playing {
		played += max(at.Sub(now.At), 0)
	}
	return max(now.Current.Track.Duration-played, 0)
}

// stuck reports whether the saga of a request waits for a person.
func stuck(tx Tx, id string) (bool, error) {
	s, err := tx.SagaByID(id)
	if err != nil && core.KindOf(err) == core.NotFound {
		return false, nil
	}
	return s.State == saga.NeedsDecision || s.State == saga.Failed, err
}

// track is an entry as the API shows it.
func track(e song.Entry) api.Track {
	t := api.Track{
		ID: e.Track.ID, URI: e.Track.URI, Name: e.Track.Name, Artists: list(e.Track.Artists), Album: e.Track.Album,
		AlbumCoverURL: e.Track.CoverURL, DurationMs: e.Track.Duration.Milliseconds(), Source: api.SourceAutoplay,
	}
	if e.RequestID != "" {
		t.Source, t.EventID, t.RequestedAt = api.SourceUser, e.RequestID, e.RedeemedAt
		t.RequesterUserID, t.RequesterDisplayName = e.Viewer.ID, e.Viewer.Name
	}
	return t
}

// list is never null in JSON.
func list[E any](s []E) []E {
	if s == nil {
		return []E{}
	}
	return s
}
