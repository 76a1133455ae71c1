package twitch

import (
	"context"

	"sidestage/core"
)

// recall is how many message IDs are remembered, enough for both sockets of a
// reconnect and for Twitch's own repeats.
const recall = 4096

// deliver gives handle what the readers queued until queue is closed. After ctx
// ends the rest is left.
func (s *Session) deliver(ctx context.Context, queue <-chan Message, handle func(context.Context, Message) error) {
	var seen memory
	left := 0
	for m := range queue {
		switch {
		case ctx.Err() != nil:
			left++
		case seen.has(m.ID):
			s.log().DebugContext(ctx, "eventsub message repeated", "message", m.ID)
		default:
			if err := handle(ctx, m); err != nil {
				s.log().Log(ctx, core.KindOf(err).LogLevel(), "eventsub message not handled",
					"message", m.ID, "type", m.Subscription.Type, "error", err)
				continue // a repeat of it is another chance
			}
			seen.add(m.ID)
		}
	}
	if left > 0 {
		s.log().WarnContext(ctx, "eventsub messages left unhandled at the stop", "count", left)
	}
}

// memory remembers the last IDs it was told.
type memory struct {
	set  map[string]struct{}
	ring []string
	next int
}

func (m *memory) has(id string) bool {
	_, ok := m.set[id]
	return ok
}

func (m *memory) add(id string) {
	if id == "" || m.has(id) {
		return
	}
	if m.set == nil {
		m.set = make(map[string]struct{})
	}
	m.set[id] = struct{}{}
	if len(m.ring) < recall {
		m.ring = append(m.ring, id)
		return
	}
	delete(m.set, m.ring[m.next])
	m.ring[m.next] = id
	m.next = (m.next + 1) % recall
}
