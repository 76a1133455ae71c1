package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sidestage/core"
	"sidestage/core/sim"
)

// bothPlatforms is a program of its own: both simulated platforms, on ports of
// their own. It prints the environment that leads to them, a JSON array, and
// then answers a line for each line of its input, until that ends.
func bothPlatforms() {
	s, stop, err := simulate()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := json.NewEncoder(os.Stdout)
	_ = out.Encode(s.addresses())
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var d deed
		err := json.Unmarshal(in.Bytes(), &d)
		var became outcome
		if err == nil {
			became.Answer, err = d.of(s)
		}
		if err != nil {
			became.Error = err.Error()
		}
		_ = out.Encode(became)
	}
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// deed is what somebody does at the platforms: a viewer, a moderator, the
// streamer.
type deed struct {
	Do   string   `json:"do"`
	With []string `json:"with"`
}

type outcome struct {
	Answer string `json:"answer"`
	Error  string `json:"error,omitempty"`
}

func (d deed) of(s *simulation) (string, error) {
	with := append(slices.Clone(d.With), "", "", "")
	switch d.Do {
	case "grant":
		return grant(s, with[0])
	case "redeem":
		return s.Redeem(with[0], with[1], with[2])
	case "reject":
		return "", s.Moderate(with[0], false)
	case "say":
		return s.Say(with[0], with[1])
	case "expire":
		return "", s.ExpireAccess(with[0])
	case "status":
		for _, r := range s.Redemptions() {
			if r.ID == with[0] {
				return r.Status, nil
			}
		}
		return "", core.E(core.NotFound, "no redemption %q", with[0])
	case "link":
		return s.Links(1)[0], nil
	case "added":
		return fmt.Sprint(len(s.Adds())), nil
	case "heard":
		var lines []string
		for _, p := range s.Posts() {
			lines = append(lines, p.Text)
		}
		return strings.Join(lines, "\n"), nil
	}
	return "", core.E(core.Invalid, "nobody can %q", d.Do)
}

func grant(s *simulation, platform string) (string, error) {
	give := s.GrantTwitch
	if platform == sim.Spotify {
		give = s.GrantSpotify
	}
	text, err := give()
	return string(text), err
}

// abroad is both platforms in another process.
type abroad struct {
	t         *testing.T
	addresses []string
	in        *json.Encoder
	out       *json.Decoder
}

// goAbroad starts that process. It ends when the test does, and by itself when
// this process is gone.
func goAbroad(t *testing.T) *abroad {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bothplatforms")
	c.Stderr = t.Output()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = c.Wait() // the test's context has killed it by now, if not its end of input
	})
	a := &abroad{t: t, in: json.NewEncoder(in), out: json.NewDecoder(out)}
	if err := a.out.Decode(&a.addresses); err != nil {
		t.Fatal(err)
	}
	return a
}

// must does something there, which has to work.
func (a *abroad) must(do string, with ...string) string {
	a.t.Helper()
	var became outcome
	if err := a.in.Encode(deed{Do: do, With: with}); err != nil {
		a.t.Fatal(err)
	}
	if err := a.out.Decode(&became); err != nil {
		a.t.Fatal(err)
	}
	if became.Error != "" {
		a.t.Fatalf("%s %q: %s", do, with, became.Error)
	}
	return became.Answer
}
