package song

import (
	"fmt"
	"time"
)

// Occurrence is what is known before a track is added to the player's queue,
// enough to tell later which copy the add put there. It is stored as the add's
// intent.
type Occurrence struct {
	URI       string        `json:"uri"`
	TrackID   string        `json:"trackId"`
	Copies    int           `json:"copies"`    // of the track, in what the player showed
	Ahead     int           `json:"ahead"`     // handovers of ours not yet played
	Remaining time.Duration `json:"remaining"` // of the current item
	At        time.Time     `json:"at"`        // of the look
	Seen      Snapshot      `json:"seen"`      // the look itself, bare of names
}

// Before is the Occurrence of an add of t that is about to be made, from a
// fresh look at the player, which it notices: what was there before an add tells
// which copy is not it.
func Before(tx Tx, t Track, s Snapshot) (Occurrence, error) {
	if _, err := Notice(tx, s); err != nil {
		return Occurrence{}, err
	}
	open, err := tx.SongHandovers()
	if err != nil {
		return Occurrence{}, fmt.Errorf("count handovers: %w", err)
	}
	return Occurrence{
		URI: t.URI, TrackID: t.ID, Copies: Count(t, s), Ahead: len(open),
		Remaining: s.remaining(), At: s.At, Seen: bare(s),
	}, nil
}

// bare keeps of a look what identifies its items.
func bare(s Snapshot) Snapshot {
	strip := func(it Item) Item {
		return Item{Kind: it.Kind, ID: it.ID, URI: it.URI, ISRC: it.ISRC, Duration: it.Duration}
	}
	if s.Current != nil {
		c := strip(*s.Current)
		s.Current = &c
	}
	up := make([]Item, len(s.Upcoming))
	for i, it := range s.Upcoming {
		up[i] = strip(it)
	}
	s.Upcoming = up
	return s
}

// Risen reports whether a look shows the copy of t that an add after o put
// there. One that merely moved into the window from the context does not count.
func Risen(t Track, o Occurrence, s Snapshot) bool {
	place, current := o.find(t, s)
	return current || place >= 0
}

// find tells where in a later look the copy stands that an add after o put
// there: upcoming at place, or current; or not seen.
func (o Occurrence) find(t Track, s Snapshot) (place int, current bool) {
	if !s.Active || Count(t, s) == 0 {
		return -1, false
	}
	st := explain(change{was: o.Seen, now: s, unseen: []arrival{{item: t.item(), added: o.At}}})
	switch {
	case st.doubtful:
		return -1, false
	case st.current == fromUnseen:
		return -1, true
	}
	for j, from := range st.from {
		if from.kind == fromUnseen {
			return j, false
		}
	}
	return -1, false
}

// crowd is from how many unplayed handovers of ours on a new one may stand
// behind the window. It leaves room for a few the streamer queued by hand.
const crowd = 15

// MustBeVisible reports whether a look would show the copy of t that an add
// after o put there: it can neither stand behind the window nor have been played
// already. The look has to be fresh; Spotify may show an add late.
func MustBeVisible(t Track, o Occurrence, s Snapshot) bool {
	return s.Active && o.Ahead < crowd && s.At.Sub(o.At) < o.Remaining+t.Duration
}
