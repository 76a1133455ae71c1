package token_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/token"
)

func TestRenewRefreshesATokenThatServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.src.Renew(t.Context()); core.KindOf(err) != core.LoginRequired {
			t.Errorf("logged out: %v", err)
		}
		if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		st, err := b.src.Renew(t.Context())
		if err != nil || st.State != token.StateConnected || !st.ExpiresAt.Equal(time.Now().Add(life)) {
			t.Errorf("%+v, %v", st, err)
		}
		if len(b.p.asked) != 1 {
			t.Errorf("sent %d times", len(b.p.asked))
		}
	})
}

func TestRenewSendsNothingWhileAnAnswerIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
			t.Fatal(err)
		}
		b.p.fates = []fate{lostBefore}
		if _, err := b.src.Renew(t.Context()); core.ReasonOf(err) != "refresh-unknown" || core.KindOf(err) != core.Unavailable {
			t.Errorf("a lost answer: %v", err)
		}
		time.Sleep(time.Hour)
		if _, err := b.src.Renew(t.Context()); core.KindOf(err) != core.Conflict {
			t.Errorf("again: %v", err)
		}
		if len(b.p.asked) != 1 {
			t.Errorf("sent %d times", len(b.p.asked))
		}
		time.Sleep(life) // now the access token is of no use
		if st, err := b.src.Renew(t.Context()); err != nil || st.RefreshUnknown {
			t.Errorf("%+v, %v", st, err)
		}
	})
}

func TestRenewJoinsARefreshThatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if _, err := b.src.Login(t.Context(), b.p.login()); err != nil {
			t.Fatal(err)
		}
		answer, errs := make(chan struct{}), make(chan error, 5)
		b.p.hang = answer
		for range cap(errs) {
			go func() { _, err := b.src.Renew(t.Context()); errs <- err }()
			synctest.Wait()
		}
		close(answer)
		for range cap(errs) {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		b.wantRefreshes(1)
	})
}

func TestTheEndOfAnAuthorizationIsKeptThroughRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		g := b.p.login()
		g.Lasts = 180 * 24 * time.Hour
		ends := time.Now().Add(g.Lasts)
		if _, err := b.src.Login(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if _, err := b.src.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.restart()
		if st := b.status(false); !st.EndsAt.Equal(ends) {
			t.Errorf("ends at %v, want %v", st.EndsAt, ends)
		}
	})
}
