package bus_test

import (
	"testing"

	"pgregory.net/rapid"

	"sidestage/core/bus"
	"sidestage/core/event"
)

func records(from, n int64) []event.Record {
	var rs []event.Record
	for i := range n {
		rs = append(rs, event.Record{Seq: from + i})
	}
	return rs
}

func TestASubscriberSeesEveryRecordInOrderOrIsToldThatItLags(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bus.Bus
		size := rapid.IntRange(0, 8).Draw(t, "size")
		s := b.Subscribe(size)
		defer s.Close()
		var published, seen int64
		t.Repeat(map[string]func(*rapid.T){
			"publish": func(t *rapid.T) {
				n := rapid.Int64Range(1, 5).Draw(t, "n")
				b.Publish(records(published+1, n))
				published += n
			},
			"read": func(t *rapid.T) {
				select {
				case it := <-s.Items():
					switch {
					case it.Lagged:
						seen = published // it reads the journal
						for len(s.Items()) > 0 {
							<-s.Items()
						}
					case it.Record.Seq != seen+1:
						t.Fatalf("record %d after %d, and no word of a gap", it.Record.Seq, seen)
					default:
						seen = it.Record.Seq
					}
				default:
					if seen != published {
						t.Fatalf("nothing to read, but only %d of %d were seen", seen, published)
					}
				}
			},
		})
	})
}

func TestClosingEndsTheStream(t *testing.T) {
	var b bus.Bus
	s, other := b.Subscribe(4), b.Subscribe(4)
	s.Close()
	s.Close()
	if _, ok := <-s.Items(); ok {
		t.Error("a closed subscription still yields")
	}
	b.Publish(records(1, 1))
	b.Close()
	if it, ok := <-other.Items(); !ok || it.Record.Seq != 1 {
		t.Error("what was published before the end is lost")
	}
	if _, ok := <-other.Items(); ok {
		t.Error("the bus is closed, its subscription is not")
	}
	if _, ok := <-b.Subscribe(1).Items(); ok {
		t.Error("a subscription to a closed bus yields")
	}
}
