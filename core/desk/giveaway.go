package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/core/token"
	"sidestage/core/twitch"
	"sidestage/core/workflow"
	"sidestage/storage"
)

// entryWord is the keyword of the giveaway that is open, "" when none is: every
// line of chat is held against it, so it is kept in memory.
func (d *Desk) entryWord() string {
	if word := d.keyword.Load(); word != nil {
		return *word
	}
	return ""
}

// recallGiveaway looks whether a giveaway is open from before.
func (d *Desk) recallGiveaway(ctx context.Context) error {
	g, err := d.giveaway(ctx, 0)
	if err == nil && g.State == raffle.GiveawayOpen {
		d.keyword.Store(&g.Keyword)
	}
	if core.KindOf(err) == core.NotFound {
		return nil
	}
	return err
}

// giveawayHeard keeps the keyword in step with what was committed. It never
// blocks.
func (d *Desk) giveawayHeard(rs []event.Record) {
	for _, r := range rs {
		switch r.Type {
		case event.GiveawayOpened{}.Type():
			if e, err := event.Decode(r); err == nil {
				word := e.(event.GiveawayOpened).Keyword //nolint:forcetypeassert // the type was compared
				d.keyword.Store(&word)
			}
		case event.GiveawayClosed{}.Type(), event.GiveawayDrawn{}.Type(), event.GiveawayCancelled{}.Type():
			d.keyword.Store(nil)
		}
	}
}

// giveaway is the one with that id, the newest for 0.
func (d *Desk) giveaway(ctx context.Context, id int64) (g raffle.Giveaway, err error) {
	err = d.db.View(ctx, func(tx *storage.Tx) (err error) {
		g, err = tx.Giveaway(id)
		return err
	})
	return g, err
}

// OpenGiveaway implements web.Raffle.
func (d *Desk) OpenGiveaway(ctx context.Context, t raffle.Terms) (g raffle.Giveaway, err error) {
	word, bang := strings.CutPrefix(raffle.Keyword(t.Keyword), "!")
	if bang && slices.Contains(d.commands.Names(chat.Broadcaster), word) {
		return g, core.Because(core.Invalid, "keyword", "!%s is a chat command: take another keyword", word)
	}
	if t.Audience == raffle.Followers {
		if err := d.seesFollowers(ctx); err != nil {
			return g, err
		}
	}
	err = d.db.Update(ctx, func(tx *storage.Tx) error {
		if g, err = raffle.OpenGiveaway(tx, t); err != nil {
			return err
		}
		p := workflow.Giveaway{ID: g.ID, ClosesAt: g.ClosesAt, Name: g.Keyword}
		_, _, err = d.engine.Start(tx, workflow.GiveawayKind, g.Key(), tx.Now(), p)
		return err
	})
	return g, err
}

// seesFollowers refuses what needs to know who follows where the login was not
// granted that. Twitch would not say so: it answers that nobody follows.
func (d *Desk) seesFollowers(ctx context.Context) error {
	st, err := d.LoginStatus(ctx, PlatformTwitch, false)
	switch {
	case err != nil:
		return err
	case st.State == token.StateLoggedOut:
		return core.E(core.LoginRequired, "who follows is not known without a login: sidestage auth login twitch")
	case st.Scopes != nil && !slices.Contains(st.Scopes, twitch.ScopeReadFollowers):
		return core.Because(core.Denied, "missing-scope",
			"the Twitch login may not see who follows: log in again (sidestage auth login twitch) and grant %s", twitch.ScopeReadFollowers)
	}
	return nil
}

// CloseGiveaway implements web.Raffle.
func (d *Desk) CloseGiveaway(ctx context.Context, id int64) (raffle.Giveaway, error) {
	return d.changeGiveaway(ctx, id, func(tx *storage.Tx, g raffle.Giveaway) (raffle.Giveaway, error) {
		if g.State != raffle.GiveawayOpen {
			return g, core.Because(core.Conflict, "giveaway-state", "%s is %s", g.Key(), g.State)
		}
		return raffle.CloseGiveaway(tx, g)
	})
}

// CancelGiveaway implements web.Raffle.
func (d *Desk) CancelGiveaway(ctx context.Context, id int64) (raffle.Giveaway, error) {
	return d.changeGiveaway(ctx, id, func(tx *storage.Tx, g raffle.Giveaway) (raffle.Giveaway, error) {
		return raffle.CancelGiveaway(tx, g)
	})
}

// changeGiveaway changes the newest giveaway, if that is the one with the id; 0
// is whichever it is.
func (d *Desk) changeGiveaway(ctx context.Context, id int64, change func(*storage.Tx, raffle.Giveaway) (raffle.Giveaway, error)) (g raffle.Giveaway, err error) {
	err = d.db.Update(ctx, func(tx *storage.Tx) error {
		if g, err = tx.Giveaway(0); err != nil {
			return err
		}
		if id != 0 && g.ID != id {
			return core.Because(core.Conflict, "not-current", "giveaway %d is not the last one, that is %d", id, g.ID)
		}
		g, err = change(tx, g)
		return err
	})
	return g, err
}

// DrawGiveaway implements web.Raffle. Entries end first, so that the order of
// the draw stands; then Twitch is asked who of those drawn follows, where that
// counts; then the draw is booked.
func (d *Desk) DrawGiveaway(ctx context.Context, id int64, winners int, again bool) (raffle.Giveaway, error) {
	if winners < 1 || winners > raffle.MaxWinners {
		return raffle.Giveaway{}, core.Because(core.Invalid, "winners", "a draw has 1 to %d winners", raffle.MaxWinners)
	}
	g, err := d.changeGiveaway(ctx, id, func(tx *storage.Tx, g raffle.Giveaway) (raffle.Giveaway, error) {
		if again != (g.State == raffle.GiveawayDrawn) {
			return g, wrongDraw(g)
		}
		return raffle.CloseGiveaway(tx, g)
	})
	if err != nil {
		return g, err
	}
	passed, err := d.passedOver(ctx, g, winners)
	if err != nil {
		return g, fmt.Errorf("nobody is drawn yet, try again: %w", err)
	}
	told := len(g.Picks)
	return d.changeGiveaway(ctx, g.ID, func(tx *storage.Tx, now raffle.Giveaway) (raffle.Giveaway, error) {
		if len(now.Picks) != told || now.State != g.State {
			return now, core.Because(core.Conflict, "giveaway-state", "%s was changed by somebody else meanwhile", now.Key())
		}
		now, err := raffle.DrawGiveaway(tx, now, winners, func(v core.Viewer) bool { return passed[v.ID] })
		if err != nil || now.Draws() == 1 { // the giveaway's own saga tells of that
			return now, err
		}
		p := workflow.Giveaway{ID: now.ID, Draw: now.Draws(), Name: now.Keyword}
		_, _, err = d.engine.Start(tx, workflow.GiveawayKind, fmt.Sprintf("%s.%d", now.Key(), p.Draw), tx.Now(), p)
		return now, err
	})
}

func wrongDraw(g raffle.Giveaway) error {
	switch g.State {
	case raffle.GiveawayDrawn:
		return core.Because(core.Conflict, "giveaway-state", "%s is drawn already: draw more winners with sidestage raffle redraw", g.Key())
	case raffle.GiveawayOpen, raffle.GiveawayClosed:
		return core.Because(core.Conflict, "giveaway-state", "the giveaway is not drawn yet: sidestage raffle draw")
	case raffle.GiveawayCancelled:
	}
	return core.Because(core.Conflict, "giveaway-state", "%s is %s: open another with sidestage raffle open", g.Key(), g.State)
}

// passedOver asks who of those that would be drawn does not follow, until there
// are enough winners.
func (d *Desk) passedOver(ctx context.Context, g raffle.Giveaway, winners int) (map[string]bool, error) {
	passed := map[string]bool{}
	if g.Audience != raffle.Followers {
		return passed, nil
	}
	if err := d.seesFollowers(ctx); err != nil {
		return nil, err
	}
	var entries []core.Viewer
	err := d.db.View(ctx, func(tx *storage.Tx) (err error) {
		entries, err = tx.GiveawayEntries(g.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	for p := range g.Order(entries) {
		if winners == 0 {
			break
		}
		follows, err := d.helix.Follows(ctx, d.broadcaster(), p.Viewer.ID)
		if err != nil {
			return nil, fmt.Errorf("ask whether %s follows: %w", p.Viewer.Name, err)
		}
		if passed[p.Viewer.ID] = !follows; follows {
			winners--
		}
	}
	return passed, nil
}
