package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sidestage/core/sim"
)

type platformsKey struct{}

// consents are the words of the command platforms.
var consents = map[string]func(*sim.Consent, string){
	"deny":     func(c *sim.Consent, _ string) { c.Deny = true },
	"wait":     func(c *sim.Consent, _ string) { c.Wait = true },
	"expire":   func(c *sim.Consent, _ string) { c.Expire = true },
	"unlisted": func(c *sim.Consent, _ string) { c.Unlisted = true },
	"lapsed":   func(c *sim.Consent, _ string) { c.Lapsed = true },
	"withhold": func(c *sim.Consent, v string) { c.Withhold = append(c.Withhold, v) },
	"redirect": func(c *sim.Consent, v string) { c.Redirects = append(c.Redirects, v) },
}

// platforms starts both simulated platforms for a script, the first time, and
// says how logins go from now on: platforms deny withhold=bits:read. The
// environment then leads sidestage to them; TWITCH_ID and SPOTIFY_ID are the
// registered client ids.
func platforms(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: platforms [word...]")
	}
	consent := sim.Consent{Interval: time.Second}
	for _, arg := range args {
		word, value, _ := strings.Cut(arg, "=")
		set, known := consents[word]
		if !known {
			ts.Fatalf("platforms knows no %q", word)
		}
		set(&consent, value)
	}
	s, _ := ts.Value(platformsKey{}).(*simulation)
	if s.Sim == nil {
		startPlatforms(ts, s)
	}
	s.SetConsent(consent)
}

func startPlatforms(ts *testscript.TestScript, s *simulation) {
	started, stop, err := simulate()
	ts.Check(err)
	ts.Defer(func() { ts.Check(stop()) })
	*s = *started
	ts.Setenv("SIDESTAGE_ADDR", "127.0.0.1:0")
	ts.Setenv("SIDESTAGE_KEYRING", "false")
	for _, pair := range s.addresses() {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasSuffix(name, "_CLIENT_ID") { // a script says those itself
			ts.Setenv(name, value)
		}
	}
	ts.Setenv("SIDESTAGE_DATA_DIR", ts.MkAbs("d"))
	ts.Setenv("TWITCH_ID", s.ClientIDs().Twitch)
	ts.Setenv("SPOTIFY_ID", s.ClientIDs().Spotify)
	ts.Setenv("DISPLAY", ":0") // there is a browser, see TestMain
}

// visit is a browser that goes where it is sent, and shows nothing.
func visit() {
	client := http.Client{Timeout: 20 * time.Second}
	resp, err := client.Get(os.Args[1]) //nolint:noctx // a program of one call
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = resp.Body.Close()
}
