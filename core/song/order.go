package song

import (
	"fmt"
	"slices"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// Chance is what a request in our queue can do now.
type Chance string

// The chances.
const (
	Wait Chance = "wait" // for its turn, or for Spotify
	Go   Chance = "go"   // it may be handed over
	Late Chance = "late" // Spotify has been away for too long: it is to be given up
	Over Chance = "over" // it is no longer pending
)

// Turn is where a request stands on its way to the player.
type Turn struct {
	Chance  Chance    `json:"chance"`
	Request Request   `json:"request"`
	Outage  string    `json:"outage,omitempty"` // why it waits, or is late, although it is its turn
	Until   time.Time `json:"until,omitzero"`   // when it is late, if the outage lasts; zero = never
}

// TurnOf says whether a request may be handed over now: every earlier one has
// been, has ended, or cannot go on for the moment (its saga waits for a retry or
// a decision, or has failed); no other add is under way; and, with NextUp, none
// of ours waits in Spotify's queue. In an outage it waits for p.UnavailableFor
// from when the outage began or, if that was later, it was accepted; so those
// behind it do not wait that long once more. One whose points are spent is never
// late.
func TurnOf(tx Reader, id string, p Policy) (Turn, error) {
	r, err := tx.SongByID(id)
	if err != nil {
		return Turn{}, fmt.Errorf("see whose turn it is: %w", err)
	}
	t := Turn{Chance: Over, Request: r}
	if r.State != Pending {
		return t, nil
	}
	t.Chance = Wait
	next, err := tx.SongIsNext(r)
	if err != nil || !next {
		return t, err
	}
	if free, err := room(tx, p.Pace); err != nil || !free {
		return t, err
	}
	out, err := tx.SongOutage()
	if err != nil || !out.Stands() {
		t.Chance = Go
		return t, err
	}
	t.Outage = out.Reason
	if r.Fulfil == FulfilAccepted {
		return t, nil
	}
	t.Until = later(out.Since, r.AcceptedAt).Add(p.UnavailableFor)
	if !tx.Now().Before(t.Until) {
		t.Chance = Late
	}
	return t, nil
}

// room reports whether a request may be put behind what Spotify's queue holds.
func room(tx Reader, pace Pace) (bool, error) {
	if pace == Immediate {
		return true, nil
	}
	open, err := tx.SongHandovers()
	return !slices.ContainsFunc(open, func(h Handover) bool { return !h.Unwanted && !h.current() }), err
}

// FairRank is the rank of a viewer's new request where viewers take turns: the
// round after the one their last waiting request is in, or the round that is
// being played. So everybody's first request comes before anybody's second, and
// a round is in order of redemption. A request that the streamer moved keeps its
// place before all rounds.
func FairRank(tx Reader, viewerID string) (int64, error) {
	front, last, err := tx.SongRounds(viewerID)
	if err != nil {
		return 0, fmt.Errorf("find the round of a request: %w", err)
	}
	return max(front, last+1, 0), nil
}

// NewRank is the rank of a viewer's new request where it is first come, first
// served: with the last that waits. That is not 0 for as long as something waits
// in a round, from when viewers took turns.
func NewRank(tx Reader) (int64, error) {
	last, err := tx.SongLastRank()
	if err != nil {
		return 0, fmt.Errorf("find the end of the queue: %w", err)
	}
	return max(last, 0), nil
}

// Move makes a pending request the toth of those, from 1; further back than
// there are is last. It returns where that is.
func Move(tx Tx, id string, to int) (place int, err error) {
	if to < 1 {
		return 0, core.Because(core.Invalid, "place", "places in the queue begin at 1")
	}
	r, err := pending(tx, id)
	if err != nil {
		return 0, err
	}
	before, _, err := tx.SongPendingBefore(r)
	if err != nil {
		return 0, fmt.Errorf("move request %s: %w", id, err)
	}
	from := before + 1
	front, total, err := tx.SongPending(max(from, to) + 1)
	if err != nil {
		return 0, fmt.Errorf("move request %s: %w", id, err)
	}
	if to = min(to, total); to == from {
		return to, nil
	}
	front = slices.Insert(slices.Delete(front, from-1, from), to-1, r)
	if err := rank(tx, front, max(from, to)); err != nil {
		return 0, fmt.Errorf("move request %s: %w", id, err)
	}
	return to, tx.AppendEvent(event.SongMoved{RequestID: id, Place: to})
}

// Promote makes a pending request the next of those.
func Promote(tx Tx, id string) error {
	_, err := Move(tx, id, 1)
	return err
}

// rank gives the first n of a list ranks before all that follow, those of
// requests still to come included. What keeps its rank is not written.
func rank(tx Tx, list []Request, n int) error {
	var behind int64
	if len(list) > n {
		behind = min(behind, list[n].Rank)
	}
	for i := n - 1; i >= 0; i-- {
		if behind--; list[i].Rank <= behind {
			behind = list[i].Rank
			continue
		}
		if err := tx.SongSetRank(list[i].ID, behind); err != nil {
			return err
		}
	}
	return nil
}

// pending finds a request that can still be changed.
func pending(tx Reader, id string) (Request, error) {
	r, err := tx.SongByID(id)
	if err != nil {
		return Request{}, err
	}
	adding, err := tx.SongAdding(id)
	switch {
	case err != nil:
		return Request{}, fmt.Errorf("see whether %s is being handed over: %w", id, err)
	case r.State != Pending:
		return Request{}, core.Because(core.Conflict, "not-waiting", "%s is %s: only what waits in our own queue can be moved or replaced", r.Track.Name, word(r.State))
	case adding:
		return Request{}, core.Because(core.Conflict, "not-waiting", "%s is just being given to Spotify", r.Track.Name)
	}
	return r, nil
}

// word says where a request stands.
func word(s State) string {
	switch s {
	case Pending:
		return "in our queue"
	case Queued:
		return "in Spotify's queue already"
	case Playing:
		return "playing"
	case Heard:
		return "over"
	case Skipped:
		return "over, it was skipped"
	case Withdrawn:
	}
	return "withdrawn already"
}

// Replace makes a pending request one for another track. It keeps its place.
func Replace(tx Tx, id string, t Track) (was Request, err error) {
	was, err = pending(tx, id)
	if err != nil || was.Track.URI == t.URI {
		return was, err
	}
	if err := tx.SongSetTrack(id, t); err != nil {
		return was, fmt.Errorf("replace %s: %w", id, err)
	}
	return was, tx.AppendEvent(event.SongReplaced{RequestID: id, TrackID: t.ID, Title: t.Name, Artists: t.Artists})
}
