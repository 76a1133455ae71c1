package token_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/token"
)

func (b *bench) status(validate bool) token.Status {
	b.t.Helper()
	st, err := b.src.Status(b.t.Context(), validate)
	if err != nil {
		b.t.Fatal(err)
	}
	return st
}

func TestACrashBeforeALoginIsFoundGoodCostsNotTheFormer(t *testing.T) {
	for name, grant := range map[string]func(*bench) token.Grant{
		"of the wrong account": func(*bench) token.Grant { return wrong },
		"good":                 func(b *bench) token.Grant { return b.p.login() },
	} {
		bubble(t, name, func(t *testing.T) {
			b := loggedIn(t)
			c := &crashing{platform: b.p, store: b.shelf}
			_, _ = token.New("twitch", c, b.shelf, quiet(), nil).Login(t.Context(), grant(b))
			b.shelf = c.left
			b.restart()
			b.want("", "secret-access-1")
			if st := b.status(false); st.State != token.StateConnected || st.Login != "kai" {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestLoginTellsWhoseItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		got, err := b.src.Login(t.Context(), b.p.login())
		if err != nil {
			t.Fatal(err)
		}
		want := token.Status{
			Platform: "twitch", State: token.StateConnected, UserID: "7", Login: "kai", Name: "Kai",
			Scopes: []string{"chat", "points"}, ExpiresAt: time.Now().Add(life), AuthorizedAt: time.Now(),
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		b.want("secret-access-1", "secret-access-2")
		want.ExpiresAt = time.Now().Add(life)
		b.restart()
		if d := cmp.Diff(want, b.status(false)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{token.StateConnected}, b.told); d != "" {
			t.Error(d)
		}
	})
}

func TestLoginThatCannotBeValidatedIsKeptAndMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.p.checkErr = errDown
		got, err := b.src.Login(t.Context(), b.p.login())
		if err != nil || got.State != token.StateUnvalidated {
			t.Fatalf("Login = %+v, %v", got, err)
		}
		b.want("", "secret-access-1")
		if d := cmp.Diff([]string{token.StateUnvalidated}, b.told); d != "" {
			t.Error(d)
		}
	})
}

func TestRefusedGrantIsNotKept(t *testing.T) {
	for _, kind := range []core.Kind{core.LoginRequired, core.Denied} {
		bubble(t, kind.String(), func(t *testing.T) {
			b := newBench(t)
			b.p.checkErr = core.E(kind, "invalid access token")
			_, err := b.src.Login(t.Context(), b.p.login())
			if core.KindOf(err) != kind || core.ReasonOf(err) != "grant-refused" {
				t.Errorf("Login = %v", err)
			}
			if len(b.shelf.json) != 0 || len(b.told) != 0 {
				t.Errorf("kept %d logins, told %v", len(b.shelf.json), b.told)
			}
			b.wantKind("", core.LoginRequired)
		})
	}
}

func TestRefusedGrantLeavesTheFormerLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		bad := token.Grant{Access: "secret-bad", Refresh: "secret-worse", ExpiresIn: time.Hour}
		if _, err := b.src.Login(t.Context(), bad); core.KindOf(err) != core.LoginRequired {
			t.Errorf("Login = %v", err)
		}
		b.want("", "secret-access-1")
		if st := b.status(false); st.State != token.StateConnected || len(b.told) != 0 {
			t.Errorf("state %q, told %v", st.State, b.told)
		}
	})
}

func TestIncompleteGrantIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for _, g := range []token.Grant{
			{Refresh: "r", ExpiresIn: 1}, {Access: "a", ExpiresIn: 1}, {Access: "a", Refresh: "r"}, {Access: "a\n", Refresh: "r", ExpiresIn: 1},
		} {
			if _, err := b.src.Login(t.Context(), g); core.KindOf(err) != core.Invalid {
				t.Errorf("%v: %v", g, err)
			}
		}
		if len(b.shelf.json) != 0 {
			t.Error("it was stored")
		}
	})
}

func TestLifetimeOfAnOldGrantIsCorrected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		src := token.New("twitch", aged{b.p}, b.shelf, quiet(), nil)
		got, err := src.Login(t.Context(), b.p.login())
		if err != nil || !got.ExpiresAt.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("expires at %v, %v", got.ExpiresAt, err)
		}
	})
}

func TestLogoutForgetsTheLoginAndAsksThePlatformToEndIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		if err := b.src.Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(b.shelf.json) != 0 || len(b.p.revoked) != 1 || b.p.revoked[0] != "secret-access-1" {
			t.Errorf("kept %d logins, revoked %d", len(b.shelf.json), len(b.p.revoked))
		}
		if st := b.status(true); st.State != token.StateLoggedOut {
			t.Errorf("state %q", st.State)
		}
		b.wantKind("", core.LoginRequired)
		if err := b.src.Logout(t.Context()); core.KindOf(err) != core.NotFound {
			t.Errorf("second Logout = %v", err)
		}
		if d := cmp.Diff([]string{token.StateLoggedOut}, b.told); d != "" {
			t.Error(d)
		}
	})
}

func TestLogoutWinsOverARefreshUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.hang = make(chan struct{})
		got := make(chan error, 1)
		go func() {
			_, err := b.src.Token(t.Context(), "secret-access-1")
			got <- err
		}()
		synctest.Wait()
		if err := b.src.Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
		close(b.p.hang)
		if err := <-got; core.KindOf(err) != core.LoginRequired {
			t.Errorf("who waited got %v", err)
		}
		if len(b.shelf.json) != 0 {
			t.Error("the late answer was stored")
		}
	})
}

func TestDamagedLoginCanBeReplacedAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.shelf.json["twitch"] = []byte("{")
		if _, err := b.src.Status(t.Context(), false); err == nil {
			t.Error("damage looks like an empty login")
		}
		if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
			t.Error(err)
		}
		b.shelf.json["twitch"] = []byte("{")
		b.restart()
		if err := b.src.Logout(t.Context()); err != nil || len(b.shelf.json) != 0 {
			t.Error(err)
		}
	})
}

func TestStatusReportsAValidationAndStoresNothing(t *testing.T) {
	for want, answer := range map[string]error{
		token.CheckOK: nil, token.CheckUnreachable: errDown, token.CheckRefused: errGone,
	} {
		bubble(t, want, func(t *testing.T) {
			b := loggedIn(t)
			before := string(b.shelf.json["twitch"])
			b.p.checkErr = answer
			if got := b.status(true).Check; got != want {
				t.Errorf("check %q, want %q", got, want)
			}
			pass(life)
			if got := b.status(true).Check; got != token.CheckExpired {
				t.Errorf("check of an expired token: %q", got)
			}
			if string(b.shelf.json["twitch"]) != before {
				t.Error("it wrote")
			}
			b.wantRefreshes(0)
		})
	}
}

// doorkeeper lets nothing be validated before the door opens.
type doorkeeper struct {
	*platform
	door chan struct{}
}

func (d doorkeeper) Validate(ctx context.Context, access string) (token.Identity, error) {
	<-d.door
	return d.platform.Validate(ctx, access)
}

var wrong = token.Grant{Access: "secret-wrong", Refresh: "secret-worse", ExpiresIn: life}

func TestNothingIsRefreshedForALoginThatIsNotTakenInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, door := loggedIn(t), make(chan struct{})
		b.src = token.New("twitch", doorkeeper{b.p, door}, b.shelf, quiet(), nil)
		ended := make(chan error)
		go func() { _, err := b.src.Login(t.Context(), wrong); ended <- err }()
		synctest.Wait()
		got := make(chan string)
		go func() { access, _ := b.src.Token(t.Context(), "secret-wrong"); got <- access }()
		synctest.Wait()
		close(door)
		if err := <-ended; core.ReasonOf(err) != "grant-refused" {
			t.Error(err)
		}
		if access := <-got; access != "secret-access-1" {
			t.Errorf("got %q", access)
		}
		b.wantRefreshes(0)
	})
}

func TestALoginThatIsNotTakenCostsNoAnswerOfTheFormer(t *testing.T) {
	bubble(t, "on its way", func(t *testing.T) {
		b := loggedIn(t)
		b.p.hang = make(chan struct{})
		got := make(chan string)
		go func() { access, _ := b.src.Token(t.Context(), "secret-access-1"); got <- access }()
		synctest.Wait()
		if _, err := b.src.Login(t.Context(), wrong); core.ReasonOf(err) != "grant-refused" {
			t.Error(err)
		}
		close(b.p.hang)
		if access := <-got; access != "secret-access-2" || b.stored().Access != access || b.stored().Refreshing.Sends != 0 {
			t.Errorf("got %q, stored is %v", access, b.stored())
		}
	})
	bubble(t, "not stored yet", func(t *testing.T) {
		b := loggedIn(t)
		b.p.onSend = func(string) { b.shelf.breakSaves(core.E(core.Unavailable, "disk full")) }
		if _, err := b.token("secret-access-1"); err == nil {
			t.Error("a token that is not stored was handed out")
		}
		b.shelf.breakSaves(nil)
		if _, err := b.src.Login(t.Context(), wrong); core.ReasonOf(err) != "grant-refused" {
			t.Error(err)
		}
		b.want("secret-access-1", "secret-access-2")
		b.wantRefreshes(1)
	})
}
