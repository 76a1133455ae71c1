package spotify

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sidestage/core"
)

// Bar says that the platform takes no calls for a while. The zero Bar is none.
type Bar struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"` // ReasonQuota or ReasonRate
}

// Used is how often an endpoint was called within the last 24 hours, whole
// hours by the clock.
type Used struct {
	Endpoint string `json:"endpoint"` // "GET /tracks/{id}"
	Calls    int    `json:"calls"`
}

// Gate is what all calls pass: it counts them, and lets none out while the
// platform has asked to wait for long. A wait of hours costs no call, and more
// calls would only make it longer. The zero Gate is ready.
type Gate struct {
	// Keep stores a bar where it outlives the program; nil keeps it in memory.
	Keep func(context.Context, Bar) error

	mu    sync.Mutex
	bar   Bar
	hours map[int64]map[string]int // calls by hour since 1970 and endpoint
}

// Waits from which on a call is not tried again but all calls wait, and the wait
// where the platform tells none. No longer one is believed than a quota counts: a
// bar outlives the program.
const (
	longWait     = 10 * time.Second
	longestWait  = 24 * time.Hour
	defaultRate  = 30 * time.Second // its window is half a minute
	defaultQuota = time.Hour
	day          = 24
)

// Restore sets the bar that was kept.
func (g *Gate) Restore(b Bar) {
	if latest := time.Now().Add(longestWait); b.Until.After(latest) {
		b.Until = latest
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bar = b
}

// Barred is the bar that stands; false when there is none.
func (g *Gate) Barred() (Bar, bool) {
	if g == nil {
		return Bar{}, false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.bar, time.Now().Before(g.bar.Until)
}

// Used lists the endpoints that were called, the most used first.
func (g *Gate) Used() []Used {
	g.mu.Lock()
	defer g.mu.Unlock()
	sums := map[string]int{}
	g.forget(hour(time.Now()))
	for _, calls := range g.hours {
		for endpoint, n := range calls {
			sums[endpoint] += n
		}
	}
	all := make([]Used, 0, len(sums))
	for endpoint, n := range sums {
		all = append(all, Used{endpoint, n})
	}
	slices.SortFunc(all, func(a, b Used) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	return all
}

func hour(t time.Time) int64 { return t.Unix() / 3600 }

// forget drops what is older than a day. g.mu is held.
func (g *Gate) forget(now int64) {
	for h := range g.hours {
		if h <= now-day || h > now {
			delete(g.hours, h)
		}
	}
}

// pass counts a call that is about to be made, or refuses it.
func (g *Gate) pass(method, path string) error {
	if g == nil {
		return nil
	}
	if bar, stands := g.Barred(); stands {
		return &Error{
			Kind: core.RateLimited, Reason: bar.Reason, RetryAfter: time.Until(bar.Until),
			Message: "Spotify takes no calls until " + bar.Until.Format(time.DateTime),
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := hour(time.Now())
	if g.hours == nil {
		g.hours = map[int64]map[string]int{}
	}
	if g.hours[now] == nil {
		g.forget(now)
		g.hours[now] = map[string]int{}
	}
	g.hours[now][endpoint(method, path)]++
	return nil
}

// endpoint names what a path calls, the same for all ids and queries.
func endpoint(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	if strings.HasPrefix(path, "/tracks/") {
		path = "/tracks/{id}"
	}
	return method + " " + path
}

// learn bars all calls where e asks for a long wait.
func (g *Gate) learn(ctx context.Context, e *Error) {
	if g == nil || e.Status != http.StatusTooManyRequests {
		return
	}
	wait := e.RetryAfter
	if wait == 0 {
		wait = defaultRate
		if e.Reason == ReasonQuota {
			wait = defaultQuota
		}
	}
	if wait < longWait {
		return
	}
	bar := Bar{Until: time.Now().Add(min(wait, longestWait)).UTC().Truncate(time.Second), Reason: e.Reason}
	g.mu.Lock()
	longer := bar.Until.After(g.bar.Until)
	if longer {
		g.bar = bar
	}
	g.mu.Unlock()
	if longer && g.Keep != nil {
		_ = g.Keep(context.WithoutCancel(ctx), bar) // what was not kept is learnt again, by one call
	}
}
