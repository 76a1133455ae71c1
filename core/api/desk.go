package api

import (
	"time"

	"sidestage/core"
)

// Orders of the raffle leaderboard.
const (
	SortClosest = "closest"
	SortRolls   = "rolls"
	SortWins    = "wins"
)

// RaffleEntry is what one viewer's rolls amount to. The Closest fields are of
// the closest losing roll, null when no roll has lost.
type RaffleEntry struct {
	UserID               string    `json:"userId"`
	DisplayName          string    `json:"displayName"`
	TotalRolls           int       `json:"totalRolls"`
	TotalWins            int       `json:"totalWins"`
	ClosestDistance      *int      `json:"closestDistance"`
	ClosestRoll          *int      `json:"closestRoll"`
	ClosestWinningNumber *int      `json:"closestWinningNumber"`
	LastRolledAt         time.Time `json:"lastRolledAt"`
}

// RaffleRoll is one roll that counts.
type RaffleRoll struct {
	ID            string      `json:"id"` // its redemption's and its saga's
	Viewer        core.Viewer `json:"viewer"`
	Roll          int         `json:"roll"`
	WinningNumber int         `json:"winningNumber"`
	Distance      int         `json:"distance"`
	Won           bool        `json:"won"`
	Record        bool        `json:"record"` // it was the closest losing roll so far
	SeedID        string      `json:"seedId,omitempty"`
	RolledAt      time.Time   `json:"rolledAt"`
	GivenAt       time.Time   `json:"givenAt,omitzero"` // when the prize of a win was
}

// RaffleRolls says which rolls are wanted; empty fields do not choose.
type RaffleRolls struct {
	Session string // number of a session
	UserID  string
	Won     bool // only wins
	Waiting bool // only wins whose prize was not given
}

// Values of RaffleSeed.Scope.
const (
	SeedOfSession = "session"
	SeedOffStream = "off-stream"
)

// RaffleSeed is what rolls are drawn from: those of one session, or those
// between two. Seed is empty until it is revealed.
type RaffleSeed struct {
	ID          string    `json:"id"`
	Scope       string    `json:"scope"`
	SessionID   string    `json:"sessionId,omitempty"`
	Hash        string    `json:"hash"`    // SHA-256 of the seed's 32 bytes, in hex
	Highest     int       `json:"highest"` // numbers are 1…Highest
	CommittedAt time.Time `json:"committedAt"`
	RevealedAt  time.Time `json:"revealedAt,omitzero"`
	Seed        string    `json:"seed,omitempty"` // 32 bytes in hex
	Rolls       int       `json:"rolls"`          // that count
	Wins        int       `json:"wins"`
}

// RaffleProof is what computing all rolls again came to.
type RaffleProof struct {
	OK           bool `json:"ok"`           // there are no Differences
	Seeds        int  `json:"seeds"`        // revealed, and checked
	Rolls        int  `json:"rolls"`        // computed again
	Unrevealed   int  `json:"unrevealed"`   // rolls whose seed is still a secret
	Unverifiable int  `json:"unverifiable"` // rolls from before there were seeds
	Early        int  `json:"early"`        // rolls redeemed before their seed was published
	Picks        int  `json:"picks"`        // of giveaways, drawn again
	// DifferenceCount is how many there are, Differences the first of them.
	DifferenceCount int                `json:"differenceCount"`
	Differences     []RaffleDifference `json:"differences"`
}

// RaffleDifference is one thing that is not as it was promised.
type RaffleDifference struct {
	RollID string      `json:"rollId,omitempty"` // empty: a seed without rolls
	Viewer core.Viewer `json:"viewer,omitzero"`
	SeedID string      `json:"seedId,omitempty"`
	What   string      `json:"what"`
}

// Stream is the session that is live, or the last one.
type Stream struct {
	Live        bool      `json:"live"`
	SessionID   string    `json:"sessionId,omitempty"` // empty before the first
	StartedAt   time.Time `json:"startedAt,omitzero"`
	EndedAt     time.Time `json:"endedAt,omitzero"`
	Viewers     int       `json:"viewers"` // at the last count, 0 when not live
	CountedAt   time.Time `json:"countedAt,omitzero"`
	PeakViewers int       `json:"peakViewers"`
	// Title and Category are what the channel says of itself, once known.
	Title    string `json:"title,omitempty"`
	Category string `json:"category,omitempty"`
}

// Values of Health.Status and Component.Status.
const (
	StatusOK       = "ok"
	StatusDegraded = "degraded"
	StatusOff      = "off" // of a component: nothing runs it now
)

// Health says how the desk is. Status is StatusOK or StatusDegraded.
type Health struct {
	Status     string       `json:"status"`
	Build      string       `json:"build"`
	PID        int          `json:"pid"`
	Platform   string       `json:"platform"`           // "live" or "demo"
	Running    bool         `json:"running"`            // false: a command looked while no desk runs
	StartedAt  time.Time    `json:"startedAt,omitzero"` // of the running desk
	Channel    *core.Viewer `json:"channel,omitempty"`  // whose desk it is, once known
	Components Components   `json:"components"`
	Helix      Helix        `json:"helix"`
	WebAPI     WebAPI       `json:"webApi"`
}

// WebAPI is what was asked of Spotify in the last 24 hours by this program since
// it started, and whether Spotify takes calls at all: its quota is small and no
// number of it is published.
type WebAPI struct {
	Calls       map[string]int `json:"calls"` // by method and path
	Total       int            `json:"total"`
	BarredUntil time.Time      `json:"barredUntil,omitzero"` // no call is made before; zero when none is barred
	Barred      string         `json:"barred,omitempty"`     // why: "quota-exceeded" or "rate-limited"
}

// Helix is what was asked of Twitch's API since the program started, and how
// its rate limits stand.
type Helix struct {
	Calls map[string]int64 `json:"calls"` // requests sent, by method and path
	API   RateLimit        `json:"api"`   // of everything but chat messages
	Chat  RateLimit        `json:"chat"`  // of sending chat messages
}

// RateLimit is one rate limit.
type RateLimit struct {
	Points      int       `json:"points"`               // of the full bucket; 0 while Twitch has not told
	Left        int       `json:"left"`                 // by our count
	Waiting     int       `json:"waiting"`              // calls that wait for a point now
	Waits       int64     `json:"waits"`                // calls that had to
	Refusals    int64     `json:"refusals"`             // answers 429, whatever for
	ClosedUntil time.Time `json:"closedUntil,omitzero"` // when the empty bucket opens again
}

// Components are the parts of a desk.
type Components struct {
	EventSub Component `json:"eventsub"` // the session with Twitch; Missing lists what it does not deliver
	Chat     Component `json:"chat"`     // how chat is read: State is eventsub, irc or deaf
	Twitch   Component `json:"twitch"`   // the login
	Spotify  Component `json:"spotify"`  // the login
	Player   Component `json:"player"`   // Since is the last look at it
	Database Component `json:"database"`
	Sagas    Component `json:"sagas"` // Count is how many need a person
}

// Component is one part's health.
type Component struct {
	Status  string    `json:"status"`
	State   string    `json:"state,omitempty"`  // the part's own word for how it is
	Reason  string    `json:"reason,omitempty"` // why it is not ok
	Since   time.Time `json:"since,omitzero"`
	Missing []string  `json:"missing,omitempty"`
	Count   int       `json:"count,omitempty"`
}

// Values of Login.State, and of Login.Check.
const (
	LoginConnected   = "connected"
	LoginUnvalidated = "unvalidated" // stored, but the platform was not yet reached
	LoginRequired    = "login-required"
	LoggedOut        = "logged-out"
	LoginPending     = "pending" // only FinishLogin says so: nobody has agreed yet

	CheckOK          = "ok"
	CheckExpired     = "expired" // not asked: the access token has expired, a refresh will do
	CheckRefused     = "refused"
	CheckUnreachable = "unreachable"
)

// Login is how a platform's login stands. It never holds a token.
type Login struct {
	Platform       string    `json:"platform"` // "twitch" or "spotify"
	State          string    `json:"state"`    // one of the constants above
	UserID         string    `json:"userId,omitempty"`
	Login          string    `json:"login,omitempty"`
	Name           string    `json:"name,omitempty"`
	Scopes         []string  `json:"scopes,omitempty"`
	ExpiresAt      time.Time `json:"expiresAt,omitzero"`       // of the access token, refreshed before
	AuthorizedAt   time.Time `json:"authorizedAt,omitzero"`    // when the person logged in
	EndsAt         time.Time `json:"endsAt,omitzero"`          // when they have to log in again at the latest, if known
	RefreshUnknown bool      `json:"refreshUnknown,omitempty"` // the answer to a refresh was lost
	Check          string    `json:"check,omitempty"`          // one of the Check constants; empty when not asked
	Missing        []Missing `json:"missing,omitempty"`        // scopes that sidestage asks for and the login lacks
	// ClockAheadMs is how far this machine's clock is ahead of Twitch's, when
	// Twitch was asked; 0 where they agree to about two seconds.
	ClockAheadMs int64 `json:"clockAheadMs,omitempty"`
}

// Missing is a scope that a login lacks.
type Missing struct {
	Scope    string `json:"scope"`
	Disables string `json:"disables"`           // what there is not without it, such as "answers in chat"
	Optional bool   `json:"optional,omitempty"` // the rest works all the same
}

// LoginStart is what a login needs to begin.
type LoginStart struct {
	// Address is where the caller waits for the browser to come back, host:port
	// of this machine. Empty: the desk that runs waits itself.
	Address string `json:"address,omitempty"`
}

// LoginBegun is a login that waits for a person to agree in a browser.
type LoginBegun struct {
	Platform   string    `json:"platform"`
	Address    string    `json:"address"`            // of the page to open
	Trusted    bool      `json:"trusted"`            // the page is the platform's own: a browser may be sent there
	UserCode   string    `json:"userCode,omitempty"` // what Twitch's page shows or asks for
	Redirect   string    `json:"redirect,omitempty"` // where the browser comes back to; empty where it does not
	IntervalMs int64     `json:"intervalMs"`         // between two times to ask FinishLogin
	ExpiresAt  time.Time `json:"expiresAt"`
	// Ticket finishes the login. It is a secret of whoever began it.
	Ticket string `json:"ticket,omitempty"`
}

// LoginFinish asks what became of a login.
type LoginFinish struct {
	Ticket string `json:"ticket"`
	// Answer is the address that the browser came back to, where the desk cannot
	// know it: it does not wait itself, or the browser did not reach it.
	Answer string `json:"answer,omitempty"`
}

// What was done to a reward: Reward.Change.
const (
	RewardCreated   = "created"
	RewardAdopted   = "adopted" // made by this app before, and found again
	RewardUpdated   = "updated"
	RewardUnchanged = "unchanged"
	RewardPaused    = "paused"
	RewardResumed   = "resumed"
	RewardDeleted   = "deleted"
)

// Why a reward of ours is paused: Reward.Held.
const (
	HeldByHand  = "by-hand"
	HeldOffline = "offline" // the stream is off, and reward.pause_offline is set
	HeldClosed  = "closed"  // no song requests are taken, and reward.pause_closed is set
)

// Reward is a channel-point reward.
type Reward struct {
	ID            string   `json:"id"`
	For           string   `json:"for,omitempty"` // what it starts: "song" or "raffle"; empty for all others
	Ours          bool     `json:"ours"`          // made by this app, which alone can change and refund it
	Title         string   `json:"title"`
	Cost          int      `json:"cost"` // channel points
	Prompt        string   `json:"prompt,omitempty"`
	Color         string   `json:"color,omitempty"`
	Cooldown      int      `json:"cooldown,omitempty"`     // seconds
	MaxPerStream  int      `json:"maxPerStream,omitempty"` // 0 is no limit
	MaxPerViewer  int      `json:"maxPerViewer,omitempty"` // in a stream; 0 is no limit
	InputRequired bool     `json:"inputRequired,omitempty"`
	Enabled       bool     `json:"enabled"` // viewers see it
	Paused        bool     `json:"paused,omitempty"`
	Held          []string `json:"held,omitempty"`     // why we keep it paused
	Change        string   `json:"change,omitempty"`   // what was done to it just now
	Changed       []string `json:"changed,omitempty"`  // of an update: what
	Returned      int      `json:"returned,omitempty"` // of a deletion: redemptions whose points went back
	Problem       string   `json:"problem,omitempty"`  // what keeps it from working, and what to do
}
