package song

import (
	"fmt"

	"sidestage/core"
	"sidestage/core/event"
)

// Persist puts a request into our own queue. Doing so again changes nothing and
// returns what is stored; the same id with another track is a core.Conflict.
func Persist(tx Tx, r Request) (Request, error) {
	stored, err := tx.SongByID(r.ID)
	switch {
	case err == nil && stored.Track.URI != r.Track.URI:
		return Request{}, core.Because(core.Conflict, "other-track", "request %s is for another track already", r.ID)
	case err == nil:
		return stored, nil
	case core.KindOf(err) != core.NotFound:
		return Request{}, fmt.Errorf("persist request %s: %w", r.ID, err)
	}
	r.State, r.Reason, r.AcceptedAt = Pending, "", tx.Now()
	if err := tx.ViewerPut(r.Viewer); err != nil {
		return Request{}, fmt.Errorf("persist request %s: %w", r.ID, err)
	}
	if err := tx.SongInsert(r); err != nil {
		return Request{}, fmt.Errorf("persist request %s: %w", r.ID, err)
	}
	return r, tx.AppendEvent(event.SongRequested{
		RequestID: r.ID, Viewer: r.Viewer, TrackID: r.Track.ID, Title: r.Track.Name, Artists: r.Track.Artists,
	})
}

// HandedOver books that the track of a request stands in Spotify's queue. Doing
// so again changes nothing. If the request was withdrawn meanwhile its copy is
// booked all the same, to be skipped.
func HandedOver(tx Tx, id string, o Occurrence) error {
	r, err := tx.SongByID(id)
	if err != nil {
		return fmt.Errorf("book handover: %w", err)
	}
	if _, err := tx.SongHandoverOf(id); core.KindOf(err) != core.NotFound || err == nil {
		return err
	}
	h := Handover{RequestID: id, Track: r.Track, Viewer: r.Viewer, AddedAt: o.At, At: tx.Now(), Position: -1, Unwanted: r.State == Withdrawn}
	if err := adopt(tx, &h, o); err != nil {
		return err
	}
	if err := tx.SongInsertHandover(h); err != nil {
		return fmt.Errorf("book handover of %s: %w", id, err)
	}
	if h.Unwanted {
		return nil
	}
	state := Queued
	if h.current() {
		state = Playing
	}
	if err := tx.SongSetState(id, state, ""); err != nil {
		return fmt.Errorf("book handover of %s: %w", id, err)
	}
	if err := tx.AppendEvent(event.SongHandedOver{RequestID: id}); err != nil || state == Queued {
		return err
	}
	return tx.AppendEvent(startedEvent(h.Track, &h))
}

// adopt finds the copy of a new handover in a look that was taken after its add
// and before it was booked.
func adopt(tx Tx, h *Handover, o Occurrence) error {
	l, err := tx.SongLedger()
	if err != nil {
		return err
	}
	if !l.Seen.At.After(o.At) {
		return nil
	}
	place, current := o.find(h.Track, l.Seen)
	open, err := tx.SongHandovers()
	if err != nil {
		return err
	}
	for _, other := range open {
		if place >= 0 && other.Position == place || current && other.current() {
			return nil // that copy has an owner
		}
	}
	h.Position = place
	if current {
		h.StartedAt, h.Progress = l.Seen.At.Add(-l.Seen.Progress), l.Seen.Progress
	}
	return nil
}

// Withdraw takes a request back: its row stays, and a copy of it that is in the
// player, that one and no other, is skipped when it becomes current. A request
// that has ended, is withdrawn already or does not exist is left alone.
func Withdraw(tx Tx, id, reason string) error {
	r, err := tx.SongByID(id)
	switch {
	case core.KindOf(err) == core.NotFound && err != nil:
		return nil //nolint:nilerr // there is nothing to withdraw
	case err != nil:
		return fmt.Errorf("withdraw request: %w", err)
	case r.State == Heard, r.State == Skipped, r.State == Withdrawn:
		return nil
	}
	if r.State != Pending {
		if err := disown(tx, id); err != nil {
			return fmt.Errorf("withdraw request %s: %w", id, err)
		}
	}
	if err := tx.SongSetState(id, Withdrawn, reason); err != nil {
		return fmt.Errorf("withdraw request %s: %w", id, err)
	}
	return tx.AppendEvent(event.SongWithdrawn{RequestID: id, Reason: reason})
}

func disown(tx Tx, id string) error {
	h, err := tx.SongHandoverOf(id)
	if err != nil {
		return err
	}
	h.Unwanted = true
	return tx.SongPutHandovers(h)
}

// Surplus notes that an add of a request, taken not to have happened, may still
// turn up. For ten minutes a new copy of its track that nobody else accounts for
// is taken to be it, and is skipped when it becomes current.
func Surplus(tx Tx, id string) error {
	if err := tx.SongDoubt(id, 1); err != nil {
		return fmt.Errorf("note surplus add of %s: %w", id, err)
	}
	return nil
}
