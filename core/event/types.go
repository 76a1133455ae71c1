package event

import (
	"encoding/json"
	"time"

	"sidestage/core"
)

var decoders = map[Type]func(json.RawMessage) (Event, error){
	"redemption.received":  as[RedemptionReceived],
	"redemption.fulfilled": as[RedemptionFulfilled],
	"redemption.refunded":  as[RedemptionRefunded],
	"song.requested":       as[SongRequested],
	"song.handed-over":     as[SongHandedOver],
	"song.withdrawn":       as[SongWithdrawn],
	"song.blocked":         as[SongBlocked],
	"song.unblocked":       as[SongUnblocked],
	"song.moved":           as[SongMoved],
	"song.replaced":        as[SongReplaced],
	"song.gate":            as[SongGate],
	"song.outage":          as[SongOutage],
	"song.started":         as[SongStarted],
	"song.ended":           as[SongEnded],
	"raffle.rolled":        as[RaffleRolled],
	"raffle.voided":        as[RaffleVoided],
	"giveaway.opened":      as[GiveawayOpened],
	"giveaway.entered":     as[GiveawayEntered],
	"giveaway.closed":      as[GiveawayClosed],
	"giveaway.drawn":       as[GiveawayDrawn],
	"giveaway.cancelled":   as[GiveawayCancelled],
	"raffle.given":         as[RaffleGiven],
	"raffle.committed":     as[RaffleCommitted],
	"raffle.revealed":      as[RaffleRevealed],
	"achievement.unlocked": as[AchievementUnlocked],
	"stream.online":        as[StreamOnline],
	"stream.offline":       as[StreamOffline],
	"stream.viewers":       as[StreamViewers],
	"chat.replied":         as[ChatReplied],
	"saga.changed":         as[SagaChanged],
	"login.changed":        as[LoginChanged],
	"command.changed":      as[CommandChanged],
	"raid.received":        as[RaidReceived],
	"channel.updated":      as[ChannelUpdated],
	"viewer.followed":      as[ViewerFollowed],
	"viewer.subscribed":    as[ViewerSubscribed],
	"viewer.cheered":       as[ViewerCheered],
	"eventsub.revoked":     as[SubscriptionRevoked],
	"reward.changed":       as[RewardChanged],
	"error.happened":       as[ErrorHappened],
}

// RedemptionReceived: a viewer spent points on one of our rewards.
type RedemptionReceived struct {
	RedemptionID string      `json:"redemptionId"`
	Reward       string      `json:"reward"` // "song" or "raffle"
	Viewer       core.Viewer `json:"viewer"`
	Cost         int         `json:"cost"` // channel points
	Input        string      `json:"input,omitempty"`
}

// RedemptionFulfilled: Twitch has booked the points as spent.
type RedemptionFulfilled struct {
	RedemptionID string `json:"redemptionId"`
}

// RedemptionRefunded: Twitch has given the points back.
type RedemptionRefunded struct {
	RedemptionID string `json:"redemptionId"`
	Reason       string `json:"reason,omitempty"`
}

// SongRequested: a request stands in our queue.
type SongRequested struct {
	RequestID string      `json:"requestId"`
	Viewer    core.Viewer `json:"viewer"`
	TrackID   string      `json:"trackId"`
	Title     string      `json:"title"`
	Artists   []string    `json:"artists"`
}

// SongHandedOver: the track of a request stands in Spotify's queue.
type SongHandedOver struct {
	RequestID string `json:"requestId"`
}

// SongWithdrawn: a request left our queue unplayed.
type SongWithdrawn struct {
	RequestID string `json:"requestId"`
	Reason    string `json:"reason,omitempty"`
}

// SongBlocked: a track, artist or viewer was kept out of the requests.
type SongBlocked struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
	Name string `json:"name"`
}

// SongUnblocked: a block was taken away.
type SongUnblocked struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
	Name string `json:"name"`
}

// SongMoved: a request in our queue got another place, from 1, there.
type SongMoved struct {
	RequestID string `json:"requestId"`
	Place     int    `json:"place"`
}

// SongReplaced: a request in our queue is one for another track now.
type SongReplaced struct {
	RequestID string   `json:"requestId"`
	TrackID   string   `json:"trackId"`
	Title     string   `json:"title"`
	Artists   []string `json:"artists"`
}

// SongGate: requests of viewers were opened or closed.
type SongGate struct {
	Open   bool   `json:"open"`
	Reason string `json:"reason,omitempty"`
}

// SongOutage: nothing can be given to Spotify, or, with Over, again.
type SongOutage struct {
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
	Over   bool      `json:"over,omitempty"`
}

// SongStarted: a track became current in the player. RequestID and Viewer are
// empty when nobody asked for it.
type SongStarted struct {
	RequestID string      `json:"requestId,omitempty"`
	Viewer    core.Viewer `json:"viewer"`
	TrackID   string      `json:"trackId"`
	Title     string      `json:"title"`
	Artists   []string    `json:"artists"`
}

// SongEnded: a requested track is over. Outcome is "heard" or "skipped".
type SongEnded struct {
	RequestID string `json:"requestId"`
	Title     string `json:"title"`
	Outcome   string `json:"outcome"`
}

// RaffleRolled: a roll is on record.
type RaffleRolled struct {
	RollID        string      `json:"rollId"`
	Viewer        core.Viewer `json:"viewer"`
	Roll          int         `json:"roll"`
	WinningNumber int         `json:"winningNumber"`
	Distance      int         `json:"distance"`
	Record        bool        `json:"record,omitempty"` // the closest losing roll so far
	SeedID        string      `json:"seedId,omitempty"` // of the committed seed both numbers come from
}

// RaffleVoided: a roll does not count, its points went back.
type RaffleVoided struct {
	RollID string `json:"rollId"`
}

// RaffleGiven: the prize of a winning roll has been given.
type RaffleGiven struct {
	RollID string      `json:"rollId"`
	Viewer core.Viewer `json:"viewer"`
}

// RaffleCommitted: a seed was made; the numbers drawn from it follow from what
// this is the hash of. Scope is "session", "off-stream" or "giveaway".
type RaffleCommitted struct {
	SeedID    string `json:"seedId"`
	Scope     string `json:"scope"`
	SessionID string `json:"sessionId,omitempty"`
	// GiveawayID is whose seed it is, with the scope "giveaway".
	GiveawayID string `json:"giveawayId,omitempty"`
	Hash       string `json:"hash"`    // SHA-256 of the seed's 32 bytes, in hex
	Highest    int    `json:"highest"` // the numbers are 1…Highest; 0 for a giveaway
}

// GiveawayOpened: whoever says the keyword in chat is in.
type GiveawayOpened struct {
	GiveawayID string    `json:"giveawayId"`
	Keyword    string    `json:"keyword"`
	Audience   string    `json:"audience"` // "everybody", "subscribers" or "followers"
	MaxEntries int       `json:"maxEntries,omitempty"`
	ClosesAt   time.Time `json:"closesAt,omitzero"`
	Hash       string    `json:"hash"` // of the seed it will be drawn from
}

// GiveawayEntered: a viewer is in.
type GiveawayEntered struct {
	GiveawayID string      `json:"giveawayId"`
	Viewer     core.Viewer `json:"viewer"`
	Entries    int         `json:"entries"` // with this one
}

// GiveawayClosed: nobody gets in any more.
type GiveawayClosed struct {
	GiveawayID string `json:"giveawayId"`
	Entries    int    `json:"entries"`
}

// GiveawayDrawn: there are winners, the first ones or more.
type GiveawayDrawn struct {
	GiveawayID string        `json:"giveawayId"`
	Winners    []core.Viewer `json:"winners"`
	Entries    int           `json:"entries"`
	// EntriesHash is the SHA-256 of the user ids in their order, a line each.
	EntriesHash string `json:"entriesHash"`
}

// GiveawayCancelled: it is over without a winner.
type GiveawayCancelled struct {
	GiveawayID string `json:"giveawayId"`
}

// RaffleRevealed: all has been drawn from a seed, and here it is.
type RaffleRevealed struct {
	SeedID string `json:"seedId"`
	Hash   string `json:"hash"`
	Seed   string `json:"seed"` // 32 bytes in hex
}

// AchievementUnlocked: a viewer earned an achievement. SessionID is that of the
// stream it was earned in, where it can be earned in each.
type AchievementUnlocked struct {
	AchievementID string      `json:"achievementId"`
	Name          string      `json:"name"`
	Description   string      `json:"description,omitempty"`
	Icon          string      `json:"icon,omitempty"`
	Viewer        core.Viewer `json:"viewer"`
	SessionID     string      `json:"sessionId,omitempty"`
}

// StreamOnline: a session began.
type StreamOnline struct {
	SessionID string    `json:"sessionId"`
	StartedAt time.Time `json:"startedAt"`
	ResumedAt time.Time `json:"resumedAt,omitzero"` // the session ended shortly before, and goes on
}

// StreamOffline: the session ended.
type StreamOffline struct {
	SessionID   string    `json:"sessionId"`
	EndedAt     time.Time `json:"endedAt"`
	PeakViewers int       `json:"peakViewers"`
}

// StreamViewers: a count of viewers was taken.
type StreamViewers struct {
	SessionID string `json:"sessionId"`
	Viewers   int    `json:"viewers"`
	Peak      int    `json:"peak"`
}

// ChatReplied: Twitch confirmed that a message of ours stands in chat.
type ChatReplied struct {
	SagaID string `json:"sagaId"`
	Text   string `json:"text"`
}

// SagaChanged: a saga moved to another state.
type SagaChanged struct {
	SagaID string `json:"sagaId"`
	Kind   string `json:"kind"`
	State  string `json:"state"`
	Step   string `json:"step,omitempty"`
	Error  string `json:"error,omitempty"`
}

// LoginChanged: a platform's login came, went or was refused. State is
// "connected", "unvalidated", "login-required" or "logged-out".
type LoginChanged struct {
	Platform string `json:"platform"` // "twitch" or "spotify"
	State    string `json:"state"`
}

// CommandChanged: a custom chat command was made, changed or taken away.
type CommandChanged struct {
	Name   string `json:"name"`
	Change string `json:"change"` // "added", "edited" or "removed"
	By     string `json:"by,omitempty"`
}

func (RedemptionReceived) Type() Type  { return "redemption.received" }
func (RedemptionFulfilled) Type() Type { return "redemption.fulfilled" }
func (RedemptionRefunded) Type() Type  { return "redemption.refunded" }
func (SongRequested) Type() Type       { return "song.requested" }
func (SongHandedOver) Type() Type      { return "song.handed-over" }
func (SongWithdrawn) Type() Type       { return "song.withdrawn" }
func (SongBlocked) Type() Type         { return "song.blocked" }
func (SongUnblocked) Type() Type       { return "song.unblocked" }
func (SongMoved) Type() Type           { return "song.moved" }
func (SongReplaced) Type() Type        { return "song.replaced" }
func (SongGate) Type() Type            { return "song.gate" }
func (SongOutage) Type() Type          { return "song.outage" }
func (SongStarted) Type() Type         { return "song.started" }
func (SongEnded) Type() Type           { return "song.ended" }
func (RaffleRolled) Type() Type        { return "raffle.rolled" }
func (RaffleVoided) Type() Type        { return "raffle.voided" }
func (GiveawayOpened) Type() Type      { return "giveaway.opened" }
func (GiveawayEntered) Type() Type     { return "giveaway.entered" }
func (GiveawayClosed) Type() Type      { return "giveaway.closed" }
func (GiveawayDrawn) Type() Type       { return "giveaway.drawn" }
func (GiveawayCancelled) Type() Type   { return "giveaway.cancelled" }
func (RaffleGiven) Type() Type         { return "raffle.given" }
func (RaffleCommitted) Type() Type     { return "raffle.committed" }
func (RaffleRevealed) Type() Type      { return "raffle.revealed" }
func (AchievementUnlocked) Type() Type { return "achievement.unlocked" }
func (StreamOnline) Type() Type        { return "stream.online" }
func (StreamOffline) Type() Type       { return "stream.offline" }
func (StreamViewers) Type() Type       { return "stream.viewers" }
func (ChatReplied) Type() Type         { return "chat.replied" }
func (SagaChanged) Type() Type         { return "saga.changed" }
func (LoginChanged) Type() Type        { return "login.changed" }
func (CommandChanged) Type() Type      { return "command.changed" }

func (e RedemptionReceived) Subject() string  { return e.RedemptionID }
func (e RedemptionFulfilled) Subject() string { return e.RedemptionID }
func (e RedemptionRefunded) Subject() string  { return e.RedemptionID }
func (e SongRequested) Subject() string       { return e.RequestID }
func (e SongHandedOver) Subject() string      { return e.RequestID }
func (e SongWithdrawn) Subject() string       { return e.RequestID }
func (e SongBlocked) Subject() string         { return e.Key }
func (e SongUnblocked) Subject() string       { return e.Key }
func (e SongMoved) Subject() string           { return e.RequestID }
func (e SongReplaced) Subject() string        { return e.RequestID }
func (e SongGate) Subject() string            { return "" }
func (e SongOutage) Subject() string          { return "" }
func (e SongStarted) Subject() string         { return e.RequestID }
func (e SongEnded) Subject() string           { return e.RequestID }
func (e RaffleRolled) Subject() string        { return e.RollID }
func (e RaffleVoided) Subject() string        { return e.RollID }
func (e GiveawayOpened) Subject() string      { return e.GiveawayID }
func (e GiveawayEntered) Subject() string     { return e.GiveawayID }
func (e GiveawayClosed) Subject() string      { return e.GiveawayID }
func (e GiveawayDrawn) Subject() string       { return e.GiveawayID }
func (e GiveawayCancelled) Subject() string   { return e.GiveawayID }
func (e RaffleGiven) Subject() string         { return e.RollID }
func (e RaffleCommitted) Subject() string     { return e.SeedID }
func (e RaffleRevealed) Subject() string      { return e.SeedID }
func (e AchievementUnlocked) Subject() string { return e.Viewer.ID }
func (e StreamOnline) Subject() string        { return e.SessionID }
func (e StreamOffline) Subject() string       { return e.SessionID }
func (e StreamViewers) Subject() string       { return e.SessionID }
func (e ChatReplied) Subject() string         { return e.SagaID }
func (e SagaChanged) Subject() string         { return e.SagaID }
func (e LoginChanged) Subject() string        { return e.Platform }
func (e CommandChanged) Subject() string      { return e.Name }
