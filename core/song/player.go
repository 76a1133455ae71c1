package song

import (
	"context"
	"slices"
	"time"
)

// ItemKind is what sort of thing the player shows.
type ItemKind string

// The kinds of item. An unknown one is kept and shown, never an error.
const (
	KindTrack   ItemKind = "track"
	KindEpisode ItemKind = "episode"
	KindAd      ItemKind = "ad"
	KindLocal   ItemKind = "local"
	KindUnknown ItemKind = "unknown"
)

// Item is one thing in the player: current or upcoming. A local file has no ID,
// an advertisement may have nothing but its kind.
type Item struct {
	Kind     ItemKind      `json:"kind"`
	ID       string        `json:"id,omitempty"`
	URI      string        `json:"uri,omitempty"`
	Name     string        `json:"name,omitempty"`
	Artists  []string      `json:"artists,omitempty"`
	Album    string        `json:"album,omitempty"`
	CoverURL string        `json:"coverUrl,omitempty"`
	Duration time.Duration `json:"duration,omitempty"`
	ISRC     string        `json:"isrc,omitempty"`
}

// Snapshot is one look at the player. Current and Upcoming belong together.
type Snapshot struct {
	Active   bool          `json:"active"`            // there is a device that plays or is paused
	Playing  bool          `json:"playing"`           // not paused
	Current  *Item         `json:"current,omitempty"` // nil when nothing is shown, which happens between items
	Progress time.Duration `json:"progress"`          // within Current
	Upcoming []Item        `json:"upcoming,omitempty"`
	At       time.Time     `json:"at"` // when the answer was received, on our own clock
}

// remaining is how long the current item still plays if nobody touches it.
func (s Snapshot) remaining() time.Duration {
	if s.Current == nil {
		return 0
	}
	return max(0, s.Current.Duration-s.Progress)
}

// Window is how many upcoming items Spotify shows at most: its user's queue and
// the context or autoplay behind it, without a marker. With a context it is
// always full.
const Window = 20

// Player is Spotify, as far as songs need it.
type Player interface {
	// Snapshot reads the player and its queue. Both have to succeed, and agree
	// on what is current, or it is an error.
	Snapshot(ctx context.Context) (Snapshot, error)
	// Next skips what is current.
	Next(ctx context.Context) error
}

// Count is how many copies of a track a snapshot shows, the current one
// included.
func Count(t Track, s Snapshot) int {
	want, n := t.item(), 0
	if s.Current != nil && same(want, *s.Current) {
		n++
	}
	for _, it := range s.Upcoming {
		if same(want, it) {
			n++
		}
	}
	return n
}

func (t Track) item() Item {
	return Item{
		Kind: KindTrack, ID: t.ID, URI: t.URI, Name: t.Name, Artists: t.Artists,
		Album: t.Album, CoverURL: t.CoverURL, Duration: t.Duration, ISRC: t.ISRC,
	}
}

func (it Item) track() Track {
	return Track{
		ID: it.ID, URI: it.URI, Name: it.Name, Artists: it.Artists,
		Album: it.Album, CoverURL: it.CoverURL, Duration: it.Duration, ISRC: it.ISRC,
	}
}

// relinkTolerance is how far the lengths of two releases of one recording may
// lie apart.
const relinkTolerance = 2 * time.Second

// same reports whether two items are the same recording. Spotify plays another
// release of it where the wanted one is not available ("track relinking") and
// no longer says which one was asked for, so the id alone does not decide.
func same(a, b Item) bool {
	switch {
	case a.URI != "" && a.URI == b.URI, a.ID != "" && a.ID == b.ID:
		return true
	case a.Kind != KindTrack || b.Kind != KindTrack:
		return false
	case a.ISRC != "" && b.ISRC != "":
		return a.ISRC == b.ISRC
	}
	return a.Name != "" && a.Name == b.Name && slices.Equal(a.Artists, b.Artists) &&
		(a.Duration-b.Duration).Abs() <= relinkTolerance
}

// sameCurrent is same for what may be nothing at all.
func sameCurrent(a, b *Item) bool {
	if a == nil || b == nil {
		return a == b
	}
	return same(*a, *b)
}
