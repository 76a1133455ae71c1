package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/stream"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// remembered is how long Twitch surely lists a settled redemption. It says
// nothing about it; lists of a week were seen.
const remembered = 5 * 24 * time.Hour

// Points implements web.Books. Both sides are read as they are, one after the
// other: while viewers redeem, what comes in between is a difference that is
// gone at the next look.
func (d *Desk) Points(ctx context.Context, session int64) (api.PointsReport, error) {
	theirs, err := d.listed(ctx)
	if err != nil {
		return api.PointsReport{}, fmt.Errorf("read Twitch's books: %w", err)
	}
	var of stream.Session
	var ours []core.Redemption
	err = d.db.View(ctx, func(tx *storage.Tx) (err error) {
		if of, err = tx.StreamSession(session); err != nil {
			return err
		}
		ours, err = tx.RedemptionsBetween(of.StartedAt, of.EndedAt)
		return err
	})
	if err != nil {
		return api.PointsReport{}, fmt.Errorf("report points: %w", err)
	}
	r := api.PointsReport{SessionID: of.Key(), From: of.StartedAt, Until: of.EndedAt, Differences: []api.PointsDifference{}}
	for _, one := range ours {
		count(&r, one)
		compare(&r, one, theirs)
		delete(theirs, one.ID)
	}
	for _, one := range theirs {
		if !one.RedeemedAt.Before(of.StartedAt) && (of.Live() || one.RedeemedAt.Before(of.EndedAt)) {
			r.Differences = append(r.Differences, api.PointsDifference{
				RedemptionID: one.ID, Viewer: one.Viewer.Name, Here: "unknown", Twitch: strings.ToLower(string(one.Status)),
			})
		}
	}
	slices.SortFunc(r.Differences, func(a, b api.PointsDifference) int { return cmp.Compare(a.RedemptionID, b.RedemptionID) })
	r.Balanced = len(r.Differences) == 0
	return r, nil
}

// listed is everything Twitch lists of our rewards, by id.
func (d *Desk) listed(ctx context.Context) (map[string]twitch.Redemption, error) {
	all := map[string]twitch.Redemption{}
	for _, reward := range []string{d.ourRewards().Song, d.ourRewards().Raffle} {
		if reward == "" {
			continue
		}
		// Settled ones last: what is settled in between is then seen as such.
		for _, status := range []twitch.Status{twitch.Unfulfilled, twitch.Fulfilled, twitch.Canceled} {
			for r, err := range d.helix.Redemptions(ctx, d.broadcaster(), reward, status) {
				if err != nil {
					return nil, err
				}
				all[r.ID] = r
			}
		}
	}
	return all, nil
}

// count adds a redemption to a report.
func count(r *api.PointsReport, one core.Redemption) {
	sums := []*api.Points{&r.Taken, &r.Open}
	switch one.Status {
	case core.Fulfilled:
		sums[1] = &r.Fulfilled
	case core.Canceled:
		sums[1] = &r.Refunded
	case core.Unfulfilled:
	}
	for _, sum := range sums {
		sum.Redemptions++
		sum.Points += one.Cost
	}
}

// compare holds a redemption against Twitch's books.
func compare(r *api.PointsReport, one core.Redemption, theirs map[string]twitch.Redemption) {
	status := "unknown"
	if there, ok := theirs[one.ID]; ok {
		r.Checked++
		status = strings.ToLower(string(there.Status))
	} else if one.Status != core.Unfulfilled && time.Since(one.RedeemedAt) > remembered {
		return
	}
	if status != string(one.Status) {
		r.Differences = append(r.Differences, api.PointsDifference{
			RedemptionID: one.ID, Viewer: one.Viewer.Name, Here: string(one.Status), Twitch: status,
		})
	}
}
