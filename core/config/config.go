// Package config holds the settings of the desk: defaults, then the TOML file,
// then the environment (SIDESTAGE_…), then flags; what comes later wins.
//
// One table (table.go) lists every setting with its key, default and meaning.
// The environment variable of a setting is SIDESTAGE_ and its key in capitals
// with underscores: twitch.helix_url is SIDESTAGE_TWITCH_HELIX_URL. An empty
// variable counts as absent. Load is strict: an unknown key, a wrong type or a
// value that cannot work is an error that says where it stands, even where a
// later source would have replaced it. Such errors are of kind core.Invalid.
package config

import (
	"log/slog"
	"time"

	"sidestage/core/achievement"
	"sidestage/core/chat"
)

// Settings are the effective settings of one run.
type Settings struct {
	// DataDir is the absolute directory of database, secrets and run file.
	DataDir string
	// Addr is the host:port the local server listens on; port 0 picks a free one.
	Addr string
	// AllowRemote permits an Addr that other machines can reach.
	AllowRemote bool
	// Keyring permits the logins to be kept in the OS keyring.
	Keyring bool
	// LogLevel is the lowest level that is logged.
	LogLevel slog.Level

	Twitch  Twitch
	Spotify Spotify
	Reward  Rewards
	Stream  Stream
	Song    Song
	Raffle  Raffle
	Chat    Chat
	// Achievements are all there are, by id: see Definitions.
	Achievements map[string]*achievement.Definition

	// CatchUp is what to do with redemptions made while the desk was away:
	// process, refund or ask. Older than CatchUpAge they are never processed
	// unasked.
	CatchUp    string
	CatchUpAge time.Duration
}

// Twitch says which app we are and where Twitch is. URLs have no trailing slash.
type Twitch struct {
	ClientID     string
	ClientSecret Secret // only apps of the kind "Confidential" have one
	AuthURL      string // …/oauth2
	HelixURL     string // …/helix
	EventSubURL  string // the whole websocket address
	IRCURL       string // ircs://host:port, or irc://host:port without TLS
	Keepalive    int    // seconds
}

// Spotify says which app we are and where Spotify is. URLs have no trailing slash.
type Spotify struct {
	ClientID    string
	APIURL      string // …/v1
	AccountsURL string // /authorize and /api/token are appended
}

// Rewards are the channel-point rewards that start something.
type Rewards struct {
	Song   Reward // a song request
	Raffle Reward // a roll in the keyboard raffle

	PauseOffline bool // both are paused while the stream is off
	PauseClosed  bool // the one for songs is paused while no requests are taken
}

// Reward is one channel-point reward.
type Reward struct {
	ID     string // empty: the one `reward setup` made
	Title  string
	Cost   int // in channel points
	Prompt string
	Color  string // "#9147FF"; empty leaves it to Twitch

	Cooldown     int // seconds between two redemptions of anybody; 0 is none
	MaxPerStream int // redemptions in a stream; 0 is no limit
	MaxPerViewer int // redemptions of one viewer in a stream; 0 is no limit
}

// Stream says what counts as one session.
type Stream struct {
	// ResumeWithin is how soon a stream that broke off may come back and still
	// continue its session; 0 is never.
	ResumeWithin time.Duration
}

// Song says how song requests are taken.
type Song struct {
	Search     bool // words that are no link are searched for
	ShortLinks bool // short links are followed
	Rules      Rules

	Handover string // next-up or immediate
	Order    string // fifo or fair
	Fulfil   string // accepted, handed-over or heard
	// UnavailableFor is how long a request whose turn has come waits for Spotify.
	UnavailableFor time.Duration
	OnOffline      string // keep or refund
}

// Raffle is how the keyboard raffle is played.
type Raffle struct {
	Highest int // numbers are 1…Highest
}

// The ways chat is read.
const (
	SourceAuto     = "auto"     // by EventSub, and through the chat server
	SourceEventSub = "eventsub" // by EventSub alone
	SourceIRC      = "irc"      // through the chat server alone
)

// MaxChatRate is how many messages Twitch lets a streamer say in half a minute.
const MaxChatRate = 100

// Chat says how the desk talks with viewers. Settings of commands and sentences
// apply at once when the settings are read again.
type Chat struct {
	Enabled bool   // false answers no command
	Rate    int    // most messages of ours in 30 s
	Source  string // how chat is read: one of the Source constants
	// Votes is how many viewers skip what plays with !voteskip.
	Votes int

	Achievements bool // tell of what viewers unlock
	RaidThanks   bool // say thank you for a raid
	RaidShoutout bool // give the raider's channel a shoutout

	// Commands says how each built-in command may be used, by name.
	Commands map[string]*chat.Use
	// Text holds the sentences that are worded differently, by key.
	Text map[string]string
}
