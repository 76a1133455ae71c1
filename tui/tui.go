// Package tui is the dashboard. Run shows what a desk tells over its API and
// lets the streamer act, until the person quits or the context ends.
//
// Nothing here waits for the network but commands: events arrive through one
// that waits on a channel, and what events do not tell is read again, at most a
// few times a second. What is known is a state.State; the panels are sections,
// which draw it. The clock runs only while something on the screen moves.
package tui

import (
	"context"
	"iter"
	"time"

	"sidestage/core/api"
	"sidestage/core/event"
	"sidestage/tui/state"
	"sidestage/tui/theme"
)

// Client is what the dashboard asks of the desk; *api.Client has it.
type Client interface {
	Events(ctx context.Context, after int64) iter.Seq2[api.Event, error]
	Journal(ctx context.Context, after int64, limit int, types ...event.Type) (api.Journal, error)
	Health(ctx context.Context) (api.Health, error)
	NowPlaying(ctx context.Context) (api.NowPlaying, error)
	Queue(ctx context.Context, limit int) (api.Queue, error)
	Stream(ctx context.Context) (api.Stream, error)
	Viewers(ctx context.Context, limit int) (api.Viewers, error)
	Leaderboard(ctx context.Context, session, sortBy string, limit int) ([]api.RaffleEntry, error)
	RaffleRolls(ctx context.Context, which api.RaffleRolls, limit int) ([]api.RaffleRoll, error)
	Giveaway(ctx context.Context) (api.GiveawayNow, error)
	LatestAchievements(ctx context.Context, limit int) ([]api.Unlocked, error)
	AchievementLeaders(ctx context.Context, limit int) ([]api.AchievementLeader, error)
	Sagas(ctx context.Context, state string, limit int) (api.Sagas, error)
	Saga(ctx context.Context, id string) (api.Saga, error)

	AddToQueue(ctx context.Context, r api.AddRequest, key string) (api.Added, error)
	RemoveFromQueue(ctx context.Context, id string, r api.RemoveRequest) (api.Removed, error)
	MoveInQueue(ctx context.Context, id string, to int) (api.Moved, error)
	OpenRequests(ctx context.Context) (api.Requests, error)
	CloseRequests(ctx context.Context, reason string) (api.Requests, error)
	GivePrize(ctx context.Context, rollID string) (api.RaffleRoll, error)
	OpenGiveaway(ctx context.Context, t api.GiveawayTerms) (api.Giveaway, error)
	DrawGiveaway(ctx context.Context, a api.GiveawayAction) (api.Giveaway, error)
	RedrawGiveaway(ctx context.Context, a api.GiveawayAction) (api.Giveaway, error)
	CloseGiveaway(ctx context.Context, a api.GiveawayAction) (api.Giveaway, error)
	CancelGiveaway(ctx context.Context, a api.GiveawayAction) (api.Giveaway, error)
	Skip(ctx context.Context, r api.SkipRequest) (api.Skipped, error)
	RetrySaga(ctx context.Context, id string) (api.Saga, error)
	ResolveSaga(ctx context.Context, id string, happened bool) (api.Saga, error)
}

var _ Client = (*api.Client)(nil)

// Demo lets the person at the screen be a viewer of the demo.
type Demo struct {
	// Redeem spends a simulated viewer's points on section.RewardSong ("song")
	// or section.RewardRaffle ("raffle") and returns the redemption's id.
	Redeem func(ctx context.Context, reward, input string) (id string, err error)
	// Songs are links of tracks the simulated Spotify knows.
	Songs []string
}

// LogLine is a line of the program's log for the log panel.
type LogLine struct {
	At   time.Time
	Tone state.Tone // Plain, Warning or Alarm
	Text string
}

// Config is what the dashboard needs.
type Config struct {
	Client Client
	Look   theme.Look // see theme.Detect
	// Where is shown at the bottom right: the address of the desk.
	Where string
	Demo  *Demo          // nil for a real desk
	Logs  <-chan LogLine // may be nil
}
