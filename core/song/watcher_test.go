package song_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/song"
)

// watched is a player that counts how often it is looked at. The test and the
// watcher take turns with it.
type watched struct {
	mu    sync.Mutex
	deck  *deck
	looks int
	err   error
}

// Snapshot implements song.Player.
func (w *watched) Snapshot(ctx context.Context) (song.Snapshot, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	if w.err != nil {
		return song.Snapshot{}, w.err
	}
	return w.deck.Snapshot(ctx)
}

// Next implements song.Player.
func (w *watched) Next(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.deck.Next(ctx)
}

func (w *watched) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

// per counts the looks of the next d.
func (w *watched) per(d time.Duration) int {
	count := func() int { w.mu.Lock(); defer w.mu.Unlock(); return w.looks }
	before := count()
	time.Sleep(d)
	return count() - before
}

// within runs a Watcher in a bubble.
func within(t *testing.T, d *deck, check func(b *booth, p *watched, w *song.Watcher)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d.at = time.Now()
		b := openBooth(t, t.TempDir(), d)
		defer b.close()
		p := &watched{deck: d}
		w := song.NewWatcher(b.store, p, func() {}, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		check(b, p, w)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAnIdlePlayerIsLookedAtOnceAMinute(t *testing.T) {
	within(t, newDeck(track("c0", 600)), func(_ *booth, p *watched, _ *song.Watcher) {
		p.mu.Lock()
		p.deck.pause(true)
		p.mu.Unlock()
		if n := p.per(30 * time.Minute); n > 31 {
			t.Errorf("%d looks in half an hour", n)
		}
	})
}

func TestOursIsLookedAtNowAndThenAndBehindItsEnd(t *testing.T) {
	within(t, newDeck(track("c0", 200)), func(b *booth, p *watched, w *song.Watcher) {
		p.mu.Lock()
		spin := b.request("r1", track("A", 100))
		p.mu.Unlock()
		w.Nudge()
		if n := p.per(305 * time.Second); n < 10 || n > 20 {
			t.Errorf("%d looks in five minutes", n)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if got := b.state("r1"); !spin.over || got != song.Heard {
			t.Errorf("the request is %s (%+v)", got, spin)
		}
	})
}

func TestANudgeBringsALookWithinASecondButNoneThatSpotifyForbids(t *testing.T) {
	within(t, newDeck(track("c0", 600)), func(_ *booth, p *watched, w *song.Watcher) {
		w.Nudge()
		if n := p.per(1100 * time.Millisecond); n != 1 {
			t.Errorf("%d looks within a second of a nudge", n)
		}
		p.fail(&limited{})
		w.Nudge()
		time.Sleep(2 * time.Second)
		looks := 0
		for range 100 {
			w.Nudge()
			looks += p.per(time.Second)
		}
		if looks != 0 {
			t.Errorf("%d looks while Spotify asked for two minutes of quiet", looks)
		}
	})
}

func TestFailuresAreAskedAboutEverMoreSeldom(t *testing.T) {
	within(t, newDeck(track("c0", 600)), func(_ *booth, p *watched, _ *song.Watcher) {
		time.Sleep(time.Minute)
		p.fail(errors.New("away"))
		time.Sleep(10 * time.Minute)
		if n := p.per(time.Hour); n > 13 {
			t.Errorf("%d looks in an hour of failures", n)
		}
	})
}

func TestTheWatcherSkipsAWithdrawnCopyOnce(t *testing.T) {
	within(t, newDeck(track("c0", 600)), func(b *booth, p *watched, w *song.Watcher) {
		p.mu.Lock()
		b.request("r1", track("A", 100))
		b.request("r2", track("B", 100))
		b.update(func(tx song.Tx) error { return song.Withdraw(tx, "r1", "moderated") })
		p.deck.skip()
		p.mu.Unlock()
		w.Nudge()
		time.Sleep(time.Minute)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.deck.skips != 1 {
			t.Errorf("%d skips, want one", p.deck.skips)
		}
		b.wantCurrent("B", "r2")
	})
}

func TestAFailedLookChangesNothing(t *testing.T) {
	within(t, newDeck(track("c0", 600)), func(b *booth, p *watched, w *song.Watcher) {
		p.mu.Lock()
		b.request("r1", track("A", 100))
		p.deck.skip()
		p.mu.Unlock()
		p.fail(core.E(core.Unavailable, "the queue could not be read"))
		w.Nudge()
		time.Sleep(20 * time.Second)
		b.want("r1", song.Queued)
		p.fail(nil)
		time.Sleep(time.Minute)
		b.wantCurrent("A", "r1")
	})
}

// limited is a 429 with a Retry-After.
type limited struct{}

func (*limited) Error() string             { return "429" }
func (*limited) ErrorKind() core.Kind      { return core.RateLimited }
func (*limited) RetryDelay() time.Duration { return 2 * time.Minute }

// Nobody looked for so long that everything could have been played, and what is
// current then is a track of ours: it is ours, and not the streamer's by chance.
func TestWhatWasAskedForIsNotTakenForAChoiceOfTheStreamer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracks := []song.Track{track("a", 3), track("b", 3), track("c", 3), track("d", 3), track("e", 3)}
		b := openBooth(t, t.TempDir(), newDeck(tracks[:3]...))
		defer b.close()
		b.sync(b.deck.look())
		b.request("r01", tracks[3])
		b.sync(b.deck.look())
		b.deck.skip()
		b.deck.add(tracks[2], "")
		b.deck.pause(true)
		b.request("r02", tracks[4])
		time.Sleep(90 * time.Second)
		b.sync(b.deck.look())
		b.wantCurrent("d", "r01")
	})
}
