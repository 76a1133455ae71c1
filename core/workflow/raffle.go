package workflow

import (
	"context"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/raffle"
	"sidestage/core/saga"
)

// keyboardRaffle: draw both numbers and record them, fulfil, announce. The draw
// is the first step and stores which seed it took; from then on the roll is what
// that seed makes of the redemption.
func (s *Sagas) keyboardRaffle(ctx context.Context, run *saga.Run[Tx]) error {
	r, err := saga.Params[core.Redemption](run)
	if err != nil {
		return err
	}
	roll, err := saga.Local[Tx, raffle.Roll]{
		Name: "record-roll",
		Run: func(_ context.Context, tx Tx) (raffle.Roll, error) {
			return raffle.Draw(tx, r.ID, r.Viewer, s.highest())
		},
		Undo: func(_ context.Context, tx Tx, roll raffle.Roll) error { return raffle.Void(tx, roll.ID) },
	}.Do(ctx, run)
	if err != nil {
		return err
	}
	if err := s.fulfil(ctx, run, r); err != nil {
		return err
	}
	done, err := saga.Local[Tx, booked]{Name: "announce-roll", Run: func(_ context.Context, tx Tx) (booked, error) {
		if err := raffle.Announce(tx, r.ID); err != nil {
			return booked{}, err
		}
		return book(tx, r.ID, core.Fulfilled, "")
	}}.Do(ctx, run)
	if err != nil {
		return err
	}
	return s.say(ctx, run, "confirm-in-chat", said{Text: rolled(s.words(), r.Viewer.Name, roll), Since: done.At})
}

func rolled(words chat.Texts, name string, r raffle.Roll) string {
	if r.Won {
		return words.RaffleWon(name, r.WinningNumber, r.Roll)
	}
	return words.RaffleLost(name, r.WinningNumber, r.Roll, r.Distance, r.Record)
}
