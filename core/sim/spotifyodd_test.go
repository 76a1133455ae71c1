package sim_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sidestage/core/sim"
)

var trackIn = regexp.MustCompile(`[0-9A-Za-z]{22}`)

func TestAStaleReadShowsThePlayerAsItWasAndThenNoMore(t *testing.T) {
	inBubble(t, sim.Options{Faults: []string{"stale"}}, func(t *testing.T, w *world) {
		uri := someURI(t, w)
		first := func() string { return w.spotify.call("GET", "/v1/me/player/queue", nil, 200).text(t, "queue.0.uri") }
		before := first()
		w.spotify.call("POST", "/v1/me/player/queue?uri="+uri, nil, 204)
		if got := first(); got != before {
			t.Errorf("%s stands in the queue at once", got)
		}
		rest(3 * time.Second)
		if got := first(); got != uri {
			t.Errorf("%s in the queue, want %s", got, uri)
		}
	})
}

func TestAnAdvertisementHidesTheTrackAndCannotBeSkipped(t *testing.T) {
	inBubble(t, sim.Options{Faults: []string{"ads"}}, func(t *testing.T, w *world) {
		rest(50 * time.Millisecond) // so that no look falls on the beat at which a fault comes or goes
		seen := 0
		for range 200 {
			rest(200 * time.Millisecond)
			p := w.spotify.call("GET", "/v1/me/player", nil, 200)
			if p.text(t, "currently_playing_type") != "ad" {
				continue
			}
			seen++
			if p.at(t, "item") != nil || p.at(t, "actions.disallows.skipping_next") != true {
				t.Fatalf("%s", p.body)
			}
			if q := w.spotify.call("GET", "/v1/me/player/queue", nil, 200); q.at(t, "currently_playing") != nil {
				t.Fatalf("%.200s", q.body)
			}
			w.spotify.call("POST", "/v1/me/player/next", nil, 403)
		}
		if seen < 10 || seen > 60 {
			t.Errorf("an advertisement in %d of 200 looks", seen)
		}
	})
}

func TestARelinkedTrackAnswersUnderAnotherIDAndPlaysUnderItsOwn(t *testing.T) {
	inBubble(t, sim.Options{Faults: []string{"relink"}}, func(t *testing.T, w *world) {
		found := 0
		for _, link := range w.sim.Links(30) {
			id := trackIn.FindString(link)
			got := w.spotify.call("GET", "/v1/tracks/"+id, nil, 200)
			other := got.text(t, "id")
			if other == id {
				continue
			}
			found++
			if got.text(t, "uri") != "spotify:track:"+other || got.text(t, "external_ids.isrc") == "" {
				t.Errorf("%s", got.body)
			}
			if found == 1 {
				w.spotify.call("POST", "/v1/me/player/queue?uri=spotify:track:"+other, nil, 204)
				if q := w.spotify.call("GET", "/v1/me/player/queue", nil, 200); q.text(t, "queue.0.id") != id {
					t.Errorf("%s", q.body)
				}
			}
		}
		if found < 4 || found > 20 {
			t.Errorf("%d of 30 tracks are relinked", found)
		}
	})
}

func TestWhatSpotifyTakesAwayIsGoneForGood(t *testing.T) {
	for fault, want := range map[string]struct {
		path   string
		status int
		says   string // in the body
	}{
		"quota":            {"/v1/me/player", 429, "QUOTA_EXCEEDED"},
		"login-lost":       {"/v1/me/player", 401, "The access token expired"},
		"owner-premium":    {"/v1/me/player", 403, "subscription required for the owner"},
		"premium-required": {"/v1/me/player/next", 403, "PREMIUM_REQUIRED"},
	} {
		inBubble(t, sim.Options{Faults: []string{fault}}, func(t *testing.T, w *world) {
			method := "GET"
			if fault == "premium-required" {
				method = "POST"
				w.spotify.call("GET", "/v1/me/player", nil, 200)
			} else {
				w.spotify.call(method, want.path, nil, 200)
			}
			rest(10 * time.Second)
			a := w.spotify.call(method, want.path, nil, want.status)
			if !strings.Contains(string(a.body), want.says) {
				t.Errorf("%s: %s", fault, a.body)
			}
			if fault == "quota" && a.header.Get("Retry-After") != "48925" {
				t.Errorf("%v", a.header)
			}
		})
	}
}
