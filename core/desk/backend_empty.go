package desk

import (
	"context"
	"os"
	"time"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/api"
	"sidestage/core/bus"
	"sidestage/core/chat"
	"sidestage/core/config"
	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/core/saga"
	"sidestage/core/song"
	"sidestage/core/stream"
	"sidestage/core/token"
	"sidestage/core/web"
)

// emptyServer answers for a data directory in which there is nothing yet: a
// read must not create it.
func emptyServer(s config.Chat, build, secret string) *web.Server {
	return web.New(web.Config{
		Store: nowhere{}, Chat: silence{}, Accounts: nobody{}, Rewards: noRewards{}, EventSub: nobody{}, Requests: idle{}, Books: idle{}, Commands: menu{uses: s.Uses()},
		Achievements: builtIn{}, Player: noDevices{}, Health: noHealth, Bus: &bus.Bus{}, Token: secret, Build: build, Platform: "live",
	})
}

func noHealth(context.Context) api.Health {
	h := api.Health{PID: os.Getpid()}
	h.Components.EventSub = api.Component{Status: api.StatusOff, Reason: "no desk runs"}
	h.Components.Chat = h.Components.EventSub
	login := api.Component{Status: api.StatusDegraded, State: token.StateLoggedOut}
	h.Components.Twitch, h.Components.Spotify = login, login
	return h
}

// menu is the commands that come with the program.
type menu struct {
	web.Commands // a write never comes here
	uses         map[string]chat.Use
}

// BuiltInUse implements web.Commands.
func (m menu) BuiltInUse(name string) chat.Use { return m.uses[name] }

// silence is a chat without anybody.
type silence struct{ web.Chat } // a write never comes here

// People implements web.Chat.
func (silence) People() []chat.Person { return nil }

// nobody is logged in.
type nobody struct { // a write never comes here
	web.Accounts
	web.EventSub
}

// Subscriptions implements web.EventSub.
func (nobody) Subscriptions(context.Context) (api.Subscriptions, error) {
	return api.Subscriptions{}, token.LoggedOut(PlatformTwitch)
}

// Logins implements web.Accounts.
func (nobody) Logins(context.Context, bool) ([]api.Login, error) {
	out := token.StateLoggedOut
	return []api.Login{{Platform: PlatformTwitch, State: out}, {Platform: PlatformSpotify, State: out}}, nil
}

// idle has no queue to change.
type idle struct{ web.Requests } // a write never comes here

// EndStream implements web.Requests.
func (idle) EndStream(context.Context, *bool, bool) (bool, []song.Removal, []song.Removal, error) {
	return false, nil, nil, nil
}

// Points implements web.Books.
func (idle) Points(context.Context, int64) (api.PointsReport, error) {
	return api.PointsReport{}, core.E(core.NotFound, "there has been no stream yet")
}

// noRewards is what is known of a channel nobody is logged in to.
type noRewards struct{ web.Rewards } // a write never comes here

// List implements web.Rewards.
func (noRewards) List(context.Context) ([]api.Reward, error) {
	return nil, token.LoggedOut(PlatformTwitch)
}

// noDevices is where an account nobody is logged in to can play.
type noDevices struct{ web.Player } // a write never comes here

// Devices implements web.Player.
func (noDevices) Devices(context.Context) ([]api.Device, error) {
	return nil, token.LoggedOut(PlatformSpotify)
}

// builtIn is the achievements that come with the program.
type builtIn struct{ web.Achievements } // a write never comes here

// Definitions implements web.Achievements.
func (builtIn) Definitions() []achievement.Definition { return config.Defaults().Definitions() }

// nowhere is a store without anything in it.
type nowhere struct{}

// View implements web.Store.
func (nowhere) View(_ context.Context, fn func(web.Tx) error) error { return fn(nothing{}) }

// nothing is what a database holds before it is made.
type nothing struct{ web.Tx } // the methods that write: the server only reads

var errNothing = core.E(core.NotFound, "there is nothing here yet")

func (nothing) Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func (nothing) SongByID(string) (song.Request, error)                         { return song.Request{}, errNothing }
func (nothing) SongPending(int) ([]song.Request, int, error)                  { return nil, 0, nil }
func (nothing) SongUnplayed() ([]song.Request, error)                         { return nil, nil }
func (nothing) SongGate() (song.Gate, error)                                  { return song.Gate{}, nil }
func (nothing) SongOutage() (song.Outage, error)                              { return song.Outage{}, nil }
func (nothing) SongHandovers() ([]song.Handover, error)                       { return nil, nil }
func (nothing) SongLedger() (song.Ledger, error)                              { return song.Ledger{}, nil }
func (nothing) SongHistory(int) ([]song.Played, int, error)                   { return nil, 0, nil }
func (nothing) SongBlocks(int) ([]song.Block, int, error)                     { return nil, 0, nil }
func (nothing) SongTopTracks(string, core.Span, int) ([]song.TopTrack, error) { return nil, nil }
func (nothing) SongTopRequesters(core.Span, int) ([]song.TopRequester, error) { return nil, nil }

func (nothing) RaffleRoll(string) (raffle.Roll, error)                   { return raffle.Roll{}, errNothing }
func (nothing) RaffleEntries(raffle.SortBy, int) ([]raffle.Entry, error) { return nil, nil }
func (nothing) RaffleEntry(string) (raffle.Entry, error)                 { return raffle.Entry{}, errNothing }
func (nothing) RaffleRolls(raffle.Which, int) ([]raffle.Roll, error)     { return nil, nil }
func (nothing) RaffleSessionEntries(int64, raffle.SortBy, int) ([]raffle.Entry, error) {
	return nil, nil
}
func (nothing) Giveaway(int64) (raffle.Giveaway, error) {
	return raffle.Giveaway{}, core.Because(core.NotFound, "no-giveaway", "there is no giveaway")
}
func (nothing) GiveawayEntries(int64) ([]core.Viewer, error)     { return nil, nil }
func (nothing) RaffleSeeds(int) ([]raffle.DrawnSeed, error)      { return nil, nil }
func (nothing) RaffleSeedsOf(int64) ([]raffle.Seed, error)       { return nil, nil }
func (nothing) RaffleRollsOf(int64) ([]raffle.SeededRoll, error) { return nil, nil }
func (nothing) RaffleUnrolled(int64) ([]raffle.Roll, error)      { return nil, nil }
func (nothing) ViewerByID(id string) (core.Viewer, error) {
	return core.Viewer{}, core.E(core.NotFound, "no viewer has the id %s", id)
}
func (nothing) AchievementsOf(string) ([]achievement.Held, error)    { return nil, nil }
func (nothing) AchievementLatest(int) ([]achievement.Held, error)    { return nil, nil }
func (nothing) AchievementHolders() (map[string]int, error)          { return nil, nil }
func (nothing) AchievementLeaders(int) ([]achievement.Leader, error) { return nil, nil }
func (nothing) AchievementStandings() (achievement.Standings, error) { return nil, nil }
func (nothing) StreamLatest() (stream.Session, error)                { return stream.Session{}, errNothing }
func (nothing) StreamDescription() (stream.Description, error)       { return stream.Description{}, nil }
func (nothing) StreamSample(int64) (int, time.Time, error)           { return 0, time.Time{}, errNothing }
func (nothing) SagaByID(id string) (saga.Saga, error) {
	return saga.Saga{}, core.E(core.NotFound, "there is no saga %s", id)
}
func (nothing) ChatCommands() ([]chat.Custom, error)                      { return nil, nil }
func (nothing) SagaSteps(string) ([]saga.Step, error)                     { return nil, nil }
func (nothing) SagaList(saga.State, int) ([]saga.Saga, error)             { return nil, nil }
func (nothing) SagasStanding() ([]saga.Standing, error)                   { return nil, nil }
func (nothing) EventsAfter(int64, int) ([]event.Record, error)            { return nil, nil }
func (nothing) EventsOf([]event.Type, int64, int) ([]event.Record, error) { return nil, nil }
func (nothing) StreamSession(id int64) (stream.Session, error) {
	return stream.Session{}, core.E(core.NotFound, "there is no session %d", id)
}
func (nothing) StatsErrors(core.Span, int) ([]core.ErrorFigures, error)     { return nil, nil }
func (nothing) StatsSessions(core.Span, int) ([]core.SessionFigures, error) { return nil, nil }
func (nothing) StatsViewers(core.Span, int) ([]core.ViewerFigures, error)   { return nil, nil }
func (nothing) StatsViewer(string, core.Span) (core.ViewerFigures, error) {
	return core.ViewerFigures{}, errNothing
}
func (nothing) LastSeq() (int64, error)                   { return 0, nil }
func (nothing) ViewerByLogin(string) (core.Viewer, error) { return core.Viewer{}, errNothing }
func (nothing) ViewerSongs(string) (int, error)           { return 0, nil }
