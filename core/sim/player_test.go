package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidestage/core/sim"
)

// failer is what *testing.T and *rapid.T share.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// inside speaks to a simulator that serves no listener.
type inside struct {
	t     failer
	sim   *sim.Sim
	token string
}

func within(t failer, opt sim.Options) *inside {
	t.Helper()
	s, err := sim.New(opt)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	text, err := s.GrantSpotify()
	if err != nil {
		t.Fatalf("grant: %v", err)
	}
	var tok token
	if err := json.Unmarshal(text, &tok); err != nil {
		t.Fatalf("token: %v", err)
	}
	return &inside{t: t, sim: s, token: tok.Access}
}

func (i *inside) spotify(method, path string) (int, any) {
	i.t.Helper()
	return i.ask(i.sim.Spotify(), method, path, nil)
}

func (i *inside) helix(method, path string, body any) (int, any) {
	i.t.Helper()
	return i.ask(i.sim.Twitch(), method, path, body)
}

func (i *inside) ask(h http.Handler, method, path string, body any) (int, any) {
	i.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		i.t.Fatalf("encode: %v", err)
	}
	r := httptest.NewRequestWithContext(context.Background(), method, path, bytes.NewReader(text))
	r.Header.Set("Authorization", "Bearer "+i.token)
	r.Header.Set("Client-Id", i.sim.ClientIDs().Twitch)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var v any
	if w.Header().Get("Content-Type") == "application/json; charset=utf-8" {
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			i.t.Fatalf("%s %s: %v in %q", method, path, err, w.Body)
		}
	}
	return w.Code, v
}

// upcoming is what the player promises: URIs and lengths, the current one first.
func (i *inside) upcoming() (uris []string, lengths []time.Duration) {
	i.t.Helper()
	_, v := i.spotify("GET", "/v1/me/player/queue")
	items, _ := dig(v, "queue").([]any)
	for _, item := range append([]any{dig(v, "currently_playing")}, items...) {
		uri, _ := dig(item, "uri").(string)
		ms, _ := dig(item, "duration_ms").(float64)
		uris, lengths = append(uris, uri), append(lengths, time.Duration(ms)*time.Millisecond)
	}
	return uris, lengths
}

func someTracks(i *inside) []string {
	_, v := i.spotify("GET", "/v1/search?q=the&type=track&limit=10")
	items, _ := dig(v, "tracks.items").([]any)
	var uris []string
	for _, item := range items {
		uri, _ := dig(item, "uri").(string)
		uris = append(uris, uri)
	}
	return uris
}

// The player against a model that knows only what the player promised: the
// window is what then plays, user's queue first and in order, nothing moves
// while paused or without a device, and a restart goes on where it was.
func TestThePlayerPlaysWhatItsQueuePromised(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) { // bare: a bubble allows no Deadline
			n++
			checkPlayer(t, filepath.Join(dir, "books"+string(rune('a'+n%26))+time.Now().Format("150405.000000000")))
		})
	})
}

func checkPlayer(t *rapid.T, path string) {
	opt := sim.Options{BooksPath: path, Speed: rapid.SampledFrom([]float64{1, 6, 20, 400}).Draw(t, "speed")}
	i := within(t, opt)
	tracks := someTracks(i)
	var queue []string
	playing, device := true, true
	t.Repeat(map[string]func(*rapid.T){
		"wait": func(t *rapid.T) {
			d := time.Duration(rapid.IntRange(0, 40_000).Draw(t, "ms")) * time.Millisecond
			before := i.sim.Player()
			if !playing || !device {
				rest(d)
				if after := i.sim.Player(); after.URI != before.URI || after.Progress != before.Progress {
					t.Fatalf("a silent player moved from %v to %v", before, after)
				}
				return
			}
			uris, lengths := i.upcoming()
			at, place := before.Progress+d, 0
			for at >= lengths[place] {
				at -= lengths[place]
				place++
			}
			rest(d)
			after := i.sim.Player()
			if after.URI != uris[place] || after.Progress != at {
				t.Fatalf("%v after %v: %s at %v, promised %s at %v", d, before, after.URI, after.Progress, uris[place], at)
			}
			queue = queue[min(place, len(queue)):]
		},
		"add": func(t *rapid.T) {
			uri := rapid.SampledFrom(tracks).Draw(t, "uri")
			status, _ := i.spotify("POST", "/v1/me/player/queue?uri="+uri)
			if device == (status == http.StatusNotFound) {
				t.Fatalf("add with device %v: %d", device, status)
			}
			if device {
				queue = append(queue, uri)
			}
		},
		"next": func(t *rapid.T) {
			if !device {
				return
			}
			uris, _ := i.upcoming()
			i.spotify("POST", "/v1/me/player/next")
			if after := i.sim.Player(); after.URI != uris[1] || after.Progress != 0 {
				t.Fatalf("next plays %v, promised %s", after, uris[1])
			}
			queue = queue[min(1, len(queue)):]
		},
		"pause":  func(*rapid.T) { playing = false; _ = i.sim.Pause() },
		"resume": func(*rapid.T) { playing = true; _ = i.sim.Resume() },
		"device": func(*rapid.T) { device = !device; _ = i.sim.SetDevice(device) },
		"by hand": func(t *rapid.T) {
			uri := rapid.SampledFrom(tracks).Draw(t, "uri")
			if err := i.sim.PlayNow(uri); err != nil {
				t.Fatalf("play: %v", err)
			}
			playing = true
			if p := i.sim.Player(); p.URI != uri || p.Progress != 0 {
				t.Fatalf("playing %v, want %s", p, uri)
			}
		},
		"restart": func(t *rapid.T) {
			_, _ = i.spotify("GET", "/v1/me/player") // what was answered is in the books
			before, adds := i.sim.Player(), i.sim.Adds()
			if err := i.sim.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
			rest(time.Minute)
			i = within(t, opt)
			if d := cmp.Diff(before, i.sim.Player()); d != "" {
				t.Fatalf("restarted elsewhere: %s", d)
			}
			if d := cmp.Diff(adds, i.sim.Adds()); d != "" {
				t.Fatalf("adds differ: %s", d)
			}
		},
		"": func(t *rapid.T) {
			if d := cmp.Diff(append([]string{}, queue...), i.sim.Player().Queue); d != "" {
				t.Fatalf("queue: %s", d)
			}
		},
	})
	if err := i.sim.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}
