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

func logins(r *chat.Room) []string {
	var all []string
	for _, p := range r.People() {
		all = append(all, p.Viewer.Login)
	}
	return all
}

func speaks(login string) chat.Line {
	return chat.Line{ID: "m", Chatter: core.Viewer{ID: "id-" + login, Login: login, Name: login}, Text: "hi"}
}

func TestARoomKnowsWhoComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r chat.Room
		r.Came("luna", "kai")
		time.Sleep(time.Second)
		r.Came("mo", "luna")
		r.Left("kai", "nobody")
		if got := logins(&r); !slices.Equal(got, []string{"mo", "luna"}) {
			t.Errorf("here are %q", got)
		}
		time.Sleep(time.Hour)
		r.Heard(speaks("luna"))
		got := r.People()
		if got[0].Viewer.ID != "id-luna" || time.Since(got[0].Since) < time.Hour || got[0].Spoke != time.Now() || !got[1].Spoke.IsZero() {
			t.Errorf("%+v", got)
		}
		other := speaks("next_door")
		other.Source = "77"
		r.Heard(other)
		if got := logins(&r); len(got) != 2 {
			t.Errorf("somebody of another channel is here: %q", got)
		}
	})
}

func TestWhoOnlySpokeIsHereForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r chat.Room
		r.Heard(speaks("luna"))
		time.Sleep(14 * time.Minute)
		if len(logins(&r)) != 1 {
			t.Error("gone too soon")
		}
		time.Sleep(2 * time.Minute)
		if len(logins(&r)) != 0 {
			t.Error("here for ever")
		}
	})
}

func TestANewConnectionForgetsOnlyWhoIsNotNamedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r chat.Room
		r.Came("luna", "kai", "mo")
		time.Sleep(time.Hour)
		r.Heard(speaks("mo"))
		r.Recount()
		r.Came("luna")
		if len(logins(&r)) != 3 {
			t.Error("nobody is gone yet")
		}
		time.Sleep(time.Minute)
		if got := logins(&r); !slices.Equal(got, []string{"mo", "luna"}) {
			t.Errorf("here are %q", got)
		}
		if p := r.People()[1]; time.Since(p.Since) < time.Hour {
			t.Errorf("luna came anew: %+v", p)
		}
	})
}

func TestAListAddsAndRemoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r chat.Room
		r.Came("luna", "kai")
		time.Sleep(20 * time.Minute)
		r.Came("late") // not yet on a list that is old
		r.Listed([]core.Viewer{{ID: "1", Login: "luna", Name: "Luna"}, {ID: "2", Login: "mo", Name: "Mo"}})
		if got := logins(&r); !slices.Equal(got, []string{"late", "mo", "luna"}) {
			t.Errorf("here are %q", got)
		}
	})
}

func TestARoomHoldsTenThousand(t *testing.T) {
	var r chat.Room
	for i := range 10_100 {
		r.Came(fmt.Sprint("viewer", i))
	}
	if n := len(r.People()); n != 10_000 {
		t.Errorf("%d people", n)
	}
	r.Left("viewer1")
	r.Heard(speaks("luna"))
	if got := r.People(); len(got) != 10_000 || got[0].Viewer.Login != "luna" {
		t.Errorf("%d people, first %+v", len(got), got[0])
	}
}
