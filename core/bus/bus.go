// Package bus hands committed events to whoever listens right now.
//
// It carries only what is already in the journal, in commit order. Publishing
// never blocks: each subscriber has a bounded queue, and one that falls behind
// loses what does not fit and is told so once with a Lagged item, after which
// it must read the journal from where it was. Nothing is lost for good, since
// the journal has everything.
package bus

import (
	"sync"

	"sidestage/core/event"
)

// Item is what a subscriber receives: a record or, when Lagged is set, the news
// that records were dropped after the last one received.
type Item struct {
	Record event.Record
	Lagged bool
}

// Bus fans events out. The zero value is ready to use.
type Bus struct {
	mu   sync.Mutex
	subs map[*Subscription]struct{}
	over bool
}

// Subscription is one listener. Close it when done.
type Subscription struct {
	bus    *Bus
	items  chan Item
	lagged bool // dropped something it has not been told of
}

// Subscribe starts listening with room for size records.
func (b *Bus) Subscribe(size int) *Subscription {
	s := &Subscription{bus: b, items: make(chan Item, max(size, 2))}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		close(s.items)
		return s
	}
	if b.subs == nil {
		b.subs = map[*Subscription]struct{}{}
	}
	b.subs[s] = struct{}{}
	return s
}

// Items yields what is published; it is closed by Close of subscription or bus.
func (s *Subscription) Items() <-chan Item { return s.items }

// Close stops listening. Closing twice is fine.
func (s *Subscription) Close() {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	if _, ok := s.bus.subs[s]; ok {
		delete(s.bus.subs, s)
		close(s.items)
	}
}

// Publish gives records to every subscriber, in order, without blocking.
func (b *Bus) Publish(records []event.Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subs {
		for _, r := range records {
			s.offer(r)
		}
	}
}

// offer keeps the last free place for the news that something was dropped.
// Once lagged, records are dropped until the subscriber has drained its queue:
// it is about to read the journal anyway.
func (s *Subscription) offer(r event.Record) {
	if s.lagged && len(s.items) == 0 {
		s.lagged = false
	}
	switch {
	case s.lagged:
	case len(s.items) == cap(s.items)-1:
		s.lagged = true
		s.items <- Item{Lagged: true}
	default:
		s.items <- Item{Record: r}
	}
}

// Behind is how many records wait for the slowest subscriber.
func (b *Bus) Behind() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	most := 0
	for s := range b.subs {
		most = max(most, len(s.items))
	}
	return most
}

// Close ends every subscription; later ones are closed from the start.
func (b *Bus) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	for s := range b.subs {
		delete(b.subs, s)
		close(s.items)
	}
}
