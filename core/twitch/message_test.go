package twitch_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/twitch"
)

// eventFrames are the recorded frames of the given prefixes.
func eventFrames(t testing.TB) map[string][]byte {
	all := map[string][]byte{}
	for _, prefix := range []string{"notification_", "session_", "strict_"} {
		maps.Copy(all, frames(t, prefix))
	}
	return all
}

func TestEveryRecordedFrameDecodes(t *testing.T) {
	for name, data := range eventFrames(t) {
		m, err := twitch.DecodeMessage(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.ID == "" || m.At.IsZero() || string(m.Raw) != string(data) {
			t.Errorf("%s: id %q, at %v", name, m.ID, m.At)
		}
		notification := m.Type == "notification"
		if notification != strings.Contains(name, "notification_") {
			t.Errorf("%s has type %s", name, m.Type)
		}
		if notification && (m.Subscription.Type == "" || m.Subscription.Version == "" || m.Subscription.SessionID == "") {
			t.Errorf("%s: %+v", name, m.Subscription)
		}
		if none := m.Event == nil; notification && none != strings.Contains(name, "no_event") {
			t.Errorf("%s: event %s", name, m.Event)
		}
	}
}

func TestEveryRecordedNotificationPassesThroughASession(t *testing.T) {
	recorded := eventFrames(t)
	synctest.Test(t, func(t *testing.T) {
		f, b := newFake(t), &inbox{}
		start(t, f.session(), b.handle)
		sk := f.next()
		sk.send(recorded["session_welcome"])
		sk.send(recorded["session_keepalive"])
		want := 0
		for name, data := range recorded {
			if strings.Contains(name, "notification_") {
				sk.send(data)
				want++
			}
		}
		sk.send([]byte(strings.Replace(string(recorded["session_reconnect"]), "127.0.0.1:8098", "twitch.test", 1)))
		next := f.next()
		if next.url != "/ws?reconnect_id=Yzk1OTE1Y2VfNDI3NjRjZjM" {
			t.Errorf("dialled %s", next.url)
		}
		next.send(recorded["session_welcome_after_reconnect_new_session_id"])
		next.send(recorded["notification_on_new_session_during_window"]) // a repeat
		time.Sleep(time.Second)
		if got := len(b.messages()); got != want {
			t.Errorf("%d of %d notifications were handed over", got, want)
		}
		if posts := f.seen("POST"); len(posts) != 2 || posts[0].sessionID != "0938b4ca_69cf828e" {
			t.Errorf("%+v", posts)
		}
	})
}

func recorded(t *testing.T, name string) twitch.Message {
	t.Helper()
	m, err := twitch.DecodeMessage(frame(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRedemptionEvents(t *testing.T) {
	got, err := recorded(t, "notification_redemption_add_rpc_injected_user_input").Redemption()
	want := twitch.Redemption{
		ID: "17fa2df1-ad76-4804-bfa5-a40ef63efe63", BroadcasterID: "1337",
		Viewer:     core.Viewer{ID: "9001", Login: "viewer32", Name: "Viewer32"},
		Input:      "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC",
		Status:     twitch.Unfulfilled,
		Reward:     twitch.Reward{ID: "92af127c-7326-4483-a52b-b0da0be61c01", Title: "Song request", Cost: 500, Prompt: "Paste a link"},
		RedeemedAt: time.Date(2026, 1, 1, 0, 0, 0, 123456789, time.UTC),
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	update, err := recorded(t, "notification_redemption_update_fulfilled").Redemption()
	if err != nil || update.Status != twitch.Fulfilled {
		t.Errorf("%+v, %v", update, err)
	}
	lost := recorded(t, "notification_redemption_no_event_status_authorization_revoked")
	if _, err := lost.Redemption(); core.KindOf(err) != core.Invalid || core.ReasonOf(err) != "no-event" || !lost.Revoked() {
		t.Errorf("without an event: %v", err)
	}
}

func TestStreamEvents(t *testing.T) {
	on, err := recorded(t, "notification_stream_online").StreamOnline()
	want := twitch.StreamOnline{ID: "17410449", BroadcasterID: "1337", Type: "live", StartedAt: time.Date(2026, 11, 24, 4, 36, 29, 635797380, time.UTC)}
	if d := cmp.Diff(want, on); err != nil || d != "" {
		t.Error(err, d)
	}
	off, err := recorded(t, "notification_stream_offline").StreamOffline()
	if err != nil || off.BroadcasterID != "1337" {
		t.Errorf("%+v, %v", off, err)
	}
}

func TestChatMessages(t *testing.T) {
	got, err := recorded(t, "notification_chat_message_rpc_injected").ChatMessage()
	want := twitch.ChatMessage{
		ID: "cc106a89-1814-919d-454c-f4f2f970aae7", BroadcasterID: "1337", Text: "!sr hello",
		Chatter: core.Viewer{ID: "4145994", Login: "viewer32", Name: "viewer32"}, Roles: []string{twitch.RoleModerator},
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
}

func chatEvent(t *testing.T, event string) (twitch.ChatMessage, error) {
	t.Helper()
	m, err := twitch.DecodeMessage([]byte(`{"metadata":{"message_id":"m","message_type":"notification","subscription_type":"channel.chat.message"},"payload":{"event":` + event + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return m.ChatMessage()
}

func TestRolesComeFromBadgesAndTheBroadcastersOwnName(t *testing.T) {
	for badges, want := range map[string][]string{
		``:                                      nil,
		`{"set_id":"sub-gifter"}`:               nil,
		`{"set_id":"vip"},{"set_id":"founder"}`: {twitch.RoleVIP, twitch.RoleSubscriber},
		`{"set_id":"lead_moderator"},{"set_id":"moderator"},{"set_id":"subscriber"}`: {twitch.RoleModerator, twitch.RoleSubscriber},
		`{"set_id":7},null,"x"`: nil,
	} {
		got, err := chatEvent(t, `{"message_id":"1","broadcaster_user_id":"b","chatter_user_id":"c","badges":[`+badges+`]}`)
		if d := cmp.Diff(want, got.Roles); err != nil || d != "" {
			t.Error(badges, err, d)
		}
	}
	own, err := chatEvent(t, `{"message_id":"1","broadcaster_user_id":"b","chatter_user_id":"b","badges":[{"set_id":"broadcaster"}]}`)
	if d := cmp.Diff([]string{twitch.RoleBroadcaster}, own.Roles); err != nil || d != "" {
		t.Error(err, d)
	}
}

func TestChatMessagesTellRewardsRepliesAndSharedChat(t *testing.T) {
	got, err := chatEvent(t, `{"message_id":"1","broadcaster_user_id":"b","chatter_user_id":"c","message":{"text":"hi"},
		"channel_points_custom_reward_id":"r","reply":{"parent_message_id":"p"},"source_broadcaster_user_id":"z"}`)
	want := twitch.ChatMessage{ID: "1", BroadcasterID: "b", Chatter: core.Viewer{ID: "c"}, Text: "hi", RewardID: "r", ReplyTo: "p", SourceBroadcasterID: "z"}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	same, err := chatEvent(t, `{"message_id":"1","broadcaster_user_id":"b","source_broadcaster_user_id":"b"}`)
	if err != nil || same.SourceBroadcasterID != "" {
		t.Errorf("%+v, %v", same, err)
	}
	if _, err := chatEvent(t, `{}`); core.KindOf(err) != core.Invalid {
		t.Errorf("without an id: %v", err)
	}
}

func TestFieldsOfUnexpectedTypesCostOnlyThemselves(t *testing.T) {
	m, err := twitch.DecodeMessage([]byte(`{"metadata":{"message_id":"m","message_type":"notification","message_timestamp":5,"new":{}},
		"payload":{"session":"?","subscription":{"type":7,"status":null,"condition":{"a":1,"b":"x"},"transport":[]},
		"event":{"id":"r","user_id":5,"redeemed_at":"2020-11-10T20:08:464757833Z","reward":{"id":"w","cost":"many"}}}}`))
	if err != nil || m.ID != "m" || !m.At.IsZero() || m.Subscription.Condition["b"] != "x" {
		t.Errorf("%+v, %v", m, err)
	}
	r, err := m.Redemption()
	if err != nil || r.ID != "r" || r.Reward.ID != "w" || !r.RedeemedAt.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestTheSubscriptionTypeIsTakenFromTheMetadataWhereThePayloadHasNone(t *testing.T) {
	m, err := twitch.DecodeMessage([]byte(`{"metadata":{"message_type":"revocation","subscription_type":"stream.online","subscription_version":"1"}}`))
	if err != nil || m.Subscription.Type != "stream.online" || m.Subscription.Version != "1" || !m.Revoked() {
		t.Errorf("%+v, %v", m, err)
	}
}

func FuzzDecodeMessage(f *testing.F) {
	for _, prefix := range []string{"notification_", "session_", "strict_"} {
		for _, data := range onDisk(prefix) {
			f.Add(data)
		}
	}
	f.Add([]byte(`{"metadata":{"message_type":"x","message_timestamp":"?"},"payload":{"session":{"keepalive_timeout_seconds":-1}}}`))
	f.Add([]byte(`{"metadata":{"message_type":"x"},"payload":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := twitch.DecodeMessage(data)
		if err != nil {
			if m.Type != "" || len(m.Raw) > 4096 || core.KindOf(err) != core.Invalid {
				t.Errorf("%+v, %v", m, err)
			}
			return
		}
		if m.Type == "" || m.Session.Keepalive < 0 || (m.Event != nil && !json.Valid(m.Event)) {
			t.Errorf("%+v", m)
		}
		_, _ = m.Redemption()
		_, _ = m.ChatMessage()
		_, _ = m.StreamOnline()
		_, _ = m.StreamOffline()
		_, _ = m.Raid()
		_, _ = m.ChannelUpdate()
		_, _ = m.Follow()
		_, _ = m.Subscribe()
		_, _ = m.Cheer()
		_ = m.Revoked()
		again, err := twitch.DecodeMessage(m.Raw)
		if d := cmp.Diff(m, again); err != nil || d != "" {
			t.Errorf("Raw does not decode to the same: %v %s", err, d)
		}
	})
}
