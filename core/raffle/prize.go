package raffle

import (
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// Which says which rolls are wanted; the zero value is all.
type Which struct {
	Session int64  // those of one session; 0 of any
	UserID  string // those of one viewer; "" of any
	Won     bool   // only wins
	Waiting bool   // only wins whose prize was not given
}

// Give marks the prize of a winning roll as given. A roll that did not win, or
// whose prize was given before, is a core.Conflict.
func Give(tx Tx, id string) (Roll, error) {
	r, err := tx.RaffleRoll(id)
	if err != nil {
		return Roll{}, fmt.Errorf("give the prize of roll %s: %w", id, err)
	}
	switch {
	case r.Voided():
		return Roll{}, core.Because(core.Conflict, "voided", "roll %s does not count: its points went back", id)
	case !r.Won:
		return Roll{}, core.Because(core.Conflict, "not-won", "roll %s did not win: it was %d away", id, r.Distance)
	case r.AnnouncedAt.IsZero():
		return Roll{}, core.Because(core.Conflict, "not-announced", "roll %s is not settled yet: wait a moment", id)
	case !r.GivenAt.IsZero():
		return Roll{}, core.Because(core.Conflict, "given", "the prize of roll %s was given on %s", id, r.GivenAt.Format(time.DateOnly))
	}
	r.GivenAt = tx.Now()
	if err := tx.RaffleSetGiven(id, r.GivenAt); err != nil {
		return Roll{}, fmt.Errorf("give the prize of roll %s: %w", id, err)
	}
	return r, tx.AppendEvent(event.RaffleGiven{RollID: id, Viewer: r.Viewer})
}
