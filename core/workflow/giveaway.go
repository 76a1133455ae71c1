package workflow

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/raffle"
	"sidestage/core/saga"
)

// Giveaway is what the saga of a giveaway is started with, and that of a later
// draw of more winners.
type Giveaway struct {
	ID       int64     `json:"id"`
	ClosesAt time.Time `json:"closesAt,omitzero"` // when it closes by itself
	// Draw is the later draw that the saga tells of; 0 for that of the giveaway
	// itself, which tells of the first one.
	Draw int `json:"draw,omitempty"`
	// Name is what the saga is about, for people.
	Name string `json:"name"`
}

// line is what a step words for chat, and when; without a text nothing is said.
type line struct {
	Text string    `json:"text,omitempty"`
	At   time.Time `json:"at"`
	Over bool      `json:"over,omitempty"` // there is nothing to say after this either
}

// giveaway: tell chat that it is open, wait until it closes, tell how many are
// in, wait for the draw, tell who won. The wait closes it when its time is up,
// whether or not the desk ran all the while.
func (s *Sagas) giveaway(ctx context.Context, run *saga.Run[Tx]) error {
	p, err := saga.Params[Giveaway](run)
	if err != nil {
		return err
	}
	if p.Draw > 0 {
		return s.tellWinners(ctx, run, p.ID, p.Draw)
	}
	if _, err := s.tell(ctx, run, "opening", func(tx Tx) (line, error) { return s.opening(tx, p) }); err != nil {
		return err
	}
	_, err = saga.Await[Tx]{Name: "entries", Deadline: p.ClosesAt, Ready: func(_ context.Context, tx Tx) (bool, error) {
		g, err := tx.Giveaway(p.ID)
		return g.State != raffle.GiveawayOpen, err
	}}.Do(ctx, run)
	if err != nil && core.ReasonOf(err) != "deadline" {
		return err
	}
	closed, err := s.tell(ctx, run, "closing", func(tx Tx) (line, error) { return s.closing(tx, p) })
	if err != nil || closed.Over {
		return err
	}
	_, err = saga.Await[Tx]{Name: "draw", Ready: func(_ context.Context, tx Tx) (bool, error) {
		g, err := tx.Giveaway(p.ID)
		return !g.Live(), err
	}}.Do(ctx, run)
	if err != nil {
		return err
	}
	return s.tellWinners(ctx, run, p.ID, 1)
}

// tell words something in a step of its own and says it.
func (s *Sagas) tell(ctx context.Context, run *saga.Run[Tx], what string, word func(Tx) (line, error)) (line, error) {
	l, err := saga.Local[Tx, line]{Name: "word-" + what, Run: func(_ context.Context, tx Tx) (line, error) {
		l, err := word(tx)
		l.At = tx.Now()
		return l, err
	}}.Do(ctx, run)
	if err != nil || l.Text == "" {
		return l, err
	}
	return l, s.say(ctx, run, "tell-"+what, said{Text: l.Text, Since: l.At})
}

func (s *Sagas) opening(tx Tx, p Giveaway) (line, error) {
	g, err := tx.Giveaway(p.ID)
	if err != nil || g.State != raffle.GiveawayOpen {
		return line{}, err
	}
	return line{Text: s.words().GiveawayOpened(g.Keyword, string(g.Audience))}, nil
}

// closing closes the giveaway if its time is up.
func (s *Sagas) closing(tx Tx, p Giveaway) (line, error) {
	g, err := tx.Giveaway(p.ID)
	if err == nil {
		g, err = raffle.CloseGiveaway(tx, g)
	}
	switch {
	case err != nil:
		return line{}, err
	case g.State == raffle.GiveawayCancelled:
		return line{Over: true}, nil
	case g.State != raffle.GiveawayClosed: // drawn already: the winners say it all
		return line{}, nil
	}
	return line{Text: s.words().GiveawayClosed(g.Entries)}, nil
}

// tellWinners says who won one draw of a giveaway.
func (s *Sagas) tellWinners(ctx context.Context, run *saga.Run[Tx], id int64, draw int) error {
	_, err := s.tell(ctx, run, "winners", func(tx Tx) (line, error) {
		g, err := tx.Giveaway(id)
		var names []string
		for _, w := range g.Winners() {
			if w.Draw == draw {
				names = append(names, w.Viewer.Name)
			}
		}
		if err != nil || len(names) == 0 {
			return line{}, err
		}
		return line{Text: s.words().GiveawayWon(names)}, nil
	})
	return err
}
