package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestADeskIsTiedToItsPlatformsByNothingButAddresses has both platforms in a
// process of their own and gives the real program their addresses. It is killed
// with requests open, and goes on with what was asked for and decided meanwhile.
// Where the environment names platforms already, it is theirs that are used.
func TestADeskIsTiedToItsPlatformsByNothingButAddresses(t *testing.T) {
	if os.Getenv("SIDESTAGE_TWITCH_HELIX_URL") != "" {
		runByHand(t)
		return
	}
	world := goAbroad(t)
	d := &deskApart{t: t, env: homeless(t, world.addresses)}
	twitch, spotify := world.must("grant", "twitch"), world.must("grant", "spotify")
	d.must(twitch, "auth", "login", "twitch", "--with-token")
	d.must(spotify, "auth", "login", "spotify", "--with-token")
	d.must("", "reward", "setup")
	missed := world.must("redeem", "luna", "Keyboard raffle")
	d.serve()
	d.settles(world, missed, "FULFILLED") // redeemed before the desk ever ran
	d.isTheOnlyOne()
	d.refreshesAlone(world)

	song := world.must("redeem", "kai", "Song request", world.must("link"))
	roll := world.must("redeem", "pip", "Keyboard raffle")
	album := world.must("redeem", "pip", "Song request", "https://open.spotify.com/album/4uLU6hMCjMI75M1A2tKUQC")
	d.settles(world, song, "FULFILLED")
	d.settles(world, roll, "FULFILLED")
	d.settles(world, album, "CANCELED")
	rejected := d.waits(world, "mo")
	world.must("reject", rejected)
	d.withdraws(rejected)

	between := d.waits(world, "ada")
	d.kill()
	world.must("reject", between)
	down := world.must("redeem", "luna", "Keyboard raffle")
	d.serve()
	d.settles(world, down, "FULFILLED")
	d.withdraws(between)
	if added := world.must("added"); added != "1" {
		t.Errorf("%s tracks were added", added)
	}
	if rolls := strings.Count(d.must("", "raffle", "rolls", "--json"), `"rolledAt"`); rolls != 3 {
		t.Errorf("%d rolls count, want 3", rolls)
	}
	d.kill() // now all is said
	for _, text := range []string{twitch, spotify} {
		var login map[string]any
		if err := json.Unmarshal([]byte(text), &login); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"access_token", "refresh_token"} {
			if strings.Contains(d.said.String(), login[name].(string)) {
				t.Errorf("the %s was said", name)
			}
		}
	}
}

// runByHand runs a desk at the platforms of the environment, where a person
// has to redeem: see CONTRIBUTING.md.
func runByHand(t *testing.T) {
	t.Helper()
	d := &deskApart{t: t, env: homeless(t, nil)}
	d.must(file(t, os.Getenv("SIDESTAGE_TEST_TWITCH_LOGIN")), "auth", "login", "twitch", "--with-token")
	d.must(file(t, os.Getenv("SIDESTAGE_TEST_SPOTIFY_LOGIN")), "auth", "login", "spotify", "--with-token")
	d.must("", "reward", "setup")
	d.serve()
	d.until("the session is healthy", func() bool { return strings.Contains(d.says("eventsub", "list", "--json"), `"state": "healthy"`) })
	t.Logf("redeem the keyboard raffle on the channel within %s", personal)
	d.patience = personal
	d.until("a roll is paid for", func() bool { return strings.Contains(d.says("saga", "list"), "\tkeyboard-raffle\tcompleted\t") })
}

// personal is how long a person may take.
const personal = 5 * time.Minute

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// deskApart is the real program in an environment.
type deskApart struct {
	t        *testing.T
	env      []string
	patience time.Duration // 0 is a minute: each look starts a program
	serving  *exec.Cmd
	said     bytes.Buffer // by every desk that served
}

// serve starts a desk, which the test's end kills.
func (d *deskApart) serve() {
	d.t.Helper()
	d.serving = program(d.t.Context(), d.env, "serve")
	d.serving.Stderr = &d.said
	if err := d.serving.Start(); err != nil {
		d.t.Fatal(err)
	}
	serving := d.serving
	d.t.Cleanup(func() {
		_ = serving.Process.Kill()
		_ = serving.Wait()
	})
}

// isTheOnlyOne has others try to run on the same directory.
func (d *deskApart) isTheOnlyOne() {
	d.t.Helper()
	for _, other := range [][]string{{"serve"}, {"demo", "--headless", "--for", "1s"}} {
		c := program(d.t.Context(), d.env, other...)
		out, _ := c.CombinedOutput()
		if c.ProcessState.ExitCode() != 6 || !strings.Contains(string(out), "is in use by") {
			d.t.Errorf("%s exits %d: %s", other[0], c.ProcessState.ExitCode(), out)
		}
	}
}

// refreshesAlone has commands need a token that has just expired, all at once.
// Whoever used the refresh token again would end the login.
func (d *deskApart) refreshesAlone(world *abroad) {
	d.t.Helper()
	world.must("expire", "twitch")
	var all sync.WaitGroup
	for _, needs := range []string{"reward setup", "eventsub list", "auth refresh twitch", "reward list"} {
		all.Go(func() {
			if out, err := program(d.t.Context(), d.env, strings.Fields(needs)...).CombinedOutput(); err != nil {
				d.t.Errorf("%s: %v\n%s", needs, err, out)
			}
		})
	}
	all.Wait()
	d.must("", "auth", "status")
}

// kill takes the desk's process away without a word.
func (d *deskApart) kill() {
	d.t.Helper()
	if err := d.serving.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	_ = d.serving.Wait()
}

// must runs a command that has to work and returns what it prints.
func (d *deskApart) must(in string, args ...string) string {
	d.t.Helper()
	c := program(d.t.Context(), d.env, args...)
	var talk bytes.Buffer
	c.Stdin, c.Stderr = strings.NewReader(in), &talk
	out, err := c.Output()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, &talk)
	}
	return string(out)
}

// says is what a command prints, if it works.
func (d *deskApart) says(args ...string) string {
	out, _ := program(d.t.Context(), d.env, args...).Output()
	return string(out)
}

// until asks again and again until it is so.
func (d *deskApart) until(what string, so func() bool) {
	d.t.Helper()
	for end := time.Now().Add(cmp.Or(d.patience, time.Minute)); !so(); time.Sleep(between) {
		if time.Now().After(end) {
			d.t.Fatalf("not yet: %s\n%s", what, d.says("saga", "list"))
		}
	}
}

// settles waits until both sides say the same of a redemption.
func (d *deskApart) settles(world *abroad, id, status string) {
	d.t.Helper()
	ends := map[string]string{"FULFILLED": "completed", "CANCELED": "compensated"}
	d.until(id+" is "+status, func() bool { return world.must("status", id) == status })
	d.until(id+" has ended", func() bool { return d.saga(id).State == ends[status] })
}

// waits is a request that waits in the desk's own queue.
func (d *deskApart) waits(world *abroad, viewer string) (id string) {
	d.t.Helper()
	id = world.must("redeem", viewer, "Song request", world.must("link"))
	d.until(id+" waits", func() bool { return d.saga(id).WaitingFor != "" && strings.Contains(d.says("queue", "--json"), id) })
	return id
}

// withdraws waits until a request that was rejected elsewhere is gone.
func (d *deskApart) withdraws(id string) {
	d.t.Helper()
	d.until(id+" is withdrawn", func() bool {
		s := d.saga(id)
		return s.State == "compensated" && s.Error.Reason == "cancelled-elsewhere"
	})
	if strings.Contains(d.must("", "queue", "--json"), id) {
		d.t.Errorf("%s is still in the queue", id)
	}
}

type sagaApart struct {
	State, WaitingFor string
	Error             struct{ Reason string }
}

func (d *deskApart) saga(id string) (s sagaApart) {
	_ = json.Unmarshal([]byte(d.says("saga", "show", id, "--json")), &s)
	return s
}
