package song

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sidestage/core"
)

// Entry is a track in the player or in a queue. RequestID is empty when nobody
// asked for it; then Viewer, RedeemedAt and State are too.
type Entry struct {
	Track      Track       `json:"track"`
	RequestID  string      `json:"requestId,omitempty"`
	Viewer     core.Viewer `json:"viewer,omitzero"`
	RedeemedAt time.Time   `json:"redeemedAt,omitzero"`
	State      State       `json:"state,omitempty"`
}

func (h *Handover) entry() Entry {
	e := Entry{Track: h.Track, RequestID: h.RequestID, Viewer: h.Viewer, RedeemedAt: h.RedeemedAt, State: Queued}
	if h.current() {
		e.State = Playing
	}
	return e
}

// Now is what the player showed at the last look that was believed.
type Now struct {
	Active   bool          // there is a device
	Playing  bool          // not paused
	Current  *Entry        // nil when nothing is
	Progress time.Duration // within Current, at At
	At       time.Time     // of the look; zero before the first
	Turn     int64         // of the occurrence: another number is another occurrence
}

// NowPlaying tells what is current and who asked for it.
func NowPlaying(tx Reader) (Now, error) {
	l, open, err := player(tx)
	if err != nil {
		return Now{}, err
	}
	n := Now{Active: l.Seen.Active, Playing: l.Seen.Playing, Progress: l.Seen.Progress, At: l.Seen.At, Turn: l.Turn}
	if l.Seen.Current == nil {
		return n, nil
	}
	n.Current = &Entry{Track: l.Seen.Current.track()}
	for i := range open {
		if h := &open[i]; h.current() && !h.Unwanted {
			*n.Current = h.entry()
		}
	}
	return n, nil
}

func player(tx Reader) (Ledger, []Handover, error) {
	l, err := tx.SongLedger()
	if err != nil {
		return Ledger{}, nil, fmt.Errorf("read player: %w", err)
	}
	open, err := tx.SongHandovers()
	if err != nil {
		return Ledger{}, nil, fmt.Errorf("read handovers: %w", err)
	}
	return l, open, nil
}

// Queue lists what comes after the current track, in the order of play as far
// as it is known, at most limit entries, and says how many there are: what was
// handed over among the streamer's own, the pending requests, then the context.
func Queue(tx Reader, limit int) ([]Entry, int, error) {
	l, open, err := player(tx)
	if err != nil {
		return nil, 0, err
	}
	pending, waiting, err := tx.SongPending(limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read pending requests: %w", err)
	}
	asked, context := upcoming(l.Seen.Upcoming, open)
	total := len(asked) + waiting + len(context)
	for _, r := range pending {
		asked = append(asked, Entry{Track: r.Track, RequestID: r.ID, Viewer: r.Viewer, RedeemedAt: r.RedeemedAt, State: r.State})
	}
	all := slices.Concat(asked, context)
	return all[:min(limit, len(all))], total, nil
}

// Ahead is how many entries of Queue stand before the first pending request:
// they are in Spotify's queue, and nothing can be put before them.
func Ahead(tx Reader) (int, error) {
	l, open, err := player(tx)
	asked, _ := upcoming(l.Seen.Upcoming, open)
	return len(asked), err
}

// upcoming splits the player's list behind the last of ours. What is about to be
// skipped is left out.
func upcoming(items []Item, open []Handover) (asked, context []Entry) {
	slices.SortStableFunc(open, func(a, b Handover) int { return cmp.Compare(a.Position, b.Position) })
	next := 0
	for i := range open {
		h := &open[i]
		if h.Position < 0 {
			continue
		}
		asked = append(asked, entries(items[next:h.Position])...)
		next = h.Position + 1
		if !h.Unwanted {
			asked = append(asked, h.entry())
		}
	}
	for i := range open { // not shown yet, so behind those that are
		if h := &open[i]; h.Position < 0 && !h.current() && !h.Unwanted {
			asked = append(asked, h.entry())
		}
	}
	return asked, entries(items[next:])
}

func entries(items []Item) []Entry {
	es := make([]Entry, 0, len(items))
	for _, it := range items {
		es = append(es, Entry{Track: it.track()})
	}
	return es
}

// Place is where a request stands among those not yet played, 1 is next, and how
// long it is until it plays if all before it play to their ends. It is 0 for one
// that is current or over.
func Place(tx Reader, id string) (place int, wait time.Duration, err error) {
	r, err := tx.SongByID(id)
	if err != nil {
		return 0, 0, fmt.Errorf("place of request: %w", err)
	}
	l, open, err := player(tx)
	if err != nil {
		return 0, 0, fmt.Errorf("place of request %s: %w", id, err)
	}
	wait = l.left(tx.Now())
	for i := range open {
		h := &open[i]
		if h.current() || h.Unwanted {
			continue
		}
		place++
		if h.RequestID == id {
			return place, wait + l.plays(open, h.Position), nil
		}
	}
	if r.State != Pending {
		return 0, 0, nil
	}
	before, plays, err := tx.SongPendingBefore(r)
	if err != nil {
		return 0, 0, fmt.Errorf("place of request %s: %w", id, err)
	}
	return place + before + 1, wait + l.plays(open, -1) + plays, nil
}

// left is how long what is current still plays.
func (l Ledger) left(now time.Time) time.Duration {
	left := l.Seen.remaining()
	if l.Seen.Playing {
		left -= now.Sub(l.Seen.At)
	}
	return max(left, 0)
}

// plays is how long what was queued plays, as far as the item at end; all of it
// for a negative end.
func (l Ledger) plays(open []Handover, end int) (sum time.Duration) {
	unwanted := map[int]bool{}
	for _, h := range open {
		switch {
		case h.Unwanted:
			unwanted[h.Position] = true
		case end < 0 && h.Position < 0 && !h.current():
			sum += h.Track.Duration
		}
	}
	if end < 0 {
		end = l.Queued
	}
	for i, it := range l.Seen.Upcoming[:min(end, len(l.Seen.Upcoming))] {
		if !unwanted[i] {
			sum += it.Duration
		}
	}
	return sum
}

// Played is a row of the request history.
type Played struct {
	Request   Request
	StartedAt time.Time
	EndedAt   time.Time
	Outcome   State // Heard or Skipped
}

// TopTrack is a track and how often a request for it was heard.
type TopTrack struct {
	TrackID string   `json:"trackId"`
	Name    string   `json:"trackName"`
	Artists []string `json:"artists"`
	Count   int      `json:"requestCount"`
}

// TopRequester is a viewer and how many requests of theirs were heard.
type TopRequester struct {
	UserID string `json:"userId"`
	Name   string `json:"displayName"` // the latest
	Count  int    `json:"requestCount"`
}

// History lists the requests that were heard or skipped, latest first, at most
// limit, and says how many there are.
func History(tx Reader, limit int) ([]Played, int, error) { return tx.SongHistory(limit) }

// TopTracks lists the tracks heard most often by request of a viewer, or of
// everybody with viewerID "", of those made in a span.
func TopTracks(tx Reader, viewerID string, in core.Span, limit int) ([]TopTrack, error) {
	return tx.SongTopTracks(viewerID, in, limit)
}

// TopRequesters lists the viewers with the most requests heard, of those made in
// a span.
func TopRequesters(tx Reader, in core.Span, limit int) ([]TopRequester, error) {
	return tx.SongTopRequesters(in, limit)
}
