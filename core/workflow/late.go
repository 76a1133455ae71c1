package workflow

import (
	"context"

	"sidestage/core"
	"sidestage/core/saga"
)

// What becomes of a redemption that was found late: it was made while the desk
// heard nothing.
const (
	LateRefund = "refund" // its points go back
	LateAsk    = "ask"    // a person decides
)

// Late is what the saga of a redemption that was found late is started with.
type Late struct {
	core.Redemption
	Late string `json:"late,omitempty"` // LateRefund or LateAsk; "" for one in time
	// Told says that another saga's line in chat speaks for this one too.
	Told bool `json:"told,omitempty"`
	// For names the viewers this one's line in chat speaks for, when they are
	// several.
	For []string `json:"for,omitempty"`
}

// Aloud is how many refunds of one cause are told in chat one by one; more share
// a line.
const Aloud = 3

// stepLate is the question of LateAsk.
const stepLate = "take-late"

func errLate() error {
	return core.Because(core.Denied, "late", "it was made while the desk was away")
}

// timely lets body have the redemptions that are to be carried out.
func timely(body func(context.Context, *saga.Run[Tx]) error) func(context.Context, *saga.Run[Tx]) error {
	return func(ctx context.Context, run *saga.Run[Tx]) error {
		p, err := saga.Params[Late](run)
		switch {
		case err != nil:
			return err
		case p.Late == LateRefund:
			return errLate()
		case p.Late == LateAsk:
			err := saga.Ask{Name: stepLate, Question: "it was made while the desk was away: yes carries it out, no returns the points"}.Do(ctx, run)
			if core.ReasonOf(err) == saga.ReasonNo {
				return errLate()
			}
			if err != nil {
				return err
			}
		}
		return body(ctx, run)
	}
}
