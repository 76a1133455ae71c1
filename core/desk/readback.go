package desk

import (
	"context"
	"errors"
	"fmt"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/storage"
)

// ReadBack asks Twitch about everything that is in doubt and records the
// answer: redemptions that are open here and may be settled there, and open
// ones there that never reached us. It starts no work; call it when Run has
// returned.
func (d *Desk) ReadBack(ctx context.Context) error {
	err := d.catchUpOnce(ctx)
	var all []core.Redemption
	err = errors.Join(err, d.db.View(ctx, func(tx *storage.Tx) (err error) {
		all, err = tx.Redemptions()
		return err
	}))
	tw := twitchDesk{helix: d.helix, broadcaster: d.broadcaster}
	for _, r := range all {
		if r.Status != core.Unfulfilled {
			continue
		}
		now, askErr := tw.Status(ctx, r)
		if askErr == nil && now != core.Unfulfilled {
			askErr = d.settledThere(ctx, r.ID, now)
		}
		err = errors.Join(err, askErr)
	}
	if err != nil {
		return fmt.Errorf("read back what is in doubt: %w", err)
	}
	return nil
}

func (d *Desk) settledThere(ctx context.Context, id string, now core.Status) error {
	return d.db.Update(ctx, func(tx *storage.Tx) error {
		fresh, err := tx.RedemptionSettle(id, now, "read-back")
		if err != nil || !fresh {
			return err
		}
		if now == core.Fulfilled {
			return tx.AppendEvent(event.RedemptionFulfilled{RedemptionID: id})
		}
		return tx.AppendEvent(event.RedemptionRefunded{RedemptionID: id, Reason: "read-back"})
	})
}
