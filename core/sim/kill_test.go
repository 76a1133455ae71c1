package sim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sidestage/core/sim"
)

// childBooks makes this test binary a simulator with those books.
const childBooks = "SIDESTAGE_TEST_SIM_BOOKS"

// greeting is what the child says on its first line.
type greeting struct {
	Spotify string `json:"spotify"`
	Token   string `json:"token"`
}

// beKilled serves a simulator until somebody kills it.
func beKilled(books string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to cancel
	fail(err)
	s, err := sim.New(sim.Options{BooksPath: books, SpotifyListener: l})
	fail(err)
	grant, err := s.GrantSpotify()
	fail(err)
	var tok token
	fail(json.Unmarshal(grant, &tok))
	fail(json.NewEncoder(os.Stdout).Encode(greeting{Spotify: "http://" + l.Addr().String(), Token: tok.Access}))
	fail(s.Run(context.Background()))
}

// What was answered before a kill -9 is in the books, and of what was not
// answered at most the one call under way.
func TestWhatWasAnsweredSurvivesAKill(t *testing.T) {
	books := filepath.Join(t.TempDir(), "books.jsonl")
	answered := 0
	for round := range 3 {
		answered += killed(t, books, time.Duration(30+20*round)*time.Millisecond)
		i := within(t, sim.Options{BooksPath: books})
		adds := len(i.sim.Adds())
		if err := i.sim.Close(); err != nil {
			t.Fatal(err)
		}
		if adds < answered || adds > answered+1 {
			t.Fatalf("round %d: %d adds booked, %d answered", round, adds, answered)
		}
		answered = adds
	}
	if answered == 0 {
		t.Error("nothing was answered at all")
	}
}

// killed runs a child, adds to its queue for d, kills it, and returns how many
// adds were answered.
func killed(t *testing.T, books string, d time.Duration) int {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env, child.Stderr = append(os.Environ(), childBooks+"="+books), os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var hello greeting
	if err := json.NewDecoder(out).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(d, func() { _ = child.Process.Kill() })
	defer stop.Stop()
	answered := addUntilCut(t, hello)
	_ = child.Wait() // killed, so an error
	return answered
}

func addUntilCut(t *testing.T, hello greeting) int {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	uri := someTracks(within(t, sim.Options{}))[0]
	for n := 0; ; n++ {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, hello.Spotify+"/v1/me/player/queue?uri="+uri, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+hello.Token)
		resp, err := client.Do(req)
		if err != nil {
			return n
		}
		_ = resp.Body.Close()
		if resp.StatusCode >= 300 {
			t.Fatalf("add: %d", resp.StatusCode)
		}
	}
}
