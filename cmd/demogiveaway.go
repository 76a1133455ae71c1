package cmd

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/api"
)

// How long the demo's giveaway is open at most, and how long between its end
// and the draw.
const (
	giveawayOpen  = 2 * time.Minute
	giveawayPause = time.Second
)

// giveaway opens one giveaway as soon as the stream is live, and draws it
// halfway through the demo. One that was left from an earlier run is drawn.
func (d *demo) giveaway(ctx context.Context) {
	c := d.desk.Reach()
	defer c.Close()
	for {
		if now, err := c.Stream(ctx); err == nil && now.Live {
			break
		}
		if !sleep(ctx, 100*time.Millisecond) {
			return
		}
	}
	_, err := c.OpenGiveaway(ctx, api.GiveawayTerms{})
	if err != nil && core.KindOf(err) != core.Conflict {
		d.log.Warn("the demo's giveaway is not open", "error", err)
		return
	}
	if !sleep(ctx, min(d.o.length/2, giveawayOpen)) {
		return
	}
	_, _ = c.CloseGiveaway(ctx, api.GiveawayAction{}) // closed already is as well
	if !sleep(ctx, min(d.o.length/8, giveawayPause)) {
		return
	}
	if _, err := c.DrawGiveaway(ctx, api.GiveawayAction{}); err != nil {
		d.log.Warn("the demo's giveaway is not drawn", "error", err)
	}
}

// endGiveaway cancels a giveaway that nobody drew: its saga would wait for ever.
func (d *demo) endGiveaway(ctx context.Context) {
	c := d.desk.Reach()
	defer c.Close()
	_, _ = c.CancelGiveaway(ctx, api.GiveawayAction{}) // mostly there is none
}

// sleep waits, and reports whether ctx is still on.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
