//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

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
}

// scenarioOf picks the demo for a point: most are on everybody's way, undos
// and refunds need something to go wrong, and what happens at the player is
// certain only while tracks are longer than the outage.
func scenarioOf(point string) scenario {
	undo := strings.HasSuffix(point, "/undo") || strings.HasSuffix(point, "/undone")
	raffle := strings.HasPrefix(point, "saga/keyboard-raffle/")
	refund := strings.Contains(point, "refund") || strings.Contains(point, "tell-chat") || strings.HasSuffix(point, "/compensating")
	switch {
	case strings.HasPrefix(point, "token/"):
		return scenario{[]string{"--speed", "20", "--fault", "unauthorized"}, "1s"}
	case raffle && (undo || refund):
		return scenario{[]string{"--speed", "20", "--rate", "120", "--fault", "moderator"}, "1s"}
	case undo:
		return scenario{[]string{"--speed", "20", "--rate", "120", "--fault", "moderator"}, "1s"}
	case strings.Contains(point, "/add-to-player/"):
		return scenario{[]string{"--speed", "1", "--rate", "120"}, "12s"}
	case strings.Contains(point, "chat-command"):
		return scenario{[]string{"--speed", "40"}, "1s"}
	}
	return scenario{[]string{"--speed", "20", "--rate", "120"}, "1s"}
}

// TestTheBooksBalanceAfterAKillAnywhere kills the real program at every place
// it registers, starts it again on the same directory, and compares its books
// with those of both simulated platforms.
func TestTheBooksBalanceAfterAKillAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the program at some eighty places: takes minutes")
	}
	bin := failpointBinary(t)
	out, err := exec.CommandContext(t.Context(), bin, "failpoints").Output()
	if err != nil {
		t.Fatal(err)
	}
	points := strings.Fields(string(out))
	if len(points) < 50 {
		t.Fatalf("only %d failpoints are registered", len(points))
	}
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			sc := scenarioOf(point)
			killed(t, bin, dir, point, sc.flags)
			got := settled(t, bin, dir, sc.settle)
			if got.Redemptions.Open != 0 || got.Redemptions.NeedsDecision != 0 {
				t.Errorf("%+v", got)
			}
			checkBooks(t, dir)
		})
	}
}

// killed runs a demo until the failpoint kills it.
func killed(t *testing.T, bin, dir, point string, flags []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{"demo", "--headless", "--json", "--for", "40s", "--seed", "7", "--data-dir", dir}, flags...)
	c := exec.CommandContext(ctx, bin, args...)
	c.Env = append(os.Environ(), "SIDESTAGE_FAILPOINT="+point)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the point was never reached: %v\n%s", err, out)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL || ctx.Err() != nil {
		t.Fatalf("ended with %v instead of the kill\n%s", err, out)
	}
}

// result is the part of a demo's JSON that the tests look at.
type result struct {
	Redemptions struct{ Received, Fulfilled, Refunded, Open, NeedsDecision int }
	Simulator   struct{ Taken, Fulfilled, Cancelled, Unfulfilled, Queued int }
}

// settled runs a demo on dir to its end, which fails when the sides differ.
func settled(t *testing.T, bin, dir, length string, flags ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{"demo", "--headless", "--json", "--for", length, "--speed", "20", "--data-dir", dir}, flags...)
	c := exec.CommandContext(ctx, bin, args...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("after the kill: %v\n%s%s", err, out, &stderr)
	}
	var got result
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return got
}

// checkBooks reads the simulators' books: every request that was fulfilled had
// its track added, and no track was added more often than it was asked for.
func checkBooks(t *testing.T, dir string) {
	t.Helper()
	s, err := sim.New(sim.Options{BooksPath: filepath.Join(dir, "simulator.books")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // only read
	asked, fulfilled, added := map[string]int{}, map[string]int{}, map[string]int{}
	for _, a := range s.Adds() {
		added[strings.TrimPrefix(a.URI, "spotify:track:")]++
	}
	for _, r := range s.Redemptions() {
		if r.Status == "unfulfilled" {
			t.Errorf("redemption %s is still open", r.ID)
		}
		for id := range added {
			if strings.Contains(r.Input, id) {
				asked[id]++
				if strings.EqualFold(r.Status, "fulfilled") {
					fulfilled[id]++
				}
			}
		}
	}
	for id, n := range added {
		if n > asked[id] || fulfilled[id] > n {
			t.Errorf("track %s: asked for %d times, added %d times, fulfilled %d times", id, asked[id], n, fulfilled[id])
		}
	}
}
