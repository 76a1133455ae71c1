package chat_test

import (
	"testing"

	"sidestage/core/chat"
)

func TestARoleMayDoWhatTheWeakerOnesMay(t *testing.T) {
	all := chat.Roles()
	for i, r := range all {
		for j, least := range all {
			if got := r.AtLeast(least); got != (i <= j) {
				t.Errorf("%s at least %s: %v", r, least, got)
			}
		}
	}
	if chat.Role("duke").AtLeast(chat.Subscriber) || !chat.Role("duke").AtLeast(chat.Everyone) {
		t.Error("an unknown role is another than everyone")
	}
}

func TestTheStrongestBadgeCounts(t *testing.T) {
	for want, roles := range map[chat.Role][]chat.Role{
		chat.Everyone:    {"duke"},
		chat.Subscriber:  {chat.Subscriber},
		chat.Moderator:   {chat.Subscriber, chat.Moderator, chat.VIP},
		chat.Broadcaster: {chat.Broadcaster},
	} {
		if got := chat.Strongest(roles); got != want {
			t.Errorf("%v: %s, want %s", roles, got, want)
		}
	}
}
