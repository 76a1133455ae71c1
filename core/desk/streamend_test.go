package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sidestage/core/api"
	"sidestage/core/config"
)

func TestTheEndOfTheStreamRefundsWhatIsUnplayedWhereItCan(t *testing.T) {
	refund := func(s *config.Settings) { s.Song.OnOffline, s.Stream.ResumeWithin = "refund", 0 }
	party(t, refund, func(w *world, c *api.Client) {
		w.check(w.sim.GoLive())
		first, second := w.wants("Mo_Types", 0), w.wants("bitcrusher", 1)
		end, err := c.PreviewStreamEnd(w.t.Context())
		if err != nil || !end.Refund || len(end.Refunded) != 1 || len(end.Kept) != 1 || end.Refunded[0].Track.EventID != second {
			t.Errorf("%+v, %v", end, err)
		}
		w.wantBooked(second, "unfulfilled")
		w.check(w.sim.GoOffline())
		time.Sleep(10 * time.Second)
		w.wantBooked(first, "fulfilled")
		w.wantBooked(second, "canceled")
		w.wantSaid("the stream is over before your song could play. Points returned.")
	})
}

// TestAStreamThatComesBackLosesNoRequest: it is the same stream, and not over.
func TestAStreamThatComesBackLosesNoRequest(t *testing.T) {
	refund := func(s *config.Settings) { s.Song.OnOffline = "refund" }
	party(t, refund, func(w *world, c *api.Client) {
		w.check(w.sim.GoLive())
		w.wants("Mo_Types", 0)
		waits := w.wants("bitcrusher", 1)
		w.check(w.sim.GoOffline())
		time.Sleep(time.Minute)
		w.check(w.sim.GoLive())
		time.Sleep(10 * time.Minute)
		w.wantBooked(waits, "fulfilled")
		if w.heard("the stream is over") {
			t.Errorf("chat hears %+v", w.sim.Posts())
		}
		w.wants("QuietQuill", 2)
		left := w.wants("LinearLinda", 3)
		w.check(w.sim.Pause())
		w.check(w.sim.GoOffline())
		time.Sleep(3 * time.Minute) // now it is
		w.wantBooked(left, "canceled")
	})
}

func TestTheEndOfTheStreamKeepsWhatIsUnplayedUntilSomebodySaysOtherwise(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		w.check(w.sim.GoLive())
		w.wants("Mo_Types", 0)
		id := w.wants("bitcrusher", 1)
		w.check(w.sim.GoOffline())
		time.Sleep(10 * time.Second)
		w.wantBooked(id, "unfulfilled")
		yes := true
		if end, err := c.EndStream(w.t.Context(), api.EndRequest{Refund: &yes}); err != nil || len(end.Refunded) != 1 {
			t.Errorf("%+v, %v", end, err)
		}
		time.Sleep(5 * time.Second)
		w.wantBooked(id, "canceled")
	})
}

// TestTheEndOfTheStreamDecidesAboutWhatPlays: where points are spent when a song
// is heard, one that has just begun goes back and one that was heard does not,
// whether it ends or not, and the books say so at once.
func TestTheEndOfTheStreamDecidesAboutWhatPlays(t *testing.T) {
	heard := func(s *config.Settings) {
		s.Song.Fulfil, s.Song.OnOffline, s.Stream.ResumeWithin = "heard", "refund", 0
	}
	for name, test := range map[string]struct {
		plays  time.Duration
		spent  bool
		status string
	}{
		"just begun": {plays: 4 * time.Second, status: "canceled"},
		"heard":      {plays: 40 * time.Second, spent: true, status: "fulfilled"},
	} {
		t.Run(name, func(t *testing.T) {
			party(t, heard, func(w *world, c *api.Client) {
				w.check(w.sim.GoLive())
				first, second := w.wants("Mo_Types", 0), w.wants("bitcrusher", 1)
				_, err := c.Skip(w.t.Context(), api.SkipRequest{}) // to the first
				w.check(err)
				time.Sleep(test.plays)
				end, err := c.PreviewStreamEnd(w.t.Context())
				w.check(err)
				plays := slices.Concat(end.Kept, end.Refunded)[0]
				if plays.Track.EventID != first || (plays.Points == api.PointsSpent) != test.spent {
					t.Errorf("%+v", end)
				}
				w.check(w.sim.GoOffline())
				time.Sleep(5 * time.Second)
				w.wantBooked(first, test.status)
				w.wantBooked(second, "canceled")
				got, err := c.Points(w.t.Context(), "")
				if err != nil || !got.Balanced || got.Open.Redemptions != 0 || got.Taken.Redemptions != 2 {
					t.Errorf("%+v, %v", got, err)
				}
			})
		})
	}
}

// TestManyRefundsAtTheEndShareALine: more than three are told together, three are
// told one by one.
func TestManyRefundsAtTheEndShareALine(t *testing.T) {
	refund := func(s *config.Settings) { s.Song.OnOffline, s.Stream.ResumeWithin = "refund", 0 }
	for _, n := range []int{3, 4} {
		party(t, refund, func(w *world, c *api.Client) {
			w.check(w.sim.GoLive())
			w.wants("oskar_nord", 0) // Spotify has it
			who := []string{"Mo_Types", "bitcrusher", "QuietQuill", "LinearLinda"}[:n]
			var ids []string
			for i, viewer := range who {
				ids = append(ids, w.wants(viewer, i+1))
			}
			w.check(w.sim.GoOffline())
			time.Sleep(10 * time.Second)
			told := 0
			for _, p := range w.sim.Posts() {
				if strings.Contains(p.Text, "the stream is over") {
					told++
				}
			}
			if want := map[int]int{3: 3, 4: 1}[n]; told != want {
				t.Errorf("%d refunds are told in %d lines, want %d", n, told, want)
			}
			if n == 4 {
				w.says("@Mo_Types @bitcrusher @QuietQuill @LinearLinda the stream is over before your songs could play. Your points are being returned.")
			}
			for _, id := range ids {
				w.wantBooked(id, "canceled")
			}
		})
	}
}

func TestClearingTellsManyInOneLine(t *testing.T) {
	party(t, nil, func(w *world, c *api.Client) {
		for i, viewer := range []string{"oskar_nord", "Mo_Types", "bitcrusher", "QuietQuill", "LinearLinda"} {
			w.wants(viewer, i)
		}
		got, err := c.ClearQueue(w.t.Context(), api.RemoveRequest{})
		if err != nil || len(got.Removed) != 5 {
			t.Errorf("%+v, %v", got, err)
		}
		time.Sleep(5 * time.Second)
		w.says("@Mo_Types @bitcrusher @QuietQuill @LinearLinda the queue was emptied, and your songs with it. Your points are being returned.")
		if w.heard("taken out of the queue") {
			t.Errorf("told one by one too: %+v", w.sim.Posts())
		}
	})
}
