package desk_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/desk"
	"sidestage/storage"
)

// shop is a town whose channel has rewards. Its desk is logged in, and runs only
// where a test says so.
type shop struct {
	*town
	c *api.Client

	mu    sync.Mutex
	down  bool // nobody can be reached
	conns []net.Conn
}

// cut takes the network away, or gives it back.
func (w *shop) cut(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

func (w *shop) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return nil, errors.New("the network is down")
	}
	c, err := w.dial(ctx, network, addr)
	if err == nil {
		w.conns = append(w.conns, c)
	}
	return c, err
}

// client takes the settings as they are now.
func (w *shop) client() {
	if w.c != nil {
		w.c.Close()
	}
	w.c = w.town.client()
}

func inShop(t *testing.T, fn func(t *testing.T, w *shop)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &shop{town: newTown(t)}
		w.cfg.Dial = w.connect
		w.client()
		for platform, grant := range map[string]func(...string) ([]byte, error){"twitch": w.sim.GrantTwitch, "spotify": w.sim.GrantSpotify} {
			text, err := grant()
			w.check(err)
			_, err = w.c.LogIn(t.Context(), platform, text)
			w.check(err)
		}
		fn(t, w)
		w.c.Close()
	})
}

func (w *shop) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
	}
}

// running runs the desk while fn does.
func (w *shop) running(fn func(d *desk.Desk)) {
	w.t.Helper()
	d, err := desk.Open(w.t.Context(), w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	before := w.c
	w.c = d.Reach()
	fn(d)
	w.c.Close()
	w.c = before
	stop()
	w.check(<-ended)
	w.check(d.Close())
}

func (w *shop) list() []api.Reward {
	w.t.Helper()
	all, err := w.c.Rewards(w.t.Context())
	w.check(err)
	return all
}

// reward is the reward for song requests, as Twitch has it.
func (w *shop) song() api.Reward {
	w.t.Helper()
	for _, r := range w.list() {
		if r.For == "song" {
			return r
		}
	}
	w.t.Fatal("there is no reward for songs")
	return api.Reward{}
}

func (w *shop) setUp() []api.Reward {
	w.t.Helper()
	done, err := w.c.SetUpRewards(w.t.Context())
	w.check(err)
	return done
}

func changes(all []api.Reward) string {
	var s []string
	for _, r := range all {
		s = append(s, r.For+" "+r.Change+" "+strings.Join(r.Changed, ","))
	}
	return strings.Join(s, "; ")
}

func TestRewardSetupMakesWhatTheSettingsSayAndChangesWhatDiffers(t *testing.T) {
	inShop(t, func(_ *testing.T, w *shop) {
		want := &w.cfg.Settings.Reward.Song
		want.Color, want.Cooldown, want.MaxPerStream, want.MaxPerViewer = "#00E5CB", 90, 50, 2
		w.client()
		if got := changes(w.setUp()); got != "song created ; raffle created " {
			t.Error(got)
		}
		if got := changes(w.setUp()); got != "song unchanged ; raffle unchanged " {
			t.Error(got)
		}
		got := w.song()
		want2 := api.Reward{
			ID: got.ID, For: "song", Ours: true, Title: "Song request", Cost: 500, Prompt: want.Prompt, Color: "#00E5CB",
			Cooldown: 90, MaxPerStream: 50, MaxPerViewer: 2, InputRequired: true, Enabled: true,
		}
		if d := cmp.Diff(want2, got); d != "" {
			t.Error(d)
		}
		*want = w.cfg.Settings.Reward.Raffle
		want.Title, want.Cost, want.Prompt, want.Color, want.MaxPerViewer = "Ask for a song", 700, "", "#FF0000", 1
		w.client()
		if p := w.song().Problem; !strings.Contains(p, "title, cost, prompt, color, cooldown, max_per_stream, max_per_viewer") {
			t.Error(p)
		}
		r, err := w.c.UpdateReward(w.t.Context(), "song")
		if err != nil || r.Change != api.RewardUpdated || len(r.Changed) != 7 || r.ID != got.ID {
			t.Errorf("%+v, %v", r, err)
		}
		if now := w.song(); now.Title != "Ask for a song" || now.Cooldown != 0 || now.MaxPerStream != 0 || now.MaxPerViewer != 1 || now.Problem != "" {
			t.Errorf("%+v", now)
		}
	})
}

func TestARewardOfOursIsFoundAgainByItsTitleOrItsID(t *testing.T) {
	inShop(t, func(t *testing.T, w *shop) {
		made := w.setUp()
		fresh := &shop{town: &town{t: w.t, sim: w.sim, cfg: w.cfg, tw: w.tw, sp: w.sp}}
		fresh.cfg.Settings.DataDir = t.TempDir()
		fresh.client()
		text, err := w.sim.GrantTwitch()
		w.check(err)
		_, err = fresh.c.LogIn(t.Context(), "twitch", text)
		w.check(err)
		if got := changes(fresh.setUp()); got != "song adopted ; raffle adopted " {
			t.Error(got)
		}
		w.cfg.Settings.Reward.Song.ID = made[1].ID
		w.client()
		_, err = w.c.UpdateReward(t.Context(), "song")
		w.wants(err, core.Conflict, "duplicate-title")
		w.cfg.Settings.Reward.Song.ID = "gone"
		w.client()
		_, err = w.c.SetUpRewards(t.Context())
		w.wants(err, core.NotFound, "no-such-reward")
	})
}

func noPoints(w *shop) error { w.sim.SetPoints(false); return nil }

// TestWhatKeepsARewardFromWorkingIsSaidWithWhatToDo has every bad case.
func TestWhatKeepsARewardFromWorkingIsSaidWithWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(w *shop) error
		do     func(ctx context.Context, w *shop) error
		kind   core.Kind
		reason string
		says   string
	}{
		{
			name: "not an affiliate", kind: core.Denied, reason: "not-affiliate", says: "!sr", before: noPoints,
			do: func(ctx context.Context, w *shop) error { _, err := w.c.SetUpRewards(ctx); return err },
		},
		{
			name: "not an affiliate, asking for the list", kind: core.Denied, reason: "not-affiliate", says: "neither affiliate nor partner", before: noPoints,
			do: func(ctx context.Context, w *shop) error { _, err := w.c.Rewards(ctx); return err },
		},
		{
			name: "the title is taken in the dashboard", kind: core.Conflict, reason: "foreign-reward", says: "choose another reward.raffle.title",
			before: func(w *shop) error { _, err := w.sim.MakeReward("keyboard RAFFLE", 1, false); return err },
			do:     func(ctx context.Context, w *shop) error { _, err := w.c.SetUpRewards(ctx); return err },
		},
		{
			name: "50 rewards", kind: core.Conflict, reason: "too-many-rewards", says: "delete one in Twitch's dashboard",
			before: func(w *shop) (err error) {
				for i := range 50 {
					_, made := w.sim.MakeReward(fmt.Sprint("reward ", i), 1, false)
					err = errors.Join(err, made)
				}
				return err
			},
			do: func(ctx context.Context, w *shop) error { _, err := w.c.SetUpRewards(ctx); return err },
		},
		{
			name: "the settings name a foreign reward", kind: core.Conflict, reason: "foreign-reward", says: "only its maker can refund it",
			before: func(w *shop) (err error) {
				w.cfg.Settings.Reward.Song.ID, err = w.sim.MakeReward("Mine", 1, false)
				w.client()
				return err
			},
			do: func(ctx context.Context, w *shop) error { _, err := w.c.SetUpRewards(ctx); return err },
		},
		{
			name: "nothing to pause", kind: core.NotFound, reason: "no-reward", says: "sidestage reward setup",
			do: func(ctx context.Context, w *shop) error { _, err := w.c.PauseReward(ctx, "raffle"); return err },
		},
		{
			name: "nothing to update", kind: core.NotFound, reason: "no-reward", says: "sidestage reward setup",
			do: func(ctx context.Context, w *shop) error { _, err := w.c.UpdateReward(ctx, "song"); return err },
		},
		{
			name: "nothing to delete", kind: core.NotFound, reason: "no-reward", says: "sidestage reward list",
			do: func(ctx context.Context, w *shop) error { _, err := w.c.DeleteReward(ctx, "abc"); return err },
		},
		{
			name: "no such purpose", kind: core.NotFound, says: "say song or raffle",
			do: func(ctx context.Context, w *shop) error { _, err := w.c.ResumeReward(ctx, "moon"); return err },
		},
		{
			name: "deleting a foreign reward", kind: core.Conflict, reason: "foreign-reward", says: "only there",
			do: func(ctx context.Context, w *shop) error {
				id, err := w.sim.MakeReward("Mine", 1, false)
				w.check(err)
				_, err = w.c.DeleteReward(ctx, id)
				return err
			},
		},
		{
			name: "logged out", kind: core.LoginRequired, says: "sidestage auth login twitch",
			before: func(w *shop) error { _, err := w.c.LogOut(w.t.Context(), "twitch"); return err },
			do:     func(ctx context.Context, w *shop) error { _, err := w.c.Rewards(ctx); return err },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inShop(t, func(t *testing.T, w *shop) {
				if tt.before != nil {
					w.check(tt.before(w))
				}
				err := tt.do(t.Context(), w)
				if core.KindOf(err) != tt.kind || tt.reason != "" && core.ReasonOf(err) != tt.reason || !strings.Contains(fmt.Sprint(err), tt.says) {
					t.Errorf("%v (%s, %q)", err, core.KindOf(err), core.ReasonOf(err))
				}
			})
		})
	}
}

func TestForeignRewardsAreListedWithWhatIsWrongWithThem(t *testing.T) {
	inShop(t, func(t *testing.T, w *shop) {
		w.setUp()
		_, err := w.sim.MakeReward("Hydrate", 100, true)
		w.check(err)
		all := w.list()
		if len(all) != 3 || all[2].Title != "Hydrate" || all[2].Ours || all[2].For != "" || all[2].Problem != "" {
			t.Errorf("%+v", all)
		}
		w.cfg.Settings.Reward.Song.ID = all[2].ID
		w.client()
		if got := w.song(); !strings.Contains(got.Problem, "only its maker can refund it") {
			t.Errorf("%+v", got)
		}
	})
}

// TestAReadWithoutTheLockNeverRefreshes: two processes that refresh the same
// login would lose it.
func TestAReadWithoutTheLockNeverRefreshes(t *testing.T) {
	inShop(t, func(t *testing.T, w *shop) {
		w.setUp()
		w.list()
		time.Sleep(24 * time.Hour)
		_, err := w.c.Rewards(t.Context())
		if core.ReasonOf(err) != "token-expired" || !strings.Contains(err.Error(), "auth refresh") {
			t.Errorf("%v", err)
		}
		w.setUp() // has the lock, and may
		w.list()
	})
}

func TestAPauseSurvivesWhateverHappens(t *testing.T) {
	inShop(t, func(t *testing.T, w *shop) {
		w.setUp()
		w.cut(true)
		if _, err := w.c.PauseReward(t.Context(), "song"); core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "noted") {
			t.Error(err)
		}
		w.running(func(*desk.Desk) { time.Sleep(time.Minute) })
		w.cut(false)
		if r := w.song(); r.Paused || !slices.Equal(r.Held, []string{api.HeldByHand}) {
			t.Errorf("%+v", r)
		}
		w.running(func(*desk.Desk) {
			time.Sleep(time.Minute)
			if r := w.song(); !r.Paused {
				t.Errorf("%+v", r)
			}
			w.cut(true)
			if _, err := w.c.ResumeReward(t.Context(), "song"); err == nil {
				t.Error("resumed without a network")
			}
			time.Sleep(time.Hour)
			w.cut(false)
			time.Sleep(10 * time.Minute) // longer than any wait between two tries
			if r := w.song(); r.Paused || r.Held != nil {
				t.Errorf("%+v", r)
			}
		})
	})
}

func TestRewardsArePausedWhileTheStreamIsOff(t *testing.T) {
	inShop(t, func(t *testing.T, w *shop) {
		w.cfg.Settings.Reward.PauseOffline = true
		w.setUp()
		w.running(func(*desk.Desk) {
			expect := func(paused bool, why ...string) {
				t.Helper()
				for _, r := range w.list() {
					if r.Paused != paused || !slices.Equal(r.Held, why) {
						t.Errorf("%s: paused %v, held %v", r.Title, r.Paused, r.Held)
					}
				}
			}
			time.Sleep(10 * time.Second)
			expect(true, api.HeldOffline)
			w.check(w.sim.GoLive())
			time.Sleep(10 * time.Second)
			expect(false)
			_, err := w.c.PauseReward(t.Context(), "song")
			w.check(err)
			_, err = w.c.PauseReward(t.Context(), "raffle")
			w.check(err)
			w.check(w.sim.GoOffline())
			time.Sleep(10 * time.Second)
			expect(true, api.HeldByHand, api.HeldOffline)
			r, err := w.c.ResumeReward(t.Context(), "song")
			if err != nil || !r.Paused || !slices.Equal(r.Held, []string{api.HeldOffline}) {
				t.Errorf("%+v, %v", r, err)
			}
			_, err = w.c.ResumeReward(t.Context(), "raffle")
			w.check(err)
		})
		w.cfg.Settings.Reward.PauseOffline = false // what it held is let go
		w.running(func(*desk.Desk) { time.Sleep(10 * time.Second) })
		w.client()
		if r := w.song(); r.Paused || r.Held != nil {
			t.Errorf("%+v", r)
		}
	})
}

func TestClosedRequestsTakeNoPoints(t *testing.T) {
	inShop(t, func(t *testing.T, w *shop) {
		w.setUp()
		w.running(func(*desk.Desk) {
			time.Sleep(10 * time.Second)
			_, err := w.c.CloseRequests(t.Context(), "")
			w.check(err)
			time.Sleep(10 * time.Second)
			for _, r := range w.list() {
				if want := r.For == "song"; r.Paused != want || slices.Contains(r.Held, api.HeldClosed) != want {
					t.Errorf("%s: paused %v, held %v", r.Title, r.Paused, r.Held)
				}
			}
			_, err = w.c.OpenRequests(t.Context())
			w.check(err)
			time.Sleep(10 * time.Second)
			if r := w.song(); r.Paused {
				t.Errorf("%+v", r)
			}
		})
	})
}

// TestADeletedRewardKeepsNobodysPoints: whatever is open when a reward is
// deleted is returned, whether the desk knew of it or not, and the books agree.
func TestADeletedRewardKeepsNobodysPoints(t *testing.T) {
	inShop(t, func(t *testing.T, w *shop) {
		w.setUp()
		w.check(w.sim.GoLive())
		redeem := func(viewer string) {
			_, err := w.sim.Redeem(viewer, "Song request", w.sim.Player().URI)
			w.check(err)
		}
		w.running(func(*desk.Desk) {
			time.Sleep(10 * time.Second)
			for i := range 25 {
				redeem(fmt.Sprint("viewer", i%7))
			}
			time.Sleep(time.Second)
		})
		open := 0
		for _, r := range w.sim.Redemptions() {
			if r.Status == "UNFULFILLED" {
				open++
			}
		}
		redeem("late") // while no desk runs
		gone, err := w.c.DeleteReward(t.Context(), "song")
		if err != nil || gone.Returned != open+1 || gone.Change != api.RewardDeleted {
			t.Errorf("%+v, %v: %d were open", gone, err, open)
		}
		if _, err := w.c.DeleteReward(t.Context(), "song"); core.ReasonOf(err) != "no-reward" {
			t.Error(err)
		}
		w.running(func(d *desk.Desk) {
			time.Sleep(10 * time.Minute)
			w.balanced(d)
		})
	})
}

func TestARewardIsDeletedWhileItsSagasRun(t *testing.T) {
	inShop(t, func(t *testing.T, w *shop) {
		w.setUp()
		w.check(w.sim.GoLive())
		w.running(func(d *desk.Desk) {
			time.Sleep(10 * time.Second)
			for i := range 60 { // more than a page
				_, err := w.sim.Redeem(fmt.Sprint("viewer", i%7), "Song request", w.sim.Player().URI)
				w.check(err)
			}
			time.Sleep(100 * time.Millisecond)
			gone, err := w.c.DeleteReward(t.Context(), "song")
			if err != nil || gone.Returned == 0 {
				t.Errorf("%+v, %v", gone, err)
			}
			time.Sleep(10 * time.Minute)
			w.balanced(d)
		})
	})
}

// balanced checks that both sides agree about every redemption, and that none
// is open or was kept by the deletion of its reward.
func (w *shop) balanced(d *desk.Desk) {
	w.t.Helper()
	err := d.Store().View(w.t.Context(), func(tx *storage.Tx) error {
		ours, err := tx.Redemptions()
		books := map[string]core.Status{}
		for _, r := range ours {
			books[r.ID] = r.Status
		}
		for _, r := range w.sim.Redemptions() {
			if strings.ToLower(r.Status) != string(books[r.ID]) || r.Status == "UNFULFILLED" {
				w.t.Errorf("redemption %s is %s on Twitch's side, %q on ours", r.ID, r.Status, books[r.ID])
			}
		}
		tally, err2 := tx.Tally()
		if tally.Open != 0 || tally.NeedsDecision != 0 {
			w.t.Errorf("%+v", tally)
		}
		return errors.Join(err, err2)
	})
	w.check(err)
}
