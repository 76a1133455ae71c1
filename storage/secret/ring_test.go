package secret_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/token"
	"sidestage/storage/secret"
)

func TestKeyringThatDoesNotAnswerInTwoSecondsIsNone(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRing()
		r.hang = make(chan struct{})
		defer close(r.hang)
		start := time.Now()
		s := openWith(t, dir, secret.Options{}, r)
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("Open took %v", d)
		}
		save(t, s, "twitch", login(1))
		wantLogin(t, s, "twitch", login(1))
	})
}

func TestKeyringThatStopsAnsweringIsUnavailableInTwoSeconds(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRing()
		s := openWith(t, dir, secret.Options{}, r)
		save(t, s, "twitch", login(1))
		r.hang = make(chan struct{})
		for range 2 {
			start := time.Now()
			_, err := s.Load(t.Context(), "twitch")
			wantKind(t, err, core.Unavailable)
			if d := time.Since(start); d != 2*time.Second {
				t.Errorf("Load took %v", d)
			}
		}
		close(r.hang)
		wantLogin(t, s, "twitch", login(1))
	})
}

func TestLateWriteDoesNotOvertakeALaterOne(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRing()
		s := openWith(t, dir, secret.Options{}, r)
		save(t, s, "twitch", login(1))
		spent := login(1)
		spent.State = token.StateLoginRequired
		late := make(chan struct{})
		r.hangSet = late
		wantKind(t, s.Save(t.Context(), "twitch", spent), core.Unavailable)
		time.AfterFunc(time.Second, func() { close(late) })
		save(t, s, "twitch", login(2))
		time.Sleep(time.Minute)
		wantLogin(t, s, "twitch", login(2))
	})
}
