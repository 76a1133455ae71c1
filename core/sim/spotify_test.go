package sim_test

import (
	"strings"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/sim"
)

func TestTracksAreLookedUp(t *testing.T) {
	inBubble(t, sim.Options{Speed: 10}, func(t *testing.T, w *world) {
		found := w.spotify.call("GET", "/v1/search?q=cardboard+crown&type=track", nil, 200)
		id := found.text(t, "tracks.items.0.id")
		track := w.spotify.call("GET", "/v1/tracks/"+id, nil, 200)
		if len(id) != 22 || track.text(t, "name") != "Cardboard Crown" || track.at(t, "duration_ms") != 14000.0 || track.at(t, "popularity") != nil {
			t.Errorf("%s", track.body)
		}
		w.spotify.call("GET", "/v1/tracks/0000000000000000000000", nil, 404)
		w.spotify.call("GET", "/v1/tracks/short", nil, 400)
		w.spotify.call("GET", "/v1/search?q=a&type=track&limit=11", nil, 400)
		w.spotify.call("GET", "/v1/search?q=a&type=episode", nil, 400)
		w.spotify.call("GET", "/v1/tracks?ids="+id, nil, 404) // gone in development mode
		if w.spotify.call("GET", "/v1/me", nil, 200).text(t, "account_id") == "" {
			t.Error("no account")
		}
	})
}

func TestNoTrackIsShorterThanThreeSeconds(t *testing.T) {
	i := within(t, sim.Options{Speed: 1e6})
	if _, lengths := i.upcoming(); lengths[0] != 3*time.Second {
		t.Errorf("%v", lengths)
	}
}

func TestTheDeviceComesAndGoes(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		uri := someURI(t, w)
		if d := w.spotify.call("GET", "/v1/me/player/devices", nil, 200); d.at(t, "devices.0.is_active") != true {
			t.Errorf("%s", d.body)
		}
		if err := w.sim.SetDevice(false); err != nil {
			t.Fatal(err)
		}
		w.spotify.call("GET", "/v1/me/player", nil, 204)
		w.spotify.call("GET", "/v1/me/player/currently-playing", nil, 204)
		for _, path := range []string{"/v1/me/player/queue?uri=" + uri, "/v1/me/player/next"} {
			if a := w.spotify.call("POST", path, nil, 404); a.text(t, "error.reason") != "NO_ACTIVE_DEVICE" {
				t.Errorf("%s", a.body)
			}
		}
		if q := w.spotify.call("GET", "/v1/me/player/queue", nil, 200); q.at(t, "currently_playing") != nil {
			t.Errorf("%s", q.body)
		}
		if err := w.sim.SetDevice(true); err != nil {
			t.Fatal(err)
		}
		w.spotify.call("POST", "/v1/me/player/queue?device_id=stale&uri="+uri, nil, 404)
		w.spotify.call("POST", "/v1/me/player/queue?uri="+uri, nil, 204)
		w.spotify.call("POST", "/v1/me/player/queue?uri=spotify:track:0000000000000000000000", nil, 400)
		w.spotify.call("POST", "/v1/me/player/queue", nil, 400)
		if adds := w.sim.Adds(); len(adds) != 1 || adds[0].URI != uri {
			t.Errorf("%v", adds)
		}
	})
}

func someURI(t *testing.T, w *world) string {
	t.Helper()
	return w.spotify.call("GET", "/v1/search?q=ember&type=track&limit=1", nil, 200).text(t, "tracks.items.0.uri")
}

func TestPausingAndTransferring(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.spotify.call("PUT", "/v1/me/player/play", nil, 403)
		w.spotify.call("PUT", "/v1/me/player/pause", nil, 204)
		if a := w.spotify.call("PUT", "/v1/me/player/pause", nil, 403); !strings.Contains(string(a.body), "Restriction violated") {
			t.Errorf("%s", a.body)
		}
		first := w.spotify.call("GET", "/v1/me/player", nil, 200)
		rest(time.Minute)
		if now := w.spotify.call("GET", "/v1/me/player", nil, 200); now.at(t, "is_playing") != false || now.at(t, "progress_ms") != first.at(t, "progress_ms") {
			t.Errorf("%s", now.body)
		}
		id := w.spotify.call("GET", "/v1/me/player/devices", nil, 200).text(t, "devices.0.id")
		w.spotify.call("PUT", "/v1/me/player", map[string]any{"device_ids": []string{"unknown"}}, 404)
		w.spotify.call("PUT", "/v1/me/player", map[string]any{"device_ids": []string{id}, "play": true}, 204)
		if now := w.spotify.call("GET", "/v1/me/player/currently-playing", nil, 200); now.at(t, "is_playing") != true || now.at(t, "device") != nil {
			t.Errorf("%s", now.body)
		}
	})
}

func TestWhatWasPlayedIsRemembered(t *testing.T) {
	inBubble(t, sim.Options{Speed: 100}, func(t *testing.T, w *world) {
		first := w.sim.Player().URI
		rest(4 * time.Second)
		a := w.spotify.call("GET", "/v1/me/player/recently-played?limit=1", nil, 200)
		if a.text(t, "items.0.track.uri") != first {
			t.Errorf("%s", a.body)
		}
		if err := w.sim.PlayNow("spotify:track:unknown"); core.KindOf(err) != core.NotFound {
			t.Error(err)
		}
	})
}
