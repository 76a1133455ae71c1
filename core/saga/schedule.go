package saga

import (
	"context"
	"slices"
	"time"
)

// Wake makes the engine look at every Await again. Call it after a commit that
// may have changed an answer; calls in quick succession become one look.
func (e *Engine[T]) Wake() { signal(e.woken) }

// signal tells the reader of c, which has room for one, to look.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// await is a parked saga that a wake may release.
type await[T Tx] struct {
	turn  turn
	ready func(context.Context, T) (bool, error)
}

// park makes a waiting saga known to wakes.
func (e *Engine[T]) park(t turn, ready func(context.Context, T) (bool, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.awaits[t.id] = await[T]{turn: t, ready: ready}
}

// timer is a saga to be queued at a time.
type timer struct {
	due  time.Time
	turn turn
}

// later queues t again at due.
func (e *Engine[T]) later(t turn, due time.Time) {
	e.mu.Lock()
	e.timers.push(timer{due, t})
	e.mu.Unlock()
	signal(e.timed)
}

// schedule releases sagas whose time has come or whose wait is over.
func (e *Engine[T]) schedule(ctx context.Context) {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.woken:
			e.look(ctx)
		case <-t.C:
		case <-e.timed:
		}
		if next, ok := e.release(time.Now()); ok {
			t.Reset(time.Until(next))
		}
	}
}

// release queues what is due and says when the next one is.
func (e *Engine[T]) release(now time.Time) (next time.Time, ok bool) {
	var due []turn
	e.mu.Lock()
	for e.timers.len() > 0 && !e.timers.first().due.After(now) {
		due = append(due, e.timers.pop().turn)
	}
	if ok = e.timers.len() > 0; ok {
		next = e.timers.first().due
	}
	e.mu.Unlock()
	e.enqueue(due...)
	return next, ok
}

// look asks every parked Await again, in one snapshot. One that fails is
// queued: its own step deals with the error.
func (e *Engine[T]) look(ctx context.Context) {
	waiting := e.waiting()
	if len(waiting) == 0 {
		return
	}
	var ready []turn
	err := e.store.View(ctx, func(tx T) error {
		for _, a := range waiting {
			if ok, err := a.ready(ctx, tx); ok || err != nil {
				ready = append(ready, a.turn)
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		e.log.Error("look at waiting sagas", "error", err)
		time.AfterFunc(storeDelay, e.Wake)
	}
	e.enqueue(ready...)
}

// waiting lists the parked Awaits.
func (e *Engine[T]) waiting() []await[T] {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]await[T], 0, len(e.awaits))
	for _, a := range e.awaits {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b await[T]) int { return compare(a.turn, b.turn) })
	return all
}
