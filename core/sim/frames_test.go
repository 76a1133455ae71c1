package sim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sidestage/core/sim"
	"sidestage/core/testenv"
)

// recorded reads a frame recorded from Twitch's own mock server.
func recorded(t *testing.T, name string) any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "frames", name+".json"))
	if err != nil {
		testenv.Missing(t, "the recorded frames in ../shared/frames")
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// lacks lists what of want's shape got has not: keys, and types of values. A
// null is of any type, and of a list the first item speaks for all.
func lacks(want, got any, at string) []string {
	switch w := want.(type) {
	case map[string]any:
		g, same := got.(map[string]any)
		if !same && got != nil {
			return []string{at + " is no object"}
		}
		var all []string
		for _, k := range slices.Sorted(maps.Keys(w)) {
			if _, has := g[k]; !has && got != nil {
				all = append(all, at+"."+k)
				continue
			}
			all = append(all, lacks(w[k], g[k], at+"."+k)...)
		}
		return all
	case []any:
		g, same := got.([]any)
		if !same && got != nil {
			return []string{at + " is no list"}
		}
		if len(w) == 0 || len(g) == 0 {
			return nil
		}
		return lacks(w[0], g[0], at+".0")
	}
	if want != nil && got != nil && fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		return []string{fmt.Sprintf("%s is a %T, recorded a %T", at, got, want)}
	}
	return nil
}

func same(t *testing.T, name string, got any) {
	t.Helper()
	for _, what := range lacks(recorded(t, name), got, "") {
		t.Errorf("%s: %s", name, what)
	}
}

func TestMessagesHaveTheRecordedShape(t *testing.T) {
	recorded(t, "session_welcome") // skip outside a bubble
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		songs := w.reward("Song request", true)
		f := w.connect("ws://platform.test/ws")
		m := f.read()
		same(t, "session_welcome", m)
		f.session, _ = dig(m, "payload.session.id").(string)
		for _, kind := range []string{"stream.online", "stream.offline", "channel.chat.message", updateType, addType} {
			a := f.subscribe(kind, 202)
			same(t, "subscribe_202_stream_online", a.at(t, ""))
		}
		same(t, "subscribe_409_raid_second_condition", f.subscribe(addType, 409).at(t, ""))
		same(t, "session_keepalive", f.read())
		if err := w.sim.GoLive(); err != nil {
			t.Fatal(err)
		}
		same(t, "notification_stream_online", f.read())
		id, err := w.sim.Redeem("kai", songs, "hello")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "notification_redemption_add", f.read())
		same(t, "notification_chat_message_rpc_injected", f.read())
		same(t, "api_patch_redemption_200", w.settle(songs, id, "FULFILLED").at(t, ""))
		same(t, "notification_redemption_update_fulfilled", f.read())
		same(t, "api_patch_redemption_400_already_done", w.settle(songs, id, "FULFILLED").at(t, ""))
		if err := w.sim.GoOffline(); err != nil {
			t.Fatal(err)
		}
		same(t, "notification_stream_offline", f.read())
		w.sim.Reconnect()
		same(t, "session_reconnect", f.read())
	})
}

func TestNewsHaveTheRecordedShape(t *testing.T) {
	recorded(t, "notification_channel_raid") // skip outside a bubble
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.twitch.token = parseToken(t, func(...string) ([]byte, error) {
			return w.sim.GrantTwitch("moderator:read:followers", "channel:read:subscriptions", "bits:read")
		}).Access
		f := w.open()
		own := map[string]string{"broadcaster_user_id": w.me()}
		for _, sub := range []struct {
			typ, version string
			condition    map[string]string
		}{
			{"channel.raid", "1", map[string]string{"to_broadcaster_user_id": w.me()}},
			{"channel.update", "2", own},
			{"channel.follow", "2", map[string]string{"broadcaster_user_id": w.me(), "moderator_user_id": w.me()}},
			{"channel.subscribe", "1", own},
			{"channel.cheer", "1", own},
		} {
			w.twitch.call("POST", subsPath, subscription(sub.typ, sub.version, sub.condition, f.session), 202)
		}
		for frame, happens := range map[string]func() error{
			"notification_channel_raid":      func() error { return w.sim.Raid("luna", 40) },
			"notification_channel_update_v2": func() error { return w.sim.Retitle("keyboards", "Music") },
			"notification_channel_follow_v2": func() error { return w.sim.Follow("luna") },
			"notification_channel_subscribe": func() error { return w.sim.Subscribe("luna", "1000", false) },
			"notification_channel_cheer":     func() error { return w.sim.Cheer("luna", 100, "hi") },
		} {
			if err := happens(); err != nil {
				t.Fatal(err)
			}
			same(t, frame, f.notification())
		}
		if err := w.sim.Cheer("", 1, ""); err != nil {
			t.Fatal(err)
		}
		if m := f.notification(); dig(m, "payload.event.user_id") != nil || dig(m, "payload.event.is_anonymous") != true {
			t.Errorf("an anonymous cheer: %v", m)
		}
		w.sim.Unsubscribe("channel.raid", "user_removed")
		if m := f.notification(); dig(m, "metadata.message_type") != "revocation" || dig(m, "payload.subscription.status") != "user_removed" {
			t.Errorf("a revocation: %v", m)
		}
	})
}

func TestAnswersHaveTheRecordedShape(t *testing.T) {
	recorded(t, "api_get_users")
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		if err := w.sim.GoLive(); err != nil {
			t.Fatal(err)
		}
		songs := w.reward("Song request", true)
		for range 21 {
			if _, err := w.sim.Redeem("kai", songs, "hello"); err != nil {
				t.Fatal(err)
			}
		}
		own := "?broadcaster_id=" + w.me()
		for name, path := range map[string]string{
			"api_auth_validate":               "/oauth2/validate",
			"api_get_users":                   "/helix/users",
			"api_get_streams":                 "/helix/streams",
			"api_get_chatters":                "/helix/chat/chatters" + own + "&moderator_id=" + w.me(),
			"api_get_custom_rewards":          rewardsPath + own,
			"api_get_redemptions_unfulfilled": redemptionsPath + own + "&status=UNFULFILLED&reward_id=" + songs,
		} {
			same(t, name, w.twitch.call("GET", path, nil, 200).at(t, ""))
		}
		grant, err := w.sim.GrantTwitch()
		if err != nil {
			t.Fatal(err)
		}
		same(t, "api_auth_authorize", answer{body: grant}.at(t, ""))
	})
}
