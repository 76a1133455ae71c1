package saga

import (
	"cmp"
	"sync"
	"time"
)

// turn is what the engine keeps of a saga that is to run or parked; the rest
// stays in the database.
type turn struct {
	id, kind string
	at       time.Time // Saga.OrderedAt
}

func turnOf(s Saga) turn { return turn{s.ID, s.Kind, s.OrderedAt} }

// compare orders turns by whose comes first.
func compare(a, b turn) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) }

// queue holds the sagas of one kind that are ready to run, first in order
// first, and the workers that wait for one.
type queue struct {
	mu     sync.Mutex
	cond   sync.Cond
	turns  heap[turn]
	member map[string]bool
	closed bool
}

func newQueue() *queue {
	q := &queue{member: map[string]bool{}, turns: heap[turn]{before: func(a, b turn) bool { return compare(a, b) < 0 }}}
	q.cond.L = &q.mu
	return q
}

func (q *queue) push(t turn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.member[t.id] {
		return
	}
	q.member[t.id] = true
	q.turns.push(t)
	q.cond.Signal()
}

// pop waits for a saga; false when the queue was closed.
func (q *queue) pop() (turn, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.turns.len() == 0 && !q.closed {
		q.cond.Wait()
	}
	if q.closed {
		return turn{}, false
	}
	t := q.turns.pop()
	delete(q.member, t.id)
	return t, true
}

// close sends every worker home; what is queued stays in the database.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.cond.Broadcast()
}
