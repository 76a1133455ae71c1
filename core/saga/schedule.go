package saga

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"
)

// Wake makes the engine look at every Await again. Call it after a commit that
// may have changed an answer; calls in quick succession become one look.
func (e *Engine[T]) Wake() {
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// park makes a waiting saga known to wakes.
func (e *Engine[T]) park(s Saga, ready func(context.Context, T) (bool, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.awaits[s.ID] = await[T]{saga: s, ready: ready}
}

// later queues s again at due.
func (e *Engine[T]) later(s Saga, due time.Time) {
	e.mu.Lock()
	heap.Push(&e.timers, timer{due: due, saga: s})
	e.mu.Unlock()
	e.Wake()
}

// schedule releases sagas whose time has come or whose wait is over.
func (e *Engine[T]) schedule(ctx context.Context) {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-e.changed:
			e.look(ctx)
		}
		if next, ok := e.release(time.Now()); ok {
			t.Reset(time.Until(next))
		}
	}
}

// release queues what is due and says when the next one is.
func (e *Engine[T]) release(now time.Time) (next time.Time, ok bool) {
	var due []Saga
	e.mu.Lock()
	for len(e.timers) > 0 && !e.timers[0].due.After(now) {
		if t, ok := heap.Pop(&e.timers).(timer); ok {
			due = append(due, t.saga)
		}
	}
	if ok = len(e.timers) > 0; ok {
		next = e.timers[0].due
	}
	e.mu.Unlock()
	for _, s := range due {
		e.enqueue(s)
	}
	return next, ok
}

// look asks every parked Await again, in one snapshot, first in order first.
// One that fails is queued: its own step deals with the error.
func (e *Engine[T]) look(ctx context.Context) {
	e.mu.Lock()
	waiting := make([]await[T], 0, len(e.awaits))
	for _, a := range e.awaits {
		waiting = append(waiting, a)
	}
	e.mu.Unlock()
	if len(waiting) == 0 {
		return
	}
	slices.SortFunc(waiting, func(a, b await[T]) int { return compare(a.saga, b.saga) })
	var ready []Saga
	err := e.store.View(ctx, func(tx T) error {
		for _, a := range waiting {
			if ok, err := a.ready(ctx, tx); ok || err != nil {
				ready = append(ready, a.saga)
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		e.log.Error("look at waiting sagas", "error", err)
		time.AfterFunc(storeDelay, e.Wake)
	}
	for _, s := range ready {
		e.enqueue(s)
	}
}

// timer is a saga to be queued at a time.
type timer struct {
	due  time.Time
	saga Saga
}

// timers is a heap, soonest first.
type timers []timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].due.Before(t[j].due) }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) } //nolint:errcheck,forcetypeassert // only timers are pushed
func (t *timers) Pop() any {
	old := *t
	last := old[len(old)-1]
	*t = old[:len(old)-1]
	return last
}

// compare orders sagas by whose turn comes first.
func compare(a, b Saga) int {
	if c := a.OrderedAt.Compare(b.OrderedAt); c != 0 {
		return c
	}
	switch {
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}

// queue holds the sagas of one kind that are ready to run, first in order
// first, and the workers that wait for one. It holds ids, not work: that stays
// in the database.
type queue struct {
	mu     sync.Mutex
	cond   sync.Cond
	heap   byOrder
	member map[string]bool
	closed bool
}

func newQueue() *queue {
	q := &queue{member: map[string]bool{}}
	q.cond.L = &q.mu
	return q
}

func (q *queue) push(s Saga) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.member[s.ID] {
		return
	}
	q.member[s.ID] = true
	heap.Push(&q.heap, Saga{ID: s.ID, Kind: s.Kind, OrderedAt: s.OrderedAt})
	q.cond.Signal()
}

// pop waits for a saga; false when the queue was closed.
func (q *queue) pop() (Saga, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.heap) == 0 && !q.closed {
		q.cond.Wait()
	}
	if q.closed {
		return Saga{}, false
	}
	s := heap.Pop(&q.heap).(Saga) //nolint:errcheck,forcetypeassert // only sagas are pushed
	delete(q.member, s.ID)
	return s, true
}

// close sends every worker home; what is queued stays in the database.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.cond.Broadcast()
}

func (q *queue) open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = false
}

// byOrder is a heap of sagas, first in order first.
type byOrder []Saga

func (h byOrder) Len() int           { return len(h) }
func (h byOrder) Less(i, j int) bool { return compare(h[i], h[j]) < 0 }
func (h byOrder) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *byOrder) Push(x any)        { *h = append(*h, x.(Saga)) } //nolint:errcheck,forcetypeassert // only sagas are pushed
func (h *byOrder) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
