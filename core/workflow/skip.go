package workflow

import (
	"context"
	"strconv"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// skipped is what a command wants skipped: one occurrence and no other, however
// late that is done.
type skipped struct {
	Occurrence string    `json:"occurrence"`
	Song       chat.Song `json:"song"`
	Votes      int       `json:"votes,omitempty"` // that asked for it; 0 when a moderator did
}

// answerSkip has what plays skipped.
func (s *Sagas) answerSkip(tx Tx, c Command) (answered, error) {
	now, err := song.NowPlaying(tx)
	if err != nil || now.Current == nil {
		return answered{Text: s.words().NothingPlaying(c.Viewer.Name)}, err
	}
	return answered{Skip: &skipped{Occurrence: strconv.FormatInt(now.Turn, 10), Song: spoken(*now.Current)}}, nil
}

// answerVote counts a vote to skip what plays. Votes are for one occurrence:
// when another one plays, they are none.
func (s *Sagas) answerVote(tx Tx, c Command) (answered, error) {
	now, err := song.NowPlaying(tx)
	if err != nil || now.Current == nil {
		return answered{Text: s.words().NothingPlaying(c.Viewer.Name)}, err
	}
	fresh, votes, err := tx.SongVote(now.Turn, c.Viewer.ID)
	switch needed := s.votes(); {
	case err != nil:
		return answered{}, err
	case !fresh:
		return answered{Text: s.words().VotedAlready(c.Viewer.Name, votes, needed)}, nil
	case votes < needed:
		return answered{Text: s.words().Voted(c.Viewer.Name, votes, needed)}, nil
	}
	return answered{Skip: &skipped{Occurrence: strconv.FormatInt(now.Turn, 10), Song: spoken(*now.Current), Votes: votes}}, nil
}

func (s *Sagas) votes() int {
	if s.Votes == nil {
		return 1
	}
	return max(s.Votes(), 1)
}

// skipResult is what the player was told. Refused is why it was not.
type skipResult struct {
	Done    bool   `json:"done"`
	Refused string `json:"refused,omitempty"`
}

// skip skips an occurrence and words what came of it. It is tried once: a second
// skip would be of another song.
func (s *Sagas) skip(ctx context.Context, run *saga.Run[Tx], c Command, what skipped) (string, error) {
	got, err := saga.Effect[skipResult]{Name: "skip", BestEffort: true, Run: func(ctx context.Context, _ skipResult) (skipResult, error) {
		err := s.Skip(ctx, what.Occurrence)
		switch core.KindOf(err) {
		case core.Conflict, core.Unavailable, core.LoginRequired, core.Denied, core.NotFound:
			return skipResult{Refused: core.ReasonOf(err)}, nil // nothing was skipped, for certain
		default:
			return skipResult{Done: err == nil}, err
		}
	}}.Do(ctx, run)
	words, name := s.words(), c.Viewer.Name
	switch {
	case err != nil:
		return "", err
	case got.Done && what.Votes > 0:
		return words.VotedOut(name, what.Song, what.Votes), nil
	case got.Done:
		return words.Skipped(name, what.Song), nil
	case got.Refused == "not-current" || got.Refused == "nothing-playing":
		return words.OverAlready(name, what.Song), nil
	}
	return words.NotSkipped(name, what.Song), nil
}
