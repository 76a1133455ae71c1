// Package spotify speaks to Spotify: the Web API calls a song request needs,
// the refreshing of a login, and the reading of links that viewers paste.
//
// A call is one exchange with the platform. The only thing repeated here is a
// call whose access token was refused, once, with a fresh one: such a call had
// no effect. Everything else is told to the caller as an *Error, whose kind
// says what is known: Unavailable and RateLimited are without effect, and
// Ambiguous means that an add, a skip or a refresh may have happened though no
// usable answer came. A status, once seen, is never lost to an odd body.
package spotify

import "time"

// User is the account behind the login.
type User struct {
	ID          string
	AccountID   string // immutable, for linking accounts; "" where not told
	DisplayName string
	Product     string // "premium", "free", …; "" is unknown, not free
}

// Track is a song of the catalogue. ID and URI may differ from those asked
// for: the platform answers with the release that plays in the account's
// country and no longer says which one that stands for.
type Track struct {
	ID          string
	URI         string
	Name        string
	Artists     []string
	Album       string
	CoverURL    string // about 300 to 640 pixels wide where there is a choice
	Duration    time.Duration
	Explicit    bool
	ISRC        string // the recording, whatever the release; "" is unknown
	Playable    *bool  // nil is unknown
	Restriction string // why it does not play: market, product, explicit, …
}

// The kinds of Item.
const (
	KindTrack   = "track"
	KindEpisode = "episode"
	KindAd      = "ad"
	KindLocal   = "local"   // a file of the listener's own: no ID, only a URI
	KindUnknown = "unknown" // null, or of a kind this program does not know
)

// Item is anything that can stand in the player or its queue.
type Item struct {
	Kind     string
	ID       string // "" for local files and unknown items
	URI      string
	Name     string
	Artists  []string // none for an episode
	Album    string   // the show of an episode
	CoverURL string
	Duration time.Duration
	ISRC     string
}

// Device is where the player plays.
type Device struct {
	ID         string // "" where the platform gives none; not stable for ever
	Name       string
	Type       string // "computer", "smartphone", "speaker", …
	Active     bool
	Private    bool // in a private session
	Restricted bool // takes no commands from the Web API
}

// Disallows lists what the player refuses at the moment.
type Disallows struct {
	SkippingNext bool
}

// Player is the state of the account's player.
type Player struct {
	Active    bool // false: no device, nothing to play, and all else is zero but At
	Playing   bool // false while paused
	Item      *Item
	ItemKind  string // currently_playing_type, also where Item is nil (an ad)
	Progress  time.Duration
	Device    Device
	Disallows Disallows
	// At is when the answer arrived here, with a monotonic reading. The
	// platform's own timestamp means different things in different answers.
	At time.Time
}

// Queue is the player's window on what comes next: what users added, then the
// context, with nothing to tell them apart.
type Queue struct {
	Current  *Item
	Upcoming []Item
}
