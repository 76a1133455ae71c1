package desk

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"sidestage/core"
	"sidestage/core/song"
	"sidestage/storage"
)

// skips remembers the last skip, so that no key pressed twice skips two tracks:
// Spotify may show the old one for a moment.
type skips struct {
	turn chan struct{} // holds one item while somebody skips
	last *skipped
}

// skipped is an occurrence the player was told to skip.
type skipped struct {
	uri       string
	progress  time.Duration
	at        time.Time
	withdrawn bool // nobody but the desk itself asked for it
}

func newSkips() skips { return skips{turn: make(chan struct{}, 1)} }

// enter waits until nobody else skips.
func (k *skips) enter(ctx context.Context) (leave func(), err error) {
	select {
	case k.turn <- struct{}{}:
		return func() { <-k.turn }, nil
	case <-ctx.Done():
		return nil, core.E(core.Unavailable, "wait for another skip: %w", ctx.Err())
	}
}

const (
	// settling is how long after a skip the player may still show what was
	// skipped.
	settling = 5 * time.Second
	// patience is how long a skip waits for player and records to agree about
	// what is current.
	patience = 4 * time.Second
	lookAway = 250 * time.Millisecond // between two looks
	// jitter is by how much two looks may differ about progress.
	jitter = 2 * time.Second
	// longAgo is the age at which a look no longer says which occurrence of a
	// track is current.
	longAgo = time.Minute
)

// still reports whether s may show the occurrence that was skipped.
func (k *skipped) still(s song.Snapshot) bool {
	return k != nil && s.Current != nil && s.Current.URI == k.uri && s.Progress+jitter >= k.progress && s.At.Sub(k.at) < settling
}

// Skip implements web.Songs. It skips the occurrence named, or what is current.
// The player is asked what is current and told to skip it once: an error that
// is Ambiguous says that it may have. A Conflict says that nothing was skipped.
func (d *Desk) Skip(ctx context.Context, occurrence string) (song.Now, error) {
	leave, err := d.door.skips.enter(ctx)
	if err != nil {
		return song.Now{}, err
	}
	defer leave()
	now, err := d.current(ctx, occurrence)
	if err != nil {
		return song.Now{}, err
	}
	err = d.spotify.Next(ctx)
	if err == nil || core.KindOf(err) == core.Ambiguous {
		d.door.skips.last = &skipped{uri: now.Current.Track.URI, progress: now.Progress, at: time.Now()}
		d.watcher.Nudge()
	}
	if err != nil {
		return song.Now{}, fmt.Errorf("skip %s: %w", now.Current.Track.Name, err)
	}
	return now, nil
}

// current is what is to be skipped: what the player shows, once it no longer
// shows what was skipped last and, where an occurrence is named, the records
// know that this is it.
func (d *Desk) current(ctx context.Context, occurrence string) (song.Now, error) {
	for until := time.Now().Add(patience); ; {
		look, err := d.sagas.Spotify.Snapshot(ctx)
		if err != nil {
			return song.Now{}, fmt.Errorf("see what is playing: %w", err)
		}
		known, err := d.nowPlaying(ctx)
		if err != nil {
			return song.Now{}, err
		}
		switch {
		case !look.Active:
			return song.Now{}, core.Because(core.Unavailable, "no-active-device", "Spotify has no active device, so there is nothing to skip")
		case look.Current == nil:
			return song.Now{}, core.Because(core.Conflict, "nothing-playing", "nothing is playing")
		case d.door.skips.last.still(look) && d.door.skips.last.withdrawn:
			return song.Now{}, core.Because(core.Conflict, "not-current", "it was withdrawn and is just being skipped: nothing else was skipped")
		case d.door.skips.last.still(look):
		case agreeing(known, look) && (occurrence == "" || occurrence == turnName(known.Turn)):
			return known, nil
		case agreeing(known, look):
			return song.Now{}, core.Because(core.Conflict, "not-current", "what was to be skipped is no longer current: nothing was skipped")
		case occurrence == "":
			return unknown(look), nil
		}
		d.watcher.Nudge()
		if time.Now().After(until) {
			return song.Now{}, core.Because(core.Conflict, "not-current", "the player is just changing tracks: nothing was skipped")
		}
		select {
		case <-time.After(lookAway):
		case <-ctx.Done():
			return song.Now{}, core.E(core.Unavailable, "see what is playing: %w", ctx.Err())
		}
	}
}

func (d *Desk) nowPlaying(ctx context.Context) (now song.Now, err error) {
	err = d.db.View(ctx, func(tx *storage.Tx) (err error) {
		now, err = song.NowPlaying(tx)
		return err
	})
	return now, err
}

func turnName(turn int64) string { return strconv.FormatInt(turn, 10) }

// agreeing reports whether the records know the occurrence that the player
// shows.
func agreeing(known song.Now, look song.Snapshot) bool {
	return known.Current != nil && known.Current.Track.URI == look.Current.URI &&
		look.Progress+jitter >= known.Progress && look.At.Sub(known.At) < longAgo
}

// unknown is what the player shows and the records do not know yet: whose it is
// is not known either, and it has no turn.
func unknown(look song.Snapshot) song.Now {
	i := look.Current
	return song.Now{
		Active: true, Playing: look.Playing, Progress: look.Progress, At: look.At,
		Current: &song.Entry{Track: song.Track{
			ID: i.ID, URI: i.URI, Name: i.Name, Artists: i.Artists, Album: i.Album, CoverURL: i.CoverURL, Duration: i.Duration, ISRC: i.ISRC,
		}},
	}
}

// watched is the player as the watcher sees it. What it skips goes through the
// same door as what people skip, so that the two together skip a track once.
type watched struct {
	spotifyDesk
	skips *skips
	look  song.Snapshot // the last one
}

// Snapshot implements song.Player.
func (w *watched) Snapshot(ctx context.Context) (s song.Snapshot, err error) {
	s, err = w.spotifyDesk.Snapshot(ctx)
	w.look = s
	return s, err
}

// Glance implements song.Glancer.
func (w *watched) Glance(ctx context.Context) (s song.Snapshot, err error) {
	s, err = w.spotifyDesk.Glance(ctx)
	w.look = s
	return s, err
}

// Next implements song.Player: it skips what the last look showed. A Conflict
// says that somebody has just done so.
func (w *watched) Next(ctx context.Context) error {
	leave, err := w.skips.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if w.skips.last.still(w.look) {
		return core.Because(core.Conflict, "not-current", "somebody has just skipped it")
	}
	err = w.spotifyDesk.Next(ctx)
	if cur := w.look.Current; cur != nil && (err == nil || core.KindOf(err) == core.Ambiguous) {
		w.skips.last = &skipped{uri: cur.URI, progress: w.look.Progress, at: time.Now(), withdrawn: true}
	}
	return err
}
