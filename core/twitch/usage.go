package twitch

import (
	"maps"
	"sync"
)

// Usage is what a Client has asked of Helix since it was made.
type Usage struct {
	Calls map[string]int64 // requests sent, by method and path: "GET /streams"
	API   Limit            // of everything but chat messages
	Chat  Limit            // of sending chat messages, which Twitch counts apart
}

// Usage tells how much was asked and how the rate limits stand.
func (c *Client) Usage() Usage {
	return Usage{Calls: c.sent.all(), API: c.api.look(), Chat: c.chat.look()}
}

// tally counts requests.
type tally struct {
	mu sync.Mutex
	n  map[string]int64
}

func (t *tally) add(op string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[string]int64{}
	}
	t.n[op]++
}

func (t *tally) all() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make(map[string]int64, len(t.n))
	maps.Copy(all, t.n)
	return all
}
