package chat_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
)

// from is a line by a viewer of roles.
func from(viewer, text string, roles ...chat.Role) chat.Line {
	return chat.Line{ID: viewer + text, Chatter: core.Viewer{ID: viewer}, Text: text, Roles: roles}
}

func dispatch(uses map[string]chat.Use) *chat.Dispatch {
	d := &chat.Dispatch{}
	d.Configure(true, uses)
	return d
}

func TestOnlyWhoMayUseACommandIsHeard(t *testing.T) {
	d := dispatch(map[string]chat.Use{
		"song":  {Enabled: true, Role: chat.Subscriber, Aliases: []string{"np"}},
		"queue": {Enabled: false, Aliases: []string{"q"}},
	})
	for _, row := range []struct {
		line chat.Line
		want string
	}{
		{from("a", "!song"), ""},
		{from("a", "!song", chat.Subscriber), "song"},
		{from("a", "!NP now", chat.Moderator), "song"},
		{from("a", "!np", chat.Broadcaster), "song"},
		{from("a", "!queue", chat.Broadcaster), ""},
		{from("a", "!q", chat.Broadcaster), ""},
		{from("a", "!nothing", chat.Broadcaster), ""},
		{from("a", "song", chat.Broadcaster), ""},
	} {
		got, ok := d.Read(row.line)
		if got.Name != row.want || ok != (row.want != "") || d.Admit(row.line) != ok {
			t.Errorf("%s as %v: %+v, %v", row.line.Text, row.line.Roles, got, ok)
		}
	}
	if got := d.Names(chat.Everyone); len(got) != 0 {
		t.Errorf("everyone may use %q", got)
	}
	if got := d.Names(chat.Subscriber); !slices.Equal(got, []string{"song"}) {
		t.Errorf("subscribers may use %q", got)
	}
	var none chat.Dispatch
	if _, ok := none.Read(from("a", "!song")); ok || none.Names(chat.Broadcaster) != nil {
		t.Error("a dispatch that knows no commands answers")
	}
}

func TestACommandRestsForAllAndLongerForWhoUsedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dispatch(map[string]chat.Use{"song": {Enabled: true, Role: chat.Everyone, Cooldown: 3 * time.Second, ViewerCooldown: 10 * time.Second, Aliases: []string{"np"}}})
		ask := func(viewer string, want bool, roles ...chat.Role) {
			t.Helper()
			if got := d.Admit(from(viewer, "!np", roles...)); got != want {
				t.Errorf("%s: %v, want %v", viewer, got, want)
			}
		}
		ask("a", true)
		ask("b", false)
		ask("m", true, chat.Moderator)
		ask("m", true, chat.Broadcaster)
		time.Sleep(3 * time.Second)
		ask("b", true)
		time.Sleep(3 * time.Second)
		ask("a", false) // 6 s after its own
		ask("c", true)
		time.Sleep(4 * time.Second)
		ask("a", true)
		if _, ok := d.Read(from("a", "!np")); !ok {
			t.Error("reading again what was admitted has to wait")
		}
	})
}

func TestAFloodOfViewersIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dispatch(map[string]chat.Use{"song": {Enabled: true, Role: chat.Everyone, ViewerCooldown: time.Hour, Cooldown: 0}})
		for i := range 30_000 {
			d.Admit(from(fmt.Sprint(i), "!song"))
		}
		if !d.Admit(from("late", "!song")) {
			t.Error("whoever comes late is not heard")
		}
	})
}

func BenchmarkALineThatIsNoCommand(b *testing.B) {
	d := dispatch(map[string]chat.Use{"song": {Enabled: true}})
	l := from("a", "just a viewer who talks about !song \U000e0000", chat.Subscriber)
	b.ReportAllocs()
	for b.Loop() {
		if d.Admit(l) {
			b.Fatal("admitted")
		}
	}
}

func BenchmarkACommandNobodyKnows(b *testing.B) {
	d := dispatch(map[string]chat.Use{"song": {Enabled: true}})
	l := from("a", "!dance with me", chat.Subscriber)
	b.ReportAllocs()
	for b.Loop() {
		if d.Admit(l) {
			b.Fatal("admitted")
		}
	}
}
