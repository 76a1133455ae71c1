package stream_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core/stream"
)

var silent = slog.New(slog.DiscardHandler)

type target = func(ctx context.Context, online bool) error

// heard is what targets were told, and when.
type heard struct {
	sync.Mutex
	told map[string][]bool
	when map[string][]time.Duration
	from time.Time
}

func newHeard() *heard {
	return &heard{told: map[string][]bool{}, when: map[string][]time.Duration{}, from: time.Now()}
}

func (h *heard) target(name string, answer func(n int) error) target {
	return func(_ context.Context, online bool) error {
		h.Lock()
		defer h.Unlock()
		h.told[name] = append(h.told[name], online)
		h.when[name] = append(h.when[name], time.Since(h.from))
		return answer(len(h.told[name]))
	}
}

// all is everything told so far, and when.
func (h *heard) all() (told map[string][]bool, when map[string][]time.Duration) {
	h.Lock()
	defer h.Unlock()
	return maps.Clone(h.told), maps.Clone(h.when)
}

func fine(int) error { return nil }

func failing(fail bool) error {
	if fail {
		return errors.New("not now")
	}
	return nil
}

// after lets d pass, and everything happen that is due by then.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// run runs fn in the background and returns a function that stops it.
func run(t *testing.T, fn func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- fn(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestTheCascadeTellsEveryTargetOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h, targets := newDesk(t), newHeard(), map[string]target{}
		for _, name := range stream.Targets() {
			targets[name] = h.target(name, fine)
		}
		want := map[string][]bool{}
		wants := func(when string, online ...bool) {
			t.Helper()
			synctest.Wait()
			for _, name := range stream.Targets() {
				want[name] = append(want[name], online...)
			}
			told, _ := h.all()
			if diff := cmp.Diff(want, told); diff != "" {
				t.Errorf("%s: %s", when, diff)
			}
		}
		d.online("s1", at(0)) // left open by a desk that crashed
		c := stream.NewCascade(storeOf(d.db), targets, silent)
		stop := run(t, c.Run)
		wants("at start", true)
		c.Nudge()
		wants("after a nudge for nothing")
		d.offline(at(1))
		c.Nudge()
		wants("after the end", false)
		stop()
		stop = run(t, stream.NewCascade(storeOf(d.db), targets, silent).Run)
		wants("after a restart")
		stop()
	})
}

func TestAFailingTargetIsTriedAgainAndHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h := newDesk(t), newHeard()
		d.online("s1", at(0))
		c := stream.NewCascade(storeOf(d.db), map[string]target{
			stream.Pool:    h.target(stream.Pool, fine),
			stream.Overlay: h.target(stream.Overlay, func(n int) error { return failing(n < 5) }),
		}, silent)
		defer run(t, c.Run)()
		synctest.Wait()
		if told, _ := h.all(); len(told[stream.Pool]) != 1 {
			t.Error("the other target waits")
		}
		after(time.Hour)
		_, when := h.all()
		tries := when[stream.Overlay]
		if len(tries) != 5 {
			t.Fatalf("tried at %v", tries)
		}
		if first, last := tries[1]-tries[0], tries[4]-tries[3]; first < 500*time.Millisecond || last <= first || last > time.Minute {
			t.Errorf("tried at %v", tries)
		}
	})
}

func TestATargetHearsOnlyTheNewestTransition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h := newDesk(t), newHeard()
		var up atomic.Bool
		c := stream.NewCascade(storeOf(d.db), map[string]target{
			stream.Pool: h.target(stream.Pool, func(int) error { return failing(!up.Load()) }),
		}, silent)
		defer run(t, c.Run)()
		d.online("s1", at(0))
		c.Nudge()
		after(10 * time.Minute)
		before, _ := h.all()
		up.Store(true)
		d.offline(at(1))
		c.Nudge()
		after(time.Hour)
		told, _ := h.all()
		if diff := cmp.Diff(slices.Concat(before[stream.Pool], []bool{false}), told[stream.Pool]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestATransitionDuringASlowTargetIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		var told []bool
		c := stream.NewCascade(storeOf(d.db), map[string]target{
			stream.Pool: func(ctx context.Context, online bool) error {
				told = append(told, online)
				time.Sleep(5 * time.Second)
				return ctx.Err()
			},
		}, silent)
		stop := run(t, c.Run)
		d.online("s1", at(0))
		c.Nudge()
		after(time.Second)
		d.offline(at(1))
		c.Nudge()
		after(time.Minute)
		stop()
		if diff := cmp.Diff([]bool{true, false}, told); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnEffectThatWasCutOffStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.online("s1", at(0))
		var tries atomic.Int32
		pool := map[string]target{stream.Pool: func(ctx context.Context, _ bool) error {
			tries.Add(1)
			<-ctx.Done()
			return ctx.Err()
		}}
		stop := run(t, stream.NewCascade(storeOf(d.db), pool, silent).Run)
		synctest.Wait()
		stop()
		stop = run(t, stream.NewCascade(storeOf(d.db), pool, silent).Run)
		synctest.Wait()
		if n := tries.Load(); n != 2 {
			t.Errorf("%d tries after a restart", n)
		}
		after(time.Minute) // an attempt is cut off after half of it
		stop()
		if n := tries.Load(); n != 3 {
			t.Errorf("%d tries after a minute", n)
		}
	})
}
