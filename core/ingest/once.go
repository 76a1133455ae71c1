package ingest

import "sync"

// onceKept is how many lines are remembered.
const onceKept = 2048

// once remembers the lines that were taken in lately: one that comes by two ways
// asks once, and a cooldown counts it once.
type once struct {
	mu   sync.Mutex
	have map[string]bool
	ring [onceKept]string
	next int
}

// claim reports whether id is new, and remembers it.
func (o *once) claim(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.have[id] {
		return false
	}
	if o.have == nil {
		o.have = map[string]bool{}
	}
	delete(o.have, o.ring[o.next])
	o.have[id], o.ring[o.next] = true, id
	o.next = (o.next + 1) % onceKept
	return true
}
