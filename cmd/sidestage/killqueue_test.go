package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidestage/core/sim"
)

// evening is the real program at platforms of this process, in a stream whose
// player stands still unless the test moves it.
type evening struct {
	*deskApart
	world *simulation
	songs []string // links, the next first
}

func openEvening(t *testing.T, env ...string) *evening {
	t.Helper()
	world := openWorld(t)
	e := &evening{world: world, deskApart: &deskApart{t: t, env: append(world.environment(t), env...)}, songs: world.Links(12)}
	for _, platform := range []string{sim.Twitch, sim.Spotify} {
		login, err := grant(world, platform)
		e.check(err)
		e.must(login, "auth", "login", platform, "--with-token")
	}
	e.must("", "reward", "setup")
	e.check(world.Pause())
	e.serve()
	e.until("the session is healthy", func() bool { return strings.Contains(e.says("eventsub", "list", "--json"), `"state": "healthy"`) })
	e.check(world.GoLive())
	e.until("the desk knows of the stream", func() bool { return strings.HasPrefix(e.says("stream", "status"), "live") })
	return e
}

func (e *evening) check(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// song is the next link nobody has asked for.
func (e *evening) song() string {
	link := e.songs[0]
	e.songs = e.songs[1:]
	return link
}

// asks has a viewer redeem a song, and waits until its request is where it goes.
func (e *evening) asks(viewer, state string) (id string) {
	e.t.Helper()
	id, err := e.world.Redeem(viewer, "Song request", e.song())
	e.check(err)
	e.until(id+" is "+state, func() bool { return e.stateOf(id) == state })
	return id
}

func (e *evening) queue() (q shownQueue) {
	e.t.Helper()
	e.check(json.Unmarshal([]byte(e.must("", "queue", "--limit", "40", "--json")), &q))
	return q
}

func (e *evening) stateOf(id string) string {
	q := e.queue()
	i := slices.IndexFunc(q.Tracks, func(t shownTrack) bool { return t.EventID == id })
	if i < 0 {
		return "out"
	}
	return q.Tracks[i].State
}

// What the commands print, as far as it is compared.
type (
	shownQueue struct{ Tracks []shownTrack }
	shownTrack struct {
		EventID, URI, State, Points string
		Position, WaitMs            int
	}
	sagaLine    struct{ ID, Kind, State, WaitingFor, NextAt string }
	shownPoints struct {
		Taken, Fulfilled, Refunded, Open struct{ Redemptions, Points int }
		Checked                          int
		Balanced                         bool
	}
)

const queued, pending = "queued", "pending"

// picture is all that a kill must not change: what plays for whom, who waits
// where and for how long, where every saga stands, and the points on both sides.
func (e *evening) picture() []string {
	e.t.Helper()
	var (
		lines []string
		now   struct {
			Track      shownTrack
			Occurrence string
			Outage     *struct{ Reason, Since string }
		}
		points shownPoints
		sagas  struct{ Sagas []sagaLine }
	)
	e.check(json.Unmarshal([]byte(e.must("", "now", "--json")), &now))
	lines = append(lines, fmt.Sprintf("plays %s of %q, turn %s, outage %v", now.Track.URI, now.Track.EventID, now.Occurrence, now.Outage))
	for _, t := range e.queue().Tracks {
		if t.EventID != "" {
			lines = append(lines, fmt.Sprintf("%d %s %s %s %s in %d ms", t.Position, t.EventID, t.URI, t.State, t.Points, t.WaitMs))
		}
	}
	e.check(json.Unmarshal([]byte(e.must("", "saga", "list", "--limit", "40", "--json")), &sagas))
	for _, s := range slices.SortedFunc(slices.Values(sagas.Sagas), func(a, b sagaLine) int { return strings.Compare(a.ID, b.ID) }) {
		if s.Kind != "chat-command" && s.Kind != "announcement" {
			lines = append(lines, fmt.Sprintf("saga %s %s %s %s", s.ID, s.State, s.WaitingFor, s.NextAt))
		}
	}
	for _, r := range e.world.Redemptions() {
		lines = append(lines, "redemption "+r.ID+" "+r.Status)
	}
	e.check(json.Unmarshal([]byte(e.must("", "stats", "points", "--json")), &points))
	lines = append(lines, fmt.Sprintf("points %+v", points))
	return append(lines, fmt.Sprintf("added %d", len(e.world.Adds())))
}

// survives kills the desk and starts it again, and compares.
func (e *evening) survives() {
	e.t.Helper()
	before := e.picture()
	e.kill()
	e.serve()
	e.until("the session is healthy again", func() bool { return strings.Contains(e.says("eventsub", "list", "--json"), `"state": "healthy"`) })
	e.until("the player was looked at", func() bool { return strings.Contains(e.says("now", "--json"), `"at"`) })
	if d := cmp.Diff(before, e.picture()); d != "" {
		e.t.Errorf("a kill changed (-before +after):\n%s", d)
	}
}

// TestAQueueStandsAfterAKillAsItStoodBefore kills the desk while a request of
// every kind waits: one that plays, one that was withdrawn and whose copy is
// still to be skipped, one that Spotify has, those that wait with us in an order
// that was changed, one without points from chat and one from the desk. Then
// everything goes on in that order, and the points balance.
func TestAQueueStandsAfterAKillAsItStoodBefore(t *testing.T) {
	t.Parallel()
	e := openEvening(t, "SIDESTAGE_SONG_FULFIL=heard", "SIDESTAGE_CHAT_COMMANDS_SR_ENABLED=true")
	playing := e.asks("kai", queued)
	e.must("", "skip") // to the first, which then stands still
	e.until("it plays", func() bool { return strings.Contains(e.says("now", "--json"), playing) })
	marked := e.asks("luna", queued)
	e.must("", "queue", "remove", marked)
	sent := e.asks("pip", queued)
	late, early := e.asks("mo", pending), e.asks("zed", pending)
	e.must("", "queue", "promote", early)
	gone := e.asks("ada", pending)
	e.must("", "queue", "remove", gone)
	said, err := e.world.Say("bit", "!sr "+e.song())
	e.check(err)
	e.until("the chat's request waits", func() bool { return e.stateOf("sr-"+said) == pending })
	e.must("", "queue", "add", e.song(), "--as", "guest")
	e.until("both removals are paid back", func() bool { return e.saga(marked).State == "compensated" && e.saga(gone).State == "compensated" })

	q := e.queue()
	var order []string
	for _, t := range q.Tracks[:5] {
		order = append(order, t.EventID)
	}
	if want := []string{sent, early, late, "sr-" + said}; !slices.Equal(order[:4], want) || !strings.HasPrefix(order[4], "desk-") {
		t.Fatalf("waiting are %v, want %v and the desk's", order, want)
	}
	e.survives()
	e.playsOn(q.Tracks[1:5])
	e.must("", "stream", "end", "--refund")
	var points shownPoints
	e.until("all is settled", func() bool {
		return json.Unmarshal([]byte(e.says("stats", "points", "--json")), &points) == nil && points.Open.Redemptions == 0
	})
	if !points.Balanced || points.Taken.Redemptions != 6 {
		t.Errorf("%+v", points)
	}
}

// playsOn has the player go on, and checks that what waits comes to it in that
// order, once each, and that the withdrawn copy is skipped without anybody's help.
func (e *evening) playsOn(waiting []shownTrack) {
	e.t.Helper()
	e.check(e.world.Resume())
	had := len(e.world.Adds())
	for i, next := range waiting {
		e.must("", "skip")
		e.until(next.EventID+" is given to Spotify", func() bool { return len(e.world.Adds()) == had+i+1 })
		if got := e.world.Adds()[had+i].URI; got != next.URI {
			e.t.Errorf("given is %s, want %s of %s", got, next.URI, next.EventID)
		}
	}
}

// TestARequestThatWaitsForSpotifyWaitsAsLongAfterAKill: neither anew nor for
// less, with the same answer to when.
func TestARequestThatWaitsForSpotifyWaitsAsLongAfterAKill(t *testing.T) {
	t.Parallel()
	e := openEvening(t)
	e.check(e.world.SetDevice(false))
	first := e.asks("kai", pending)
	e.asks("luna", pending)
	e.until("it waits for Spotify", func() bool { return strings.Contains(e.says("saga", "show", first, "--json"), `"nextAt"`) })
	e.survives()
	e.check(e.world.SetDevice(true))
	e.until("Spotify has it", func() bool { return e.stateOf(first) == queued })
	if n := len(e.world.Adds()); n != 1 {
		t.Errorf("%d adds", n)
	}
}
