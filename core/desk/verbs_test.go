package desk_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/sim"
)

// gallery watches an evening as overlay and dashboard do: by the stream of
// events.
type gallery struct {
	*world
	c *api.Client

	mu   sync.Mutex
	told []string // types and subjects, since the last look
}

func (g *gallery) watch(ctx context.Context) {
	for e, err := range g.c.Events(ctx, 0) {
		if err == nil && e.Record != nil {
			g.mu.Lock()
			g.told = append(g.told, strings.TrimSpace(string(e.Record.Type)+" "+e.Record.Subject))
			g.mu.Unlock()
		}
	}
}

// opened is the queue that a page sees which is opened now.
func (g *gallery) opened() (seen api.Queue) {
	ctx, cancel := context.WithCancel(g.t.Context())
	defer cancel()
	for e, err := range g.c.Events(ctx, 0) {
		g.check(err)
		if e.Snapshot != nil {
			seen = e.Snapshot.Queue
		}
		break
	}
	return seen
}

// shows does something and checks, a moment later, what waits by every way
// there is to see it, and that the stream has told of it.
func (g *gallery) shows(what string, do func(), queue string, events ...string) {
	g.t.Helper()
	const moment = time.Second
	g.mu.Lock()
	g.told = nil
	g.mu.Unlock()
	do()
	time.Sleep(moment)
	q, err := g.c.Queue(g.t.Context(), api.MaxLimit)
	g.check(err)
	if listed, opened := names(q), names(g.opened()); listed != queue || opened != queue {
		g.t.Errorf("%s: waiting are %q, a page opened now shows %q, want %q", what, listed, opened, queue)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, want := range events {
		if !slices.ContainsFunc(g.told, func(told string) bool { return strings.HasPrefix(told, want) }) {
			g.t.Errorf("%s: the stream told %q, want %s", what, g.told, want)
		}
	}
}

// says has somebody say something in chat.
func (g *gallery) chats(viewer, text string, badges ...string) func() {
	return func() {
		_, err := g.sim.Say(viewer, text, badges...)
		g.check(err)
	}
}

// redeems has a viewer ask for the nth song, and notes the id.
func (g *gallery) redeems(viewer string, n int, id *string) func() {
	return func() {
		var err error
		*id, err = g.sim.Redeem(viewer, g.desk.Rewards().Song, g.sim.Links(12)[n])
		g.check(err)
	}
}

// inGallery runs an evening that is watched, with four requests in the queue.
func inGallery(t *testing.T, change func(*config.Settings), fn func(g *gallery, ids []string)) {
	party(t, change, func(w *world, c *api.Client) {
		w.check(w.sim.GoLive())
		time.Sleep(time.Second)
		g := &gallery{world: w, c: c}
		ctx, cancel := context.WithCancel(w.t.Context())
		var watching sync.WaitGroup
		watching.Go(func() { g.watch(ctx) })
		var ids []string
		for i, viewer := range []string{"oskar_nord", "Mo_Types", "bitcrusher", "QuietQuill"} {
			ids = append(ids, w.wants(viewer, i))
		}
		g.shows("at first", func() {}, "oskar_nord* Mo_Types bitcrusher QuietQuill")
		fn(g, ids)
		got, err := c.Points(w.t.Context(), "")
		if err != nil || !got.Balanced {
			t.Errorf("%+v, %v", got, err)
		}
		cancel()
		watching.Wait()
	})
}

func TestVerbsThatChangeTheQueueShowAtOnce(t *testing.T) {
	inGallery(t, nil, func(g *gallery, ids []string) {
		g.shows("move", func() { _, err := g.c.MoveInQueue(g.t.Context(), ids[3], 3); g.check(err) },
			"oskar_nord* Mo_Types QuietQuill bitcrusher", "song.moved "+ids[3])
		g.shows("promote", func() { _, err := g.c.Promote(g.t.Context(), ids[2]); g.check(err) },
			"oskar_nord* bitcrusher Mo_Types QuietQuill", "song.moved "+ids[2])
		g.shows("!promote", g.chats("adathelovely", "!promote 4", sim.Moderator),
			"oskar_nord* QuietQuill bitcrusher Mo_Types", "song.moved "+ids[3])
		for _, id := range ids[1:] {
			g.wantBooked(id, "unfulfilled") // nothing of this moves a point
		}
		g.shows("!wrongsong", g.chats("bitcrusher", "!wrongsong"),
			"oskar_nord* QuietQuill Mo_Types", "song.withdrawn "+ids[2], "redemption.refunded "+ids[2])
		g.wantBooked(ids[2], "canceled")
		g.shows("!remove", g.chats("adathelovely", "!remove 3", sim.Moderator),
			"oskar_nord* QuietQuill", "song.withdrawn "+ids[1], "redemption.refunded "+ids[1])
		g.wantBooked(ids[1], "canceled")
		g.shows("remove", func() {
			no := false
			_, err := g.c.RemoveFromQueue(g.t.Context(), ids[3], api.RemoveRequest{Refund: &no})
			g.check(err)
		}, "oskar_nord*", "song.withdrawn "+ids[3], "redemption.fulfilled "+ids[3])
		g.wantBooked(ids[3], "fulfilled")
		g.shows("remove what Spotify has", func() {
			got, err := g.c.RemoveFromQueue(g.t.Context(), ids[0], api.RemoveRequest{})
			if err != nil || got.Points != api.PointsSpent || got.Copy != api.CopyLater {
				g.t.Errorf("%+v, %v", got, err)
			}
		}, "", "song.withdrawn "+ids[0])
		g.wantBooked(ids[0], "fulfilled")
	})
}

func TestVerbsThatKeepRequestsOutShowAtOnce(t *testing.T) {
	open := func(s *config.Settings) { s.Reward.PauseClosed = false } // so that viewers can ask
	inGallery(t, open, func(g *gallery, _ []string) {
		const queue = "oskar_nord* Mo_Types bitcrusher QuietQuill"
		var id string
		g.shows("block", func() {
			_, err := g.c.Block(g.t.Context(), api.BlockRequest{Kind: api.BlockTrack, What: g.sim.Links(12)[5]})
			g.check(err)
		}, queue, "song.blocked "+g.trackID(5))
		g.shows("ask for what is blocked", g.redeems("LinearLinda", 5, &id), queue)
		g.wantBooked(id, "canceled")
		g.wantSaid("the streamer keeps that track off the stream. Points returned.")
		g.shows("close", func() { _, err := g.c.CloseRequests(g.t.Context(), "dinner"); g.check(err) }, queue, "song.gate")
		g.shows("ask while closed", g.redeems("LinearLinda", 6, &id), queue)
		g.wantBooked(id, "canceled")
		g.wantSaid("song requests are closed right now: dinner. Points returned.")
		g.shows("!requests on", g.chats("adathelovely", "!requests on", sim.Moderator), queue, "song.gate")
		g.shows("ask when open", g.redeems("LinearLinda", 6, &id), queue+" LinearLinda", "song.requested ")
		g.wantBooked(id, "unfulfilled")
	})
}

// trackID is the id of the nth song.
func (g *gallery) trackID(n int) string {
	path, _, _ := strings.Cut(g.sim.Links(12)[n], "?")
	return path[strings.LastIndex(path, "/")+1:]
}

// TestAVoteThatIsEnoughSkips: what was voted out is over, its points stay where
// the settings leave them, and what was next plays. The player is looked at a
// second after a skip.
func TestAVoteThatIsEnoughSkips(t *testing.T) {
	for fulfil, status := range map[string]string{"handed-over": "fulfilled", "heard": "canceled"} {
		votes := func(s *config.Settings) { s.Chat.Votes, s.Song.Fulfil = 2, fulfil }
		inGallery(t, votes, func(g *gallery, ids []string) {
			_, err := g.c.Skip(g.t.Context(), api.SkipRequest{}) // to the first
			g.check(err)
			time.Sleep(4 * time.Second)
			g.shows("one vote", g.chats("LinearLinda", "!voteskip"), "Mo_Types* bitcrusher QuietQuill")
			g.shows("two votes", func() { g.chats("QuietQuill", "!voteskip")(); time.Sleep(time.Second) },
				"bitcrusher* QuietQuill", "song.ended "+ids[0], "song.started "+ids[1])
			g.wantBooked(ids[0], status)
			if now := g.now(g.c); now.Track.EventID != ids[1] {
				g.t.Errorf("%+v plays", now.Track)
			}
		})
	}
}
