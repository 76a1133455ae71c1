package api

import (
	"time"

	"sidestage/core"
)

// Values of Giveaway.Audience.
const (
	ForEverybody   = "everybody"
	ForSubscribers = "subscribers"
	ForFollowers   = "followers"
)

// Values of Giveaway.State.
const (
	GiveawayOpen      = "open"
	GiveawayClosed    = "closed" // takes no entries, is not drawn yet
	GiveawayDrawn     = "drawn"
	GiveawayCancelled = "cancelled"
)

// Giveaway is one draw among the viewers who said its keyword in chat.
type Giveaway struct {
	ID         int64          `json:"id"`
	State      string         `json:"state"`
	Keyword    string         `json:"keyword"`
	Audience   string         `json:"audience"`
	Entries    int            `json:"entries"`
	MaxEntries int            `json:"maxEntries,omitempty"` // 0: no limit
	OpenedAt   time.Time      `json:"openedAt"`
	ClosesAt   time.Time      `json:"closesAt,omitzero"` // by itself
	ClosedAt   time.Time      `json:"closedAt,omitzero"`
	EndedAt    time.Time      `json:"endedAt,omitzero"` // drawn or cancelled
	Picks      []GiveawayPick `json:"picks"`            // in the order of the draw
	Hash       string         `json:"hash"`             // of the seed it is drawn from
	Seed       string         `json:"seed,omitempty"`   // once it is over
}

// GiveawayPick is one who was drawn. A passed one does not win, for they do not
// follow.
type GiveawayPick struct {
	Number  int         `json:"number"` // from 1
	Viewer  core.Viewer `json:"viewer"`
	Passed  bool        `json:"passed,omitempty"`
	DrawnAt time.Time   `json:"drawnAt"`
}

// GiveawayNow is the giveaway that is live or was the last; null before the
// first.
type GiveawayNow struct {
	Giveaway *Giveaway `json:"giveaway"`
}

// DefaultKeyword enters a giveaway that was opened without a keyword.
const DefaultKeyword = "!enter"

// GiveawayTerms open a giveaway.
type GiveawayTerms struct {
	Keyword    string `json:"keyword,omitempty"`    // empty is DefaultKeyword
	Audience   string `json:"audience,omitempty"`   // empty is ForEverybody
	MaxEntries int    `json:"maxEntries,omitempty"` // 0: no limit
	Minutes    int    `json:"minutes,omitempty"`    // until it closes by itself; 0: never
}

// GiveawayAction is about one giveaway; an ID of 0 means the last one.
type GiveawayAction struct {
	ID      int64 `json:"id,omitempty"`
	Winners int   `json:"winners,omitempty"` // of a draw; 0 is 1
}
