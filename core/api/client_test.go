package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/core/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipes is a listener of connections within a bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (p *pipes) Dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: errors.New("connection refused")}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// desk runs fn in a bubble with a client of a server that answers with handle.
func desk(t *testing.T, handle http.HandlerFunc, fn func(context.Context, *api.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		server := &http.Server{Handler: handle, ReadHeaderTimeout: time.Minute}
		ended := make(chan struct{})
		go func() { defer close(ended); _ = server.Serve(p) }()
		c := &api.Client{Dial: p.Dial, Token: "t"}
		fn(t.Context(), c)
		c.Close()
		_ = server.Close()
		<-ended
		time.Sleep(time.Second) // net/http lingers
	})
}

func TestEveryRouteHasACallThatAsksForIt(t *testing.T) {
	var asked []string
	handle := func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		if want := r.Method != http.MethodGet; (r.Header.Get("Authorization") == "Bearer t") != want {
			t.Errorf("%s %s: token %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
		}
		_, _ = w.Write([]byte("null"))
	}
	desk(t, handle, func(ctx context.Context, c *api.Client) {
		for _, call := range []func() error{
			func() error { _, err := c.Health(ctx); return err },
			func() error { _, err := c.NowPlaying(ctx); return err },
			func() error { _, err := c.Queue(ctx, 5); return err },
			func() error { _, err := c.AddToQueue(ctx, api.AddRequest{Link: "l"}, "k"); return err },
			func() error { _, err := c.RemoveFromQueue(ctx, "r", api.RemoveRequest{}); return err },
			func() error { _, err := c.MoveInQueue(ctx, "r", 2); return err },
			func() error { _, err := c.Promote(ctx, "r"); return err },
			func() error { _, err := c.Replace(ctx, "r", "l"); return err },
			func() error { _, err := c.ClearQueue(ctx, api.RemoveRequest{}); return err },
			func() error { _, err := c.OpenRequests(ctx); return err },
			func() error { _, err := c.CloseRequests(ctx, "why"); return err },
			func() error { _, err := c.Skip(ctx, api.SkipRequest{}); return err },
			func() error { _, err := c.SearchSongs(ctx, "x"); return err },
			func() error { _, err := c.Blocks(ctx, 0); return err },
			func() error { _, err := c.Block(ctx, api.BlockRequest{}); return err },
			func() error { _, err := c.Unblock(ctx, api.BlockRequest{}); return err },
			func() error { _, err := c.History(ctx, 0); return err },
			func() error { _, err := c.TopTracks(ctx, "", api.Within{}, 0); return err },
			func() error { _, err := c.TopTracks(ctx, "7", api.Within{}, 3); return err },
			func() error { _, err := c.TopRequesters(ctx, api.Within{Since: time.Unix(0, 0).UTC()}, 0); return err },
			func() error { _, err := c.Points(ctx, "3"); return err },
			func() error { _, err := c.SessionStats(ctx, api.Within{}, 0); return err },
			func() error { _, err := c.ViewerStats(ctx, api.Within{Session: "2"}, 0); return err },
			func() error { _, err := c.ViewerPage(ctx, "luna", api.Within{Session: "2"}); return err },
			func() error { _, err := c.ErrorStats(ctx, api.Within{Session: "2"}, 3); return err },
			func() error { _, err := c.Leaderboard(ctx, "", api.SortWins, 2); return err },
			func() error { _, err := c.RaffleUser(ctx, "7"); return err },
			func() error {
				_, err := c.RaffleRolls(ctx, api.RaffleRolls{Session: "2", UserID: "7", Waiting: true}, 0)
				return err
			},
			func() error { _, err := c.GivePrize(ctx, "r"); return err },
			func() error { _, err := c.Giveaway(ctx); return err },
			func() error { _, err := c.OpenGiveaway(ctx, api.GiveawayTerms{}); return err },
			func() error { _, err := c.DrawGiveaway(ctx, api.GiveawayAction{}); return err },
			func() error { _, err := c.RedrawGiveaway(ctx, api.GiveawayAction{}); return err },
			func() error { _, err := c.CloseGiveaway(ctx, api.GiveawayAction{}); return err },
			func() error { _, err := c.CancelGiveaway(ctx, api.GiveawayAction{}); return err },
			func() error { _, err := c.RaffleSeeds(ctx, 3); return err },
			func() error { _, err := c.VerifyRaffle(ctx, "2"); return err },
			func() error { _, err := c.Devices(ctx); return err },
			func() error { _, err := c.PickDevice(ctx, api.DeviceRequest{Device: "d"}); return err },
			func() error { _, err := c.Achievements(ctx); return err },
			func() error { _, err := c.AchievementLeaders(ctx, 2); return err },
			func() error { _, err := c.LatestAchievements(ctx, 0); return err },
			func() error { _, err := c.AchievementsOf(ctx, "7"); return err },
			func() error { _, err := c.UnlockedBy(ctx, "kai"); return err },
			func() error { _, err := c.RebuildAchievements(ctx, api.RebuildRequest{}); return err },
			func() error { _, err := c.Stream(ctx); return err },
			func() error { _, err := c.Viewers(ctx, 7); return err },
			func() error { _, err := c.Say(ctx, api.SayRequest{Text: "hi"}); return err },
			func() error { _, err := c.PreviewStreamEnd(ctx); return err },
			func() error { _, err := c.EndStream(ctx, api.EndRequest{}); return err },
			func() error { _, err := c.Sagas(ctx, "failed", 4); return err },
			func() error { _, err := c.Saga(ctx, "a/b ?"); return err },
			func() error { _, err := c.RetrySaga(ctx, "s"); return err },
			func() error { _, err := c.ResolveSaga(ctx, "s", true); return err },
			func() error { _, err := c.Journal(ctx, -1, 0); return err },
			func() error { _, err := c.Journal(ctx, 0, 9, "raffle.rolled", "song.ended"); return err },
			func() error { _, err := c.Logins(ctx, true); return err },
			func() error { _, err := c.LogIn(ctx, "twitch", []byte("{}")); return err },
			func() error { _, err := c.LogOut(ctx, "spotify"); return err },
			func() error { _, err := c.BeginLogin(ctx, "twitch", api.LoginStart{}); return err },
			func() error { _, err := c.FinishLogin(ctx, "twitch", api.LoginFinish{Ticket: "t"}); return err },
			func() error { _, err := c.RefreshLogin(ctx, "twitch"); return err },
			func() error { _, err := c.Rewards(ctx); return err },
			func() error { _, err := c.SetUpRewards(ctx); return err },
			func() error { _, err := c.UpdateReward(ctx, "song"); return err },
			func() error { _, err := c.PauseReward(ctx, "song"); return err },
			func() error { _, err := c.ResumeReward(ctx, "raffle"); return err },
			func() error { _, err := c.DeleteReward(ctx, "w/1"); return err },
			func() error { _, err := c.Subscriptions(ctx); return err },
			func() error { _, err := c.SetUpEventSub(ctx); return err },
			func() error { _, err := c.CleanUpEventSub(ctx); return err },
			func() error { _, err := c.ReloadSettings(ctx); return err },
			func() error { _, err := c.Commands(ctx); return err },
			func() error { _, err := c.AddCommand(ctx, api.NewCommand{Name: "hug"}); return err },
			func() error { _, err := c.EditCommand(ctx, "hug", api.EditCommand{}); return err },
			func() error { _, err := c.RemoveCommand(ctx, "hug"); return err },
		} {
			if err := call(); err != nil {
				t.Error(err)
			}
		}
	})
	want := []string{
		"GET /health", "GET /api/now-playing", "GET /api/queue?limit=5", "POST /api/queue",
		"POST /api/queue/r/remove", "POST /api/queue/r/move", "POST /api/queue/r/promote", "POST /api/queue/r/replace",
		"POST /api/queue/clear", "POST /api/queue/open", "POST /api/queue/close", "POST /api/skip", "GET /api/songs/search?q=x",
		"GET /api/blocks", "POST /api/blocks", "POST /api/blocks/remove",
		"GET /api/song-requests/history", "GET /api/stats/top-tracks", "GET /api/stats/top-tracks/7?limit=3",
		"GET /api/stats/top-requesters?since=1970-01-01T00%3A00%3A00Z", "GET /api/stats/points?session=3", "GET /api/stats/sessions", "GET /api/stats/viewers?session=2", "GET /api/stats/viewers/luna?session=2", "GET /api/stats/errors?limit=3&session=2", "GET /api/stats/raffle/leaderboard?limit=2&sortBy=wins", "GET /api/stats/raffle/user/7",
		"GET /api/raffle/rolls?session=2&user=7&wins=waiting", "POST /api/raffle/rolls/r/give",
		"GET /api/giveaway", "POST /api/giveaway", "POST /api/giveaway/draw", "POST /api/giveaway/redraw", "POST /api/giveaway/close",
		"POST /api/giveaway/cancel", "GET /api/raffle/seeds?limit=3", "GET /api/raffle/verify?session=2",
		"GET /api/devices", "POST /api/devices/pick", "GET /api/achievements/definitions", "GET /api/achievements/leaderboard?limit=2", "GET /api/achievements/latest",
		"GET /api/achievements/7", "GET /api/achievements/kai/unlocked", "POST /api/achievements/rebuild",
		"GET /api/stream", "GET /api/viewers?limit=7", "POST /api/chat", "GET /api/stream/end", "POST /api/stream/end", "GET /api/sagas?limit=4&state=failed", "GET /api/sagas/a%2Fb%20%3F", "POST /api/sagas/s/retry",
		"POST /api/sagas/s/resolve", "GET /api/journal", "GET /api/journal?after=0&limit=9&type=raffle.rolled%2Csong.ended", "GET /api/auth?validate=true",
		"POST /api/auth/twitch", "DELETE /api/auth/spotify",
		"POST /api/auth/twitch/begin", "POST /api/auth/twitch/finish", "POST /api/auth/twitch/refresh", "GET /api/rewards", "POST /api/rewards/setup",
		"POST /api/rewards/song/update", "POST /api/rewards/song/pause", "POST /api/rewards/raffle/resume", "DELETE /api/rewards/w%2F1",
		"GET /eventsub", "POST /eventsub/setup", "POST /eventsub/cleanup", "POST /api/config/reload",
		"GET /api/commands", "POST /api/commands", "POST /api/commands/hug", "DELETE /api/commands/hug",
	}
	if d := cmp.Diff(want, asked); d != "" {
		t.Error(d)
	}
	if all := api.Routes(); len(asked) != len(all) { // one route is asked twice, the stream of events not at all
		t.Errorf("%d calls for %d routes", len(asked), len(all))
	}
}

func TestWhereNobodyListensTheErrorSaysWhatToDo(t *testing.T) {
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	c := &api.Client{Address: addr, Token: "t"}
	defer c.Close()
	for _, ask := range []func() error{
		func() error { _, err := c.NowPlaying(t.Context()); return err },
		func() error { _, err := c.Skip(t.Context(), api.SkipRequest{}); return err },
	} {
		err := ask()
		if core.KindOf(err) != core.Unavailable || core.ReasonOf(err) != "no-desk" || !strings.Contains(err.Error(), "no desk answers at "+addr+": start one with sidestage serve") {
			t.Errorf("%v", err)
		}
	}
}

func TestALostAnswerIsAmbiguousForAWriteOnly(t *testing.T) {
	hang := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack() //nolint:errcheck,forcetypeassert // of net/http
		if err == nil {
			_ = conn.Close()
		}
	}
	desk(t, hang, func(ctx context.Context, c *api.Client) {
		_, err := c.Skip(ctx, api.SkipRequest{})
		if core.KindOf(err) != core.Ambiguous || core.ReasonOf(err) != "answer-lost" {
			t.Errorf("write: %v", err)
		}
		_, err = c.NowPlaying(ctx)
		if core.KindOf(err) != core.Unavailable {
			t.Errorf("read: %v", err)
		}
	})
}

func TestWhatIsNotADeskIsSaidToBeNone(t *testing.T) {
	for _, body := range []string{"<html>", "{}", ""} {
		handle := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, http.StatusNotFound) }
		desk(t, handle, func(ctx context.Context, c *api.Client) {
			_, err := c.Health(ctx)
			if core.KindOf(err) != core.Unavailable || core.ReasonOf(err) != "not-a-desk" {
				t.Errorf("%q: %v", body, err)
			}
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	handle := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("the token went elsewhere")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}
	desk(t, handle, func(ctx context.Context, c *api.Client) {
		if _, err := c.Skip(ctx, api.SkipRequest{}); core.ReasonOf(err) != "not-a-desk" {
			t.Errorf("%v", err)
		}
	})
}

func TestACancelledCallSaysSo(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // net/http sees the end of the connection only behind the body
		<-r.Context().Done()
	}
	desk(t, hang, func(ctx context.Context, c *api.Client) {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := c.Skip(ctx, api.SkipRequest{})
		if !errors.Is(err, context.DeadlineExceeded) || core.KindOf(err) != core.Ambiguous {
			t.Errorf("%v", err)
		}
	})
}

// stream answers /api/events, one script for each connection.
func stream(t *testing.T, connects *[]string, scripts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n := len(*connects)
		*connects = append(*connects, r.URL.RawQuery)
		if n >= len(scripts) {
			t.Errorf("connection %d", n)
			return
		}
		_, _ = fmt.Fprint(w, scripts[n])
		_ = http.NewResponseController(w).Flush()
		if strings.HasSuffix(scripts[n], "...") {
			<-r.Context().Done() // silence
		}
	}
}

const (
	snapshot7 = "retry: 1000\nid: 7\nevent: snapshot\ndata: {\"seq\":7}\n\n"
	record8   = "id: 8\nevent: song.handed-over\ndata: {\"seq\":8,\ndata: \"type\":\"song.handed-over\"}\n\n"
	resumed   = ": a comment\n\nevent: resumed\ndata: {\"seq\":8}\n\n"
	record9   = "id: 9\nevent: moon.landed\ndata: {\"seq\":9,\"type\":\"moon.landed\"}\n\n"
)

// told is an event in a word.
func told(e api.Event, err error) string {
	switch {
	case err != nil:
		return "lost"
	case e.Snapshot != nil:
		return fmt.Sprint("snapshot ", e.Snapshot.Seq)
	case e.Resumed != nil:
		return fmt.Sprint("resumed ", e.Resumed.Seq)
	}
	return fmt.Sprint(e.Record.Type, " ", e.Record.Seq)
}

func TestEventsAreFollowedAcrossLostConnections(t *testing.T) {
	var connects []string
	handle := stream(t, &connects, snapshot7+record8, resumed+"...", resumed+record9)
	var got []string
	desk(t, handle, func(ctx context.Context, c *api.Client) {
		for e, err := range c.Events(ctx, 0) {
			if got = append(got, told(e, err)); len(got) == 7 {
				break
			}
		}
	})
	want := []string{"snapshot 7", "song.handed-over 8", "lost", "resumed 8", "lost", "resumed 8", "moon.landed 9"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"", "after=8", "after=8"}, connects); d != "" {
		t.Error(d)
	}
}

func TestEventsGoOnFromWhereTheCallerIs(t *testing.T) {
	var connects []string
	desk(t, stream(t, &connects, resumed), func(ctx context.Context, c *api.Client) {
		for _, err := range c.Events(ctx, 8) {
			if err != nil {
				t.Error(err)
			}
			break
		}
	})
	if d := cmp.Diff([]string{"after=8"}, connects); d != "" {
		t.Error(d)
	}
}

func TestEventsEndWithTheContextAndWithWhatCannotBeMended(t *testing.T) {
	refuse := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"error":"no","code":"denied"}`)
	}
	desk(t, refuse, func(ctx context.Context, c *api.Client) {
		n := 0
		for _, err := range c.Events(ctx, 0) {
			if n++; core.KindOf(err) != core.Denied {
				t.Errorf("%v", err)
			}
		}
		if n != 1 {
			t.Errorf("%d tries", n)
		}
	})
	var connects []string
	desk(t, stream(t, &connects, snapshot7+"..."), func(ctx context.Context, c *api.Client) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for _, err := range c.Events(ctx, 0) {
			if err != nil {
				t.Errorf("after the end: %v", err)
			}
			cancel()
		}
	})
}

func TestTriesToConnectAgainSlowDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		last := time.Now()
		c := &api.Client{Dial: func(context.Context) (net.Conn, error) {
			waits = append(waits, time.Since(last))
			last = time.Now()
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
		}}
		for _, err := range c.Events(t.Context(), 0) {
			if len(waits) == 7 || err == nil {
				break
			}
		}
		second := time.Second
		want := []time.Duration{0, second, 2 * second, 4 * second, 8 * second, 15 * second, 15 * second}
		if d := cmp.Diff(want, waits); d != "" {
			t.Error(d)
		}
	})
}
