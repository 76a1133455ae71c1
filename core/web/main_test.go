package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/api"
	"sidestage/core/bus"
	"sidestage/core/chat"
	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/core/saga"
	"sidestage/core/song"
	"sidestage/core/stream"
	"sidestage/core/web"
	"sidestage/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "the-token"

// house is a server on a real database, with people in it who only pretend.
type house struct {
	t     *testing.T
	db    *storage.DB
	bus   bus.Bus
	pipe  *web.Pipe
	staff staff
	stop  func()
}

// open runs fn in a bubble with a house that serves.
func open(t *testing.T, fn func(*house)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		db, err := storage.Open(t.Context(), dir, storage.Options{Platform: storage.Demo})
		if err != nil {
			t.Fatal(err)
		}
		h := &house{t: t, db: db, pipe: web.NewPipe()}
		db.OnEvents(h.bus.Publish)
		server := web.New(web.Config{
			Store: storage.In(db, func(tx *storage.Tx) web.Tx { return tx }),
			Songs: &h.staff, Requests: queuers{&h.staff}, Books: &h.staff, Blocks: &h.staff, Sagas: &h.staff, Raffle: &h.staff, Chat: &h.staff, Accounts: &h.staff,
			Rewards: shelf{&h.staff}, EventSub: &h.staff, Settings: &h.staff, Commands: &h.staff, Achievements: &h.staff, Player: &h.staff, Health: h.staff.health,
			Bus: &h.bus, Token: token, Build: "b1", Platform: "demo",
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if err := server.Run(ctx, h.pipe); err != nil {
				t.Error(err)
			}
		}()
		h.stop = func() { cancel(); <-ended }
		defer func() {
			h.stop()
			time.Sleep(time.Second) // net/http lingers a moment behind a body it did not read
			h.bus.Close()
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		fn(h)
	})
}

// client speaks to the house.
func (h *house) client() *api.Client { return &api.Client{Dial: h.pipe.Dial, Token: token} }

// update writes to the database.
func (h *house) update(fn func(*storage.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// happens journals n events.
func (h *house) happens(n int) {
	h.t.Helper()
	h.update(func(tx *storage.Tx) error {
		for range n {
			if err := tx.AppendEvent(event.SongHandedOver{RequestID: "r"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// ask sends a request as it is and returns status, body and headers.
func (h *house) ask(r *http.Request) (int, string, http.Header) {
	h.t.Helper()
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return h.pipe.Dial(ctx) },
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

// request makes a request with the token, if it writes.
func (h *house) request(method, target, body string) *http.Request {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, "http://127.0.0.1:7433"+target, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if method != http.MethodGet {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// Who and what is in the house.
func luna() core.Viewer { return core.Viewer{ID: "7", Login: "luna", Name: "Luna"} }

func midnight() song.Track {
	return song.Track{ID: "t1", URI: "spotify:track:t1", Name: "Midnight City", Artists: []string{"M83"}, Album: "Hurry Up", CoverURL: "https://c/1", Duration: 4 * time.Minute}
}

func nightcall() song.Track {
	return song.Track{ID: "t2", URI: "spotify:track:t2", Name: "Nightcall", Artists: []string{"Kavinsky"}, Duration: 3 * time.Minute}
}

// furnish puts something of everything into the house: what plays, what waits
// for a decision, what was played, rolls, a session, sagas.
func (h *house) furnish() {
	h.t.Helper()
	begun := time.Now()
	h.update(func(tx *storage.Tx) error {
		for _, r := range []song.Request{{ID: "r1", Viewer: luna(), Track: midnight(), RedeemedAt: begun}, {ID: "r2", Viewer: luna(), Track: nightcall(), RedeemedAt: begun}} {
			if _, err := song.Persist(tx, r); err != nil {
				return err
			}
		}
		if _, err := (stream.Rules{}).Online(tx, "s", begun); err != nil {
			return err
		}
		if err := errors.Join(stream.Viewers(tx, 143), stream.Described(tx, "keyboards", "Music")); err != nil {
			return err
		}
		seed := raffle.Seed{Scope: raffle.ForSession, SessionID: 1, Highest: 10_000, Secret: raffle.Secret{7}, Hash: raffle.Secret{7}.Hash(), CommittedAt: begun}
		id, err := tx.RaffleSeedInsert(seed)
		if err != nil {
			return err
		}
		if _, err = raffle.Record(tx, raffle.Roll{ID: "x1", Viewer: luna(), WinningNumber: 4207, Roll: 4211, SeedID: id}); err != nil {
			return err
		}
		for _, id := range []string{"first_roll", "close_call"} {
			if err := tx.AchievementSetCount(luna(), id, "", 1); err != nil {
				return err
			}
		}
		if err := tx.AchievementUnlock(achievement.Unlock{ID: "first_roll", Viewer: luna(), Seq: 1}); err != nil {
			return err
		}
		wrong := event.ErrorHappened{Kind: "unavailable", Reason: "no-answer", Place: "player not seen", SagaID: "r2", Message: "dial: refused", Times: 3}
		return errors.Join(tx.RaffleSetAnnounced("x1", begun), tx.AppendEvent(wrong))
	})
	h.update(func(tx *storage.Tx) error { return song.HandedOver(tx, "r1", song.Occurrence{At: begun}) })
	time.Sleep(time.Minute)
	current := song.Item{Kind: song.KindTrack, ID: "t1", URI: "spotify:track:t1", Name: "Midnight City", Artists: []string{"M83"}, Duration: 4 * time.Minute}
	h.update(func(tx *storage.Tx) error {
		_, err := song.Sync(tx, song.Snapshot{Active: true, Playing: true, Current: &current, Progress: 30 * time.Second, At: time.Now()})
		return err
	})
	h.update(func(tx *storage.Tx) error {
		s := saga.Saga{ID: "r2", Kind: "song-request", Version: 1, State: saga.Running, OrderedAt: begun, CreatedAt: begun, UpdatedAt: begun,
			Params: []byte(`{"id":"r2","viewer":{"id":"7","login":"luna","name":"Luna"},"input":"a link"}`)}
		if _, err := tx.SagaInsert(s); err != nil {
			return err
		}
		lost := &saga.Failure{Kind: "ambiguous", Reason: "no-answer", Message: "no answer came"}
		s.State, s.Error = saga.NeedsDecision, lost
		if err := tx.SagaPut(s); err != nil {
			return err
		}
		return tx.SagaPutStep(saga.Step{SagaID: "r2", Seq: 1, Name: "add-to-player", State: saga.StepUncertain, Attempt: 2, StartedAt: begun, EndedAt: begun.Add(time.Second), Error: lost})
	})
}

// staff does what it is told and remembers it.
type staff struct {
	mu   sync.Mutex
	did  []string
	fail error
}

func (s *staff) note(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = append(s.did, what)
	return s.fail
}

// done is what they did since it was last asked.
func (s *staff) done() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	did := strings.Join(s.did, "; ")
	s.did = nil
	return did
}

func (s *staff) Add(_ context.Context, r api.AddRequest, id string) (string, bool, error) {
	return "r2", true, s.note("add " + r.Link + " as " + r.As + " key " + id)
}

func (s *staff) Search(_ context.Context, text string) ([]song.Track, int, error, error) {
	return []song.Track{midnight(), nightcall()}, 1, nil, s.note("search " + text)
}

func (s *staff) Block(_ context.Context, kind song.BlockKind, what string) (song.Block, error) {
	return song.Block{Kind: kind, Key: what, Name: what}, s.note("block " + string(kind) + " " + what)
}

func (s *staff) Unblock(_ context.Context, kind song.BlockKind, what string) (song.Block, error) {
	return song.Block{Kind: kind, Key: what, Name: what}, s.note("unblock " + string(kind) + " " + what)
}

func (s *staff) Skip(_ context.Context, occurrence string) (song.Now, error) {
	return song.Now{Current: &song.Entry{Track: nightcall()}, Turn: 3}, s.note("skip " + occurrence)
}

func (s *staff) Say(_ context.Context, text string) (string, error) {
	return "m1", s.note("say " + text)
}

func (s *staff) Give(_ context.Context, id string) (raffle.Roll, error) {
	return raffle.Roll{ID: id, Viewer: luna(), WinningNumber: 7, Roll: 7, Won: true, RolledAt: time.Now(), GivenAt: time.Now()}, s.note("give " + id)
}

// drawn is a giveaway that Luna won.
func drawn() raffle.Giveaway {
	at := time.Now()
	return raffle.Giveaway{
		ID: 1, Keyword: "!enter", Audience: raffle.Everybody, State: raffle.GiveawayDrawn, OpenedAt: at, ClosedAt: at, EndedAt: at, Entries: 3,
		Picks: []raffle.Pick{{Number: 1, Viewer: luna(), DrawnAt: at}},
		Seed:  raffle.Seed{Hash: raffle.Secret{7}.Hash(), Secret: raffle.Secret{7}, RevealedAt: at},
	}
}

func (s *staff) OpenGiveaway(_ context.Context, t raffle.Terms) (raffle.Giveaway, error) {
	return drawn(), s.note(fmt.Sprint("open ", t))
}

func (s *staff) DrawGiveaway(_ context.Context, id int64, winners int, again bool) (raffle.Giveaway, error) {
	return drawn(), s.note(fmt.Sprintf("draw %d: %d, again %t", id, winners, again))
}

func (s *staff) CloseGiveaway(_ context.Context, id int64) (raffle.Giveaway, error) {
	return drawn(), s.note(fmt.Sprint("close ", id))
}

func (s *staff) CancelGiveaway(_ context.Context, id int64) (raffle.Giveaway, error) {
	return drawn(), s.note(fmt.Sprint("cancel ", id))
}

// queuers are the staff at the queue.
type queuers struct{ *staff }

func removal() song.Removal {
	return song.Removal{Request: song.Request{ID: "r2", Viewer: luna(), Track: nightcall()}, Points: song.PointsReturn, Copy: song.CopyLater}
}

func (q queuers) Remove(_ context.Context, id string, refund bool) (song.Removal, error) {
	return removal(), q.note(fmt.Sprint("remove ", id, " refund ", refund))
}

func (q queuers) Move(_ context.Context, id string, to int) (song.Request, int, error) {
	return removal().Request, 2, q.note(fmt.Sprint("move ", id, " to ", to))
}

func (q queuers) Replace(_ context.Context, id, link string) (was, is song.Request, err error) {
	return song.Request{Track: midnight()}, removal().Request, q.note("replace " + id + " by " + link)
}

func (q queuers) Clear(_ context.Context, refund bool) ([]song.Removal, error) {
	return []song.Removal{removal()}, q.note(fmt.Sprint("clear refund ", refund))
}

func (q queuers) Open(context.Context) error { return q.note("open") }

func (q queuers) Close(_ context.Context, reason string) (song.Gate, error) {
	return song.Gate{ClosedAt: time.Now(), Reason: reason}, q.note("close: " + reason)
}

func (q queuers) EndStream(_ context.Context, refund *bool, dry bool) (bool, []song.Removal, []song.Removal, error) {
	if dry {
		return false, nil, []song.Removal{removal()}, q.note("preview the end")
	}
	return *refund, []song.Removal{removal()}, nil, q.note(fmt.Sprint("end, refund ", *refund))
}

func (s *staff) People() []chat.Person {
	since := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	return []chat.Person{
		{Viewer: luna(), Roles: []chat.Role{chat.Moderator}, Since: since, Spoke: since.Add(time.Minute)},
		{Viewer: core.Viewer{Login: "lurker", Name: "lurker"}, Since: since},
	}
}

func (s *staff) Points(_ context.Context, session int64) (api.PointsReport, error) {
	return api.PointsReport{
		SessionID: "2", From: time.Now(), Taken: api.Points{Redemptions: 2, Points: 700}, Fulfilled: api.Points{Redemptions: 2, Points: 700},
		Checked: 2, Differences: []api.PointsDifference{{RedemptionID: "r1", Viewer: "Luna", Here: "fulfilled", Twitch: "canceled"}},
	}, s.note(fmt.Sprint("points of ", session))
}

func (s *staff) Devices(context.Context) ([]api.Device, error) {
	return []api.Device{{ID: "d1", Name: "Desk", Type: "computer", Active: true}, {Name: "Car", Type: "automobile", Restricted: true}}, nil
}

func (s *staff) PickDevice(_ context.Context, device string) (api.Device, error) {
	return api.Device{ID: "d1", Name: "Desk", Type: "computer", Active: true}, s.note("pick " + device)
}

func (s *staff) Definitions() []achievement.Definition {
	return []achievement.Definition{
		{ID: "first_roll", Enabled: true, Name: "Feeling Lucky", Description: "Rolled.", Icon: "🎲", Trigger: "roll", Scope: "cumulative", Threshold: 1},
		{ID: "close_call", Enabled: true, Name: "So Close", Description: "Rolled close.", Icon: "🤏", Trigger: "loss", Scope: "cumulative", Threshold: 3, MaxDistance: 100},
	}
}

func (s *staff) RebuildAchievements(_ context.Context, dry bool) (api.Rebuilt, error) {
	what := "rebuild"
	if dry {
		what += " dry"
	}
	return api.Rebuilt{DryRun: dry, Differences: []api.AchievementDifference{{
		UserID: "7", DisplayName: "Luna", AchievementID: "first_roll", Have: api.AchievementCount{Count: 9}, Want: api.AchievementCount{Count: 1, Unlocked: true},
	}}}, s.note(what)
}

func (s *staff) Retry(_ context.Context, id string) error { return s.note("retry " + id) }

func (s *staff) Resolve(_ context.Context, id string, happened bool) error {
	if happened {
		return s.note("resolve " + id + " happened")
	}
	return s.note("resolve " + id + " did not happen")
}

func (s *staff) Logins(_ context.Context, validate bool) ([]api.Login, error) {
	if validate {
		return []api.Login{{Platform: "twitch", State: "connected", Check: "ok"}}, s.note("validate")
	}
	return []api.Login{{Platform: "twitch", State: "connected"}}, nil
}

func (s *staff) LogIn(_ context.Context, platform string, grant io.Reader) (api.Login, error) {
	data, err := io.ReadAll(grant)
	if err != nil {
		return api.Login{}, err
	}
	return api.Login{Platform: platform, State: "connected"}, s.note("login " + platform + " " + string(data))
}

func (s *staff) BeginLogin(_ context.Context, platform string, in api.LoginStart) (api.LoginBegun, error) {
	return api.LoginBegun{
		Platform: platform, Address: "https://accounts.test/authorize?state=s", Trusted: true, UserCode: "JLLKTXWJ",
		Redirect: "http://127.0.0.1:7433/oauth/spotify/callback", IntervalMs: 1000, ExpiresAt: time.Now().UTC(), Ticket: "t",
	}, s.note("begin " + platform + " " + in.Address)
}

func (s *staff) FinishLogin(_ context.Context, platform string, in api.LoginFinish) (api.Login, error) {
	return api.Login{Platform: platform, State: api.LoginPending}, s.note("finish " + platform + " " + in.Ticket + " " + in.Answer)
}

func (s *staff) CameBack(_ context.Context, platform string, query url.Values) (api.Login, error) {
	return api.Login{Platform: platform, State: api.LoginConnected, Login: "<luna>"}, s.note("back " + platform + " " + query.Encode())
}

func (s *staff) RefreshLogin(_ context.Context, platform string) (api.Login, error) {
	return api.Login{Platform: platform, State: api.LoginConnected}, s.note("refresh " + platform)
}

func (s *staff) LogOut(_ context.Context, platform string) (api.Login, error) {
	return api.Login{Platform: platform, State: "logged-out"}, s.note("logout " + platform)
}

// shelf is the channel's rewards.
type shelf struct{ s *staff }

func (w shelf) reward(name string) api.Reward {
	return api.Reward{
		ID: "w1", For: name, Ours: true, Title: "Song request", Cost: 500, Prompt: "Paste a link.", Color: "#00E5CB",
		Cooldown: 60, MaxPerStream: 100, MaxPerViewer: 3, InputRequired: true, Enabled: true,
	}
}

func (w shelf) List(context.Context) ([]api.Reward, error) {
	paused := w.reward("song")
	paused.Paused, paused.Held = true, []string{api.HeldOffline, api.HeldByHand}
	return []api.Reward{paused, {ID: "w9", Title: "Keyboard raffle", Cost: 1, Enabled: true, Problem: "was made by another app"}}, w.s.note("shelf")
}

func (w shelf) SetUp(context.Context) ([]api.Reward, error) {
	r := w.reward("song")
	r.Change, r.Changed = api.RewardUpdated, []string{"cost"}
	return []api.Reward{r}, w.s.note("rewards")
}

func (w shelf) Update(_ context.Context, name string) (api.Reward, error) {
	return w.reward(name), w.s.note("update reward " + name)
}

func (w shelf) Pause(_ context.Context, name string, paused bool) (api.Reward, error) {
	r := w.reward(name)
	r.Paused = paused
	return r, w.s.note(fmt.Sprintf("pause reward %s %v", name, paused))
}

func (w shelf) Delete(_ context.Context, name string) (api.Reward, error) {
	r := w.reward(name)
	r.Change, r.Returned = api.RewardDeleted, 2
	return r, w.s.note("delete reward " + name)
}

func (s *staff) Subscriptions(context.Context) (api.Subscriptions, error) {
	return api.Subscriptions{
		Subscriptions: []api.Subscription{{
			ID: "s1", Type: "stream.online", Version: "1", Condition: map[string]string{"broadcaster_user_id": "1"}, Status: "enabled",
			Cost: 1, Session: api.SessionOurs, CreatedAt: time.Now(),
		}},
		Cost: 1, MaxCost: 10, Session: api.Component{Status: api.StatusOK, State: "healthy"},
	}, nil
}

func (s *staff) SetUp(ctx context.Context) (api.Subscriptions, error) {
	all, _ := s.Subscriptions(ctx)
	return all, s.note("set up eventsub")
}

func (s *staff) CleanUp(context.Context) (api.Cleaned, error) {
	return api.Cleaned{Deleted: 2, Kept: 6}, s.note("clean up eventsub")
}

func (s *staff) ReloadSettings(context.Context) (api.Reloaded, error) {
	return api.Reloaded{Path: "/c.toml", Applied: []string{"chat.enabled"}}, s.note("reload")
}

func (s *staff) BuiltInUse(name string) chat.Use {
	return chat.Use{Enabled: name == "song", Role: chat.Everyone, Cooldown: time.Second, Aliases: []string{"x" + name}}
}

func (s *staff) AddCommand(_ context.Context, c chat.Custom) (chat.Custom, error) {
	return c, s.note(fmt.Sprintf("add %s %q %q %s", c.Name, c.Text, c.Target, c.Use.Role))
}

func (s *staff) EditCommand(_ context.Context, name string, change func(*chat.Custom)) (chat.Custom, error) {
	c := chat.Custom{Name: name, Text: "old", Count: 3}
	change(&c)
	return c, s.note("edit " + name)
}

func (s *staff) RemoveCommand(_ context.Context, name string) ([]string, error) {
	return []string{name, name + "s"}, s.note("remove " + name)
}

func (s *staff) health(context.Context) api.Health {
	ok := api.Component{Status: api.StatusOK}
	return api.Health{
		PID: 4, Running: true, StartedAt: time.Now(), Components: api.Components{EventSub: ok, Chat: ok, Twitch: ok, Spotify: ok},
		Helix:  api.Helix{Calls: map[string]int64{"GET /streams": 12}, API: api.RateLimit{Points: 800, Left: 787, Waits: 3, Refusals: 1}},
		WebAPI: api.WebAPI{Calls: map[string]int{"GET /me/player": 41}, Total: 41, BarredUntil: time.Now().Add(time.Hour), Barred: "quota-exceeded"},
	}
}
