package workflow

import (
	"context"
	"strconv"
	"strings"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// answerWhen tells a viewer when their next request plays.
func (s *Sagas) answerWhen(tx Tx, c Command) (string, error) {
	now, err := song.NowPlaying(tx)
	if err != nil {
		return "", err
	}
	mine, err := unplayedOf(tx, c.Viewer)
	switch {
	case err != nil:
		return "", err
	case now.Current != nil && now.Current.RequestID != "" && now.Current.Viewer.ID == c.Viewer.ID:
		return s.words().WhenNow(c.Viewer.Name), nil
	case len(mine) == 0:
		return s.words().WhenNever(c.Viewer.Name), nil
	}
	place, wait, err := song.Place(tx, mine[0].ID)
	return s.words().When(c.Viewer.Name, asSong(mine[0]), place, wait), err
}

// unplayedOf lists the requests of a viewer that wait, in the order of play.
func unplayedOf(tx Tx, v core.Viewer) ([]song.Request, error) {
	all, err := tx.SongUnplayed()
	var mine []song.Request
	for _, r := range all {
		if r.Viewer.ID == v.ID {
			mine = append(mine, r)
		}
	}
	return mine, err
}

func asSong(r song.Request) chat.Song {
	return chat.Song{Title: r.Track.Name, Artists: r.Track.Artists, Requester: r.Viewer.Name}
}

// reasonWrongSong is the reason of a request that its viewer took back.
const reasonWrongSong = "wrongsong"

// answerWrongSong takes a viewer's latest request back. Where its points return,
// its own saga says so.
func (s *Sagas) answerWrongSong(tx Tx, c Command) (answered, error) {
	mine, err := unplayedOf(tx, c.Viewer)
	if err != nil || len(mine) == 0 {
		return answered{Text: s.words().WhenNever(c.Viewer.Name)}, err
	}
	latest := mine[0]
	for _, r := range mine {
		if r.RedeemedAt.After(latest.RedeemedAt) {
			latest = r
		}
	}
	gone, err := song.Remove(tx, latest.ID, reasonWrongSong, false)
	if err != nil || gone.Points == song.PointsReturn {
		return answered{Gone: []song.Removal{gone}}, err
	}
	return answered{Text: s.words().Removed(c.Viewer.Name, asSong(latest), gone.Points == song.PointsSpent), Gone: []song.Removal{gone}}, nil
}

// place finds the request at a place of the queue, as !queue numbers it.
func place(tx Tx, arg string) (song.Entry, error) {
	word, _ := chat.Words(arg)
	n, err := strconv.Atoi(strings.TrimPrefix(word, "#"))
	if err != nil || n < 1 || n > maxPlace {
		return song.Entry{}, core.Because(core.Invalid, "no-place", "%q is no place of the queue", word)
	}
	next, _, err := song.Queue(tx, n)
	if err != nil {
		return song.Entry{}, err
	}
	if len(next) < n || next[n-1].RequestID == "" {
		return song.Entry{}, core.Because(core.NotFound, "no-place", "nobody's request is at %d", n)
	}
	return next[n-1], nil
}

// maxPlace is the last place of the queue that chat can name.
const maxPlace = 100

// answerRemove takes the request at a place of the queue away.
func (s *Sagas) answerRemove(tx Tx, c Command) (answered, error) {
	e, err := place(tx, c.Arg)
	if err != nil {
		return answered{}, err
	}
	gone, err := song.Remove(tx, e.RequestID, "removed", false)
	return answered{
		Text: s.words().Removed(c.Viewer.Name, spoken(e), gone.Points == song.PointsSpent), Gone: []song.Removal{gone},
	}, err
}

// answerPromote puts the request at a place of the queue before all that wait.
func (s *Sagas) answerPromote(tx Tx, c Command) (string, error) {
	e, err := place(tx, c.Arg)
	if err == nil {
		err = song.Promote(tx, e.RequestID)
	}
	return s.words().Promoted(c.Viewer.Name, spoken(e)), err
}

// answerRequests opens and closes requests, or says which they are.
func (s *Sagas) answerRequests(tx Tx, c Command) (string, error) {
	verb, reason := chat.Words(c.Arg)
	var (
		g   song.Gate
		err error
	)
	switch strings.ToLower(verb) {
	case "on", "open":
		err = song.OpenGate(tx)
	case "off", "close":
		g, err = song.CloseGate(tx, reason)
	case "":
		g, err = tx.SongGate()
		return s.words().Requests(c.Viewer.Name, !g.Closed()), err
	default:
		return s.words().Usage(c.Viewer.Name, usage(c.Name)), nil
	}
	if err == nil && s.Closed != nil {
		err = s.Closed(tx, g.Closed())
	}
	return s.words().Requests(c.Viewer.Name, !g.Closed()), err
}

// found is what a viewer's wish came to: a track, or why there is none.
type found struct {
	Track   *song.Track `json:"track,omitempty"`
	Refused string      `json:"refused,omitempty"` // as chat hears it
}

// chatRequest takes a song request from chat, without points: looked up and held
// against the rules here, waiting and handed over as a request from the desk.
func (s *Sagas) chatRequest(ctx context.Context, run *saga.Run[Tx], c Command) error {
	got, err := saga.Read[found]{Name: "get-track", Attempts: lookUpAttempts, Run: func(ctx context.Context) (found, error) {
		return s.findFor(ctx, c)
	}}.Do(ctx, run)
	switch kind := core.KindOf(err); {
	case err == nil:
	case kind == core.Unavailable, kind == core.RateLimited: // to the end: the viewer waits for a word
		got = found{Refused: s.words().Declined(c.Viewer.Name, err)}
	default:
		return err
	}
	text, err := saga.Local[Tx, string]{Name: "compose", Run: func(_ context.Context, tx Tx) (string, error) {
		return s.takeRequest(tx, "sr-"+run.ID(), c, got)
	}}.Do(ctx, run)
	if err != nil {
		return err
	}
	return s.say(ctx, run, "reply", said{Text: text, ReplyTo: run.ID(), Since: c.At})
}

// findFor looks up what a viewer wants to hear. What can be said to them is no
// error; nor is that Spotify wants to be left alone for longer than they wait.
func (s *Sagas) findFor(ctx context.Context, c Command) (found, error) {
	wish, err := s.Spotify.Understand(c.Arg)
	if err == nil {
		var track song.Track
		if track, err = s.Find(ctx, wish, c.Viewer.ID); err == nil {
			return found{Track: &track}, nil
		}
	}
	if core.Temporary(err) && core.RetryAfter(err) <= chatHoldUp {
		return found{}, err
	}
	return found{Refused: s.words().Declined(c.Viewer.Name, err)}, nil
}

// takeRequest puts a request into our queue and starts the saga that hands it
// over, in one transaction with the answer.
func (s *Sagas) takeRequest(tx Tx, id string, c Command, got found) (string, error) {
	if got.Track == nil {
		return got.Refused, nil
	}
	req := song.Request{ID: id, Viewer: c.Viewer, Track: *got.Track, RedeemedAt: c.At}
	role := func(Tx, core.Viewer) (chat.Role, error) { return chat.Strongest(c.Roles), nil }
	_, err := s.enqueue(tx, req, s.Policy(), role)
	switch core.KindOf(err) {
	case core.Invalid, core.NotFound, core.Conflict, core.Denied:
		return s.words().Declined(c.Viewer.Name, err), nil
	default:
		if err != nil {
			return "", err
		}
	}
	params := Free{Redemption: core.Redemption{ID: id, Viewer: c.Viewer, Input: c.Arg, RedeemedAt: c.At}, Track: got.Track}
	if _, _, err := s.Start(tx, DeskRequest, id, c.At, params); err != nil {
		return "", err
	}
	at, wait, err := song.Place(tx, id)
	return s.words().Accepted(c.Viewer.Name, asSong(req), at, wait), err
}
