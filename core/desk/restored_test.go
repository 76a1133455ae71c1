package desk_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/desk"
	"sidestage/core/sim"
	"sidestage/storage"
)

// asking is who asks for what before the copy is taken, in their order, and what
// has become of it when it is restored.
var asking = []string{"luna", "kai", "mo", "ada", "zoe"} // heard, plays, plays next, was refunded, waits

// restored lets viewers ask, takes a copy, goes on until the second request
// plays, and restores the copy after a time away.
func restored(t *testing.T, fulfil string, away time.Duration, then func(w *world, c *api.Client, ids []string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldAfter(t, sim.Options{Seed: 1, Speed: 1}, func(s *config.Settings) { s.Song.Fulfil = fulfil }, func(*world) {})
		c := w.desk.Reach()
		time.Sleep(time.Minute)
		var ids []string
		links := w.sim.Links(60)
		for i, viewer := range asking {
			id, err := w.sim.Redeem(viewer, "Song request", links[len(links)-1-i])
			w.check(err)
			ids = append(ids, id)
			time.Sleep(3 * time.Second)
		}
		time.Sleep(10 * time.Second)
		copied, err := storage.Backup(t.Context(), w.dir, filepath.Join(w.dir, "copy.bak"))
		w.check(err)
		for w.request(ids[1]) != "playing" { // so luna's is over
			time.Sleep(5 * time.Second)
		}
		if w.status(ids[3]) == "UNFULFILLED" {
			w.check(w.sim.Moderate(ids[3], false))
		}
		time.Sleep(time.Minute) // so kai's counts as heard
		c.Close()
		w.restart(func() {
			time.Sleep(away)
			_, err := storage.Restore(t.Context(), w.dir, copied.File)
			w.check(err)
		})
		time.Sleep(30 * time.Minute)
		c = w.desk.Reach()
		then(w, c, ids)
		c.Close()
		w.stop()
	})
}

// request is the state of a song request.
func (w *world) request(id string) (state string) {
	w.t.Helper()
	w.check(w.desk.Store().View(w.t.Context(), func(tx *storage.Tx) error {
		r, err := tx.SongByID(id)
		state = string(r.State)
		return err
	}))
	return state
}

func TestAfterARestoreNothingIsPlayedChargedOrRefundedTwice(t *testing.T) {
	for fulfil, want := range map[string][]string{
		"accepted":    {"FULFILLED heard", "FULFILLED withdrawn", "FULFILLED withdrawn", "FULFILLED withdrawn", "FULFILLED withdrawn"},
		"handed-over": {"FULFILLED heard", "FULFILLED withdrawn", "FULFILLED withdrawn", "CANCELED withdrawn", "FULFILLED heard"},
		"heard":       {"FULFILLED heard", "FULFILLED withdrawn", "CANCELED withdrawn", "CANCELED withdrawn", "FULFILLED heard"},
	} {
		t.Run(fulfil, func(t *testing.T) {
			restored(t, fulfil, 0, func(w *world, c *api.Client, ids []string) {
				var got []string
				for i, id := range ids {
					got = append(got, w.status(id)+" "+w.request(id))
					if s := w.saga(c, id); s.State != "completed" && s.State != "compensated" {
						t.Errorf("the saga of %s is %s: %+v", asking[i], s.State, s.Error)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
				w.playedOnce()
				for viewer, a := range w.sim.Points() {
					if a.Refunded > a.Spent {
						t.Errorf("%s spent %d and got %d back", viewer, a.Spent, a.Refunded)
					}
				}
			})
		})
	}
}

// TestARestoreAfterAWeekAsksNobody: Twitch knows only what is still open. All else
// was settled, how nobody can tell any more; it is neither played nor given back.
// What is open was not played before, and where nobody can tell its points return.
func TestARestoreAfterAWeekAsksNobody(t *testing.T) {
	for fulfil, want := range map[string][]string{
		"accepted":    {"completed heard", "completed withdrawn", "completed withdrawn", "completed withdrawn", "completed withdrawn"},
		"handed-over": {"completed heard", "completed withdrawn", "completed withdrawn", "completed withdrawn", "completed heard"},
		"heard":       {"completed heard", "completed withdrawn", "compensated withdrawn", "completed withdrawn", "compensated withdrawn"},
	} {
		t.Run(fulfil, func(t *testing.T) {
			restored(t, fulfil, 7*24*time.Hour, func(w *world, c *api.Client, ids []string) {
				var got []string
				for _, id := range ids {
					got = append(got, w.saga(c, id).State+" "+w.request(id))
				}
				if !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
				w.playedOnce()
				w.forgotten[ids[3]] = true // ada's points went back, and that is forgotten too
			})
		})
	}
}

// playedOnce checks that no track was given to Spotify twice.
func (w *world) playedOnce() {
	w.t.Helper()
	added := map[string]int{}
	for _, a := range w.sim.Adds() {
		if added[a.URI]++; added[a.URI] > 1 {
			w.t.Errorf("%s was given to Spotify twice", a.URI)
		}
	}
}

// TestWhatTheCopyDoesNotKnowIsPlayedOnceToo: a request that was made after the copy
// was taken, and stood in Spotify's queue when the desk stopped, is found open.
func TestWhatTheCopyDoesNotKnowIsPlayedOnceToo(t *testing.T) {
	heard := func(s *config.Settings) { s.Song.Fulfil = "heard" }
	party(t, heard, func(w *world, c *api.Client) {
		copied, err := storage.Backup(w.t.Context(), w.dir, filepath.Join(w.dir, "copy.bak"))
		w.check(err)
		before := w.wants("luna", 5)
		c.Close()
		var after string
		w.restart(func() {
			time.Sleep(time.Minute)
			after, err = w.sim.Redeem("kai", "Song request", w.sim.Links(12)[6])
			w.check(err)
			_, err := storage.Restore(w.t.Context(), w.dir, copied.File)
			w.check(err)
		})
		time.Sleep(30 * time.Minute)
		w.wantBooked(before, "canceled")
		w.wantBooked(after, "fulfilled") // no desk knew of it
		w.playedOnce()
	})
}

// TestAfterTheRewardIsDeletedWhatIsPaidForPlays: Twitch fulfils what waits on a
// reward that the streamer deletes on its own page, and knows of none of it any
// more. Points that were to go back cannot, and the streamer is told.
func TestAfterTheRewardIsDeletedWhatIsPaidForPlays(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		w.wants("Mo_Types", 0)
		next, removed := w.wants("bitcrusher", 1), w.wants("QuietQuill", 2)
		w.check(w.sim.DropReward("Song request"))
		_, err := c.RemoveFromQueue(w.t.Context(), removed, api.RemoveRequest{})
		w.check(err)
		w.check(w.sim.Skip())
		time.Sleep(10 * time.Minute)
		for id, want := range map[string]string{next: "completed", removed: "compensated"} {
			if s := w.saga(c, id); s.State != want {
				t.Errorf("the saga is %s: %+v", s.State, s.Error)
			}
			w.wantBooked(id, "fulfilled")
		}
		if got := w.request(next); got != "heard" {
			t.Errorf("what was paid for is %s", got)
		}
		w.wantNotReturned(c, "QuietQuill")
	})
}

func TestNoSagaGoesOnAfterARestoreBeforeTwitchHasAnswered(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d, err := desk.Open(t.Context(), at(dir))
		if err != nil {
			t.Fatal(err)
		}
		copied, err := storage.Backup(t.Context(), dir, "")
		if err = errors.Join(err, d.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := storage.Restore(t.Context(), dir, copied.File); err != nil {
			t.Fatal(err)
		}
		if d, err = desk.Open(t.Context(), at(dir)); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		c := d.Reach()
		added, err := c.AddToQueue(ctx, api.AddRequest{Link: someTrack, As: "mo"}, "k")
		if err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		if s, err := c.Saga(ctx, added.Saga.ID); err != nil || s.State != "running" || len(s.Steps) > 0 {
			t.Errorf("%+v, %v", s, err)
		}
		h, err := c.Health(ctx)
		if part := h.Components.Sagas; err != nil || part.Status != api.StatusDegraded || !strings.Contains(part.Reason, "restored from a copy") || !strings.Contains(part.Reason, "auth login twitch") {
			t.Errorf("%+v, %v", part, err)
		}
		c.Close()
		stop()
		if err := errors.Join(<-ended, d.Close()); err != nil {
			t.Error(err)
		}
	})
}
