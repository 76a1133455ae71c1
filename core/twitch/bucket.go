package twitch

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"sidestage/core"
)

// rank is whose turn comes first when points are short.
type rank int

// The ranks. Whatever settles points goes before all else; what comes again by
// itself leaves the last tenth of the points to the others.
const (
	settles rank = iota - 1
	usual
	polls
)

const (
	bucketSpan = time.Minute    // in which an empty bucket fills up again
	longestBan = 2 * bucketSpan // a Reset later than that is a wrong clock
)

// bucket is one of Helix's rate limits, as its headers tell it, for all who
// call. Twitch counts a token bucket: points come back evenly, and a call takes
// one. Between two answers the bucket counts like Twitch does; an answer that knows of
// fewer points is believed. Before the first answer nothing is known and nobody waits.
type bucket struct {
	mu       sync.Mutex
	points   int       // when full; 0 while not known
	left     float64   // at the moment at
	at       time.Time // of left
	closed   time.Time // no call before
	flying   int       // calls that were let through and are not answered
	queue    []*waiter // by rank, then by arrival
	wake     *time.Timer
	waits    int64
	refusals int64
}

type waiter struct {
	rank rank
	turn chan struct{} // closed when it may go
}

// enter waits for a point. A caller whose time ends before its turn can come is
// told so at once, with how long it would take: it has better things to do.
// After a nil, leave has to follow.
func (b *bucket) enter(ctx context.Context, r rank) error {
	w := &waiter{rank: r, turn: make(chan struct{})}
	b.mu.Lock()
	place, _ := slices.BinarySearchFunc(b.queue, r, func(other *waiter, r rank) int {
		if other.rank <= r {
			return -1
		}
		return 1
	})
	b.queue = slices.Insert(b.queue, place, w)
	b.release()
	if w.gone() {
		b.mu.Unlock()
		return nil
	}
	b.waits++
	wait := b.wait(time.Now(), r)
	if until, ok := ctx.Deadline(); ok && time.Until(until) < wait {
		b.drop(w)
		b.mu.Unlock()
		return exhausted{wait}
	}
	b.mu.Unlock()
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
		b.mu.Lock()
		defer b.mu.Unlock()
		if w.gone() { // its turn came in the same moment: the next one has it
			b.flying--
			b.left++
		}
		b.drop(w)
		b.release()
		return ctx.Err()
	}
}

func (w *waiter) gone() bool {
	select {
	case <-w.turn:
		return true
	default:
		return false
	}
}

func (b *bucket) drop(w *waiter) {
	b.queue = slices.DeleteFunc(b.queue, func(other *waiter) bool { return other == w })
}

// release lets those through for whom there are points, and wakes up again when
// there are some for the next.
func (b *bucket) release() {
	now := time.Now()
	for len(b.queue) > 0 && b.wait(now, b.queue[0].rank) == 0 {
		b.left, b.at = b.count(now)-1, now
		b.flying++
		close(b.queue[0].turn)
		b.queue = b.queue[1:]
	}
	if b.wake != nil {
		b.wake.Stop()
	}
	if len(b.queue) > 0 {
		b.wake = time.AfterFunc(b.wait(now, b.queue[0].rank), func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.release()
		})
	}
}

// count is how many points there are at now.
func (b *bucket) count(now time.Time) float64 {
	back := float64(b.points) * float64(now.Sub(b.at)) / float64(bucketSpan)
	return min(float64(b.points), b.left+max(back, 0))
}

// wait is how long a call of rank r has to wait at least, not counting those
// before it.
func (b *bucket) wait(now time.Time, r rank) time.Duration {
	if left := b.closed.Sub(now); left > 0 {
		return left
	}
	if b.points == 0 {
		return 0
	}
	need := 1.0
	if r == polls {
		need += float64(b.points / 10)
	}
	short := need - b.count(now)
	if short <= 0 {
		return 0
	}
	return max(1, time.Duration(math.Ceil(short*float64(bucketSpan)/float64(b.points))))
}

// leave hears the headers of the answer to a call that entered; nil when none
// came.
func (b *bucket) leave(status int, h http.Header) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flying--
	if status == http.StatusTooManyRequests {
		b.refusals++
	}
	points, err := strconv.Atoi(h.Get("Ratelimit-Limit"))
	left, leftErr := strconv.Atoi(h.Get("Ratelimit-Remaining"))
	if err == nil && leftErr == nil && points > 0 && left >= 0 {
		b.hear(points, left)
	}
	if wait := reset(h); wait > 0 {
		b.closed = time.Now().Add(min(wait, longestBan))
	}
	b.release()
}

// hear takes what an answer says. Answers overtake each other, so one never
// raises our count, and what is under way may not be in it yet.
func (b *bucket) hear(points, left int) {
	now, ours := time.Now(), float64(points)
	if b.points > 0 {
		ours = b.count(now)
	}
	b.points, b.left, b.at = points, min(ours, float64(left-b.flying)), now
}

// reset is how long an empty bucket stays shut; 0 when it is not empty.
// Ratelimit-Reset is a Unix time in seconds. It speaks of the bucket only when
// that is empty, for some 429s have nothing to do with it (Twitch API guide).
func reset(h http.Header) time.Duration {
	if h.Get("Ratelimit-Remaining") != "0" {
		return 0
	}
	at, err := strconv.ParseInt(h.Get("Ratelimit-Reset"), 10, 64)
	if err != nil {
		return 0
	}
	return max(0, time.Unix(at, 0).Sub(told(h)))
}

// exhausted says that the points of a bucket come back too late for a call,
// which was not sent.
type exhausted struct{ after time.Duration }

// Error names the wait.
func (e exhausted) Error() string {
	return "Twitch's rate limit is used up for another " + e.after.Round(time.Second).String()
}

// ErrorKind is RateLimited.
func (exhausted) ErrorKind() core.Kind { return core.RateLimited }

// Temporary is true: nothing was sent.
func (exhausted) Temporary() bool { return true }

// RetryDelay is when the points are back, for core.RetryAfter.
func (e exhausted) RetryDelay() time.Duration { return e.after }

// Limit is how one of Helix's rate limits stands.
type Limit struct {
	Points      int       // of the full bucket; 0 while Twitch has not told
	Left        int       // by our count
	Waiting     int       // calls that wait for a point now
	Waits       int64     // calls that had to
	Refusals    int64     // answers 429, whatever for
	ClosedUntil time.Time // when the empty bucket opens again; zero when it is open
}

func (b *bucket) look() Limit {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	l := Limit{
		Points: b.points, Left: max(0, int(b.count(now))), Waiting: len(b.queue), Waits: b.waits, Refusals: b.refusals,
	}
	if b.closed.After(now) {
		l.ClosedUntil = b.closed
	}
	return l
}
