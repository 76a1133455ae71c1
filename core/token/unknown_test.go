package token_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/token"
)

// A refresh whose answer was lost: the rule of the package comment.

func TestLostRefreshIsNotRepeatedWhileTheTokenServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.run()
		b.p.then(lostBefore)
		pass(life - 5*time.Minute)
		b.wantRefreshes(1)
		pass(5*time.Minute - time.Millisecond)
		b.want("", "secret-access-1")
		b.wantRefreshes(1)
		pass(time.Millisecond) // expired: now it is sent once more
		b.wantRefreshes(2)
		b.want("", "secret-access-2")
	})
}

func TestLostRefreshIsRepeatedWhenTheTokenIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.then(lostBefore)
		b.wantKind("secret-access-1", core.Unavailable)
		b.want("", "secret-access-1")
		b.wantRefreshes(1)
		b.want("secret-access-1", "secret-access-2")
		b.wantRefreshes(2)
	})
}

func TestRefusalOfTheRepetitionMeansLoginRequired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.then(lostAfter)
		b.wantKind("secret-access-1", core.Unavailable)
		b.wantKind("secret-access-1", core.LoginRequired)
		b.wantKind("", core.LoginRequired)
		b.wantRefreshes(2)
	})
}

func TestNoRefreshTokenIsSentThreeTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.then(lostBefore, lostBefore)
		b.wantKind("secret-access-1", core.Unavailable)
		b.wantKind("secret-access-1", core.Unavailable)
		b.wantKind("secret-access-1", core.LoginRequired)
		b.wantRefreshes(2)
	})
}

func TestRepetitionThatDidNotHappenCanBeTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.then(lostBefore, down, down, down)
		for range 4 {
			b.wantKind("secret-access-1", core.Unavailable)
		}
		b.want("secret-access-1", "secret-access-2")
		if n := b.p.sent["secret-refresh-1"]; n != 2 {
			t.Errorf("the refresh token was sent %d times", n)
		}
	})
}

// crash ends the program while its refresh is under way: nothing it stores from
// then on is there when the next one starts.
func (b *bench) crash(f fate) {
	b.p.then(f)
	before := b.shelf
	b.p.onSend = func(string) { b.shelf = before.copy() }
	_, _ = b.src.Token(b.t.Context(), "secret-access-1")
	b.p.onSend = nil
	b.restart()
}

func TestIntentFoundOpenAtStartIsSentOnceWhenTheTokenNoLongerServes(t *testing.T) {
	bubble(t, "not sent before the crash", func(t *testing.T) {
		b := loggedIn(t)
		b.crash(lostBefore)
		b.run()
		pass(time.Hour)
		b.want("", "secret-access-1")
		b.wantRefreshes(1)
		pass(life - time.Hour)
		b.wantRefreshes(2)
		b.want("", "secret-access-2")
	})
	bubble(t, "spent before the crash", func(t *testing.T) {
		b := loggedIn(t)
		b.crash(well)
		b.wantKind("secret-access-1", core.LoginRequired)
		b.wantRefreshes(2)
	})
	bubble(t, "crashed again while it was repeated", func(t *testing.T) {
		b := loggedIn(t)
		b.crash(lostBefore)
		b.crash(lostBefore)
		b.want("", "secret-access-1")
		b.wantKind("secret-access-1", core.LoginRequired)
		b.wantRefreshes(2)
	})
}

func TestLoginWinsOverARefreshUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.hang = make(chan struct{})
		got := make(chan string, 1)
		go func() {
			access, _ := b.src.Token(context.Background(), "secret-access-1")
			got <- access
		}()
		synctest.Wait()
		g := b.p.login()
		if _, err := b.src.Login(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		close(b.p.hang)
		if access := <-got; access != g.Access {
			t.Errorf("who waited for the old refresh got %q", access)
		}
		b.want("", g.Access)
		if st := b.stored(); st.Refresh != g.Refresh || st.Refreshing != (token.Intent{}) {
			t.Errorf("stored: %v, intent %+v", st, st.Refreshing)
		}
	})
}
