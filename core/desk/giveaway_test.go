package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/api"
)

// enters has viewers say a word in chat.
func (w *world) enters(word string, viewers ...string) {
	w.t.Helper()
	for _, v := range viewers {
		_, err := w.sim.Say(v, word)
		w.check(err)
	}
	time.Sleep(5 * time.Second)
}

// posts is what the desk said in chat.
func (w *world) posts() (all []string) {
	for _, p := range w.sim.Posts() {
		all = append(all, p.Text)
	}
	return all
}

func TestAGiveawayIsEnteredInChatDrawnAndAnnounced(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		w.enters("!key", "kai") // too early
		open, err := c.OpenGiveaway(w.t.Context(), api.GiveawayTerms{Keyword: "!key"})
		if err != nil || open.State != api.GiveawayOpen || open.Seed != "" {
			t.Errorf("%+v, %v", open, err)
		}
		w.enters("!KEY me", "mo", "ada", "mo")
		w.enters("hello", "kai")
		drawn, err := c.DrawGiveaway(w.t.Context(), api.GiveawayAction{ID: open.ID})
		if err != nil || drawn.State != api.GiveawayDrawn || drawn.Entries != 2 || len(drawn.Picks) != 1 || drawn.Seed == "" {
			t.Fatalf("%+v, %v", drawn, err)
		}
		time.Sleep(5 * time.Second) // chat has heard the first
		again, err := c.RedrawGiveaway(w.t.Context(), api.GiveawayAction{ID: open.ID})
		if err != nil || len(again.Picks) != 2 || again.Picks[1].Viewer.ID == again.Picks[0].Viewer.ID {
			t.Errorf("%+v, %v", again, err)
		}
		if _, err := c.RedrawGiveaway(w.t.Context(), api.GiveawayAction{}); core.ReasonOf(err) != "no-entries" {
			t.Errorf("nobody is left: %v", err)
		}
		time.Sleep(10 * time.Second)
		want := []string{"A giveaway is open: say !key to be in.", "@" + drawn.Picks[0].Viewer.Name + " won the giveaway!", "@" + again.Picks[1].Viewer.Name + " won the giveaway!"}
		if got := w.posts(); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		if proof, err := c.VerifyRaffle(w.t.Context(), ""); err != nil || !proof.OK || proof.Picks != 2 {
			t.Errorf("%+v, %v", proof, err)
		}
	})
}

func TestAGiveawayClosesByItself(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		_, err := c.OpenGiveaway(w.t.Context(), api.GiveawayTerms{Keyword: "!key", Minutes: 2})
		w.check(err)
		w.enters("!key", "mo")
		time.Sleep(2 * time.Minute)
		w.enters("!key", "ada")
		now, err := c.Giveaway(w.t.Context())
		if err != nil || now.Giveaway.State != api.GiveawayClosed || now.Giveaway.Entries != 1 {
			t.Errorf("%+v, %v", now.Giveaway, err)
		}
		if got := w.posts(); !slices.Contains(got, "The giveaway takes no more entries, 1 are in. The draw comes next.") {
			t.Errorf("%q", got)
		}
	})
}

func TestOnlyFollowersWinAGiveawayForFollowers(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		grant, err := w.sim.GrantTwitch("channel:manage:redemptions", "user:read:chat", "user:write:chat", "moderator:read:followers")
		w.check(err)
		w.login("twitch", grant)
		time.Sleep(2 * time.Minute) // it listens with the new login
		w.check(w.sim.Follow("newcomer1"))
		_, err = c.OpenGiveaway(w.t.Context(), api.GiveawayTerms{Keyword: "!key", Audience: api.ForFollowers})
		w.check(err)
		w.enters("!key", "newcomer1", "newcomer2", "newcomer3", "newcomer4")
		now, err := c.Giveaway(w.t.Context())
		if err != nil || now.Giveaway.Entries != 4 {
			t.Fatalf("%+v, %v", now.Giveaway, err)
		}
		drawn, err := c.DrawGiveaway(w.t.Context(), api.GiveawayAction{Winners: 2})
		if err != nil || len(drawn.Picks) != 4 {
			t.Fatalf("%+v, %v", drawn, err)
		}
		for _, p := range drawn.Picks {
			if p.Passed == (p.Viewer.Login == "newcomer1") {
				t.Errorf("%+v", p)
			}
		}
		if proof, err := c.VerifyRaffle(w.t.Context(), ""); err != nil || !proof.OK {
			t.Errorf("%+v, %v", proof, err)
		}
	})
}

func TestAGiveawayIsRefusedWhereItCannotWork(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		grant, err := w.sim.GrantTwitch("channel:manage:redemptions", "user:read:chat", "user:write:chat")
		w.check(err)
		w.login("twitch", grant)
		_, err = c.OpenGiveaway(w.t.Context(), api.GiveawayTerms{Keyword: "!key", Audience: api.ForFollowers})
		if core.KindOf(err) != core.Denied || core.ReasonOf(err) != "missing-scope" || !strings.Contains(err.Error(), "moderator:read:followers") {
			t.Errorf("without the scope: %v", err)
		}
		if _, err = c.OpenGiveaway(w.t.Context(), api.GiveawayTerms{Keyword: "!SONG"}); core.ReasonOf(err) != "keyword" {
			t.Errorf("a command: %v", err)
		}
		for name, do := range map[string]func() error{
			"draw":   func() error { _, err := c.DrawGiveaway(w.t.Context(), api.GiveawayAction{}); return err },
			"redraw": func() error { _, err := c.RedrawGiveaway(w.t.Context(), api.GiveawayAction{}); return err },
			"close":  func() error { _, err := c.CloseGiveaway(w.t.Context(), api.GiveawayAction{}); return err },
			"cancel": func() error { _, err := c.CancelGiveaway(w.t.Context(), api.GiveawayAction{}); return err },
		} {
			if err := do(); core.KindOf(err) != core.NotFound {
				t.Errorf("%s before there was one: %v", name, err)
			}
		}
		open, err := c.OpenGiveaway(w.t.Context(), api.GiveawayTerms{Keyword: "!key"})
		w.check(err)
		if _, err = c.DrawGiveaway(w.t.Context(), api.GiveawayAction{ID: open.ID + 1}); core.ReasonOf(err) != "not-current" {
			t.Errorf("another one: %v", err)
		}
		if _, err = c.DrawGiveaway(w.t.Context(), api.GiveawayAction{}); core.ReasonOf(err) != "no-entries" {
			t.Errorf("nobody is in: %v", err)
		}
	})
}

// A line that is no entry costs no look at the database, and after a restart the
// word is known again.
func TestAGiveawayOutlivesTheDesk(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		_, err := c.OpenGiveaway(w.t.Context(), api.GiveawayTerms{Keyword: "!key", Minutes: 10})
		w.check(err)
		w.enters("!key", "mo")
		w.restart(func() { time.Sleep(5 * time.Minute) })
		time.Sleep(10 * time.Second) // it listens again
		c = w.desk.Reach()
		defer c.Close()
		w.enters("!key", "ada", "mo")
		now, err := c.Giveaway(w.t.Context())
		if err != nil || now.Giveaway.Entries != 2 || now.Giveaway.State != api.GiveawayOpen {
			t.Errorf("%+v, %v", now.Giveaway, err)
		}
		w.restart(func() { time.Sleep(10 * time.Minute) }) // its time is up meanwhile
		time.Sleep(10 * time.Second)
		late := w.desk.Reach()
		defer late.Close()
		if now, err = late.Giveaway(w.t.Context()); err != nil || now.Giveaway.State != api.GiveawayClosed {
			t.Errorf("%+v, %v", now.Giveaway, err)
		}
	})
}
