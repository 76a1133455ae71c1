package desk_test

import (
	"testing"
	"time"

	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/storage"
)

// trackOf is what a request is for.
func (w *world) trackOf(id string) (uri string) {
	w.t.Helper()
	w.check(w.desk.Store().View(w.t.Context(), func(tx *storage.Tx) error {
		r, err := tx.SongByID(id)
		uri = r.Track.URI
		return err
	}))
	return uri
}

// TestAWithdrawnTrackIsSkippedOnceWhoeverIsFaster: the desk skips what was
// withdrawn, and a streamer who hears it begin skips it too. Spotify goes on
// showing what was skipped for a moment; what comes next is somebody's, whose
// points are spent, and plays.
func TestAWithdrawnTrackIsSkippedOnceWhoeverIsFaster(t *testing.T) {
	for name, after := range map[string]time.Duration{"the streamer": 200 * time.Millisecond, "the desk": 2 * time.Second} {
		t.Run(name, func(t *testing.T) {
			party(t, func(s *config.Settings) { s.Song.Handover = "immediate" }, func(w *world, c *api.Client) {
				w.check(w.sim.SetFault("stale", true))
				gone, next := w.wants("Mo_Types", 5), w.wants("bitcrusher", 6)
				_, err := c.RemoveFromQueue(w.t.Context(), gone, api.RemoveRequest{})
				w.check(err)
				for w.sim.Player().URI != w.trackOf(gone) {
					time.Sleep(50 * time.Millisecond)
				}
				time.Sleep(after)
				_, _ = c.Skip(w.t.Context(), api.SkipRequest{}) // it may be too late
				const caughtUp = 40 * time.Second
				time.Sleep(caughtUp)
				if got := w.request(next); got != "playing" {
					t.Errorf("what came after it is %s", got)
				}
			})
		})
	}
}
