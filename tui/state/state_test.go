package state_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/event"
	"sidestage/tui/state"
)

func now() time.Time { return time.Date(2026, 3, 14, 21, 0, 0, 0, time.UTC) }

func person(name string) core.Viewer { return core.Viewer{ID: "id-" + name, Login: name, Name: name} }

func record(tb testing.TB, seq int64, at time.Time, e event.Event) event.Record {
	tb.Helper()
	r, err := event.Encode(at, e)
	if err != nil {
		tb.Fatal(err)
	}
	r.Seq = seq
	return r
}

// told is the state after events a second apart.
func told(t *testing.T, events ...event.Event) state.State {
	t.Helper()
	var s state.State
	for i, e := range events {
		s = s.Record(record(t, int64(i+1), now().Add(time.Duration(i)*time.Second), e))
	}
	return s
}

func texts(s state.State) []string {
	var all []string
	for _, l := range s.Lines {
		all = append(all, l.Text)
	}
	return all
}

func TestEventsBecomeSentences(t *testing.T) {
	s := told(t,
		event.StreamOnline{SessionID: "n"},
		event.RedemptionReceived{RedemptionID: "r1", Reward: "song", Viewer: person("luna"), Cost: 500},
		event.SongRequested{RequestID: "r1", Viewer: person("luna"), Title: "Midnight City", Artists: []string{"M83"}},
		event.SongHandedOver{RequestID: "r1"},
		event.SongStarted{RequestID: "r1", Viewer: person("luna"), Title: "Midnight City", Artists: []string{"M83"}},
		event.SongEnded{RequestID: "r1", Title: "Midnight City", Outcome: "heard"},
		event.RedemptionReceived{RedemptionID: "r2", Reward: "song", Viewer: person("pip"), Cost: 500},
		event.RedemptionRefunded{RedemptionID: "r2", Reason: "not-a-track"},
		event.RaffleRolled{RollID: "w1", Viewer: person("kai"), Roll: 4211, WinningNumber: 4207, Distance: 4, Record: true},
		event.RaffleRolled{RollID: "w2", Viewer: person("mo"), Roll: 7, WinningNumber: 7},
		event.RaffleVoided{RollID: "w1"},
		event.SagaChanged{SagaID: "r1", State: "running"},
		event.SagaChanged{SagaID: "r1", State: "needs-decision", Step: "fulfil"},
		event.LoginChanged{Platform: "spotify", State: "login-required"},
		event.ChatReplied{SagaID: "r1", Text: "@luna\x1b[2J hello"},
		event.StreamOffline{SessionID: "n", PeakViewers: 1210},
	)
	want := []string{
		"the stream is live",
		"luna asks for Midnight City · M83",
		"Midnight City went to Spotify's queue",
		"now playing Midnight City · M83, for luna",
		"Midnight City was heard",
		"points back to pip (not a track)",
		"kai rolled 4 211, winning 4 207, closest so far",
		"mo rolled 7 and won",
		"the roll of kai does not count",
		"needs you: Midnight City, for luna (fulfil)",
		"Spotify login: login required",
		"said: @luna hello",
		"the stream is over, peak 1 210",
	}
	if d := cmp.Diff(want, texts(s)); d != "" {
		t.Error(d)
	}
}

func TestPeopleAreCountedAndTheLatestIsFirst(t *testing.T) {
	s := told(t,
		event.SongRequested{RequestID: "r1", Viewer: person("luna")},
		event.RaffleRolled{RollID: "w1", Viewer: person("kai"), Distance: 40},
		event.RaffleRolled{RollID: "w2", Viewer: person("kai"), Distance: 4},
		event.RaffleRolled{RollID: "w3", Viewer: person("luna"), Distance: 0},
	)
	want := []state.Person{
		{ID: "id-luna", Login: "luna", Name: "luna", Songs: 1, Rolls: 1, Wins: 1, Best: 0, Seen: now().Add(3 * time.Second)},
		{ID: "id-kai", Login: "kai", Name: "kai", Rolls: 2, Best: 4, Seen: now().Add(2 * time.Second)},
	}
	if d := cmp.Diff(want, s.People); d != "" {
		t.Error(d)
	}
}

func TestANewSessionBeginsWithThoseWhoCameSince(t *testing.T) {
	s := told(t,
		event.SongRequested{RequestID: "r1", Viewer: person("luna")},
		event.StreamViewers{Viewers: 9, Peak: 9},
		event.RaffleRolled{RollID: "w", Viewer: person("kai")},
		event.StreamOnline{SessionID: "n2", StartedAt: now().Add(time.Second)}, // Twitch tells it late
	)
	if len(s.People) != 1 || s.People[0].Name != "kai" || len(s.Counts) != 0 || !s.Stream.Live || s.Stream.PeakViewers != 0 {
		t.Errorf("%+v", s)
	}
}

func TestAVoidedRollIsGone(t *testing.T) {
	s := told(t, event.RaffleRolled{RollID: "w1", Viewer: person("kai")}, event.RaffleRolled{RollID: "w2", Viewer: person("kai")}, event.RaffleVoided{RollID: "w1"})
	if len(s.Rolls) != 1 || s.Rolls[0].ID != "w2" {
		t.Errorf("%+v", s.Rolls)
	}
}

func TestASnapshotReplacesAllThatWasKnownButTheProgramsOwnLines(t *testing.T) {
	s := told(t, event.SongRequested{RequestID: "old", Viewer: person("old"), Title: "Old"})
	s = s.Said(state.Line{At: now(), Text: "own"}).Lost(now(), errors.New("gone"))
	past := []event.Record{record(t, 4, now().Add(time.Minute), event.SongRequested{RequestID: "r4", Viewer: person("luna"), Title: "New"})}
	s = s.Opened(now(), api.Snapshot{Seq: 4, Platform: "demo", NeedsDecision: 2, Stream: api.Stream{Live: true, Viewers: 5}}, past)
	if d := cmp.Diff([]string{"own", "luna asks for New"}, texts(s)); d != "" {
		t.Error(d)
	}
	if !s.Link.Up || len(s.People) != 1 || s.Needs != 2 || s.Platform != "demo" || len(s.Counts) != 1 {
		t.Errorf("%+v", s)
	}
}

func TestTheOldStateStaysAsItWas(t *testing.T) {
	ids := rapid.StringMatching(`[ab]`)
	rapid.Check(t, func(rt *rapid.T) {
		var s state.State
		for i := range rapid.IntRange(1, 12).Draw(rt, "events") {
			before := fmt.Sprintf("%+v", s)
			who := person(ids.Draw(rt, "who"))
			e := rapid.SampledFrom([]event.Event{
				event.SongRequested{RequestID: "r", Viewer: who, Title: "T"}, event.RaffleRolled{RollID: who.ID, Viewer: who, Distance: i},
				event.RaffleVoided{RollID: who.ID}, event.StreamViewers{Viewers: i}, event.StreamOnline{}, event.RedemptionReceived{RedemptionID: "r", Viewer: who},
			}).Draw(rt, "event")
			next, other := s.Record(record(t, int64(i+1), now(), e)), s.Record(record(t, 99, now(), event.StreamViewers{Viewers: 77}))
			_ = other.Said(state.Line{Text: "x"})
			if after := fmt.Sprintf("%+v", s); after != before {
				rt.Fatalf("%s\nbecame\n%s", before, after)
			}
			s = next
		}
	})
}

func TestWhatStrangersWroteIsCleanedOnTheWayIn(t *testing.T) {
	evil := "a\x1b[2Jb\u202ec"
	name := core.Viewer{ID: "1", Name: evil}
	s := state.State{}.WithPlayer(
		api.NowPlaying{Track: &api.Track{Name: evil, Artists: []string{evil}, RequesterDisplayName: evil, Album: evil}},
		api.Queue{Tracks: []api.QueuedTrack{{Track: api.Track{Name: evil, Artists: []string{evil}}}}})
	s = s.WithSagas(nil, []api.Saga{{ID: "1", Title: evil, Viewer: &name, Error: &api.Failure{Message: evil}, Step: &api.Step{Name: evil}, Steps: []api.Step{{Name: evil, Error: &api.Failure{Message: evil}}}}})
	s = s.WithLeaders([]api.RaffleEntry{{DisplayName: evil}}).WithHealth(api.Health{Components: api.Components{Player: api.Component{Reason: evil}}})
	s = s.Record(record(t, 1, now(), event.RaffleRolled{RollID: "w", Viewer: name})).Said(state.Line{Text: evil}).Lost(now(), errors.New(evil))
	for _, got := range []string{
		s.Playing.Track.Name, s.Playing.Track.Artists[0], s.Playing.Track.RequesterDisplayName, s.Playing.Track.Album,
		s.Queue.Tracks[0].Name, s.Queue.Tracks[0].Artists[0], s.Sagas[0].Title, s.Sagas[0].Viewer.Name, s.Sagas[0].Error.Message,
		s.Sagas[0].Step.Name, s.Sagas[0].Steps[0].Name, s.Sagas[0].Steps[0].Error.Message, s.Leaders[0].DisplayName,
		s.Health.Components.Player.Reason, s.People[0].Name, s.Rolls[0].Name, s.Lines[1].Text, s.Link.Err,
	} {
		if got != "abc" {
			t.Errorf("%q is shown", got)
		}
	}
	if name.Name != evil {
		t.Error("the caller's viewer was changed")
	}
}

func TestProgressGoesOnWhileThePlayerPlays(t *testing.T) {
	track := &api.Track{DurationMs: 60_000}
	s := state.State{Link: state.Link{Up: true}, Playing: api.NowPlaying{Track: track, Playing: true, ProgressMs: 10_000, At: now()}}
	for after, want := range map[time.Duration]time.Duration{-time.Minute: 10 * time.Second, 5 * time.Second: 15 * time.Second, time.Hour: time.Minute} {
		if got := s.Progress(now().Add(after)); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
	if !s.Moving(now()) || s.Moving(now().Add(time.Hour)) {
		t.Error("it moves until its end")
	}
	s.Playing.Playing = false
	if s.Progress(now().Add(5*time.Second)) != 10*time.Second || s.Moving(now()) {
		t.Error("paused, it stands")
	}
}

func TestReasonsBecomeACaseAndAnAdvice(t *testing.T) {
	degraded := func(reason string) api.Health {
		ok := api.Component{Status: api.StatusOK}
		return api.Health{Components: api.Components{Twitch: ok, EventSub: ok, Chat: ok, Spotify: ok, Player: api.Component{Status: api.StatusDegraded, Reason: reason, State: "idle"}}}
	}
	for reason, want := range map[string]state.Platform{
		"Spotify has no active device: start playback on any": {Known: true, Short: "no active device", Long: "Spotify has no active device", Do: "Start playback on any."},
		"not seen for 3m0s":                    {Known: true, Short: "not seen for 3m0s", Long: "Spotify: not seen for 3m0s"},
		"log in: sidestage auth login spotify": {Known: true, Short: "log in", Long: "Spotify needs a login", Do: "Run: sidestage auth login spotify"},
		"":                                     {Known: true, Short: "idle", Long: "Spotify: idle"},
	} {
		s := state.State{}.WithHealth(degraded(reason))
		if d := cmp.Diff(want, s.Spotify()); d != "" {
			t.Errorf("%q: %s", reason, d)
		}
		if !s.Twitch().OK {
			t.Error("twitch is not ok")
		}
	}
	if (state.State{}).Twitch().Known {
		t.Error("unknown health is known")
	}
}

func TestEveryEventThatChangesAReadPartTouchesIt(t *testing.T) {
	for e, want := range map[event.Event]state.Parts{
		event.SongEnded{}: state.PartPlayer, event.SongHandedOver{}: state.PartPlayer, event.RaffleVoided{}: state.PartRaffle,
		event.SagaChanged{}: state.PartSagas | state.PartPlayer, event.LoginChanged{}: state.PartHealth,
		event.StreamOffline{}: state.PartStream | state.PartHealth, event.StreamViewers{}: 0,
		event.RaffleGiven{}: state.PartRaffle, event.GiveawayOpened{}: state.PartGiveaway, event.GiveawayEntered{}: 0,
		event.AchievementUnlocked{}: state.PartAchievements,
	} {
		if got := state.Touches(record(t, 1, now(), e)); got != want {
			t.Errorf("%s touches %b, want %b", e.Type(), got, want)
		}
	}
}

func TestEverybodyIsWhoTookPartAndThenWhoElseIsInChat(t *testing.T) {
	at := time.Unix(1000, 0)
	five := 5
	var s state.State
	s.People = []state.Person{{ID: "1", Login: "luna", Name: "luna", Songs: 1, Seen: at}, {ID: "2", Login: "gone", Name: "gone", Seen: at}}
	s = s.WithViewers(api.Viewers{TotalCount: 3, Viewers: []api.Viewer{
		{ID: "3", Login: "nia", DisplayName: "N\x1b[31mia", Rolls: 2, Closest: &five, Since: at, LastSpokeAt: at.Add(time.Second)},
		{ID: "1", Login: "luna", DisplayName: "luna", SongRequests: 9, Since: at},
		{Login: "lurker", Since: at},
	}})
	want := []state.Person{
		{ID: "1", Login: "luna", Name: "luna", Songs: 1, Seen: at, Here: true},
		{ID: "2", Login: "gone", Name: "gone", Seen: at},
		{ID: "3", Login: "nia", Name: "Nia", Rolls: 2, Best: 5, Seen: at.Add(time.Second), Here: true},
		{ID: "lurker", Login: "lurker", Name: "lurker", Seen: at, Here: true},
	}
	if d := cmp.Diff(want, s.Everybody()); d != "" {
		t.Error(d)
	}
}
