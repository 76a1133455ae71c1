package saga

// heap is a priority queue: pop gives what before puts in front of all others.
type heap[V any] struct {
	before func(a, b V) bool
	items  []V
}

func (h *heap[V]) len() int { return len(h.items) }

// first is what pop would give. The heap must not be empty.
func (h *heap[V]) first() V { return h.items[0] }

func (h *heap[V]) push(v V) {
	h.items = append(h.items, v)
	for i := len(h.items) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.before(h.items[i], h.items[up]) {
			return
		}
		h.items[i], h.items[up] = h.items[up], h.items[i]
		i = up
	}
}

func (h *heap[V]) pop() V {
	v, last := h.items[0], len(h.items)-1
	h.items[0] = h.items[last]
	var none V
	h.items[last] = none
	h.items = h.items[:last]
	h.sink()
	return v
}

// sink brings the first item to its place.
func (h *heap[V]) sink() {
	for i := 0; ; {
		next := 2*i + 1
		if next >= len(h.items) {
			return
		}
		if next+1 < len(h.items) && h.before(h.items[next+1], h.items[next]) {
			next++
		}
		if !h.before(h.items[next], h.items[i]) {
			return
		}
		h.items[i], h.items[next] = h.items[next], h.items[i]
		i = next
	}
}
