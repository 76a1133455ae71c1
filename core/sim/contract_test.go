package sim_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"sidestage/core/sim"
	"sidestage/core/testenv"
)

// description loads a platform's OpenAPI description from beside the
// repository.
func description(t *testing.T, name string) *openapi3.T {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "specs", name)
	if _, err := os.Stat(path); err != nil {
		testenv.Missing(t, "the API descriptions in ../shared/specs")
	}
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// conforms checks an answer against what the description says of that
// operation, status and body.
func conforms(t *testing.T, doc *openapi3.T, method, path string, a answer) {
	t.Helper()
	item := doc.Paths.Find(path)
	if item == nil || item.GetOperation(method) == nil {
		t.Fatalf("%s %s is not described", method, path)
	}
	said := item.GetOperation(method).Responses.Status(a.status)
	if said == nil {
		t.Errorf("%s %s: %d is not described", method, path, a.status)
		return
	}
	media := said.Value.Content.Get("application/json")
	if media == nil || media.Schema == nil {
		return
	}
	var body any
	if len(a.body) > 0 {
		body = a.at(t, "")
	}
	if err := media.Schema.Value.VisitJSON(body, openapi3.MultiErrors()); err != nil {
		t.Errorf("%s %s %d: %v\n%s", method, path, a.status, err, a.body)
	}
}

func TestSpotifyAnswersAsDescribed(t *testing.T) {
	doc := description(t, "spotify.yaml")
	// "null if none", its own words say, but not its schema.
	doc.Components.Schemas["CursorPagingObject"].Value.Properties["next"].Value.Nullable = true
	inBubble(t, sim.Options{Speed: 20}, func(t *testing.T, w *world) {
		uri := someURI(t, w)
		id := strings.TrimPrefix(uri, "spotify:track:")
		rest(30e9)
		for _, c := range []struct{ method, path, query string }{
			{"GET", "/me", ""},
			{"GET", "/tracks/{id}", ""},
			{"GET", "/search", "?q=paper&type=track&limit=10"},
			{"GET", "/me/player", ""},
			{"GET", "/me/player/currently-playing", ""},
			{"GET", "/me/player/devices", ""},
			{"GET", "/me/player/queue", ""},
			{"GET", "/me/player/recently-played", "?limit=5"},
			{"POST", "/me/player/queue", "?uri=" + uri},
			{"POST", "/me/player/next", ""},
			{"PUT", "/me/player/pause", ""},
			{"PUT", "/me/player/play", ""},
		} {
			a := w.spotify.call(c.method, "/v1"+strings.ReplaceAll(c.path, "{id}", id)+c.query, nil, 0)
			conforms(t, doc, c.method, c.path, a)
		}
		w.spotify.token = "nonsense"
		conforms(t, doc, "GET", "/me/player", w.spotify.call("GET", "/v1/me/player", nil, 401))
		if err := w.sim.SetDevice(false); err != nil {
			t.Fatal(err)
		}
		w.spotify.token = parseToken(t, w.sim.GrantSpotify).Access
		conforms(t, doc, "GET", "/me/player", w.spotify.call("GET", "/v1/me/player", nil, 204))
	})
}

func TestHelixAnswersAsDescribed(t *testing.T) {
	doc := description(t, "twitch-helix.json")
	// A reward without an image of its own has "image": null; the description
	// forgets to say so.
	doc.Components.Schemas["CustomReward"].Value.Properties["image"].Value.Nullable = true
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		if err := w.sim.GoLive(); err != nil {
			t.Fatal(err)
		}
		f, songs, _ := w.listening()
		id, err := w.sim.Redeem("kai", songs, "hello")
		if err != nil {
			t.Fatal(err)
		}
		me := "broadcaster_id=" + w.me()
		const rewards, redemptions, subs = "/channel_points/custom_rewards", "/channel_points/custom_rewards/redemptions", "/eventsub/subscriptions"
		own := map[string]string{"broadcaster_user_id": w.me()}
		for _, c := range []struct {
			method, path, query string
			body                any
		}{
			{"GET", "/users", "", nil},
			{"GET", "/streams", "?user_id=" + w.me(), nil},
			{"GET", "/channels", "?" + me, nil},
			{"GET", "/chat/chatters", "?" + me + "&moderator_id=" + w.me(), nil},
			{"GET", "/channels/followers", "?" + me + "&first=5", nil},
			{"GET", "/channels/followers", "?" + me + "&user_id=1", nil},
			{"POST", "/chat/messages", "", map[string]string{"broadcaster_id": w.me(), "sender_id": w.me(), "message": "hi"}},
			{"POST", rewards, "?" + me, map[string]any{"title": "A", "cost": 1}},
			{"GET", rewards, "?" + me, nil},
			{"PATCH", rewards, "?" + me + "&id=" + songs, map[string]any{"cost": 2}},
			{"GET", redemptions, "?" + me + "&status=UNFULFILLED&reward_id=" + songs, nil},
			{"PATCH", redemptions, "?" + me + "&reward_id=" + songs + "&id=" + id, map[string]string{"status": "CANCELED"}},
			{"PATCH", redemptions, "?" + me + "&reward_id=" + songs + "&id=" + id, map[string]string{"status": "CANCELED"}},
			{"DELETE", rewards, "?" + me + "&id=" + songs, nil},
			{"POST", subs, "", subscription("channel.update", "2", own, f.session)},
			{"POST", subs, "", subscription("channel.update", "2", own, f.session)},
			{"GET", subs, "", nil},
			{"DELETE", subs, "?id=unknown", nil},
		} {
			conforms(t, doc, c.method, c.path, w.twitch.call(c.method, "/helix"+c.path+c.query, c.body, 0))
		}
	})
}
