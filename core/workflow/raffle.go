package workflow

import (
	"context"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/raffle"
	"sidestage/core/saga"
)

// keyboardRaffle: draw the winning number, draw the roll, record, fulfil,
// announce. Each draw is a step of its own, so a replay never draws again.
func (s *Sagas) keyboardRaffle(ctx context.Context, run *saga.Run[Tx]) error {
	r, err := saga.Params[core.Redemption](run)
	if err != nil {
		return err
	}
	winning, err := draw(ctx, run, "draw-winning-number")
	if err != nil {
		return err
	}
	number, err := draw(ctx, run, "draw-roll")
	if err != nil {
		return err
	}
	roll, err := recordRoll(ctx, run, r, winning, number)
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
	return s.say(ctx, run, "confirm-in-chat", said{Text: rolled(r.Viewer.Name, roll), Since: done.At})
}

func rolled(name string, r raffle.Roll) string {
	if r.Won {
		return chat.RaffleWon(name, r.WinningNumber, r.Roll)
	}
	return chat.RaffleLost(name, r.WinningNumber, r.Roll, r.Distance, r.Record)
}

func draw(ctx context.Context, run *saga.Run[Tx], name string) (int, error) {
	return saga.Read[int]{Name: name, Run: func(context.Context) (int, error) { return raffle.Draw() }}.Do(ctx, run)
}

func recordRoll(ctx context.Context, run *saga.Run[Tx], r core.Redemption, winning, number int) (raffle.Roll, error) {
	return saga.Local[Tx, raffle.Roll]{
		Name: "record-roll",
		Run: func(_ context.Context, tx Tx) (raffle.Roll, error) {
			return raffle.Record(tx, raffle.Roll{ID: r.ID, Viewer: r.Viewer, WinningNumber: winning, Roll: number})
		},
		Undo: func(_ context.Context, tx Tx, roll raffle.Roll) error { return raffle.Void(tx, roll.ID) },
	}.Do(ctx, run)
}
