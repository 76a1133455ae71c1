package tui

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/event"
	"sidestage/tui/section"
	"sidestage/tui/state"
)

// TestNothingDrawsOutsideItsBox throws keys, sizes, events, snapshots and
// answers at the screen in any order.
func TestNothingDrawsOutsideItsBox(t *testing.T) {
	t.Parallel()
	base := opened(t, overfull(), plainLook(), 80, 24)
	rapid.Check(t, func(rt *rapid.T) {
		m := base
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			m = step(rt, m)
			fits(rt, m)
		}
	})
}

// step is one thing that may happen to a screen.
func step(rt *rapid.T, m model) model {
	at := m.now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(rt, "ms")) * time.Millisecond)
	switch rapid.IntRange(0, 9).Draw(rt, "what") {
	case 0:
		return told(m, tea.WindowSizeMsg{Width: rapid.IntRange(1, 220).Draw(rt, "w"), Height: rapid.IntRange(1, 70).Draw(rt, "h")})
	case 1, 2:
		r := record(1, at, anyEvent(rt))
		return told(m, newsMsg{{at: at, record: &r}})
	case 3:
		return told(m, tickMsg(at))
	case 4:
		return told(m, newsMsg{{at: at, lost: errors.New(anyText(rt))}})
	case 5:
		snap := anySnapshot(rt)
		return told(m, newsMsg{{at: at, snapshot: &snap}})
	case 6:
		sagas := []api.Saga{anySaga(rt), anySaga(rt)}
		latest, most := []api.Unlocked{{Name: anyText(rt), Icon: anyText(rt), DisplayName: anyText(rt)}}, []api.AchievementLeader{{DisplayName: anyText(rt)}}
		h := api.Health{Components: api.Components{Player: api.Component{Status: anyText(rt), Reason: anyText(rt)}}}
		return told(m, readMsg{at: at, part: state.PartSagas, apply: func(s state.State) state.State {
			return s.WithSagas(sagas[:1], sagas).WithHealth(h).WithAchievements(latest, most)
		}})
	case 7:
		return told(m, section.Note{Tone: state.Alarm, Text: anyText(rt)})
	}
	return press(m, rapid.SampledFrom(keysTried()).Draw(rt, "key"))
}

// keysTried are all that do something, some that do not, and pasted text.
func keysTried() []string {
	return []string{
		"1", "2", "3", "4", "5", "6", "7", "8", "tab", "shift+tab", "left", "right", "h", "j", "k", "l", "up", "down", "pgup", "pgdown", "g", "G", "home", "end",
		"enter", "enter", "esc", "?", "s", "x", "X", "r", "a", "v", "y", "d", "z", "n", "m", "c", "p", "J", "K", "backspace", "夜", "👨‍👩‍👧", "a\tb\nc\x1b[2J", "e\u0301\u202e",
	}
}

func anyText(rt *rapid.T) string {
	return rapid.OneOf(rapid.String(), rapid.StringN(0, 200, -1), rapid.SampledFrom([]string{"", "夜夜夜夜夜夜夜夜夜夜夜夜夜夜夜", "👨‍👩‍👧‍👦👍🏽❤️", "\x1b[2J\u202eabc", "a: b: c"})).Draw(rt, "text")
}

func anyEvent(rt *rapid.T) event.Event {
	v := core.Viewer{ID: anyText(rt), Name: anyText(rt)}
	n := rapid.IntRange(-5, 20_000).Draw(rt, "n")
	return rapid.SampledFrom([]event.Event{
		event.RedemptionReceived{RedemptionID: "r", Viewer: v, Cost: n}, event.RedemptionRefunded{RedemptionID: "r", Reason: v.Name},
		event.SongRequested{RequestID: "r", Viewer: v, Title: v.Name, Artists: []string{v.Name}}, event.SongStarted{RequestID: "r", Viewer: v, Title: v.Name},
		event.RaffleRolled{RollID: v.ID, Viewer: v, Roll: n, WinningNumber: n, Distance: n}, event.RaffleVoided{RollID: v.ID},
		event.StreamOnline{StartedAt: nine()}, event.StreamOffline{EndedAt: nine(), PeakViewers: n}, event.StreamViewers{Viewers: n, Peak: n},
		event.RaffleGiven{RollID: v.ID, Viewer: v}, event.AchievementUnlocked{AchievementID: v.ID, Name: v.Name, Icon: v.Name, Viewer: v},
		event.GiveawayOpened{GiveawayID: "giveaway-7", Keyword: v.Name}, event.GiveawayEntered{GiveawayID: "giveaway-7", Viewer: v, Entries: n},
		event.GiveawayDrawn{GiveawayID: "giveaway-7", Winners: []core.Viewer{v}}, event.GiveawayClosed{GiveawayID: "giveaway-7", Entries: n},
		event.ChatReplied{Text: v.Name}, event.LoginChanged{Platform: v.Name, State: v.Name}, event.SagaChanged{SagaID: "r", State: "failed", Step: v.Name},
	}).Draw(rt, "event")
}

func anyTrack(rt *rapid.T) api.Track {
	return api.Track{
		ID: anyText(rt), Name: anyText(rt), Artists: []string{anyText(rt)}, Album: anyText(rt), DurationMs: int64(rapid.IntRange(-1, 10_000_000).Draw(rt, "length")),
		Source: rapid.SampledFrom([]string{api.SourceUser, api.SourceAutoplay}).Draw(rt, "source"), EventID: anyText(rt), RequesterDisplayName: anyText(rt),
	}
}

func anySnapshot(rt *rapid.T) api.Snapshot {
	t := anyTrack(rt)
	s := api.Snapshot{
		Platform: "demo", Stream: api.Stream{Live: rapid.Bool().Draw(rt, "live"), Viewers: rapid.IntRange(0, 2_000_000).Draw(rt, "viewers")},
		NowPlaying:  api.NowPlaying{Track: &t, Playing: true, ProgressMs: int64(rapid.IntRange(-1, 10_000_000).Draw(rt, "progress")), At: nine()},
		Leaderboard: []api.RaffleEntry{{DisplayName: anyText(rt)}}, NeedsDecision: rapid.IntRange(0, 9).Draw(rt, "needs"),
	}
	if rapid.Bool().Draw(rt, "silence") {
		s.NowPlaying = api.NowPlaying{}
	}
	if rapid.Bool().Draw(rt, "games") {
		v := core.Viewer{ID: anyText(rt), Name: anyText(rt)}
		s.Wins = []api.RaffleRoll{{ID: anyText(rt), Viewer: v, Roll: rapid.Int().Draw(rt, "roll"), RolledAt: nine()}}
		s.Giveaway = &api.Giveaway{
			ID: 7, Keyword: anyText(rt), Entries: rapid.IntRange(0, 1_000_000).Draw(rt, "entries"), Hash: anyText(rt), Seed: anyText(rt), Audience: anyText(rt),
			State:    rapid.SampledFrom([]string{api.GiveawayOpen, api.GiveawayClosed, api.GiveawayDrawn, api.GiveawayCancelled, "new"}).Draw(rt, "giveaway"),
			ClosesAt: nine(), Picks: []api.GiveawayPick{{Number: 1, Viewer: v, Passed: rapid.Bool().Draw(rt, "passed")}},
		}
	}
	for i := range rapid.IntRange(0, 3).Draw(rt, "queue") {
		s.Queue.Tracks = append(s.Queue.Tracks, api.QueuedTrack{Track: anyTrack(rt), Position: i + 1, WaitMs: 1, NeedsDecision: i == 1})
	}
	return s
}

func anySaga(rt *rapid.T) api.Saga {
	s := api.Saga{
		ID: anyText(rt), Kind: anyText(rt), Title: anyText(rt), CreatedAt: nine(), UpdatedAt: nine(),
		State: rapid.SampledFrom([]string{"running", "waiting", "compensating", "completed", "compensated", "failed", "needs-decision", "new"}).Draw(rt, "state"),
		Steps: []api.Step{{Seq: 1, Name: anyText(rt), State: anyText(rt), Error: &api.Failure{Message: anyText(rt)}}},
		Error: &api.Failure{Message: anyText(rt)}, WaitingFor: anyText(rt),
	}
	s.Step = &s.Steps[0]
	return s
}

// BenchmarkFrame is a frame of a busy evening: 500 requests in the queue, 200
// events a second, 30 frames a second.
func BenchmarkFrame(b *testing.B) {
	e := overfull()
	for i := range 400 {
		t := e.snap.Queue.Tracks[i%100]
		t.EventID, t.Position = fmt.Sprintf("more%d", i), 101+i
		e.snap.Queue.Tracks = append(e.snap.Queue.Tracks, t)
	}
	m := opened(b, e, plainLook(), 200, 60)
	seq := e.snap.Seq
	b.ReportAllocs()
	for b.Loop() {
		frame := make(newsMsg, 0, 7)
		for i := range 7 {
			seq++
			r := record(seq, nine(), event.RaffleRolled{RollID: strconv.FormatInt(seq, 10), Viewer: viewer(fmt.Sprintf("v%d", i)), Roll: 5, WinningNumber: 9, Distance: 4})
			frame = append(frame, news{at: nine(), record: &r})
		}
		m = told(m, frame)
		_ = m.View()
	}
}
