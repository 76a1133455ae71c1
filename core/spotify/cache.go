package spotify

import (
	"sync"
	"time"
)

// How many tracks are remembered, and for how long: not for ever, by the
// platform's rules.
const (
	cached    = 512
	cachedFor = time.Hour
)

// cache remembers tracks by the id they were asked for. The zero cache is ready.
type cache struct {
	mu     sync.Mutex
	tracks map[string]entry
	order  []string // ids, the oldest first
}

type entry struct {
	track Track
	at    time.Time
}

func (c *cache) get(id string) (Track, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.tracks[id]
	return e.track, ok && time.Since(e.at) < cachedFor
}

func (c *cache) put(id string, t Track) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tracks == nil {
		c.tracks = map[string]entry{}
	}
	if _, again := c.tracks[id]; !again {
		c.order = append(c.order, id)
	}
	c.tracks[id] = entry{t, time.Now()}
	if len(c.order) > cached {
		delete(c.tracks, c.order[0])
		c.order = c.order[1:]
	}
}
