package chat_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/chat"
)

// wall is a chat that keeps what is posted on it.
type wall struct {
	mu    sync.Mutex
	posts []string
	times []time.Time
	slow  time.Duration
	fail  error
}

func (w *wall) post(ctx context.Context, text, _ string) (string, error) {
	select {
	case <-time.After(w.slow):
	case <-ctx.Done():
		return "", core.E(core.Ambiguous, "cut short: %w", ctx.Err())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.fail; err != nil {
		w.fail = nil
		return "", err
	}
	w.posts, w.times = append(w.posts, text), append(w.times, time.Now())
	return fmt.Sprint("m", len(w.posts)), nil
}

func TestNoHalfMinuteHoldsMoreMessagesThanAllowed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 100).Draw(rt, "allowed")
		gaps := rapid.SliceOfN(rapid.IntRange(0, 4000), 1, 150).Draw(rt, "gaps in ms")
		synctest.Test(t, func(t *testing.T) {
			w := &wall{}
			s := chat.NewSender(w.post, n)
			var all sync.WaitGroup
			for i, gap := range gaps {
				time.Sleep(time.Duration(gap) * time.Millisecond)
				all.Go(func() { _, _ = s.Say(t.Context(), fmt.Sprint("line ", i), "") })
			}
			all.Wait()
			for i := range w.times {
				if j := i + n; j < len(w.times) && w.times[j].Sub(w.times[i]) < 30*time.Second {
					t.Fatalf("%d messages in %s, allowed are %d", n+1, w.times[j].Sub(w.times[i]), n)
				}
			}
		})
	})
}

func TestMessagesAreSaidInTheOrderTheyWereAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{slow: 100 * time.Millisecond}
		s := chat.NewSender(w.post, 20)
		var all sync.WaitGroup
		var want []string
		for i := range 60 {
			want = append(want, fmt.Sprint("line ", i))
			all.Go(func() { _, _ = s.Say(t.Context(), want[i], "") })
			synctest.Wait()
		}
		all.Wait()
		if !slices.Equal(w.posts, want) {
			t.Errorf("said %q", w.posts)
		}
	})
}

func TestAMessageThatWouldComeTooLateIsNotSentAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		s := chat.NewSender(w.post, 1)
		if _, err := s.Say(t.Context(), "first", ""); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		_, err := s.Say(ctx, "second", "")
		if core.KindOf(err) != core.RateLimited || !core.Temporary(err) || time.Since(began) != 0 {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, stop)
		if _, err = s.Say(ctx, "third", ""); core.KindOf(err) != core.Unavailable || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if len(w.posts) != 1 {
			t.Errorf("said %q", w.posts)
		}
	})
}

func TestMoreThanAHundredMessagesDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{slow: time.Hour}
		s := chat.NewSender(w.post, 100)
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range 101 { // one speaks, a hundred wait
			all.Go(func() { _, _ = s.Say(ctx, fmt.Sprint("line ", i), "") })
			synctest.Wait()
		}
		if _, err := s.Say(ctx, "one more", ""); core.ReasonOf(err) != "chat-busy" {
			t.Error(err)
		}
		stop()
		all.Wait()
	})
}

func TestTheSameTextIsSaidTwiceAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		s := chat.NewSender(w.post, 100)
		long := strings.Repeat("👩‍👩‍👧", 300)
		for _, text := range []string{"hi", long} {
			for range 2 {
				if _, err := s.Say(t.Context(), text, ""); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Say(t.Context(), text, ""); core.KindOf(err) != core.Conflict || core.ReasonOf(err) != "repeated" {
				t.Error(err)
			}
		}
		if w.posts[0] == w.posts[1] || w.posts[2] == w.posts[3] {
			t.Errorf("said the same twice: %q", w.posts)
		}
		if n := len([]rune(w.posts[3])); n > chat.MaxReply {
			t.Errorf("%d characters", n)
		}
		time.Sleep(31 * time.Second)
		if _, err := s.Say(t.Context(), "hi", ""); err != nil || w.posts[4] != "hi" {
			t.Errorf("%v, said %q", err, w.posts[4])
		}
	})
}

func TestWhatTwitchRefusedIsNotHeldAgainstTheNextTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{fail: core.E(core.RateLimited, "too many")}
		s := chat.NewSender(w.post, 100)
		if _, err := s.Say(t.Context(), "hi", ""); core.KindOf(err) != core.RateLimited {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := s.Say(t.Context(), "hi", ""); err != nil || w.posts[0] != "hi" {
			t.Errorf("%v, said %q", err, w.posts)
		}
		if time.Since(began) != 5*time.Second {
			t.Errorf("said again after %s", time.Since(began))
		}
	})
}

func TestOurOwnWordsAreKnownWhenTheyComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{slow: time.Second}
		s := chat.NewSender(w.post, 100)
		streamer := []chat.Role{chat.Broadcaster}
		go func() { _, _ = s.Say(t.Context(), "!song", "") }()
		synctest.Wait()
		if !s.Ours(chat.Line{ID: "m1", Text: "· !song", Roles: streamer}) {
			t.Error("an echo before Twitch's answer is not known")
		}
		if s.Ours(chat.Line{ID: "m7", Text: "· !song"}) {
			t.Error("a viewer's line is taken for ours")
		}
		time.Sleep(2 * time.Minute)
		if !s.Ours(chat.Line{ID: "m1", Text: "· !song", Roles: streamer}) || s.Ours(chat.Line{ID: "m2", Text: "· !song", Roles: streamer}) {
			t.Error("later on only the id counts")
		}
	})
}

func TestThereIsNothingToSayInNothing(t *testing.T) {
	s := chat.NewSender((&wall{}).post, 100)
	if _, err := s.Say(t.Context(), " \u200b\n ", ""); core.KindOf(err) != core.Invalid {
		t.Error(err)
	}
}

func TestWhoCannotWaitIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{slow: 3 * time.Second}
		s := chat.NewSender(w.post, 1)
		began := time.Now()
		if _, err := s.SaySoon(t.Context(), "slow, but said", ""); err != nil || time.Since(began) != w.slow {
			t.Fatalf("%v after %s", err, time.Since(began))
		}
		ctx, stop := context.WithCancel(t.Context())
		go func() { _, _ = s.Say(ctx, "patient", "") }()
		synctest.Wait()
		began = time.Now()
		_, err := s.SaySoon(t.Context(), "busy", "")
		if core.KindOf(err) != core.RateLimited || !core.Temporary(err) || time.Since(began) > time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		stop()
		if len(w.posts) != 1 {
			t.Errorf("said %q", w.posts)
		}
	})
}
