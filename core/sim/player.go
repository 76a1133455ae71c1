package sim

import (
	"slices"
	"time"
)

// player is what Spotify plays: the user's queue first, then the context, which
// never ends. It is a function of its operations and of time alone.
type player struct {
	tracks *library
	speed  float64

	At       time.Time     // Progress was true then
	Progress time.Duration // within Current
	Current  string        // track id
	Asked    bool          // Current came from the queue, not the context
	Context  int           // index of the last track played from the context
	Queue    []string      // track ids, first in first out
	Playing  bool
	Device   bool
	Robbed   bool // a fault took the device
	Ad       bool // an advertisement plays; Current waits
	Recent   []recent
}

// recent is a track that left the player, newest first in player.Recent.
type recent struct {
	ID string
	At time.Time // when it ended
}

const (
	recentKept   = 50
	windowLength = 20 // items the queue endpoint shows, the context's included
)

func newPlayer(tracks *library) player {
	return player{tracks: tracks, speed: 1, Current: tracks.all[0].ID, Playing: true, Device: true}
}

// boot sets the speed and starts the clock again: while no simulator ran,
// nothing played. A device a fault had taken is back, and an advertisement is over.
func (p *player) boot(speed float64, at time.Time) {
	p.speed, p.At = speed, at
	p.Progress = min(p.Progress, p.length()-time.Millisecond)
	if p.Robbed {
		p.Robbed, p.Device = false, true
	}
	p.Ad = false
}

// length is how long the current track plays.
func (p *player) length() time.Duration { return p.tracks.byID[p.Current].at(p.speed) }

// advance lets time pass until now, through as many tracks as it takes. A clock
// that was set back costs nothing.
func (p *player) advance(now time.Time) {
	if p.At.IsZero() {
		p.At = now
	}
	passed := max(now.Sub(p.At), 0)
	p.At = now
	if !p.Playing || !p.Device || p.Ad {
		return
	}
	for left := p.length() - p.Progress; passed >= left; left = p.length() {
		passed -= left
		p.next(now.Add(-passed))
		if len(p.Queue) == 0 {
			passed -= p.rounds(passed)
		}
	}
	p.Progress += passed
}

// rounds is how much of a long time goes by in whole rounds of the context,
// which change nothing but the recent tracks: the last two are left to be
// played.
func (p *player) rounds(passed time.Duration) time.Duration {
	var round time.Duration
	for _, t := range p.tracks.all[:contextSize] {
		round += t.at(p.speed)
	}
	return max(0, passed/round-2) * round
}

// remaining is how long the current track still plays, and whether it does.
func (p *player) remaining() (time.Duration, bool) {
	return p.length() - p.Progress, p.Playing && p.Device && !p.Ad
}

// next ends the current track at that time and starts what follows.
func (p *player) next(at time.Time) {
	p.leave(at)
	if len(p.Queue) > 0 {
		p.Current, p.Asked = p.Queue[0], true
		p.Queue = slices.Delete(p.Queue, 0, 1)
		return
	}
	p.Context = (p.Context + 1) % contextSize
	p.Current, p.Asked = p.tracks.all[p.Context].ID, false
}

// leave puts the current track among the recent ones and rewinds.
func (p *player) leave(at time.Time) {
	p.Recent = slices.Insert(p.Recent, 0, recent{ID: p.Current, At: at})
	p.Recent = p.Recent[:min(len(p.Recent), recentKept)]
	p.Progress = 0
}

// window is what GET /me/player/queue shows after the current track: the queue,
// then the context, unmarked.
func (p *player) window() []track {
	w := make([]track, 0, windowLength)
	for _, id := range p.Queue[:min(len(p.Queue), windowLength)] {
		w = append(w, p.tracks.byID[id])
	}
	for i := 1; len(w) < windowLength; i++ {
		w = append(w, p.tracks.all[(p.Context+i)%contextSize])
	}
	return w
}

// view is the player at now, without moving it.
func (p *player) view(now time.Time) player {
	v := *p
	v.Queue, v.Recent = slices.Clone(p.Queue), slices.Clone(p.Recent)
	v.advance(now)
	return v
}

// queued: a track was added to the end of the queue.
type queued struct {
	ID    string `json:"id"`
	Track string `json:"track"`
}

func (queued) name() string { return "queue" }

func (o queued) apply(st *state, at time.Time) {
	st.Player.Queue = append(st.Player.Queue, o.Track)
	st.Adds = append(st.Adds, Add{ID: o.ID, URI: "spotify:track:" + o.Track, At: at})
}

// skipped: the current track was cut off.
type skipped struct{}

func (skipped) name() string { return "skip" }

func (skipped) apply(st *state, at time.Time) { st.Player.next(at) }

// played: a track was started by hand, the queue untouched.
type played struct {
	Track string `json:"track"`
}

func (played) name() string { return "play" }

func (o played) apply(st *state, at time.Time) {
	st.Player.leave(at)
	st.Player.Current, st.Player.Asked, st.Player.Playing = o.Track, false, true
}

// running: paused or resumed.
type running struct {
	On bool `json:"on"`
}

func (running) name() string { return "running" }

func (o running) apply(st *state, _ time.Time) { st.Player.Playing = o.On }

// device: the only device came or went; Fault says a fault did it.
type device struct {
	On    bool `json:"on"`
	Fault bool `json:"fault,omitempty"`
}

func (device) name() string { return "device" }

func (o device) apply(st *state, _ time.Time) {
	st.Player.Device, st.Player.Robbed = o.On, o.Fault && !o.On
}
