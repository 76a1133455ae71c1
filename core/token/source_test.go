package token_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/token"
)

func TestTokenIsServedUntilFiveMinutesBeforeItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		time.Sleep(life - 5*time.Minute - time.Millisecond)
		b.want("", "secret-access-1")
		b.wantRefreshes(0)
		time.Sleep(time.Millisecond)
		b.want("", "secret-access-2")
		b.wantRefreshes(1)
	})
}

func TestConcurrentCallersShareOneRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		time.Sleep(life)
		b.p.hang = make(chan struct{})
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() { b.want("", "secret-access-2") })
		}
		synctest.Wait()
		close(b.p.hang)
		callers.Wait()
		b.wantRefreshes(1)
	})
}

func TestOnlyTheCurrentTokenCanBeRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.want("secret-access-1", "secret-access-2")
		b.want("secret-access-1", "secret-access-2")
		b.wantRefreshes(1)
	})
}

func TestIntentIsStoredBeforeTheRefreshIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.onSend = func(string) {
			if in := b.stored().Refreshing; in.Sends != 1 || in.Since != time.Now().UnixMilli() {
				t.Errorf("stored while the refresh is sent: %+v", in)
			}
		}
		b.want("secret-access-1", "secret-access-2")
		if in := b.stored().Refreshing; in != (token.Intent{}) {
			t.Errorf("intent is left open: %+v", in)
		}
	})
}

func TestRefreshOutlivesTheCallerWhoBeganIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.hang = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := b.src.Token(ctx, "secret-access-1")
			gone <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) || core.KindOf(err) != core.Unavailable {
			t.Errorf("the impatient caller got %v", err)
		}
		close(b.p.hang)
		b.src.Settle()
		b.want("", "secret-access-2")
		b.wantRefreshes(1)
	})
}

func TestRefreshEndsAfterThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.hang = make(chan struct{})
		start := time.Now()
		err := b.wantKind("secret-access-1", core.Unavailable)
		if d := time.Since(start); d != 30*time.Second {
			t.Errorf("it took %v", d)
		}
		if core.ReasonOf(err) != "refresh-unknown" || !core.Temporary(err) {
			t.Errorf("error %v, reason %q", err, core.ReasonOf(err))
		}
	})
}

func TestTokenIsServedWhileItsRefreshFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.then(down, down, down, down)
		time.Sleep(life - 4*time.Minute)
		b.want("", "secret-access-1")
		b.want("", "secret-access-1") // within the minute's pause
		b.wantRefreshes(1)
		if err := b.wantKind("secret-access-1", core.Unavailable); !core.Temporary(err) {
			t.Errorf("%v is not temporary", err)
		}
		time.Sleep(4 * time.Minute)
		b.wantKind("", core.Unavailable)
		b.wantKind("", core.Unavailable)
		b.wantRefreshes(4)
		b.want("", "secret-access-2")
	})
}

type busy struct{ error }

func (busy) ErrorKind() core.Kind      { return core.RateLimited }
func (busy) Temporary() bool           { return true }
func (busy) RetryDelay() time.Duration { return 90 * time.Second }

func TestPlatformThatAsksToWaitIsNotAskedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.failWith(busy{errors.New("slow down")})
		b.wantKind("secret-access-1", core.RateLimited)
		time.Sleep(89 * time.Second)
		b.wantKind("secret-access-1", core.RateLimited)
		b.wantRefreshes(1)
		time.Sleep(time.Second)
		b.want("secret-access-1", "secret-access-2")
	})
}

func TestRefusedLoginFailsFastUntilSomebodyLogsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.then(refuse)
		b.wantKind("secret-access-1", core.LoginRequired)
		b.wantKind("", core.LoginRequired)
		b.restart()
		b.wantKind("", core.LoginRequired)
		b.wantRefreshes(1)
		if st := b.stored().State; st != token.StateLoginRequired {
			t.Errorf("stored state %q", st)
		}
		if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
			t.Fatal(err)
		}
		b.want("", b.p.access)
	})
}

func TestErrorsNameTheCommandThatHelps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const want = "run sidestage auth login twitch"
		b := newBench(t)
		if err := b.wantKind("", core.LoginRequired); !strings.Contains(err.Error(), want) || core.ReasonOf(err) != "logged-out" {
			t.Errorf("logged out: %v", err)
		}
		b = loggedIn(t)
		b.p.then(refuse)
		if err := b.wantKind("secret-access-1", core.LoginRequired); !strings.Contains(err.Error(), want) || core.ReasonOf(err) != "login-refused" {
			t.Errorf("refused: %v", err)
		}
	})
}

func TestEveryDefiniteRefusalOfARefreshEndsTheLogin(t *testing.T) {
	for _, k := range core.Kinds() {
		bubble(t, k.String(), func(t *testing.T) {
			b := loggedIn(t)
			b.p.failWith(core.E(k, "answer of a kind"))
			_, err := b.token("secret-access-1")
			ended := core.KindOf(err) == core.LoginRequired
			open := b.stored().Refreshing.Sends > 0
			switch k {
			case core.LoginRequired, core.Denied, core.Invalid, core.NotFound:
				if !ended || open {
					t.Errorf("ended %v, intent open %v, error %v", ended, open, err)
				}
			case core.RateLimited, core.Unavailable:
				if ended || open {
					t.Errorf("nothing happened, but: ended %v, intent open %v, error %v", ended, open, err)
				}
			case core.Internal, core.Conflict, core.Ambiguous:
				if ended || !open || !core.Temporary(err) {
					t.Errorf("unknown, but: ended %v, intent open %v, error %v", ended, open, err)
				}
			}
		})
	}
}

func TestAnswerWithoutARefreshTokenKeepsTheOldOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.p.sticky = true
		if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
			t.Fatal(err)
		}
		b.want("secret-access-1", "secret-access-2")
		b.want("secret-access-2", "secret-access-3")
		if r := b.stored().Refresh; r != "secret-refresh-1" {
			t.Errorf("refresh token %q is stored", r)
		}
	})
}

func TestAnswerWithoutALifetimeIsAsGoodAsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.life = 0
		time.Sleep(life - time.Minute)
		b.want("", "secret-access-1")
		if n := b.stored().Refreshing.Sends; n != 1 {
			t.Errorf("%d sendings are open", n)
		}
	})
}

func TestVeryShortLivesDoNotMakeItAskWithoutPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.life = 2 * time.Minute
		b.want("secret-access-1", "secret-access-2")
		for range 59 {
			b.want("", "secret-access-2")
			time.Sleep(time.Second)
		}
		b.wantRefreshes(1)
		time.Sleep(time.Second)
		b.want("", "secret-access-3")
	})
}

func TestAnswerTheStoreWouldNotTakeIsStoredBeforeItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.onSend = func(string) { b.shelf.breakSaves(core.E(core.Unavailable, "disk full")) }
		b.wantKind("secret-access-1", core.Unavailable)
		b.wantKind("secret-access-1", core.Unavailable)
		b.shelf.breakSaves(nil)
		b.want("secret-access-1", "secret-access-2")
		b.wantRefreshes(1)
	})
}

func TestLoginDropsTheAnswerTheStoreWouldNotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.onSend = func(string) { b.shelf.breakSaves(core.E(core.Unavailable, "disk full")) }
		b.wantKind("secret-access-1", core.Unavailable)
		b.p.onSend = nil
		b.shelf.breakSaves(nil)
		if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
			t.Fatal(err)
		}
		b.want("secret-access-3", "secret-access-4")
	})
}

func TestAnswerThatComesTooLateIsStoredAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		src := token.New("twitch", sluggish{b.p}, b.shelf, quiet(), nil)
		if got, err := src.Token(t.Context(), "secret-access-1"); err != nil || got != "secret-access-2" {
			t.Errorf("Token = %q, %v", got, err)
		}
	})
}

func TestRefreshIsNotSentWhenItsIntentCannotBeStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.shelf.breakSaves(core.E(core.Unavailable, "disk full"))
		b.wantKind("secret-access-1", core.Unavailable)
		b.wantRefreshes(0)
	})
}

func TestStoreIsReadAgainBeforeARefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		old := b.src
		b.restart()
		b.want("secret-access-1", "secret-access-2")
		if got, err := old.Token(t.Context(), "secret-access-1"); err != nil || got != "secret-access-2" {
			t.Errorf("the source with the stale memory answers %q, %v", got, err)
		}
		b.wantRefreshes(1)
	})
}

func TestAGlanceRefreshesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		if got, err := b.src.Glance(t.Context(), ""); err != nil || got != "secret-access-1" {
			t.Errorf("a good token: %q, %v", got, err)
		}
		if _, err := b.src.Glance(t.Context(), "secret-access-1"); core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "auth refresh") {
			t.Errorf("a refused token: %v", err)
		}
		pass(24 * time.Hour)
		if _, err := b.src.Glance(t.Context(), ""); core.KindOf(err) != core.Unavailable {
			t.Errorf("an expired token: %v", err)
		}
		b.wantRefreshes(0)
	})
}

func TestPlatformThatRepeatsARefusedTokenMakesNoLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		src := token.New("twitch", parrot{b.p}, b.shelf, quiet(), nil)
		_, err := src.Token(t.Context(), "secret-access-1")
		if core.KindOf(err) != core.Unavailable || core.ReasonOf(err) != "token-refused" {
			t.Errorf("error %v", err)
		}
	})
}
