package twitch_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/twitch"
)

func TestChannelEvents(t *testing.T) {
	viewer := core.Viewer{ID: "9001", Login: "viewer32", Name: "viewer32"}
	for name, c := range map[string]struct {
		read func(twitch.Message) (any, error)
		want any
	}{
		"notification_channel_raid": {
			func(m twitch.Message) (any, error) { return m.Raid() },
			twitch.Raid{From: core.Viewer{ID: "9001", Login: "raider", Name: "raider"}, ToID: "1337", Viewers: 61693},
		},
		"notification_channel_update_v2": {
			func(m twitch.Message) (any, error) { return m.ChannelUpdate() },
			twitch.ChannelUpdate{BroadcasterID: "1337", Title: "New title", Language: "en", CategoryID: "6593", Category: "Just Chatting"},
		},
		"notification_channel_follow_v2": {
			func(m twitch.Message) (any, error) { return m.Follow() },
			twitch.Follow{BroadcasterID: "1337", Viewer: viewer, At: time.Date(2026, 11, 24, 4, 36, 29, 718825035, time.UTC)},
		},
		"notification_channel_subscribe": {
			func(m twitch.Message) (any, error) { return m.Subscribe() },
			twitch.Subscribe{BroadcasterID: "1337", Viewer: viewer, Tier: "1000"},
		},
		"notification_channel_cheer": {
			func(m twitch.Message) (any, error) { return m.Cheer() },
			twitch.Cheer{BroadcasterID: "1337", Viewer: core.Viewer{ID: "9001", Login: "testFromUser", Name: "testFromUser"}, Bits: 100, Text: "This is a test event."},
		},
	} {
		m := recorded(t, name)
		got, err := c.read(m)
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			t.Errorf("%s: %v %s", name, err, d)
		}
		m.Event = nil
		if _, err := c.read(m); core.ReasonOf(err) != "no-event" {
			t.Errorf("%s without an event: %v", name, err)
		}
	}
}

func TestAnAnonymousCheerNamesNobody(t *testing.T) {
	c, err := twitch.Message{Event: []byte(`{"is_anonymous":true,"user_id":null,"user_login":"x","bits":5}`)}.Cheer()
	if err != nil || c.Viewer != (core.Viewer{}) || c.Bits != 5 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestWishesFollowTheScopes(t *testing.T) {
	types := func(scopes []string) (all []string) {
		for _, s := range twitch.Wishes("1337", scopes) {
			all = append(all, s.Type+" "+s.Version)
			for field, id := range s.Condition {
				if id != "1337" {
					t.Errorf("%s: %s is %q", s.Type, field, id)
				}
			}
		}
		return all
	}
	least := []string{
		twitch.TypeRedemptionAdd + " 1", twitch.TypeRedemptionUpdate + " 1", twitch.TypeStreamOnline + " 1", twitch.TypeStreamOffline + " 1",
		twitch.TypeRaid + " 1", twitch.TypeChannelUpdate + " 2",
	}
	if d := cmp.Diff(least, types([]string{})); d != "" { // what cannot be done without is asked for all the same
		t.Error(d)
	}
	all := types(nil)
	if len(all) != 10 || all[4] != twitch.TypeChatMessage+" 1" || all[7] != twitch.TypeFollow+" 2" {
		t.Errorf("with scopes nobody told: %v", all)
	}
	if got := types([]string{twitch.ScopeManageRedemptions, twitch.ScopeReadBits}); len(got) != 7 || got[6] != twitch.TypeCheer+" 1" {
		t.Errorf("with bits: %v", got)
	}
}
