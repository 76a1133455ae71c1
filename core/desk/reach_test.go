package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/desk"
	"sidestage/storage"
)

const someTrack = "https://open.spotify.com/track/4PTG3Z6ehGkBFwjybzWkR8"

// at is the settings of a desk in dir that reaches no platform.
func at(dir string) desk.Config {
	s := config.Defaults()
	s.DataDir = dir
	nowhere := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network here") }
	return desk.Config{Settings: s, Platform: storage.Demo, Dial: nowhere}
}

// runDesk runs a desk in dir that others reach, until stop is called.
func runDesk(t *testing.T, dir string) (stop func()) {
	t.Helper()
	d, err := desk.Open(t.Context(), at(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	c := d.Reach() // answers once it runs, and the run file is there
	defer c.Close()
	if _, err := c.Health(ctx); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, d.Close()); err != nil {
			t.Error(err)
		}
	})
}

// reach is a client in another process's place, and what it was warned of.
func reach(dir string) (*api.Client, *[]string) {
	var warnings []string
	c := at(dir)
	c.Platform = "" // takes what is there
	return desk.Reach(c, func(text string) { warnings = append(warnings, text) }), &warnings
}

// runFile reads or writes the fields of dir's run file.
func runFile(t *testing.T, dir string, change func(map[string]any)) map[string]any {
	t.Helper()
	path := filepath.Join(dir, "sidestage.run")
	data, err := os.ReadFile(path)
	fields := map[string]any{}
	if err == nil {
		err = json.Unmarshal(data, &fields)
	}
	if err != nil && (change == nil || !errors.Is(err, fs.ErrNotExist)) {
		t.Fatal(err)
	}
	if change != nil {
		change(fields)
		data, _ = json.Marshal(fields)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return fields
}

func TestWhereThereIsNothingReadsAreEmptyAndMakeNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "absent")
	c, _ := reach(dir)
	ctx := t.Context()
	now, err := c.NowPlaying(ctx)
	if err != nil || now != (api.NowPlaying{}) {
		t.Errorf("%+v, %v", now, err)
	}
	for what, ask := range map[string]func() (int, error){
		"queue":       func() (int, error) { q, err := c.Queue(ctx, 5); return len(q.Tracks) + q.TotalCount, err },
		"history":     func() (int, error) { h, err := c.History(ctx, 5); return len(h.Requests), err },
		"top tracks":  func() (int, error) { l, err := c.TopTracks(ctx, "", api.Within{}, 5); return len(l), err },
		"requesters":  func() (int, error) { l, err := c.TopRequesters(ctx, api.Within{}, 5); return len(l), err },
		"leaderboard": func() (int, error) { l, err := c.Leaderboard(ctx, "", "", 5); return len(l), err },
		"sagas":       func() (int, error) { l, err := c.Sagas(ctx, "", 5); return len(l.Sagas), err },
		"journal":     func() (int, error) { j, err := c.Journal(ctx, -1, 5); return len(j.Events), err },
	} {
		if n, err := ask(); n != 0 || err != nil {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	if _, err := c.Saga(ctx, "s"); core.KindOf(err) != core.NotFound {
		t.Errorf("a saga: %v", err)
	}
	if _, err := c.RaffleUser(ctx, "7"); core.KindOf(err) != core.NotFound {
		t.Errorf("a roller: %v", err)
	}
	if s, err := c.Stream(ctx); err != nil || s.Live {
		t.Errorf("the stream: %+v, %v", s, err)
	}
	if h, err := c.Health(ctx); err != nil || h.Running || h.Status != api.StatusDegraded || h.Components.Database.Status != api.StatusOK {
		t.Errorf("health: %+v, %v", h, err)
	}
	if l, err := c.Logins(ctx, true); err != nil || len(l) != 2 || l[0].State != api.LoggedOut {
		t.Errorf("logins: %+v, %v", l, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
}

func TestWithoutADeskReadsTakeNoLockAndWritesWaitForIt(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		holder, err := desk.Open(t.Context(), at(dir)) // another command, a long one
		if err != nil {
			t.Fatal(err)
		}
		c, _ := reach(dir)
		if _, err := c.Queue(t.Context(), 5); err != nil {
			t.Errorf("read: %v", err)
		}
		begun := time.Now()
		_, err = c.AddToQueue(t.Context(), api.AddRequest{Link: someTrack, As: "mo"}, "k")
		if core.KindOf(err) != core.Conflict || core.ReasonOf(err) != "locked" || time.Since(begun) < 2*time.Second || time.Since(begun) > 3*time.Second {
			t.Errorf("write, after %s: %v", time.Since(begun), err)
		}
		time.AfterFunc(time.Second, func() {
			if err := holder.Close(); err != nil {
				t.Error(err)
			}
		})
		added, err := c.AddToQueue(t.Context(), api.AddRequest{Link: someTrack, As: "mo"}, "k")
		if err != nil || !added.New {
			t.Errorf("write, the lock being given back: %+v, %v", added, err)
		}
		s, err := c.Saga(t.Context(), "k")
		if err != nil || s.State != "running" || len(s.Steps) != 0 {
			t.Errorf("the saga does not wait for a real desk: %+v, %v", s, err)
		}
		time.Sleep(time.Second) // net/http lingers
	})
}

func TestAStoppedDemoCallsNobody(t *testing.T) {
	dir := t.TempDir()
	stop := runDesk(t, dir)
	stop()
	cfg := at(dir)
	cfg.Platform = ""
	cfg.Dial = func(context.Context, string, string) (net.Conn, error) {
		t.Error("somebody was called")
		return nil, errors.New("no")
	}
	c := desk.Reach(cfg, func(string) {})
	if _, err := c.LogIn(t.Context(), "twitch", []byte(`{"access_token":"a","refresh_token":"b","expires_in":3600}`)); err != nil {
		t.Errorf("log in: %v", err)
	}
	if _, err := c.Skip(t.Context(), api.SkipRequest{}); err == nil {
		t.Error("something was skipped")
	}
	if _, err := c.SetUpRewards(t.Context()); core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "the demo does not run") {
		t.Errorf("rewards: %v", err)
	}
	if l, err := c.Logins(t.Context(), true); err != nil || l[0].Check != "unreachable" {
		t.Errorf("logins: %+v, %v", l, err)
	}
}

func TestARunningDeskIsFoundByItsRunFile(t *testing.T) {
	dir := t.TempDir()
	stop := runDesk(t, dir)
	defer stop()
	run := runFile(t, dir, nil)
	info, err := os.Stat(filepath.Join(dir, "sidestage.run"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if run["build"] != desk.Build() || run["pid"] != float64(os.Getpid()) {
		t.Errorf("%v", run)
	}
	c, warnings := reach(dir)
	h, err := c.Health(t.Context())
	if err != nil || !h.Running || h.Build != desk.Build() {
		t.Errorf("%+v, %v", h, err)
	}
	if added, err := c.AddToQueue(t.Context(), api.AddRequest{Link: someTrack, As: "mo"}, "k"); err != nil || !added.New {
		t.Errorf("%+v, %v", added, err)
	}
	if len(*warnings) > 0 {
		t.Errorf("%q", *warnings)
	}
	stop()
	if _, err := os.Stat(filepath.Join(dir, "sidestage.run")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the run file stays: %v", err)
	}
	if s, err := c.Saga(t.Context(), "k"); err != nil || s.Kind != "desk-request" {
		t.Errorf("after the desk: %+v, %v", s, err)
	}
}

func TestARunFileThatWasLeftBehindIsIgnored(t *testing.T) {
	silent := func(conn net.Conn) {
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		if n, _ := conn.Read(make([]byte, 1)); n > 0 {
			t.Error("another program was told something")
		}
		_ = conn.Close()
	}
	for name, listens := range map[string]bool{"nobody listens": false, "another program listens": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			runDesk(t, dir)()
			l := listen(t)
			if listens {
				go func() {
					for {
						conn, err := l.Accept()
						if err != nil {
							return
						}
						go silent(conn)
					}
				}()
				defer l.Close() //nolint:errcheck // of a test
			} else {
				_ = l.Close()
			}
			runFile(t, dir, func(f map[string]any) {
				f["pid"], f["address"], f["token"], f["build"] = 1, l.Addr().String(), "t", "old"
			})
			c, warnings := reach(dir)
			if _, err := c.Queue(t.Context(), 5); err != nil {
				t.Errorf("read: %v", err)
			}
			if _, err := c.AddToQueue(t.Context(), api.AddRequest{Link: someTrack, As: "mo"}, "k"); err != nil {
				t.Errorf("write: %v", err)
			}
			if len(*warnings) > 0 {
				t.Errorf("%q", *warnings)
			}
			stop := runDesk(t, dir) // and a desk replaces it
			if runFile(t, dir, nil)["build"] == "old" {
				t.Error("the run file is still the old one")
			}
			stop()
		})
	}
}

func TestARunFileThatMakesNoSenseIsIgnored(t *testing.T) {
	for _, text := range []string{"", "{", "{}", `{"pid":1}`, strings.Repeat("x", 10_000)} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "sidestage.run"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, _ := reach(dir)
		if _, err := c.Queue(t.Context(), 5); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestAnotherBuildIsReadWithAWarningAndNotWrittenTo(t *testing.T) {
	dir := t.TempDir()
	stop := runDesk(t, dir)
	defer stop()
	runFile(t, dir, func(f map[string]any) { f["build"] = "v0.0.1" })
	c, warnings := reach(dir)
	for range 2 {
		if h, err := c.Health(t.Context()); err != nil || !h.Running {
			t.Errorf("read: %+v, %v", h, err)
		}
	}
	if len(*warnings) != 1 || !strings.Contains((*warnings)[0], "v0.0.1") || !strings.Contains((*warnings)[0], desk.Build()) {
		t.Errorf("%q", *warnings)
	}
	_, err := c.AddToQueue(t.Context(), api.AddRequest{Link: someTrack, As: "mo"}, "k")
	if core.KindOf(err) != core.Conflict || core.ReasonOf(err) != "other-build" || !strings.Contains(err.Error(), "v0.0.1") || !strings.Contains(err.Error(), desk.Build()) {
		t.Errorf("write: %v", err)
	}
	if s, err := c.Sagas(t.Context(), "", 5); err != nil || len(s.Sagas) != 0 {
		t.Errorf("it was written all the same: %+v, %v", s, err)
	}
}

func TestEventsMoveToADeskThatStarts(t *testing.T) {
	dir := t.TempDir()
	runDesk(t, dir)() // so that there is a database
	c, _ := reach(dir)
	var seen []string
	var stop func()
	for e, err := range c.Events(t.Context(), 0) {
		switch {
		case err != nil:
			seen = append(seen, "lost")
		case e.Snapshot != nil:
			seen = append(seen, "snapshot")
			stop = runDesk(t, dir)
		case e.Resumed != nil:
			seen = append(seen, "resumed")
			if _, err := c.AddToQueue(t.Context(), api.AddRequest{Link: someTrack, As: "mo"}, "k"); err != nil {
				t.Error(err)
			}
		default:
			seen = append(seen, string(e.Record.Type))
		}
		if e.Record != nil {
			break
		}
	}
	stop()
	if got := strings.Join(seen, " "); got != "snapshot lost resumed saga.changed" {
		t.Errorf("%s", got)
	}
}

func TestAPortThatIsTakenIsSaidByWhom(t *testing.T) {
	dir := t.TempDir()
	stop := runDesk(t, dir)
	defer stop()
	stranger := listen(t)
	defer stranger.Close()                                                             //nolint:errcheck // of a test
	go func() { _ = (&http.Server{ReadHeaderTimeout: time.Second}).Serve(stranger) }() //nolint:errcheck // of a test
	d, err := desk.Open(t.Context(), at(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // of a test
	address, _ := runFile(t, dir, nil)["address"].(string)
	for addr, who := range map[string]string{address: "another sidestage (pid ", stranger.Addr().String(): "taken by "} {
		err := d.Listen(t.Context(), addr)
		if core.KindOf(err) != core.Unavailable || core.ReasonOf(err) != desk.ReasonPortTaken || !strings.Contains(err.Error(), who) {
			t.Errorf("%v", err)
		}
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
