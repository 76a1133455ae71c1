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

// since tells times as waits from start, to the millisecond tokens are kept to.
func since(start time.Time, at []time.Time) []time.Duration {
	var ds []time.Duration
	for _, t := range at {
		ds = append(ds, t.Sub(start).Round(time.Millisecond))
	}
	return ds
}

func (b *bench) wantAsked(start time.Time, want ...time.Duration) {
	b.t.Helper()
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	if d := cmp.Diff(want, since(start, b.p.asked)); d != "" {
		b.t.Errorf("refreshes (-want +got):\n%s", d)
	}
}

func TestRefreshComesFiveMinutesBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := loggedIn(t)
		b.run()
		pass(3 * life)
		due := life - 5*time.Minute
		b.wantAsked(start, due, 2*due, 3*due)
	})
}

func TestTokenFoundNearItsEndIsRefreshedAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		pass(life - 3*time.Minute)
		b.restart()
		start := time.Now()
		b.run()
		pass(time.Minute)
		b.wantAsked(start, time.Second)
	})
}

func TestFailingRefreshIsTriedAgainMoreAndMoreSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := loggedIn(t)
		b.p.then(down, down, down, down, down, down)
		b.run()
		pass(life + time.Hour)
		m := time.Minute
		due := life - 5*m
		b.wantAsked(start, due, due+1*m, due+3*m, due+7*m, due+17*m, due+27*m, due+37*m)
		b.want("", "secret-access-2")
	})
}

func TestCallersInNeedDoNotSlowTheScheduleDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := loggedIn(t)
		b.p.then(down, down, down, down, down)
		b.run()
		pass(life + time.Minute)
		b.wantKind("", core.Unavailable)
		b.wantKind("", core.Unavailable)
		pass(time.Minute)
		m := time.Minute
		due := life - 5*m
		b.wantAsked(start, due, due+1*m, due+3*m, due+6*m, due+6*m, due+7*m)
		b.want("", "secret-access-2")
	})
}

func TestRefusedLoginIsNotScheduled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := loggedIn(t)
		b.p.then(refuse)
		b.run()
		pass(100 * time.Hour)
		b.wantAsked(start, life-5*time.Minute)
		if d := cmp.Diff([]string{token.StateLoginRequired}, b.told); d != "" {
			t.Error(d)
		}
	})
}

func TestOfflineKeepsFromRefreshingAheadOfTimeOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.run()
		b.src.Offline()
		pass(3 * life)
		b.wantRefreshes(0)
		b.want("", "secret-access-2") // asked for, so it is refreshed
		pass(3 * life)
		b.wantRefreshes(1)
		start := time.Now()
		b.src.Online()
		pass(time.Minute)
		b.wantRefreshes(2)
		if at := since(start, b.p.asked[1:]); at[0] != time.Second {
			t.Errorf("refreshed %v after going online", at[0])
		}
	})
}

func TestLoginWhileRunningIsScheduled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		pass(30 * time.Minute)
		start := time.Now()
		if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
			t.Fatal(err)
		}
		pass(life)
		b.wantAsked(start, life-5*time.Minute)
	})
}

func TestLoginIsValidatedAtStartAndHourly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		pass(10 * time.Minute)
		b.p.checks = nil
		b.src.Offline()
		start := time.Now()
		b.run()
		pass(150 * time.Minute)
		if d := cmp.Diff([]time.Duration{0, time.Hour, 2 * time.Hour}, since(start, b.p.checks)); d != "" {
			t.Error(d)
		}
	})
}

func TestTokenRefusedAtAValidationIsRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		clear(b.p.valid)
		b.run()
		synctest.Wait()
		b.want("", "secret-access-2")
		b.wantRefreshes(1)
	})
}

func TestUnvalidatedLoginIsValidatedAsSoonAsThePlatformIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		state  string
	}{
		"good":            {nil, token.StateConnected},
		"not for us":      {core.E(core.Denied, "another client's"), token.StateLoginRequired},
		"still not there": {errDown, token.StateUnvalidated},
	} {
		bubble(t, name, func(t *testing.T) {
			b := newBench(t)
			b.run()
			b.p.checkErr = errDown
			if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
				t.Fatal(err)
			}
			b.p.mu.Lock()
			b.p.checkErr = c.answer
			b.p.mu.Unlock()
			pass(61 * time.Second)
			got, err := b.src.Status(t.Context(), false)
			if err != nil || got.State != c.state {
				t.Errorf("state %q, %v; want %q", got.State, err, c.state)
			}
		})
	}
}

func TestValidatedLoginSurvivesADeniedValidation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.checkErr = core.E(core.Denied, "the app's owner has no subscription")
		b.run()
		pass(2 * time.Hour)
		b.want("", "secret-access-1")
	})
}

func TestRunEndsWhenItsRefreshHasBeenStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		b.p.hang = make(chan struct{})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.src.Run(ctx) }()
		pass(life - 5*time.Minute)
		stop()
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("Run ended before its refresh: %v", err)
		default:
		}
		close(b.p.hang)
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
		if st := b.stored(); st.Access != "secret-access-2" {
			t.Error("the answer was not stored")
		}
	})
}

func TestStoreThatCannotBeReadIsTriedAgainNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := loggedIn(t)
		pass(life - time.Minute)
		b.restart()
		b.shelf.bad = core.E(core.Unavailable, "keyring is locked")
		b.run()
		pass(time.Minute)
		b.wantKind("", core.Unavailable)
		b.shelf.mu.Lock()
		b.shelf.bad = nil
		b.shelf.mu.Unlock()
		pass(10 * time.Minute)
		b.wantRefreshes(1)
	})
}
