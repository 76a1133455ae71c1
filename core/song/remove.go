package song

import (
	"fmt"

	"sidestage/core"
)

// Points says what becomes of a request's points when it is taken back now.
type Points string

// What becomes of points.
const (
	PointsReturn Points = "return" // they go back to the viewer
	PointsStay   Points = "stay"   // they could go back and stay spent, as was asked
	PointsSpent  Points = "spent"  // they are spent, and Twitch cannot return them
	PointsNone   Points = "none"   // nobody paid, or they are back already
)

// Copy says what becomes of a request's copy in the player when it is taken
// back now.
type Copy string

// What becomes of a copy.
const (
	CopyNone  Copy = "none"  // there is none: the request was in our own queue
	CopyLater Copy = "later" // it stands in Spotify's queue, and is skipped when its turn comes
	CopyNow   Copy = "now"   // it plays, and is skipped
)

// Removal is a request that was, or would be, taken back.
type Removal struct {
	Request Request // as it was before
	Points  Points
	Copy    Copy
}

// Remove takes a request back for the reason given, which chat and journal name.
// Keep leaves points spent that could return. A request that is over is a
// core.Conflict. What follows, the points and the skip, is done by its saga and
// by the watcher.
func Remove(tx Tx, id, reason string, keep bool) (Removal, error) {
	r, err := tx.SongByID(id)
	if err != nil {
		return Removal{}, err
	}
	if r.State.Final() {
		return Removal{Request: r}, core.Because(core.Conflict, "over", "%s is %s", r.Track.Name, word(r.State))
	}
	out, err := preview(tx, r, keep)
	if err != nil {
		return Removal{}, err
	}
	// What was heard is withdrawn before its saga may have spent the points.
	keeps := out.Points == PointsStay || out.Points == PointsSpent && r.Fulfil == FulfilHeard
	if err := Withdraw(tx, id, reason); err != nil || !keeps {
		return out, err
	}
	if err := tx.SongKeep(id); err != nil {
		return out, fmt.Errorf("keep the points of %s: %w", id, err)
	}
	return out, nil
}

// preview says what a removal would do.
func preview(tx Reader, r Request, keep bool) (Removal, error) {
	out := Removal{Request: r, Copy: CopyNone}
	adding, err := tx.SongAdding(r.ID)
	if err != nil {
		return out, fmt.Errorf("see whether %s is being handed over: %w", r.ID, err)
	}
	switch {
	case r.State == Playing:
		out.Copy = CopyNow
	case r.State == Queued, adding:
		out.Copy = CopyLater
	}
	out.Points, err = PointsOf(tx, r)
	if keep && out.Points == PointsReturn {
		out.Points = PointsStay
	}
	return out, err
}

// PointsOf says what would become of a request's points if it were taken back
// now: PointsReturn, PointsSpent or PointsNone.
func PointsOf(tx Reader, r Request) (Points, error) {
	if r.Fulfil == "" {
		return PointsNone, nil
	}
	booked, err := tx.RedemptionStatus(r.ID)
	if err != nil && core.KindOf(err) == core.NotFound {
		return PointsNone, nil //nolint:nilerr // there are none
	}
	if err != nil {
		return "", fmt.Errorf("see the points of %s: %w", r.ID, err)
	}
	switch {
	case booked == core.Canceled:
		return PointsNone, nil
	case booked == core.Fulfilled, r.Fulfil == FulfilAccepted, r.Fulfil == FulfilHandedOver && r.State != Pending:
		return PointsSpent, nil // or just about to be
	case r.State != Playing:
		return PointsReturn, nil
	}
	_, heard, err := Decided(tx, r.ID)
	return pick(heard, PointsSpent, PointsReturn), err
}

// Unplayed lists what waits, in our own queue and in Spotify's, with what taking
// it back would do.
func Unplayed(tx Reader, keep bool) ([]Removal, error) {
	rs, err := tx.SongUnplayed()
	if err != nil {
		return nil, fmt.Errorf("list what waits: %w", err)
	}
	all := make([]Removal, len(rs))
	for i, r := range rs {
		if all[i], err = preview(tx, r, keep); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Unfinished lists what the end of a stream is about: what plays, where its
// points are spent only when it is heard, and what is unplayed.
func Unfinished(tx Reader) ([]Removal, error) {
	all, err := Unplayed(tx, false)
	if err != nil {
		return nil, err
	}
	open, err := tx.SongHandovers()
	if err != nil {
		return nil, fmt.Errorf("see what plays: %w", err)
	}
	for i := range open {
		if h := &open[i]; !h.current() || h.Unwanted {
			continue
		}
		r, err := tx.SongByID(open[i].RequestID)
		if err != nil || r.Fulfil != FulfilHeard {
			return all, err
		}
		playing, err := preview(tx, r, false)
		return append([]Removal{playing}, all...), err
	}
	return all, nil
}

// Ends reports whether the end of a stream takes a request back: its points can
// still return, and its track is not just being given to Spotify. Whether it was
// may be a question that somebody has to answer first. What plays and was heard
// for long enough plays on.
func Ends(r Removal) bool {
	return r.Points == PointsReturn && (r.Request.State != Pending || r.Copy == CopyNone)
}

// TakeBack removes all that was listed in the same transaction.
func TakeBack(tx Tx, all []Removal, reason string) error {
	for _, r := range all {
		if _, err := Remove(tx, r.Request.ID, reason, r.Points == PointsStay); err != nil {
			return err
		}
	}
	return nil
}

// Decided reports whether the player, or somebody, has decided about a request
// whose points are spent when it is heard: it is over, or it plays and counts as
// heard, whatever comes now.
func Decided(tx Reader, id string) (Request, bool, error) {
	r, err := tx.SongByID(id)
	if err != nil || r.State != Playing {
		return r, r.State.Final(), err
	}
	h, err := tx.SongHandoverOf(id)
	return r, err == nil && h.heard(), err
}
