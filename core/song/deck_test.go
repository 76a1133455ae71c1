package song_test

import (
	"context"
	"slices"
	"time"

	"sidestage/core/song"
)

// deck is a player as Spotify's is: a queue first in first out, then a context
// that loops, and no marker in what it shows. It lives in the bubble's time and
// knows the truth: whose copy is which, and how much of it was played.
type deck struct {
	inactive bool
	paused   bool
	at       time.Time
	current  *spin
	progress time.Duration
	queue    []*spin
	context  []song.Track
	next     int // index in context of what follows the queue
	skips    int // calls of Next
	fail     error
	shown    []song.Snapshot // what was true at earlier moments, for stale looks
	relinked map[string]bool // ids of tracks that are shown as another release
}

// spin is one copy in the player.
type spin struct {
	track   song.Track
	owner   string // request id; "" is the streamer's
	started time.Time
	heard   time.Duration // highest progress
	toEnd   bool
	over    bool
}

func newDeck(context ...song.Track) *deck {
	d := &deck{at: time.Now(), context: context}
	d.advance()
	d.pop()
	return d
}

// advance lets the deck catch up with the clock.
func (d *deck) advance() {
	passed := time.Since(d.at)
	d.at = time.Now()
	if d.inactive || d.paused || d.current == nil {
		return
	}
	for passed >= d.current.track.Duration-d.progress {
		passed -= d.current.track.Duration - d.progress
		d.current.toEnd = true
		d.pop()
		d.current.started = d.at.Add(-passed)
	}
	d.progress += passed
	d.current.heard = max(d.current.heard, d.progress)
}

// pop ends what is current and starts what follows.
func (d *deck) pop() {
	if len(d.queue) > 0 {
		d.start(d.queue[0])
		d.queue = d.queue[1:]
		return
	}
	d.start(&spin{track: d.context[d.next%len(d.context)]})
	d.next++
}

func (d *deck) start(s *spin) {
	if d.current != nil {
		d.current.over = true
	}
	s.started = d.at
	d.current, d.progress = s, 0
}

// left is the time to the next natural end.
func (d *deck) left() time.Duration {
	d.advance()
	return d.current.track.Duration - d.progress
}

func (d *deck) add(t song.Track, owner string) *spin {
	d.advance()
	s := &spin{track: t, owner: owner}
	d.queue = append(d.queue, s)
	return s
}

func (d *deck) skip() { d.advance(); d.pop() }

func (d *deck) byHand(t song.Track, context []song.Track) {
	d.advance()
	d.start(&spin{track: t})
	d.paused = false
	if context != nil {
		d.context, d.next = context, 0
	}
}

func (d *deck) seek(to time.Duration) {
	d.advance()
	d.progress = to
	d.current.heard = max(d.current.heard, to)
}

func (d *deck) pause(on bool) { d.advance(); d.paused = on }

func (d *deck) device(on bool) { d.advance(); d.inactive = !on }

// look is what the API shows now.
func (d *deck) look() song.Snapshot {
	d.advance()
	if d.inactive {
		return song.Snapshot{At: time.Now()}
	}
	cur := d.shows(d.current.track)
	s := song.Snapshot{Active: true, Playing: !d.paused, Current: &cur, Progress: d.progress.Truncate(time.Millisecond), At: time.Now()}
	for _, q := range d.queue[:min(len(d.queue), song.Window)] {
		s.Upcoming = append(s.Upcoming, d.shows(q.track))
	}
	for i := d.next; len(s.Upcoming) < song.Window; i++ {
		s.Upcoming = append(s.Upcoming, d.shows(d.context[i%len(d.context)]))
	}
	d.shown = append(d.shown, s)
	return s
}

// stale is what the API may show right after a change: how it was up to some
// seconds ago.
func (d *deck) stale(back time.Duration) (song.Snapshot, bool) {
	for _, s := range slices.Backward(d.shown) {
		if age := time.Since(s.At); age > 0 && age <= back {
			s.At = time.Now()
			return s, true
		}
	}
	return song.Snapshot{}, false
}

// Snapshot implements song.Player.
func (d *deck) Snapshot(context.Context) (song.Snapshot, error) {
	if d.fail != nil {
		return song.Snapshot{}, d.fail
	}
	return d.look(), nil
}

// Next implements song.Player.
func (d *deck) Next(context.Context) error {
	d.skips++
	d.skip()
	return nil
}

// shows is a track as the player shows it.
func (d *deck) shows(t song.Track) song.Item {
	it := item(t)
	if d.relinked[t.ID] {
		it.ID, it.URI = "other-"+t.ID, "spotify:track:other-"+t.ID
	}
	return it
}

func item(t song.Track) song.Item {
	return song.Item{Kind: song.KindTrack, ID: t.ID, URI: t.URI, Name: t.Name, Artists: t.Artists, Duration: t.Duration}
}

func track(id string, seconds int) song.Track {
	return song.Track{
		ID: id, URI: "spotify:track:" + id, Name: "Song " + id, Artists: []string{"Artist " + id},
		Duration: time.Duration(seconds) * time.Second,
	}
}
