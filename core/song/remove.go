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
	if err := Withdraw(tx, id, reason); err != nil || out.Points != PointsStay {
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
	}
	return PointsReturn, nil
}

// Clear takes back everything that waits, in our own queue and in Spotify's.
func Clear(tx Tx, reason string, keep bool) ([]Removal, error) {
	return removeAll(tx, reason, keep, func(Removal) bool { return true })
}

// EndStream takes back what Ends: that is what the end of a stream does where
// points are to return. What else waits stays.
func EndStream(tx Tx) ([]Removal, error) { return removeAll(tx, "stream-ended", false, Ends) }

// Ends reports whether the end of a stream takes a request back: its points can
// still return, and its track is not just being given to Spotify. Whether it was
// may be a question that somebody has to answer first.
func Ends(r Removal) bool {
	return r.Points == PointsReturn && (r.Request.State != Pending || r.Copy == CopyNone)
}

func removeAll(tx Tx, reason string, keep bool, wanted func(Removal) bool) ([]Removal, error) {
	all, err := Unplayed(tx, keep)
	var gone []Removal
	for _, r := range all {
		if err != nil {
			return nil, err
		}
		if wanted(r) {
			r, err = Remove(tx, r.Request.ID, reason, keep)
			gone = append(gone, r)
		}
	}
	return gone, err
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
