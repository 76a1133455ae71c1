package tui

import (
	"context"
	"fmt"
	"iter"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/event"
)

// evening is a desk made up for tests: what it tells, and what was done to it.
type evening struct {
	snap   api.Snapshot
	past   []event.Record
	health api.Health
	here   api.Viewers
	stuck  []api.Saga // need a decision
	failed []api.Saga
	recent []api.Saga
	latest []api.Unlocked
	most   []api.AchievementLeader

	live chan api.Event // behind the snapshot
	done chan string    // what was asked of the desk
}

var _ Client = (*evening)(nil)

func (e *evening) Events(ctx context.Context, _ int64) iter.Seq2[api.Event, error] {
	return func(yield func(api.Event, error) bool) {
		snap := e.snap
		if !yield(api.Event{Snapshot: &snap}, nil) {
			return
		}
		for {
			select {
			case ev := <-e.live:
				if !yield(ev, nil) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

func (e *evening) Journal(_ context.Context, after int64, limit int, _ ...event.Type) (api.Journal, error) {
	var j api.Journal
	for _, r := range e.past {
		if j.Last = r.Seq; r.Seq > after && len(j.Events) < limit {
			j.Events = append(j.Events, r)
		}
	}
	return j, nil
}

func (e *evening) Health(context.Context) (api.Health, error)         { return e.health, nil }
func (e *evening) NowPlaying(context.Context) (api.NowPlaying, error) { return e.snap.NowPlaying, nil }
func (e *evening) Queue(context.Context, int) (api.Queue, error)      { return e.snap.Queue, nil }
func (e *evening) Stream(context.Context) (api.Stream, error)         { return e.snap.Stream, nil }
func (e *evening) Viewers(context.Context, int) (api.Viewers, error)  { return e.here, nil }
func (e *evening) Leaderboard(context.Context, string, string, int) ([]api.RaffleEntry, error) {
	return e.snap.Leaderboard, nil
}

func (e *evening) RaffleRolls(context.Context, api.RaffleRolls, int) ([]api.RaffleRoll, error) {
	return e.snap.Wins, nil
}

func (e *evening) Giveaway(context.Context) (api.GiveawayNow, error) {
	return api.GiveawayNow{Giveaway: e.snap.Giveaway}, nil
}

func (e *evening) LatestAchievements(context.Context, int) ([]api.Unlocked, error) {
	return e.latest, nil
}

func (e *evening) AchievementLeaders(context.Context, int) ([]api.AchievementLeader, error) {
	return e.most, nil
}

func (e *evening) Sagas(_ context.Context, state string, _ int) (api.Sagas, error) {
	switch state {
	case "needs-decision":
		return api.Sagas{Sagas: e.stuck}, nil
	case "failed":
		return api.Sagas{Sagas: e.failed}, nil
	}
	return api.Sagas{Sagas: e.recent}, nil
}

func (e *evening) Saga(_ context.Context, id string) (api.Saga, error) {
	for _, list := range [][]api.Saga{e.stuck, e.failed, e.recent} {
		for _, s := range list {
			if s.ID == id {
				return s, nil
			}
		}
	}
	return api.Saga{}, core.E(core.NotFound, "no saga %s", id)
}

func (e *evening) did(format string, a ...any) {
	if e.done != nil {
		e.done <- fmt.Sprintf(format, a...)
	}
}

func (e *evening) AddToQueue(_ context.Context, r api.AddRequest, _ string) (api.Added, error) {
	e.did("add %s", r.Link)
	return api.Added{New: true}, nil
}

func (e *evening) RemoveFromQueue(_ context.Context, id string, r api.RemoveRequest) (api.Removed, error) {
	e.did("remove %s refund %v", id, *r.Refund)
	return api.Removed{Says: "The points go back to luna."}, nil
}

func (e *evening) MoveInQueue(_ context.Context, id string, to int) (api.Moved, error) {
	e.did("move %s to %d", id, to)
	return api.Moved{Position: to}, nil
}

func (e *evening) OpenRequests(context.Context) (api.Requests, error) {
	e.did("open")
	return api.Requests{Open: true}, nil
}

func (e *evening) CloseRequests(_ context.Context, reason string) (api.Requests, error) {
	e.did("close %s", reason)
	return api.Requests{}, nil
}

func (e *evening) GivePrize(_ context.Context, id string) (api.RaffleRoll, error) {
	e.did("give %s", id)
	return api.RaffleRoll{ID: id}, nil
}

func (e *evening) OpenGiveaway(_ context.Context, t api.GiveawayTerms) (api.Giveaway, error) {
	e.did("open giveaway %s for %s, %d min", t.Keyword, t.Audience, t.Minutes)
	if t.Keyword == "!sr" {
		return api.Giveaway{}, core.E(core.Invalid, "!sr is a chat command: take another keyword")
	}
	return api.Giveaway{ID: 8, Keyword: t.Keyword}, nil
}

func (e *evening) DrawGiveaway(_ context.Context, a api.GiveawayAction) (api.Giveaway, error) {
	return e.giveawayDone("draw", a)
}

func (e *evening) RedrawGiveaway(_ context.Context, a api.GiveawayAction) (api.Giveaway, error) {
	return e.giveawayDone("redraw", a)
}

func (e *evening) CloseGiveaway(_ context.Context, a api.GiveawayAction) (api.Giveaway, error) {
	return e.giveawayDone("close giveaway", a)
}

func (e *evening) CancelGiveaway(_ context.Context, a api.GiveawayAction) (api.Giveaway, error) {
	return e.giveawayDone("cancel giveaway", a)
}

func (e *evening) giveawayDone(what string, a api.GiveawayAction) (api.Giveaway, error) {
	e.did("%s %d", what, a.ID)
	return *e.snap.Giveaway, nil
}

func (e *evening) Skip(_ context.Context, r api.SkipRequest) (api.Skipped, error) {
	e.did("skip %s", r.Occurrence)
	return api.Skipped{Track: *e.snap.NowPlaying.Track, Occurrence: r.Occurrence}, nil
}

func (e *evening) RetrySaga(_ context.Context, id string) (api.Saga, error) {
	e.did("retry %s", id)
	return api.Saga{ID: id}, nil
}

func (e *evening) ResolveSaga(_ context.Context, id string, happened bool) (api.Saga, error) {
	e.did("resolve %s %v", id, happened)
	return api.Saga{ID: id}, nil
}

// redeem is the demo's.
func (e *evening) redeem(_ context.Context, reward, input string) (string, error) {
	e.did("redeem %s %s", reward, input)
	return "s3", nil
}

// nine is the moment the made-up evenings are looked at, in the zone of whoever
// runs the test so that the clocks on the screen are the same everywhere.
func nine() time.Time { return time.Date(2026, 3, 14, 21, 0, 0, 0, time.Local) }

func viewer(name string) core.Viewer { return core.Viewer{ID: "id-" + name, Login: name, Name: name} }

func asked(id, name, artist, who string, length time.Duration) api.Track {
	t := api.Track{
		ID: "t-" + id, URI: "spotify:track:" + id, Name: name, Artists: []string{artist}, Album: "An Album", DurationMs: length.Milliseconds(),
		Source: api.SourceAutoplay,
	}
	if who != "" {
		t.Source, t.EventID, t.RequesterUserID, t.RequesterDisplayName = api.SourceUser, id, "id-"+who, who
		t.RequestedAt = nine().Add(-6 * time.Minute)
	}
	return t
}

// record numbers an event.
func record(seq int64, at time.Time, e event.Event) event.Record {
	r, err := event.Encode(at, e)
	if err != nil {
		panic(err)
	}
	r.Seq = seq
	return r
}

// empty is a desk on its first evening.
func empty() *evening {
	ok := api.Component{Status: api.StatusOK}
	return &evening{
		snap: api.Snapshot{Seq: 0, At: nine(), Platform: "live"},
		health: api.Health{Status: api.StatusOK, Components: api.Components{
			EventSub: ok, Chat: ok, Twitch: ok, Spotify: ok, Player: ok, Database: ok, Sagas: ok}},
	}
}

// typical is an evening like others.
func typical() *evening {
	e := empty()
	s := &e.snap
	s.Platform = "demo"
	s.Stream = api.Stream{Live: true, SessionID: "n1", StartedAt: nine().Add(-102 * time.Minute), Viewers: 143, PeakViewers: 210}
	now := asked("r0", "Midnight City", "M83", "luna", 244*time.Second)
	now.Album = "Hurry Up, We’re Dreaming"
	s.NowPlaying = api.NowPlaying{Track: &now, Occurrence: "17", Playing: true, ProgressMs: 161_000, At: nine()}
	e.queue(
		asked("r1", "Genesis", "Justice", "mo", 234*time.Second),
		asked("r2", "Nightcall", "Kavinsky", "ada", 258*time.Second),
		asked("r3", "夜に駆ける", "YOASOBI", "ren", 261*time.Second),
		asked("r4", "Genesis", "Justice", "kai", 234*time.Second),
		asked("s1", "One More Time", "Daft Punk", "zoe", 320*time.Second),
		asked("c1", "Outro", "M83", "", 247*time.Second),
	)
	e.snap.Queue.Tracks[4].NeedsDecision = true
	e.story()
	e.sagas()
	five := 5
	e.here = api.Viewers{TotalCount: 3, Viewers: []api.Viewer{
		{ID: "id-kai", Login: "kai", DisplayName: "kai", Since: nine().Add(-time.Hour), LastSpokeAt: nine().Add(-time.Minute)},
		{ID: "id-nia", Login: "nia", DisplayName: "Nia", Since: nine().Add(-50 * time.Minute), Rolls: 2, Closest: &five},
		{Login: "lurker", DisplayName: "lurker", Since: nine().Add(-40 * time.Minute)},
	}}
	four, seventeen, thirtyOne := 4, 17, 31
	s.Leaderboard = []api.RaffleEntry{
		{UserID: "id-kai", DisplayName: "kai", TotalRolls: 9, ClosestDistance: &four},
		{UserID: "id-mo", DisplayName: "mo", TotalRolls: 4, ClosestDistance: &seventeen},
		{UserID: "id-ada", DisplayName: "ada", TotalRolls: 1, TotalWins: 1, ClosestDistance: &thirtyOne},
	}
	e.games()
	return e
}

// games is a win whose prize waits, a giveaway and what was achieved.
func (e *evening) games() {
	e.snap.Wins = []api.RaffleRoll{{ID: "w1", Viewer: viewer("ada"), Roll: 7, WinningNumber: 7, Won: true, RolledAt: nine().Add(-8 * time.Minute)}}
	e.snap.Giveaway = &api.Giveaway{
		ID: 7, State: api.GiveawayOpen, Keyword: "!win", Audience: api.ForFollowers, Entries: 38, MaxEntries: 500,
		OpenedAt: nine().Add(-6 * time.Minute), ClosesAt: nine().Add(3*time.Minute + 20*time.Second), Hash: hash,
	}
	earned := func(before time.Duration, id, icon, name, who string) {
		e.latest = append(e.latest, api.Unlocked{
			AchievementID: id, Name: name, Icon: icon, UserID: "id-" + who, DisplayName: who, UnlockedAt: nine().Add(-before)})
	}
	earned(2*time.Minute, "close-call", "🎯", "Close Call", "kai")
	earned(8*time.Minute, "jackpot", "🏆", "Jackpot", "ada")
	earned(14*time.Minute, "first-request", "🎵", "First Request", "luna")
	e.most = []api.AchievementLeader{
		{UserID: "id-kai", DisplayName: "kai", Unlocked: 6, Times: 11},
		{UserID: "id-luna", DisplayName: "luna", Unlocked: 4, Times: 4},
		{UserID: "id-ada", DisplayName: "ada", Unlocked: 3, Times: 3},
	}
}

const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// drawn is an evening after the draw.
func drawn() *evening {
	e := typical()
	g := e.snap.Giveaway
	g.State, g.ClosedAt, g.EndedAt, g.Seed = api.GiveawayDrawn, nine().Add(-time.Minute), nine().Add(-time.Minute), hash
	g.Picks = []api.GiveawayPick{
		{Number: 1, Viewer: viewer("pip"), Passed: true, DrawnAt: g.EndedAt},
		{Number: 2, Viewer: viewer("luna"), DrawnAt: g.EndedAt},
	}
	return e
}

func (e *evening) queue(tracks ...api.Track) {
	wait := 83 * time.Second
	for i, t := range tracks {
		q := api.QueuedTrack{Track: t, Position: i + 1, State: api.StatePending, Points: api.PointsReturn, WaitMs: wait.Milliseconds()}
		if i == 0 {
			q.State, q.Points = api.StateQueued, api.PointsSpent
		}
		if t.Source != api.SourceUser {
			q.State, q.Points = "", ""
		}
		e.snap.Queue.Tracks = append(e.snap.Queue.Tracks, q)
		wait += time.Duration(t.DurationMs) * time.Millisecond
	}
	e.snap.Queue.TotalCount = len(tracks)
}

// story is what the journal has of the evening.
func (e *evening) story() {
	add := func(before time.Duration, ev event.Event) {
		e.past = append(e.past, record(int64(len(e.past)+1), nine().Add(-before), ev))
	}
	for i, n := range []int{12, 40, 71, 90, 120, 160, 190, 210, 205, 180, 170, 165, 150, 144, 146, 143} {
		add(time.Duration(100-5*i)*time.Minute, event.StreamViewers{SessionID: "n1", Viewers: n, Peak: 210})
	}
	request := func(before time.Duration, id, who, title, artist string) {
		add(before, event.RedemptionReceived{RedemptionID: id, Reward: "song", Viewer: viewer(who), Cost: 500})
		add(before-time.Second, event.SongRequested{RequestID: id, Viewer: viewer(who), TrackID: "t", Title: title, Artists: []string{artist}})
	}
	roll := func(before time.Duration, id, who string, number, winning int, record bool) {
		distance := max(number-winning, winning-number)
		add(before, event.RedemptionReceived{RedemptionID: id, Reward: "raffle", Viewer: viewer(who), Cost: 100})
		add(before-time.Second, event.RaffleRolled{RollID: id, Viewer: viewer(who), Roll: number, WinningNumber: winning, Distance: distance, Record: record})
	}
	request(14*time.Minute, "r0", "luna", "Midnight City", "M83")
	add(9*time.Minute, event.SongStarted{RequestID: "r0", Viewer: viewer("luna"), Title: "Midnight City", Artists: []string{"M83"}})
	roll(8*time.Minute, "w1", "ada", 7, 7, false)
	request(6*time.Minute, "r1", "mo", "Genesis", "Justice")
	request(6*time.Minute, "r2", "ada", "Nightcall", "Kavinsky")
	request(5*time.Minute, "r3", "ren", "夜に駆ける", "YOASOBI")
	roll(5*time.Minute, "w2", "mo", 512, 529, false)
	roll(3*time.Minute, "w3", "luna", 9932, 1008, false)
	roll(2*time.Minute, "w4", "kai", 4211, 4207, true)
	add(100*time.Second, event.RedemptionReceived{RedemptionID: "s3", Reward: "song", Viewer: viewer("pip"), Cost: 500})
	add(99*time.Second, event.RedemptionRefunded{RedemptionID: "s3", Reason: "not-a-track"})
	request(90*time.Second, "s1", "zoe", "One More Time", "Daft Punk")
	add(72*time.Second, event.SagaChanged{SagaID: "s1", Kind: "song-request", State: "needs-decision", Step: "add-to-player"})
	e.snap.Seq = int64(len(e.past))
}

// sagas are those of the evening, one in each state that is seen often.
func (e *evening) sagas() {
	saga := func(id, kind, state, who, title, step string, began, took time.Duration) api.Saga {
		v := viewer(who)
		from := nine().Add(-began)
		return api.Saga{
			ID: id, Kind: kind, Version: 1, State: state, CreatedAt: from, UpdatedAt: from.Add(took), Viewer: &v, Title: title,
			Step: &api.Step{Seq: 2, Name: step, State: "started", StartedAt: from},
			Steps: []api.Step{
				{Seq: 1, Name: "parse-link", State: "succeeded", Attempt: 1, StartedAt: from, EndedAt: from.Add(2 * time.Millisecond)},
				{Seq: 2, Name: step, State: "started", Attempt: 2, StartedAt: from},
			},
		}
	}
	stuck := saga("s1", "song-request", "needs-decision", "zoe", "One More Time", "add-to-player", 72*time.Second, 0)
	stuck.Error = &api.Failure{Kind: "ambiguous", Reason: "timeout", Message: "no answer within 30s"}
	stuck.Steps[1].State = "uncertain"
	turn := saga("r4", "song-request", "waiting", "kai", "Genesis", "turn", 6*time.Minute, 0)
	turn.WaitingFor = "turn"
	retry := saga("r5", "chat-command", "waiting", "ren", "!song", "reply", 20*time.Second, 0)
	retry.WaitingFor, retry.NextAt = "retry", nine().Add(12*time.Second)
	e.stuck = []api.Saga{stuck}
	e.recent = []api.Saga{
		stuck, retry, turn,
		saga("w4", "keyboard-raffle", "completed", "kai", "rolled 4211, winning number 4207", "confirm-in-chat", 2*time.Minute, 300*time.Millisecond),
		saga("s3", "song-request", "compensated", "pip", "https://open.spotify.com/album/4aawyAB9vmqN3uQ7FjRGTy", "tell-chat", 100*time.Second, 1100*time.Millisecond),
		saga("r0", "song-request", "completed", "luna", "Midnight City", "confirm-in-chat", 14*time.Minute, 242*time.Second),
	}
}

// overfull is more of everything than fits, in every script.
func overfull() *evening {
	e := typical()
	names := []string{"luna", "夜更かし太郎さん", "👨‍👩‍👧‍👦family👍🏽", "a_viewer_with_a_very_long_name_indeed", "żółć", "ـمـرحبا", "❤️heart", "🏳️‍🌈"}
	titles := []string{"A Title That Goes On And On, As Titles Of Suites And Live Recordings Do (Remastered 2011)", "夜に駆ける", "🎉🎉🎉", "Zażółć gęślą jaźń"}
	e.snap.Queue = api.Queue{}
	var tracks []api.Track
	for i := range 100 {
		tracks = append(tracks, asked(fmt.Sprintf("q%d", i), titles[i%len(titles)], "Some Artist", names[i%len(names)], 300*time.Second))
	}
	e.queue(tracks...)
	e.snap.Queue.TotalCount = 500
	seq := e.snap.Seq
	for i := range 300 {
		seq++
		v := core.Viewer{ID: fmt.Sprintf("u%d", i%80), Name: fmt.Sprintf("%s%d", names[i%len(names)], i%80)}
		e.past = append(e.past, record(seq, nine().Add(-time.Minute), event.RaffleRolled{
			RollID: fmt.Sprintf("o%d", i), Viewer: v, Roll: 1 + i*31%10_000, WinningNumber: 1 + i*77%10_000, Distance: 1 + i}))
	}
	e.snap.Seq = seq
	for i := range 60 {
		s := e.recent[i%6]
		s.ID = fmt.Sprintf("many%d", i)
		e.recent = append(e.recent, s)
	}
	e.stuck = append(e.stuck, e.stuck[0], e.stuck[0])
	e.stuck[1].ID, e.stuck[2].ID = "s1b", "s1c"
	e.snap.Giveaway.State, e.snap.Giveaway.Entries, e.snap.Giveaway.Keyword = api.GiveawayDrawn, 100_000, "abcdefghijklmnopqrstuvwxy"
	e.snap.Giveaway.EndedAt = nine()
	for i := range 100 {
		v := core.Viewer{ID: fmt.Sprintf("u%d", i), Name: names[i%len(names)]}
		e.snap.Giveaway.Picks = append(e.snap.Giveaway.Picks, api.GiveawayPick{Number: i + 1, Viewer: v, Passed: i%3 == 0, DrawnAt: nine()})
		e.latest = append(e.latest, api.Unlocked{
			AchievementID: fmt.Sprintf("a%d", i), Name: titles[i%len(titles)], Icon: []string{"🏆", "❤️", "🏳️‍🌈", ""}[i%4], UserID: v.ID, DisplayName: v.Name, UnlockedAt: nine()})
		e.most = append(e.most, api.AchievementLeader{UserID: v.ID, DisplayName: v.Name, Unlocked: 24, Times: 1000 - i})
		if i < 20 {
			e.snap.Wins = append(e.snap.Wins, api.RaffleRoll{ID: fmt.Sprintf("win%d", i), Viewer: v, Roll: 10_000, WinningNumber: 10_000, RolledAt: nine().Add(-50 * time.Hour)})
		}
	}
	e.snap.Stream.Viewers, e.snap.Stream.PeakViewers = 48_211, 51_000
	return e
}

// degraded is an evening on which both platforms are in trouble.
func degraded() *evening {
	e := typical()
	e.snap.NowPlaying = api.NowPlaying{}
	e.health.Status = api.StatusDegraded
	e.health.Components.EventSub = api.Component{Status: api.StatusDegraded, State: "connecting", Reason: "the session with Twitch broke off", Since: nine()}
	e.health.Components.Player = api.Component{Status: api.StatusDegraded, State: "idle", Reason: "Spotify has no active device: start playback on any device", Since: nine()}
	return e
}
