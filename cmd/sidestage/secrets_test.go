package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sidestage/core/sim"
	"sidestage/core/testenv"
)

// TestNoTokenIsAnywhereButInTheSecrets logs in with the real program, in both
// ways, refreshes, lets a refresh fail and a desk run a saga, backs up, exports
// and restores what that left, and then looks for every token there ever was, the desk's own among them, in all that was printed
// and written.
func TestNoTokenIsAnywhereButInTheSecrets(t *testing.T) {
	if runtime.GOOS == "windows" {
		testenv.Missing(t, "a browser to pretend to be")
	}
	world := openWorld(t)
	world.SetConsent(sim.Consent{Interval: time.Second})
	env := append(world.environment(t), "DISPLAY=:0", "SSH_CONNECTION=", "SSH_TTY=", "SIDESTAGE_LOG_LEVEL=debug", "SIDESTAGE_TWITCH_CLIENT_SECRET=")
	dir := dataDir(env)
	var said bytes.Buffer
	tokens := map[string]bool{}
	run := func(args ...string) {
		t.Helper()
		c := program(t.Context(), env, args...)
		c.Stdout, c.Stderr = &said, &said
		_ = c.Run() // some of them fail, which is what they are for
		for _, token := range secretsIn(t, dir) {
			tokens[token] = true
		}
	}
	run("auth", "login", "twitch")
	run("auth", "login", "twitch", "--json")
	run("auth", "login", "spotify", "--json")
	run("auth", "refresh", "--json")
	world.SetConsent(sim.Consent{Deny: true, Interval: time.Second})
	run("auth", "login", "twitch", "--json")
	run("auth", "login", "spotify")
	serve := program(t.Context(), env, "serve")
	var served bytes.Buffer // beside what is said meanwhile
	serve.Stderr = &served
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	waitForFile(t, filepath.Join(dir, "sidestage.run"))
	tokens[deskToken(t, dir)] = true
	run("reward", "setup", "--json")
	roll, err := world.Redeem("luna", "Keyboard raffle", "")
	if err != nil {
		t.Fatal(err)
	}
	d := deskApart{t: t, env: env}
	d.until("the roll is paid for", func() bool { return d.saga(roll).State == "completed" })
	for _, dump := range []string{"saga show " + roll, "eventsub list", "reward list", "stream status", "raffle rolls", "queue", "now"} {
		run(append(strings.Fields(dump), "--json")...)
	}
	run("auth", "refresh")
	run("auth", "status", "--json")
	run("doctor", "--json")
	run("backup", filepath.Join(dir, "while.bak")) // below dir everything is looked through
	run("export", filepath.Join(dir, "sheets"))
	if err := world.Revoke(sim.Twitch); err != nil {
		t.Fatal(err)
	}
	run("auth", "refresh", "--json")
	run("auth", "status")
	_ = serve.Process.Signal(os.Interrupt)
	_ = serve.Wait() // how it exits is not the matter here
	said.Write(served.Bytes())
	run("events", "--limit", "100", "--json")
	run("doctor")
	run("backup", "--json")
	run("export", "--format", "jsonl", "--json", filepath.Join(dir, "lines"))
	run("backup", "restore", "--yes", filepath.Join(dir, "while.bak"))
	env = append(env, "SIDESTAGE_TWITCH_CLIENT_SECRET=an0ther5ecret")
	tokens["an0ther5ecret"] = true
	run("config", "show", "--json")
	run("config", "show")
	for _, shown := range []string{
		roll, `"raffle.rolled"`, `"twitch.client_secret"`, `"what": "twitch login"`, "fail\ttwitch login", `"schema": `, "viewers.csv", "viewers.jsonl", "restored\t",
	} {
		if !strings.Contains(said.String(), shown) {
			t.Errorf("%s was never said, so this proves little", shown)
		}
	}

	if len(tokens) < 8 {
		t.Fatalf("only %d tokens were seen", len(tokens))
	}
	if !strings.Contains(said.String(), "login-required") {
		t.Errorf("no refresh failed:\n%s", &said)
	}
	written := map[string]string{"what was said": said.String()}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "secrets.json" {
			return err
		}
		data, err := os.ReadFile(path)
		written[path] = string(data)
		return err
	})
	if err != nil || len(written) < 3+3+2*7 { // two copies and what was replaced, two exports
		t.Fatal(slices.Collect(maps.Keys(written)), err)
	}
	for where, text := range written {
		for token := range tokens {
			if strings.Contains(text, token) {
				t.Errorf("%s has a token", where)
			}
		}
	}
}

func dataDir(env []string) string {
	for _, pair := range slices.Backward(env) {
		if dir, ok := strings.CutPrefix(pair, "SIDESTAGE_DATA_DIR="); ok {
			return dir
		}
	}
	return ""
}

var tokenPattern = regexp.MustCompile(`"(?:access|refresh)": *"([^"]+)"`)

// secretsIn are the tokens a data directory holds now.
func secretsIn(t *testing.T, dir string) (all []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "secrets.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range tokenPattern.FindAllStringSubmatch(string(data), -1) {
		all = append(all, m[1])
	}
	return all
}

// deskToken is what writes to the desk that runs need.
func deskToken(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "sidestage.run"))
	if err != nil {
		t.Fatal(err)
	}
	var run struct{ Token string }
	if err := json.Unmarshal(data, &run); err != nil || run.Token == "" {
		t.Fatalf("%v: no token", err)
	}
	return run.Token
}

func waitForFile(t *testing.T, path string) {
	t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(between) {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("there is still no %s", path)
		}
	}
}
