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
	lookFresh  = 15 * time.Second // something of ours is in the player, and a track has just begun: that is when people skip
	lookBusy   = 35 * time.Second // something of ours is in the player
	lookIdle   = time.Minute      // nothing is, or nothing plays
	lookPaused = 15 * time.Second // something of ours waits for the streamer
	lookSoon   = time.Second      // after a change, of ours or somebody else's
	lookAgain  = 2 * time.Second  // the last look contradicted the one before
	afterEnd   = time.Second      // behind the end of a track
	afterShort = 250 * time.Millisecond

	shortTrack = 20 * time.Second
	freshFor   = 40 * time.Second

	firstBackoff = 15 * time.Second
	lastBackoff  = 5 * time.Minute
	lookForBack  = 15 * time.Second // a request waits for Spotify to come back
	lookForPlay  = 5 * time.Second  // and the streamer has just been told to play something
	toldFor      = time.Minute

	// doubtfulFailures is how many looks must fail for Spotify to be taken as
	// away, when they do not say that somebody has to do something.
	doubtfulFailures = 2
)

// Watcher looks at the player and lets Sync understand what it sees. It is the
// only one that skips what nobody wants any more.
type Watcher struct {
	store  Store
	player Player
	log    *slog.Logger
	heard  func()
	nudge  chan struct{}
	eye    eye
}

// NewWatcher makes a Watcher; Run does the work. heard is told when what plays
// comes to count as heard, which no event tells.
func NewWatcher(store Store, player Player, heard func(), log *slog.Logger) *Watcher {
	return &Watcher{store: store, player: player, heard: heard, log: log, nudge: make(chan struct{}, 1)}
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
			failures++
			w.eye.wide = true
			wait = min(firstBackoff<<min(failures-1, 10), w.failed(ctx, err, failures))
			wait = max(wait, barred)
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
			nudge, w.eye.wide = nil, true // one is enough
			gone := time.Since(began)
			timer.Reset(min(wait-gone, max(soon-gone, lookSoon)))
		}
	}
}

// look takes one look and says when the next is due.
func (w *Watcher) look(ctx context.Context) (time.Duration, error) {
	s, glance, err := w.see(ctx)
	if err != nil {
		return 0, err
	}
	var r Result
	var back time.Duration
	news := false
	err = w.store.Update(ctx, func(tx Tx) (err error) {
		if glance {
			if follows, err := s.follows(tx); err != nil || !follows {
				news = true
				return err
			}
		}
		if r, err = Sync(tx, s); err != nil {
			return err
		}
		if err = comeOrGo(tx, s, r); err == nil {
			back, err = forBack(tx)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	if news { // a glance is too little
		w.eye.wide = true
		return 0, nil
	}
	if r.Heard {
		w.heard()
	}
	if r.SkipNow {
		w.skip(ctx)
	}
	wait := due(s, r)
	if back > 0 {
		wait = min(wait, back)
	}
	w.eye.learn(s, r, wait)
	return wait, nil
}

// comeOrGo notes what a look says about an outage.
func comeOrGo(tx Tx, s Snapshot, r Result) error {
	if !s.Active {
		return GoOut(tx, OutNoDevice)
	}
	return ComeBack(tx, r.Back)
}

// forBack is how soon to look for the end of an outage: 0 where there is none, or
// nobody waits for it.
func forBack(tx Tx) (time.Duration, error) {
	o, err := tx.SongOutage()
	if err != nil || !o.Stands() {
		return 0, err
	}
	first, _, err := tx.SongPending(1)
	switch {
	case err != nil || len(first) == 0:
		return 0, err
	case o.Reason == OutNoDevice && tx.Now().Sub(later(o.Since, first[0].AcceptedAt)) < toldFor:
		return lookForPlay, nil
	}
	return lookForBack, nil
}

// failed notes what the nth failure in a row says, and how long the next look
// may wait at most.
func (w *Watcher) failed(ctx context.Context, failure error, n int) (atMost time.Duration) {
	needed := false
	err := w.store.Update(ctx, func(tx Tx) (err error) {
		if needed, err = waiting(tx); err != nil {
			return err
		}
		if reason := OutageOf(failure); reason != "" && (lasting[reason] || n >= doubtfulFailures) {
			return GoOut(tx, reason)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		w.log.Error("outage not noted", "error", err)
	}
	return pick(needed, lookForBack, lastBackoff)
}

// waiting reports whether a request waits in our queue.
func waiting(tx Tx) (bool, error) {
	_, n, err := tx.SongPending(1)
	return n > 0, err
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
		return min(s.remaining()+lag(s), pick(r.Open > 0, pick(s.Progress < freshFor, lookFresh, lookBusy), lookIdle))
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
