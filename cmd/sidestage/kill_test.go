//go:build unix

package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"sidestage/core/sim"
)

// failpointBinary builds the program with failpoints, once a test.
func failpointBinary(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "sidestage")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "failpoint", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build with failpoints: %v\n%s", err, out)
	}
	return bin
}

// scenario is a demo in which a failpoint is reached.
type scenario struct {
	flags  []string // of the run that is killed
	settle string   // --for of the run after it
	then   []string // other flags of that
	env    []string // of the run that is killed
}

// immediate has every request add to the player at once, so that more of them
// meet what is wrong with it.
const immediate = "SIDESTAGE_SONG_HANDOVER=immediate"

// onlyRolls has nobody ask for songs: they cost more than anybody has.
const onlyRolls = "SIDESTAGE_REWARD_SONG_COST=2000000000"

// scenarioOf picks the demo for a point: most are on everybody's way, undos
// and refunds need something to go wrong, and what happens at the player is
// certain only while tracks are longer than the outage.
func scenarioOf(point string) scenario {
	undo := strings.HasSuffix(point, "/undo") || strings.HasSuffix(point, "/undone")
	raffle := strings.HasPrefix(point, "saga/keyboard-raffle/")
	refund := strings.Contains(point, "refund") || strings.Contains(point, "tell-chat") || strings.HasSuffix(point, "/compensating")
	switch {
	case strings.HasPrefix(point, "saga/desk-request/") && (undo || refund || strings.Contains(point, "/note-")):
		return scenario{flags: []string{"--speed", "20", "--fault", "no-device"}, settle: "1s", env: []string{immediate, "SIDESTAGE_SONG_UNAVAILABLE_FOR=0s"}}
	case strings.HasPrefix(point, "token/"):
		return scenario{flags: []string{"--speed", "20", "--rate", "60", "--fault", "unauthorized"}, settle: "1s", env: []string{immediate}}
	case strings.Contains(point, "/spotify/"), strings.Contains(point, "/note-outage/"):
		return scenario{
			flags: []string{"--speed", "20", "--rate", "240", "--fault", "refuse-refresh"}, settle: "1s",
			env: []string{"SIDESTAGE_SONG_UNAVAILABLE_FOR=10m"},
		}
	case strings.Contains(point, "/heard/"), strings.Contains(point, "/see-outcome/"):
		return scenario{
			flags: []string{"--speed", "60"}, settle: "1s", then: []string{"--speed", "100"}, env: []string{"SIDESTAGE_SONG_FULFIL=heard"},
		}
	case strings.HasPrefix(point, "saga/raid/"):
		return scenario{
			flags:  []string{"--speed", "20", "--rate", "120", "--fault", "raid"},
			settle: "1s", env: []string{"SIDESTAGE_CHAT_RAID_THANKS=true", "SIDESTAGE_CHAT_RAID_SHOUTOUT=true"},
		}
	case raffle && strings.Contains(point, "tell-chat"): // a roll is refunded with a word only when it was missed
		return scenario{
			flags:  []string{"--speed", "20", "--rate", "240", "--fault", "drop-socket"},
			settle: "1s", env: []string{"SIDESTAGE_CATCH_UP=refund", "SIDESTAGE_CHAT_ENABLED=false", "SIDESTAGE_CHAT_ACHIEVEMENTS=false", onlyRolls},
		}
	case undo, raffle && refund:
		return scenario{flags: []string{"--speed", "20", "--rate", "120", "--fault", "moderator"}, settle: "1s"}
	case strings.Contains(point, "/add-to-player/"):
		return scenario{flags: []string{"--speed", "1", "--rate", "120"}, settle: "12s"}
	case strings.Contains(point, "/giveaway/"): // chat has to be free for its words
		return scenario{flags: []string{"--speed", "20", "--rate", "60"}, settle: "1s"}
	case strings.Contains(point, "chat-command"):
		return scenario{flags: []string{"--speed", "40"}, settle: "1s"}
	}
	return scenario{flags: []string{"--speed", "20", "--rate", "120"}, settle: "1s"}
}

// TestTheBooksBalanceAfterAKillAnywhere kills the real program at every place
// it registers, starts it again on the same directory, and compares its books
// with those of both simulated platforms.
func TestTheBooksBalanceAfterAKillAnywhere(t *testing.T) {
	bin := failpointBinary(t)
	out, err := exec.CommandContext(t.Context(), bin, "failpoints").Output()
	if err != nil {
		t.Fatal(err)
	}
	points := strings.Fields(string(out))
	if len(points) < 50 {
		t.Fatalf("only %d failpoints are registered", len(points))
	}
	results := make([]chan error, len(points))
	var crowd errgroup.Group
	crowd.SetLimit(atOnce)
	for i, point := range points {
		results[i] = make(chan error, 1)
		dir := t.TempDir()
		go crowd.Go(func() error {
			results[i] <- killAndSettle(t.Context(), bin, dir, point)
			return nil
		})
	}
	for i, point := range points {
		t.Run(point, func(t *testing.T) {
			if err := <-results[i]; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAHiddenAnswerWaitsForAPersonAndBalancesBothWays: while tracks are shorter
// than a look at the player takes, nobody can tell after a kill whether one was
// added. That is the one place where a decision is asked for.
func TestAHiddenAnswerWaitsForAPersonAndBalancesBothWays(t *testing.T) {
	const point = "saga/song-request/add-to-player/intended"
	bin, dir := failpointBinary(t), t.TempDir()
	if _, err := killed(t.Context(), bin, dir, point, scenario{flags: []string{"--speed", "100"}}); err != nil {
		t.Fatal(err)
	}
	got, err := settled(t.Context(), bin, dir, "12s", "--speed", "100")
	if err != nil {
		t.Fatal(err)
	}
	if got.Redemptions.NeedsDecision != 1 {
		t.Fatalf("%+v", got)
	}
	for flag, fate := range map[string]string{"--happened": "FULFILLED", "--did-not-happen": "CANCELED"} {
		t.Run(flag, func(t *testing.T) {
			decideByHand(t, bin, copyOf(t, dir), flag, fate)
		})
	}
}

func decideByHand(t *testing.T, bin, dir, flag, fate string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), bin, "saga", "list", "--state", "needs-decision", "--json", "--data-dir", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Sagas []struct{ ID string } }
	if err := json.Unmarshal(out, &list); err != nil || len(list.Sagas) != 1 {
		t.Fatalf("%v in %s", err, out)
	}
	id := list.Sagas[0].ID
	if out, err := exec.CommandContext(t.Context(), bin, "saga", "resolve", id, flag, "--data-dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := settled(t.Context(), bin, dir, "1s", "--speed", "100")
	if err != nil || got.Redemptions.NeedsDecision != 0 || got.Redemptions.Open != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	s, err := sim.New(sim.Options{BooksPath: filepath.Join(dir, "simulator.books")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // only read
	for _, r := range s.Redemptions() {
		if r.ID == id && r.Status != fate {
			t.Errorf("the redemption is %s, want %s", r.Status, fate)
		}
	}
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// atOnce is how many demos run at a time: they mostly wait.
const atOnce = 6

func killAndSettle(ctx context.Context, bin, dir, point string) error {
	sc := scenarioOf(point)
	byDesk, err := killed(ctx, bin, dir, point, sc)
	if err != nil {
		return err
	}
	got, err := settled(ctx, bin, dir, sc.settle, sc.then...)
	if err != nil {
		return err
	}
	if got.Redemptions.Open != 0 || got.Redemptions.NeedsDecision != 0 {
		return fmt.Errorf("left open: %+v", got)
	}
	return checkBooks(dir, byDesk)
}

// rareAfter is how long a demo runs at most before its point is reached: most
// need seconds, but some need a roll to fall into a gap of the socket, or the
// desk to ask first when the device is gone.
const rareAfter = "150s"

// killed runs a demo until the failpoint kills it. Points of a desk request
// need somebody at the desk who asks, for one song after the other: asked
// counts how often for which.
func killed(ctx context.Context, bin, dir, point string, sc scenario) (asked map[string]int, err error) {
	asked = map[string]int{}
	songs, err := everySong()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	args := append([]string{"demo", "--headless", "--json", "--for", rareAfter, "--seed", "7", "--addr", "127.0.0.1:0", "--data-dir", dir}, sc.flags...)
	c := exec.CommandContext(ctx, bin, args...)
	c.Env = append(append(os.Environ(), "SIDESTAGE_FAILPOINT="+point), sc.env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for strings.HasPrefix(point, "saga/desk-request/") && len(ended) == 0 {
		if _, err := os.Stat(filepath.Join(dir, "sidestage.run")); err != nil {
			time.Sleep(10 * time.Millisecond) // it is not serving yet
			continue
		}
		link := songs[len(asked)%len(songs)]
		asked[trackID.FindString(link)]++
		_ = exec.CommandContext(ctx, bin, "queue", "add", link, "--data-dir", dir).Run()
		time.Sleep(betweenAsks)
	}
	err = <-ended
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return asked, fmt.Errorf("the point was never reached\n%s", &out)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL || ctx.Err() != nil {
		return asked, fmt.Errorf("ended otherwise than by the kill: %w\n%s", err, &out)
	}
	return asked, nil
}

// betweenAsks makes the simulator's songs last: of one that was asked for
// Spotify needs no asking again.
const betweenAsks = 150 * time.Millisecond

// everySong links to all songs of the simulator.
func everySong() ([]string, error) {
	s, err := sim.New(sim.Options{})
	if err != nil {
		return nil, err
	}
	return s.Links(1000), s.Close()
}

// result is the part of a demo's JSON that the tests look at.
type result struct {
	Redemptions struct{ Received, Fulfilled, Refunded, Open, NeedsDecision int }
	Simulator   struct{ Taken, Fulfilled, Cancelled, Unfulfilled, Queued int }
}

// settled runs a demo on dir to its end, which fails when the sides differ.
func settled(ctx context.Context, bin, dir, length string, flags ...string) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	args := append([]string{"demo", "--headless", "--json", "--for", length, "--speed", "20", "--addr", "127.0.0.1:0", "--data-dir", dir}, flags...)
	c := exec.CommandContext(ctx, bin, args...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return result{}, fmt.Errorf("after the kill: %w\n%s%s", err, out, &stderr)
	}
	var got result
	if err := json.Unmarshal(out, &got); err != nil {
		return got, fmt.Errorf("%w in %s", err, out)
	}
	return got, nil
}

var trackID = regexp.MustCompile(`\b[0-9A-Za-z]{22}\b`)

// wishes are what was asked for in the simulators' world: the text of every
// redemption, by id, and of every chat line that asks for a song, by the id its
// request has.
func wishes(s *sim.Sim) map[string]string {
	all := map[string]string{}
	for _, r := range s.Redemptions() {
		all[r.ID] = r.Input
	}
	for _, l := range s.Lines() {
		if what, asks := strings.CutPrefix(l.Text, "!sr "); asks {
			all["sr-"+l.ID] = what
		}
	}
	return all
}

// taken are the desk's requests: which track it took each for.
func taken(dir string) (tracks map[string]string, err error) {
	db, err := sql.Open("sqlite", filepath.Join(dir, "sidestage.db"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.Query("SELECT id, track_id FROM song_request") //nolint:noctx // a file
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	tracks = map[string]string{}
	for rows.Next() {
		var id, track string
		if err := rows.Scan(&id, &track); err != nil {
			return nil, err
		}
		tracks[id] = track
	}
	return tracks, rows.Err()
}

// checkBooks reads the simulators' books: every request that was fulfilled had
// its track added, and no track was added more often than it was asked for: by
// a link in a redemption or in chat, by the words of one that the desk took for
// this track, or so many times from the desk.
func checkBooks(dir string, byDesk map[string]int) error {
	s, err := sim.New(sim.Options{BooksPath: filepath.Join(dir, "simulator.books")})
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	tracks, err := taken(dir)
	if err != nil {
		return err
	}
	asked, fulfilled, added := maps.Clone(byDesk), map[string]int{}, map[string]int{}
	for id, text := range wishes(s) {
		track := trackID.FindString(text)
		if track == "" {
			track = tracks[id]
		} else if other := tracks[id]; other != "" && other != track {
			err = errors.Join(err, fmt.Errorf("request %s asks for %q, taken was %s", id, text, other))
		}
		asked[track]++
		tracks[id] = track
	}
	for _, r := range s.Redemptions() {
		switch strings.ToLower(r.Status) {
		case "unfulfilled":
			err = errors.Join(err, fmt.Errorf("redemption %s is still open", r.ID))
		case "fulfilled":
			fulfilled[tracks[r.ID]]++
		}
	}
	for _, a := range s.Adds() {
		added[strings.TrimPrefix(a.URI, "spotify:track:")]++
	}
	delete(asked, "") // for nothing that can be added
	for track, n := range added {
		if asked[track] < n {
			err = errors.Join(err, fmt.Errorf("track %s: asked for %d times, added %d times", track, asked[track], n))
		}
	}
	for track := range asked {
		if added[track] < fulfilled[track] {
			err = errors.Join(err, fmt.Errorf("track %s: added %d times, fulfilled %d times", track, added[track], fulfilled[track]))
		}
	}
	return err
}
