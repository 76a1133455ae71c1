package desk_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/event"
	"sidestage/core/sim"
	"sidestage/storage"
)

// unlocked is what a viewer has unlocked, by id, and how often.
func unlocked(w *world, c *api.Client, viewer string) map[string]int {
	w.t.Helper()
	of, err := c.UnlockedBy(w.t.Context(), viewer)
	if err != nil && core.KindOf(err) != core.NotFound {
		w.t.Error(err)
	}
	got := map[string]int{}
	for _, a := range of.Achievements {
		got[a.ID] = a.Times
	}
	return got
}

func (w *world) posted(text string) (n int) {
	for _, p := range w.sim.Posts() {
		if strings.Contains(p.Text, text) {
			n++
		}
	}
	return n
}

func TestViewersUnlockAchievementsAndChatHearsOnce(t *testing.T) {
	live(t, func(w *world, c *api.Client) {
		w.rolls("kai")
		w.rolls("kai")
		if got := unlocked(w, c, "kai"); got["first_roll"] != 1 || got["first_request"] != 0 {
			t.Errorf("%v", got)
		}
		if n := w.posted("unlocked 🎲 Feeling Lucky"); n != 1 {
			t.Errorf("chat hears %d times", n)
		}
		_, err := w.sim.Redeem("luna", "Song request", w.sim.Links(1)[0])
		w.check(err)
		time.Sleep(30 * time.Second)
		if got := unlocked(w, c, "@Luna"); got["first_request"] != 1 || got["stream_opener"] != 1 {
			t.Errorf("%v", got)
		}
		if n := w.posted("unlocked 🎵 First Timer and 🌅 Stream Opener!"); n != 1 {
			t.Errorf("chat hears %d times of two at once", n)
		}
		w.hears("luna", "!achievements", "@luna you: 2 of 13 achievements, 🎵 First Timer, 🌅 Stream Opener.")
		w.hears("kai", "!achievements @Luna", "@kai luna: 2 of 13")
		w.hears("mo", "!badges nobody_here", "@mo nobody called nobody_here was seen here yet.")
		leaders, err := c.AchievementLeaders(w.t.Context(), 5)
		if err != nil || len(leaders) != 2 || leaders[0].DisplayName != "kai" || leaders[1].DisplayName != "luna" || leaders[1].Unlocked != 2 { // kai's first loss is a record too, and earlier
			t.Errorf("%+v, %v", leaders, err)
		}
		rebuilt, err := c.RebuildAchievements(w.t.Context(), api.RebuildRequest{DryRun: true})
		if err != nil || len(rebuilt.Differences) != 0 {
			t.Errorf("%+v, %v", rebuilt, err)
		}
	})
}

func TestSessionAchievementsAreEarnedInEachSession(t *testing.T) {
	live(t, func(w *world, c *api.Client) {
		for range 2 {
			_, err := w.sim.Redeem("luna", "Song request", w.sim.Links(1)[0])
			w.check(err)
			time.Sleep(time.Minute)
			w.check(w.sim.GoOffline())
			time.Sleep(20 * time.Minute) // no flap
			w.check(w.sim.GoLive())
			time.Sleep(time.Minute)
		}
		if got := unlocked(w, c, "luna"); got["stream_opener"] != 2 || got["first_request"] != 1 {
			t.Errorf("%v", got)
		}
	})
}

// Where there are no points, viewers ask in chat, and that counts. What the
// streamer adds is nobody's achievement.
func TestARequestInChatCountsAndTheStreamersOwnDoesNot(t *testing.T) {
	live(t, func(w *world, c *api.Client) {
		w.check(w.enable("sr"))
		songs := w.sim.Links(2)
		_, err := c.AddToQueue(w.t.Context(), api.AddRequest{Link: songs[0], As: "kai"}, "")
		w.check(err)
		time.Sleep(time.Minute)
		w.hears("luna", "!sr "+songs[1], "@luna ")
		time.Sleep(10 * time.Minute) // kai's comes first
		if got := unlocked(w, c, "luna"); got["first_request"] != 1 || got["stream_opener"] != 1 {
			t.Errorf("luna: %v", got)
		}
		if got := unlocked(w, c, "kai"); len(got) != 0 {
			t.Errorf("kai: %v", got)
		}
		rebuilt, err := c.RebuildAchievements(w.t.Context(), api.RebuildRequest{DryRun: true})
		if err != nil || len(rebuilt.Differences) != 0 {
			t.Errorf("%+v, %v", rebuilt, err)
		}
	})
}

func TestRebuildMendsWhatWasTamperedWith(t *testing.T) {
	live(t, func(w *world, c *api.Client) {
		w.rolls("kai")
		kai := w.sim.Viewer("kai")
		w.check(w.desk.Store().Update(context.Background(), func(tx *storage.Tx) error {
			return tx.AchievementCorrect(achievement.Difference{
				Place: achievement.Place{ViewerID: kai.ID, ID: "first_roll"}, Viewer: kai, Want: achievement.Standing{Count: 9},
			})
		}))
		dry, err := c.RebuildAchievements(w.t.Context(), api.RebuildRequest{DryRun: true})
		if err != nil || len(dry.Differences) != 1 || dry.Differences[0].Have.Count != 9 || !dry.Differences[0].Want.Unlocked {
			t.Fatalf("%+v, %v", dry, err)
		}
		if got := unlocked(w, c, "kai"); got["first_roll"] != 0 {
			t.Errorf("a dry run mends: %v", got)
		}
		if _, err = c.RebuildAchievements(w.t.Context(), api.RebuildRequest{}); err != nil {
			t.Fatal(err)
		}
		if got := unlocked(w, c, "kai"); got["first_roll"] != 1 {
			t.Errorf("%v", got)
		}
	})
}

// What happened while no desk ran, and a million other things after it, counts
// once the desk is back; nobody is told so late.
func TestTheJournalIsReadOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kai core.Viewer
		w := newWorldAfter(t, sim.Options{}, func(*config.Settings) {}, func(w *world) {
			kai = w.sim.Viewer("kai")
			w.check(w.desk.Store().Update(context.Background(), func(tx *storage.Tx) error {
				for i := range 30 {
					if err := tx.AppendEvent(event.RaffleRolled{RollID: fmt.Sprint(i), Viewer: kai, Distance: 4000}); err != nil {
						return err
					}
				}
				for range 9000 {
					if err := tx.AppendEvent(event.ChatReplied{SagaID: "s", Text: "hi"}); err != nil {
						return err
					}
				}
				return nil
			}))
			time.Sleep(time.Hour)
		})
		time.Sleep(time.Minute)
		got := unlocked(w, w.desk.Reach(), "kai")
		if got["first_roll"] != 1 || got["roll_25"] != 1 || got["roll_100"] != 0 {
			t.Errorf("%v", got)
		}
		if n := w.posted("unlocked"); n != 0 {
			t.Errorf("chat hears of %d an hour late", n)
		}
		w.stop()
	})
}
