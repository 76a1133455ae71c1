// Package workflow holds the sagas that viewers start, the song request, the
// keyboard raffle and the chat command, and the streamer's own song request.
//
// A redemption saga ends in one of two ways: its points are fulfilled after
// what they bought was done, or everything is undone and they are refunded,
// and chat hears which. It never decides on a guess: where a platform hid the
// answer the saga needs a person's decision.
package workflow

import (
	"cmp"
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/chat"
	"sidestage/core/raffle"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// The kinds of saga.
const (
	SongRequest    = "song-request"
	KeyboardRaffle = "keyboard-raffle"
	ChatCommand    = "chat-command"
	DeskRequest    = "desk-request"
	Raid           = "raid"
	Announcement   = "announcement"
	GiveawayKind   = "giveaway"
)

// Tx is what the sagas need of a transaction.
type Tx interface {
	saga.Tx
	song.Tx
	raffle.StreamTx
	raffle.GiveawayTx
	chat.Tx
	// ViewerRole is the strongest role a viewer was last seen to have in chat;
	// "" for none.
	ViewerRole(id string) (chat.Role, error)
	// ViewerByLogin is the viewer last seen with a login name; core.NotFound
	// when nobody was.
	ViewerByLogin(login string) (core.Viewer, error)
	// AchievementsOf is where a viewer stands, by achievement and session.
	AchievementsOf(viewerID string) ([]achievement.Held, error)
	// SongVote counts a viewer's vote to skip what plays in a turn: false when
	// they have voted. Votes of other turns are forgotten.
	SongVote(turn int64, viewerID string) (fresh bool, votes int, err error)
	// SongCountsOf counts the requests of a viewer, and those that were heard.
	SongCountsOf(viewerID string) (requests, heard int, err error)
	// RedemptionSettle records what Twitch has booked; false when it already
	// was on record.
	RedemptionSettle(id string, to core.Status, reason string) (bool, error)
	// RedemptionStatus is what is on record of a redemption; core.NotFound for
	// what is none, such as a request from the desk.
	RedemptionStatus(id string) (core.Status, error)
	// RewardHold holds a reward paused for a reason, RewardRelease no longer; false
	// when that is no change. RewardDue notes that Twitch has to be told.
	RewardHold(reward, reason string) (bool, error)
	RewardRelease(reward, reason string) (bool, error)
	RewardDue(reward string) error
	// RedemptionsUndecided lists redemptions somebody else has settled whose saga
	// waits for a person or has failed.
	RedemptionsUndecided() ([]core.Redemption, error)
}

// Twitch is what the sagas ask of Twitch. Errors carry a core.Kind; a call
// whose outcome is not known is core.Ambiguous.
type Twitch interface {
	// Settle books a redemption as fulfilled or canceled. One that is settled
	// already is a core.Conflict with reason ReasonSettled.
	Settle(ctx context.Context, r core.Redemption, to core.Status) error
	// Status reads back what Twitch has booked.
	Status(ctx context.Context, r core.Redemption) (core.Status, error)
	// Say makes text safe and sends it to chat, as an answer to the message
	// replyTo if that is not empty, and returns the new message's id. Where it is
	// not its turn soon it does not wait: that is core.RateLimited.
	Say(ctx context.Context, text, replyTo string) (string, error)
	// Shoutout recommends another streamer's channel in chat. One that Twitch
	// does not take now is not worth another try.
	Shoutout(ctx context.Context, to core.Viewer) error
}

// ReasonSettled is the reason of the error that says a redemption is no longer
// unfulfilled.
const ReasonSettled = "settled"

// Spotify is what the sagas ask of Spotify.
type Spotify interface {
	// Understand reads what a viewer typed. It asks nobody.
	Understand(text string) (song.Wish, error)
	Track(ctx context.Context, id string) (song.Track, error)
	// Search finds tracks by words, best first.
	Search(ctx context.Context, words string) ([]song.Track, error)
	// Follow tells which track a short link leads to.
	Follow(ctx context.Context, short, viewerID string) (trackID string, err error)
	// Add puts a track into the player's queue. It is not idempotent.
	Add(ctx context.Context, uri string) error
	// Snapshot reads player and queue.
	Snapshot(ctx context.Context) (song.Snapshot, error)
}

// Sagas makes the kinds for an engine.
type Sagas struct {
	Store   saga.Store[Tx]
	Twitch  Twitch
	Spotify Spotify
	// Words are the sentences for chat as they are worded now; nil words them by
	// default.
	Words func() chat.Texts
	// Rules are what a request of a viewer is held against, as they are now; nil
	// demands no more than that requests are open.
	Rules func() song.Rules
	// Broadcaster is the user id of the streamer, "" while not known.
	Broadcaster func() string
	// Commands knows the chat commands there are; nil knows none.
	Commands *chat.Dispatch
	// Achievements lists what viewers can earn; nil is nothing.
	Achievements func() []achievement.Definition
	// Policy is what new requests go by, as it is now.
	Policy func() song.Policy
	// Start starts another saga in the transaction of a step.
	Start func(tx Tx, kind, id string, orderedAt time.Time, params any) (saga.Saga, bool, error)
	// Removed is told of requests that a command took out of the queue, so that
	// what follows from it happens soon. It may be told again. May be nil.
	Removed func(context.Context, ...song.Removal)
	// Closed follows, in their transaction, requests being closed and opened again.
	// May be nil.
	Closed func(tx Tx, closed bool) error
	// Skip skips an occurrence, by the number of its turn, if it is current. A
	// Conflict says that nothing was skipped, Ambiguous that it may have been.
	Skip func(ctx context.Context, occurrence string) error
	// Votes is how many viewers skip what plays; nil is one.
	Votes func() int
	// Changed is told after a track was handed over, so that the player is
	// looked at soon. May be nil.
	Changed func()
	// Highest is the largest number of a roll, if a seed has to be made; 0 is
	// raffle.DefaultHighest.
	Highest int

	adds *saga.Lane
}

func (s *Sagas) highest() int { return cmp.Or(s.Highest, raffle.DefaultHighest) }

func (s *Sagas) words() chat.Texts {
	if s.Words == nil {
		return chat.Texts{}
	}
	return s.Words()
}

// Kinds lists every saga with every version that may still be open.
func (s *Sagas) Kinds() []saga.Kind[Tx] {
	s.Commands = cmp.Or(s.Commands, &chat.Dispatch{})
	s.adds = saga.NewLane()
	registerFailpoints()
	return []saga.Kind[Tx]{
		{Name: SongRequest, Version: 1, Body: timely(s.songRequest), Refund: s.refund},
		{Name: KeyboardRaffle, Version: 1, Body: timely(s.keyboardRaffle), Refund: s.refund},
		{Name: ChatCommand, Version: 1, Body: s.chatCommand},
		{Name: DeskRequest, Version: 1, Body: s.deskRequest, Refund: s.tellGivenUp},
		{Name: Raid, Version: 1, Body: s.raid},
		{Name: Announcement, Version: 1, Body: s.announce},
		{Name: GiveawayKind, Version: 1, Body: s.giveaway},
	}
}

// Time-outs and attempts of the steps.
const (
	chatTimeout    = 10 * time.Second
	chatHoldUp     = 5 * time.Second // what a handover waits for a busy chat, about
	lookUpAttempts = 3
	addAttempts    = 3
	shoutAttempts  = 2
	chatAttempts   = 8 // as many as fit into chat.MaxReplyAge, about

	// How long a settlement waits for a Twitch that is away, or for a login. It
	// holds up nobody, and giving it up would leave points in nobody's hands.
	settlePatience = 12 * time.Hour
	settleAttempts = 200 // as many as fit into settlePatience, about
)
