package ingest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sidestage/core"
	"sidestage/core/workflow"
)

// The policies of CatchUp.
const (
	CatchUpProcess = "process" // as if nothing had been missed
	CatchUpRefund  = "refund"
	CatchUpAsk     = "ask" // the streamer decides about each
)

// CatchUp is what to do with redemptions nobody told us of, which listing found.
// Those older than Age are refunded, or asked about where the policy asks. The
// zero value processes everything, however old.
type CatchUp struct {
	Policy string
	Age    time.Duration
}

// late is what becomes of r at now; "" is to carry it out.
func (c CatchUp) late(r core.Redemption, now time.Time) string {
	switch {
	case c.Policy == CatchUpAsk:
		return workflow.LateAsk
	case c.Policy == CatchUpRefund, c.Age > 0 && now.Sub(r.RedeemedAt) > c.Age:
		return workflow.LateRefund
	}
	return ""
}

// Caught counts the redemptions that listing brought.
type Caught struct{ Taken, Refunded, Asked int }

// CatchUp takes in redemptions found by listing, oldest first. Those that are
// known change nothing.
func (in *Ingest) CatchUp(ctx context.Context, found []core.Redemption) (c Caught, err error) {
	return in.catchUp(ctx, found, in.cfg.CatchUp)
}

// Return is CatchUp for redemptions whose points go back in any case.
func (in *Ingest) Return(ctx context.Context, found []core.Redemption) (c Caught, err error) {
	return in.catchUp(ctx, found, CatchUp{Policy: CatchUpRefund})
}

func (in *Ingest) catchUp(ctx context.Context, found []core.Redemption, how CatchUp) (c Caught, err error) {
	found = slices.SortedFunc(slices.Values(found), func(a, b core.Redemption) int { return a.RedeemedAt.Compare(b.RedeemedAt) })
	err = in.cfg.Store.Update(ctx, func(tx Tx) error {
		late, err := in.sort(tx, found, how)
		if err != nil {
			return err
		}
		var refunds []int
		var names []string
		for i, l := range late {
			if l.Late == workflow.LateRefund {
				refunds, names = append(refunds, i), append(names, l.Viewer.Name)
			}
		}
		if len(refunds) > workflow.Aloud {
			for _, i := range refunds {
				late[i].Told = true
			}
			late[refunds[0]].For = names
		}
		c, err = in.begin(tx, late)
		return err
	})
	return c, err
}

// sort says what becomes of those that are ours and not known.
func (in *Ingest) sort(tx Tx, found []core.Redemption, how CatchUp) ([]workflow.Late, error) {
	var late []workflow.Late
	for _, r := range found {
		kind, _ := in.cfg.Rewards().kind(r.RewardID)
		_, err := tx.RedemptionStatus(r.ID)
		switch {
		case kind == "" || err == nil:
			continue
		case core.KindOf(err) != core.NotFound:
			return nil, err
		}
		late = append(late, workflow.Late{Redemption: r, Late: how.late(r, tx.Now())})
	}
	return late, nil
}

// begin stores them and starts their sagas.
func (in *Ingest) begin(tx Tx, late []workflow.Late) (c Caught, err error) {
	for _, l := range late {
		fresh, err := in.redeem(tx, l)
		switch {
		case err != nil:
			return c, fmt.Errorf("take in redemption %s: %w", l.ID, err)
		case !fresh: // named twice
		case l.Late == workflow.LateRefund:
			c.Refunded++
		case l.Late == workflow.LateAsk:
			c.Asked++
		default:
			c.Taken++
		}
	}
	return c, nil
}
