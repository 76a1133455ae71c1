package sim_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/sim"
)

// account is everything a simulator says about its books.
type account struct {
	Summary     sim.Summary
	Redemptions []sim.Entry
	Adds        []sim.Add
	Posts       []sim.Post
	Points      map[string]sim.Account
	Player      sim.Playback
	Live        bool
}

func accountOf(s *sim.Sim) account {
	return account{
		Summary: s.Books(), Redemptions: s.Redemptions(), Adds: s.Adds(), Posts: s.Posts(),
		Points: s.Points(), Player: s.Player(), Live: s.Live(),
	}
}

// Whatever happened, and wherever a kill tore the last line, the books fold to
// what the simulator said when that line was written.
func TestTheBooksFoldToWhatWasLive(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			n++
			checkBooks(t, filepath.Join(dir, fmt.Sprint("books", n)))
		})
	})
}

func checkBooks(t *rapid.T, path string) {
	opt := sim.Options{BooksPath: path, Speed: 50}
	i := within(t, opt)
	text, err := i.sim.GrantTwitch()
	if err != nil {
		t.Fatalf("grant: %v", err)
	}
	d := &desk{t: t, i: i, twitch: bearer(t, text)}
	rolls := d.reward("Raffle", false)
	songs := d.reward("Song request", true)
	live := map[int]account{} // by size of the books
	keep := func() {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatalf("stat: %v", err)
		}
		live[int(info.Size())] = accountOf(i.sim)
	}
	keep()
	for range rapid.IntRange(1, 30).Draw(t, "acts") {
		d.act(songs, rolls)
		keep()
	}
	if err := i.sim.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	cut := rapid.IntRange(0, 200).Draw(t, "torn")
	whole := tear(t, path, cut)
	again, err := sim.New(opt)
	if err != nil {
		t.Fatalf("reopen: %v", err)
	}
	defer func() { _ = again.Close() }()
	want, known := live[whole]
	if !known {
		return // torn before the first act
	}
	if d := cmp.Diff(want, accountOf(again)); d != "" {
		t.Fatalf("folded otherwise: %s", d)
	}
}

// tear cuts n bytes off the file, and returns up to where its lines are whole.
func tear(t *rapid.T, path string, n int) int {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	text = text[:max(len(text)-n, 0)]
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatalf("tear: %v", err)
	}
	return bytes.LastIndexByte(text, '\n') + 1
}

// desk does at random what a desk, viewers and a streamer do.
type desk struct {
	t      *rapid.T
	i      *inside
	twitch string
	open   []string
}

func bearer(t *rapid.T, text []byte) string {
	_, after, _ := strings.Cut(string(text), `"access_token":"`)
	token, _, found := strings.Cut(after, `"`)
	if !found {
		t.Fatalf("no token in the grant")
	}
	return token
}

func (d *desk) helix(method, path string, body any) any {
	as := *d.i
	as.token = d.twitch
	status, v := as.helix(method, path, body)
	if status != 200 {
		d.t.Fatalf("%s %s: %d %v", method, path, status, v)
	}
	return v
}

func (d *desk) reward(title string, input bool) string {
	v := d.helix("POST", rewardsPath+"?broadcaster_id="+d.i.sim.Broadcaster().ID, map[string]any{"title": title, "cost": 100, "is_user_input_required": input})
	id, _ := dig(v, "data.0.id").(string)
	return id
}

func (d *desk) act(songs, rolls string) {
	s, me := d.i.sim, d.i.sim.Broadcaster().ID
	viewer := rapid.SampledFrom([]string{"kai", "ren_yoru", "zoe_codes"}).Draw(d.t, "viewer")
	var err error
	switch rapid.SampledFrom([]string{"roll", "roll", "settle", "settle", "add", "post", "wait", "pause", "resume", "skip", "device", "live", "revoke"}).Draw(d.t, "act") {
	case "roll":
		var id string
		id, err = s.Redeem(viewer, rolls, "")
		d.open = append(d.open, id)
	case "settle":
		if len(d.open) == 0 {
			return
		}
		status := rapid.SampledFrom([]string{"FULFILLED", "CANCELED"}).Draw(d.t, "status")
		d.helix("PATCH", redemptionsPath+"?broadcaster_id="+me+"&reward_id="+rolls+"&id="+d.open[0], map[string]string{"status": status})
		d.open = d.open[1:]
	case "add":
		uris, _ := d.i.upcoming()
		d.i.spotify("POST", "/v1/me/player/queue?uri="+uris[0])
	case "post":
		d.helix("POST", "/helix/chat/messages", map[string]string{"broadcaster_id": me, "sender_id": me, "message": "♪ 夜"})
	case "wait":
		rest(time.Duration(rapid.IntRange(1, 9000).Draw(d.t, "ms")) * time.Millisecond)
		d.i.spotify("GET", "/v1/me/player")
	case "pause":
		err = s.Pause()
	case "resume":
		err = s.Resume()
	case "skip":
		err = s.Skip()
	case "device":
		err = s.SetDevice(rapid.Bool().Draw(d.t, "on"))
	case "live":
		if s.Live() {
			err = s.GoOffline()
		} else {
			err = s.GoLive()
		}
	case "revoke":
		_, err = s.Redeem(viewer, songs, "spotify:track:x")
	}
	if err != nil {
		d.t.Fatalf("act: %v", err)
	}
}

func TestBooksThatCannotBeTrustedAreRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"broken":  "{\"at\":\"2026-01-01T00:00:00Z\"}\nnot json\n{}\n",
		"unknown": `{"at":"2026-01-01T00:00:00Z","ops":[{"teleport":{}}]}` + "\n",
		"twisted": `{"at":"2026-01-01T00:00:00Z","ops":[{"settle":7}]}` + "\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sim.New(sim.Options{BooksPath: path}); core.KindOf(err) != core.Internal || !strings.Contains(fmt.Sprint(err), "line") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sim.New(sim.Options{BooksPath: filepath.Join(dir, "books.db")}); core.KindOf(err) != core.Invalid {
		t.Error(err)
	}
}

func TestOnlyTheOwnerCanReadTheBooks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.jsonl")
	s, err := sim.New(sim.Options{BooksPath: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// The books may hold what a careless hand wrote; folding it must not panic.
func FuzzBooks(f *testing.F) {
	f.Add([]byte(`{"at":"2026-01-01T00:00:00Z","ops":[{"boot":{"speed":6}},{"settle":{"id":"x","status":"FULFILLED"}},{"end":{"login":"x"}}]}` + "\n"))
	f.Add([]byte(`{"at":"2026-01-01T00:00:00Z","ops":[{"queue":{"track":"x"}},{"skip":{}},{"refresh":{"old":"x","next":"y"}},{"reward-gone":{"id":"x"}}]}` + "\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(dir, "books")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := sim.New(sim.Options{BooksPath: path}); err == nil {
			accountOf(s)
			_ = s.Close()
		}
	})
}
