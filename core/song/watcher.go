package song

import (
	"context"
	"log/slog"
	"time"

	"sidestage/core"
)

// How often the player is looked at. Spotify gives a small, unpublished quota,
// so a look comes when something can have changed and seldom otherwise.
const (
	lookBusy   = 10 * time.Second // something of ours is in the player
	lookIdle   = time.Minute      // nothing is, or nothing plays
	lookPaused = 15 * time.Second // something of ours waits for the streamer
	lookSoon   = time.Second      // after a change, of ours or somebody else's
	lookAgain  = 2 * time.Second  // the last look contradicted the one before
	afterEnd   = time.Second      // behind the end of a track
	afterShort = 250 * time.Millisecond

	shortTrack = 20 * time.Second

	firstBackoff = 15 * time.Second
	lastBackoff  = 5 * time.Minute
)

// Watcher looks at the player and lets Sync understand what it sees. It is the
// only one that skips what nobody wants any more.
type Watcher struct {
	store  Store
	player Player
	log    *slog.Logger
	nudge  chan struct{}
}

// NewWatcher makes a Watcher; Run does the work.
func NewWatcher(store Store, player Player, log *slog.Logger) *Watcher {
	return &Watcher{store: store, player: player, log: log, nudge: make(chan struct{}, 1)}
}

// Nudge asks for a look soon, because something was changed. It does not cut
// short a wait that Spotify asked for.
func (w *Watcher) Nudge() {
	select {
	case w.nudge <- struct{}{}:
	default:
	}
}

// Run looks at the player, now and whenever it is due, until ctx ends. Failures
// are logged and looked past.
func (w *Watcher) Run(ctx context.Context) error {
	failures := 0
	for {
		wait, err := w.look(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // cut short, not failed
		}
		var barred time.Duration
		if err == nil {
			failures = 0
		} else {
			barred = core.RetryAfter(err)
			wait = max(min(firstBackoff<<min(failures, 10), lastBackoff), barred)
			failures++
			w.log.Log(ctx, core.KindOf(err).LogLevel(), "player not seen", "again", wait, "error", err)
		}
		if !w.rest(ctx, wait, max(barred, lookSoon)) {
			return nil
		}
	}
}

// rest waits; a nudge shortens it to soon. It reports whether to go on.
func (w *Watcher) rest(ctx context.Context, wait, soon time.Duration) bool {
	began := time.Now()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	nudge := w.nudge
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-nudge:
			nudge = nil // one is enough
			gone := time.Since(began)
			timer.Reset(min(wait-gone, max(soon-gone, lookSoon)))
		}
	}
}

// look takes one look and says when the next is due.
func (w *Watcher) look(ctx context.Context) (time.Duration, error) {
	s, err := w.player.Snapshot(ctx)
	if err != nil {
		return 0, err
	}
	var r Result
	err = w.store.Update(ctx, func(tx Tx) (err error) {
		r, err = Sync(tx, s)
		return err
	})
	if err != nil {
		return 0, err
	}
	if r.SkipNow {
		w.skip(ctx)
	}
	return due(s, r), nil
}

// skipTimeout bounds a skip, which a stop does not cut short: it is on record as
// asked for, and is never asked again.
const skipTimeout = 5 * time.Second

func (w *Watcher) skip(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), skipTimeout)
	defer cancel()
	if err := w.player.Next(ctx); err != nil {
		w.log.Log(ctx, core.KindOf(err).LogLevel(), "withdrawn track not skipped", "error", err)
	}
}

// due is how long after a look the next one is worth its call.
func due(s Snapshot, r Result) time.Duration {
	switch {
	case r.SkipNow:
		return lookSoon
	case r.Doubtful:
		return lookAgain
	case s.Active && s.Playing:
		return min(s.remaining()+lag(s), pick(r.Open > 0, lookBusy, lookIdle))
	case r.Open > 0:
		return lookPaused
	}
	return lookIdle
}

// lag is how long behind its end a track is surely over. Where tracks are short
// a second is much.
func lag(s Snapshot) time.Duration {
	if s.Current != nil && s.Current.Duration < shortTrack {
		return afterShort
	}
	return afterEnd
}
