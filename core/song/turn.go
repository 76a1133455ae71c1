package song

import (
	"cmp"
	"slices"
	"time"

	"sidestage/core/event"
)

// started is when what is current now began, as well as it can be told.
func (y *syncing) started() time.Time {
	at := y.now.At.Add(-y.now.Progress)
	return later(at, y.ledger.Seen.At)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// end finishes what has left the player, in the order of play.
func (y *syncing) end(s story) error {
	gone := y.gone(s)
	y.change.credit(s, gone)
	ends := make([]time.Time, len(gone))
	at := y.started()
	for i := len(gone) - 1; i >= 0; i-- {
		ends[i] = at
		if g := gone[i]; !g.began {
			at = later(at.Add(-g.h.Progress), g.h.AddedAt)
			if at.After(ends[i]) {
				at = ends[i]
			}
			g.h.StartedAt = at
		}
	}
	for i, g := range gone {
		if err := y.finish(g, ends[i]); err != nil {
			return err
		}
	}
	return nil
}

// gone lists what of ours has left the player in a story, in the order of play.
func (y *syncing) gone(s story) []leaving {
	var gone []leaving
	if cur := y.current(); cur != nil && s.current != fromBefore {
		gone = append(gone, leaving{h: cur, rest: y.ledger.Seen.remaining(), began: true})
	}
	kept := map[int]bool{}
	for _, o := range s.from {
		if o.kind == fromWas {
			kept[o.index] = true
		}
	}
	for i := range y.ledger.Seen.Upcoming {
		h, ours := y.seen[i]
		isCurrent := s.current == fromWas && i == s.popped-1
		if ours && !isCurrent && !kept[i] {
			gone = append(gone, leaving{h: h, rest: h.Track.Duration, lost: i >= s.popped})
		}
	}
	for u, h := range y.unseen[:s.arrived] {
		if s.current != fromUnseen || u != s.arrived-1 {
			gone = append(gone, leaving{h: h, rest: h.Track.Duration})
		}
	}
	return gone
}

// finish ends an occurrence of ours. One nobody wanted leaves no history.
func (y *syncing) finish(g leaving, ended time.Time) error {
	h := g.h
	ended = later(ended, h.StartedAt) // a clock that was put back tells otherwise
	h.Position, h.EndedAt = -1, ended
	y.result.Changed = true
	if h.Unwanted {
		return nil
	}
	if !g.began && h.Progress > 0 {
		if err := y.tx.AppendEvent(startedEvent(h.Track, h)); err != nil {
			return err
		}
	}
	outcome := Skipped
	if h.heard() {
		outcome = Heard
	}
	if err := y.tx.SongSetState(h.RequestID, outcome, ""); err != nil {
		return err
	}
	if err := y.tx.SongInsertPlay(Play{RequestID: h.RequestID, StartedAt: h.StartedAt, EndedAt: ended, Outcome: outcome}); err != nil {
		return err
	}
	return y.tx.AppendEvent(event.SongEnded{RequestID: h.RequestID, Title: h.Track.Name, Outcome: string(outcome)})
}

// begin books what is current now.
func (y *syncing) begin(s story) error {
	switch {
	case s.current == fromBefore:
		if cur := y.current(); cur != nil {
			before := cur.heard()
			cur.Progress = max(cur.Progress, y.now.Progress)
			y.result.Heard = cur.heard() && !before
		}
		return nil
	case y.now.Current == nil:
		return nil
	}
	y.ledger.Turn++
	y.result.Changed = true
	switch s.current {
	case fromWas:
		return y.start(y.seen[s.popped-1])
	case fromUnseen:
		return y.start(y.unseen[s.arrived-1])
	default:
		return y.start(nil)
	}
}

// start makes an occurrence current; nil is one that is none of ours.
func (y *syncing) start(h *Handover) error {
	if h != nil {
		h.Position, h.StartedAt, h.Progress = -1, later(y.started(), h.AddedAt), y.now.Progress
	}
	if h != nil && !h.Unwanted {
		return y.playing(h)
	}
	if cur := y.now.Current; cur.Kind != KindAd && cur.Kind != KindUnknown {
		return y.tx.AppendEvent(startedEvent(cur.track(), nil))
	}
	return nil
}

// playing books that the request of an occurrence plays.
func (y *syncing) playing(h *Handover) error {
	if err := y.tx.SongSetState(h.RequestID, Playing, ""); err != nil {
		return err
	}
	return y.tx.AppendEvent(startedEvent(h.Track, h))
}

func startedEvent(t Track, h *Handover) event.SongStarted {
	e := event.SongStarted{TrackID: cmp.Or(t.ID, t.URI), Title: t.Name, Artists: t.Artists}
	if h != nil {
		e.RequestID, e.Viewer = h.RequestID, h.Viewer
	}
	return e
}

// move gives what is still in the queue its new place.
func (y *syncing) move(s story) error {
	for _, h := range y.open {
		h.Position = -1
	}
	queued, strange := 0, false
	for j, o := range s.from {
		switch o.kind {
		case fromWas:
			if h, ok := y.seen[o.index]; ok {
				h.Position = j
			}
			if o.index >= y.ledger.Queued {
				continue
			}
		case fromUnseen:
			y.unseen[o.index].Position = j
		case fromElsewhere:
			strange = true
			if y.now.Upcoming[j].URI == "" {
				continue // nothing a person can queue
			}
		case fromBeyond:
			continue
		}
		queued = j + 1
	}
	y.ledger.Queued = queued
	if strange {
		if err := y.takeSurplus(s); err != nil {
			return err
		}
	}
	return y.giveUp()
}

// giveUp ends what Spotify said it had queued and never showed.
func (y *syncing) giveUp() error {
	ahead := 0
	for _, h := range y.open {
		switch {
		case !h.EndedAt.IsZero() || h.current():
			continue
		case h.Position < 0 && y.now.At.After(h.At):
			h.Misses++
			if h.Misses >= doubtReads && y.now.At.Sub(h.At) >= doubtFor && ahead < crowd {
				h.StartedAt = y.now.At
				if err := y.finish(leaving{h: h}, y.now.At); err != nil {
					return err
				}
				continue
			}
		}
		ahead++
	}
	return nil
}

// takeSurplus claims copies that turned up after an add was taken not to have
// happened. They are skipped when they become current. Only a copy that appeared
// between what was there before counts, so the streamer's own music cannot be
// one; one that goes straight from unseen to current is not recognised.
func (y *syncing) takeSurplus(s story) error {
	doubtful, err := y.tx.SongDoubtful(y.tx.Now().Add(-doubtfulAddFor))
	if err != nil {
		return err
	}
	for j, o := range s.from {
		if o.kind != fromElsewhere {
			continue
		}
		i := slices.IndexFunc(doubtful, func(r Request) bool { return same(r.Track.item(), y.now.Upcoming[j]) })
		if i < 0 {
			continue
		}
		h := Handover{RequestID: doubtful[i].ID, AddedAt: y.tx.Now(), At: y.tx.Now(), Position: j, Unwanted: true, Surplus: true}
		y.surplus = append(y.surplus, h)
		doubtful = slices.Delete(doubtful, i, i+1)
	}
	return nil
}
