package api

import (
	"net/http"
	"strings"
)

// Name names a route for both sides.
type Name string

// The names of the routes.
const (
	GetHealth       Name = "health"
	GetNowPlaying   Name = "now-playing"
	GetQueue        Name = "queue"
	PostQueue       Name = "queue-add"
	PostRemove      Name = "queue-remove"
	PostMove        Name = "queue-move"
	PostPromote     Name = "queue-promote"
	PostReplace     Name = "queue-replace"
	PostClear       Name = "queue-clear"
	PostOpen        Name = "queue-open"
	PostClose       Name = "queue-close"
	PostSkip        Name = "skip"
	GetSearch       Name = "song-search"
	GetBlocks       Name = "blocks"
	PostBlock       Name = "block"
	PostUnblock     Name = "unblock"
	GetHistory      Name = "history"
	GetTopTracks    Name = "top-tracks"
	GetTopTracksOf  Name = "top-tracks-of"
	GetTopRequester Name = "top-requesters"
	GetPoints       Name = "points"
	GetSessions     Name = "sessions"
	GetViewerStats  Name = "viewer-stats"
	GetViewerPage   Name = "viewer-page"
	GetErrors       Name = "errors"
	GetLeaderboard  Name = "raffle-leaderboard"
	GetRaffleUser   Name = "raffle-user"
	GetRaffleRolls  Name = "raffle-rolls"
	PostRaffleGive  Name = "raffle-give"
	GetGiveaway     Name = "giveaway"
	PostGiveaway    Name = "giveaway-open"
	PostDraw        Name = "giveaway-draw"
	PostRedraw      Name = "giveaway-redraw"
	PostEndEntries  Name = "giveaway-close"
	PostCancel      Name = "giveaway-cancel"
	GetRaffleSeeds  Name = "raffle-seeds"
	GetRaffleProof  Name = "raffle-verify"
	GetStream       Name = "stream"
	GetViewers      Name = "viewers"

	GetDevices Name = "devices"
	PostDevice Name = "device-pick"

	GetAchievements         Name = "achievements"
	GetAchievementLeaders   Name = "achievement-leaders"
	GetLatestAchievements   Name = "achievements-latest"
	GetAchievementsOf       Name = "achievements-of"
	GetUnlockedBy           Name = "achievements-unlocked"
	PostAchievementsRebuild Name = "achievements-rebuild"

	PostChat        Name = "chat"
	GetStreamEnd    Name = "stream-end-preview"
	PostStreamEnd   Name = "stream-end"
	GetSagas        Name = "sagas"
	GetSaga         Name = "saga"
	PostRetry       Name = "saga-retry"
	PostResolve     Name = "saga-resolve"
	GetEvents       Name = "events"
	GetJournal      Name = "journal"
	GetLogins       Name = "logins"
	PostLogin       Name = "login"
	DeleteLogin     Name = "logout"
	PostLoginBegin  Name = "login-begin"
	PostLoginFinish Name = "login-finish"
	PostRefresh     Name = "login-refresh"
	GetRewards      Name = "rewards"
	PostRewards     Name = "rewards-setup"
	PostReward      Name = "reward-update"
	PostRewardPause Name = "reward-pause"
	PostRewardGo    Name = "reward-resume"
	DeleteReward    Name = "reward-delete"
	PostReload      Name = "config-reload"
	GetCommands     Name = "commands"
	PostCommand     Name = "command-add"
	PostCommandEdit Name = "command-edit"
	DeleteCommand   Name = "command-remove"

	GetEventSub         Name = "eventsub"
	PostEventSubSetup   Name = "eventsub-setup"
	PostEventSubCleanup Name = "eventsub-cleanup"
)

// Route is one thing that can be asked. Path has ServeMux's {wildcards}; Query
// lists the only parameters it takes.
type Route struct {
	Name   Name
	Method string
	Path   string
	Query  []string
}

// Tagged reports whether answers have an ETag, so that whoever brings it back as
// If-None-Match is told with a 304 when nothing has changed: those of statistics.
func (r Route) Tagged() bool {
	return r.Method == http.MethodGet && (strings.HasPrefix(r.Path, "/api/stats/") || strings.HasPrefix(r.Path, "/api/achievements/"))
}

// routes is every route there is.
var routes = []Route{
	{GetHealth, http.MethodGet, "/health", nil},
	{GetNowPlaying, http.MethodGet, "/api/now-playing", nil},
	{GetQueue, http.MethodGet, "/api/queue", []string{"limit"}},
	{PostQueue, http.MethodPost, "/api/queue", nil},
	{PostRemove, http.MethodPost, "/api/queue/{id}/remove", nil},
	{PostMove, http.MethodPost, "/api/queue/{id}/move", nil},
	{PostPromote, http.MethodPost, "/api/queue/{id}/promote", nil},
	{PostReplace, http.MethodPost, "/api/queue/{id}/replace", nil},
	{PostClear, http.MethodPost, "/api/queue/clear", nil},
	{PostOpen, http.MethodPost, "/api/queue/open", nil},
	{PostClose, http.MethodPost, "/api/queue/close", nil},
	{PostSkip, http.MethodPost, "/api/skip", nil},
	{GetSearch, http.MethodGet, "/api/songs/search", []string{"q"}},
	{GetBlocks, http.MethodGet, "/api/blocks", []string{"limit"}},
	{PostBlock, http.MethodPost, "/api/blocks", nil},
	{PostUnblock, http.MethodPost, "/api/blocks/remove", nil},
	{GetHistory, http.MethodGet, "/api/song-requests/history", []string{"limit"}},
	{GetTopTracks, http.MethodGet, "/api/stats/top-tracks", []string{"limit", "session", "since"}},
	{GetTopTracksOf, http.MethodGet, "/api/stats/top-tracks/{user}", []string{"limit", "session", "since"}},
	{GetTopRequester, http.MethodGet, "/api/stats/top-requesters", []string{"limit", "session", "since"}},
	{GetPoints, http.MethodGet, "/api/stats/points", []string{"session"}},
	{GetSessions, http.MethodGet, "/api/stats/sessions", []string{"limit", "session", "since"}},
	{GetViewerStats, http.MethodGet, "/api/stats/viewers", []string{"limit", "session", "since"}},
	{GetViewerPage, http.MethodGet, "/api/stats/viewers/{user}", []string{"session", "since"}},
	{GetErrors, http.MethodGet, "/api/stats/errors", []string{"limit", "session", "since"}},
	{GetLeaderboard, http.MethodGet, "/api/stats/raffle/leaderboard", []string{"limit", "session", "sortBy"}},
	{GetRaffleUser, http.MethodGet, "/api/stats/raffle/user/{user}", nil},
	{GetRaffleRolls, http.MethodGet, "/api/raffle/rolls", []string{"limit", "session", "user", "wins"}},
	{PostRaffleGive, http.MethodPost, "/api/raffle/rolls/{id}/give", nil},
	{GetGiveaway, http.MethodGet, "/api/giveaway", nil},
	{PostGiveaway, http.MethodPost, "/api/giveaway", nil},
	{PostDraw, http.MethodPost, "/api/giveaway/draw", nil},
	{PostRedraw, http.MethodPost, "/api/giveaway/redraw", nil},
	{PostEndEntries, http.MethodPost, "/api/giveaway/close", nil},
	{PostCancel, http.MethodPost, "/api/giveaway/cancel", nil},
	{GetRaffleSeeds, http.MethodGet, "/api/raffle/seeds", []string{"limit"}},
	{GetRaffleProof, http.MethodGet, "/api/raffle/verify", []string{"session"}},
	{GetStream, http.MethodGet, "/api/stream", nil},
	{GetViewers, http.MethodGet, "/api/viewers", []string{"limit"}},
	{GetDevices, http.MethodGet, "/api/devices", nil},
	{PostDevice, http.MethodPost, "/api/devices/pick", nil},
	{GetAchievements, http.MethodGet, "/api/achievements/definitions", nil},
	{GetAchievementLeaders, http.MethodGet, "/api/achievements/leaderboard", []string{"limit"}},
	{GetLatestAchievements, http.MethodGet, "/api/achievements/latest", []string{"limit"}},
	{GetAchievementsOf, http.MethodGet, "/api/achievements/{user}", nil},
	{GetUnlockedBy, http.MethodGet, "/api/achievements/{user}/unlocked", nil},
	{PostAchievementsRebuild, http.MethodPost, "/api/achievements/rebuild", nil},
	{PostChat, http.MethodPost, "/api/chat", nil},
	{GetStreamEnd, http.MethodGet, "/api/stream/end", nil},
	{PostStreamEnd, http.MethodPost, "/api/stream/end", nil},
	{GetSagas, http.MethodGet, "/api/sagas", []string{"limit", "state"}},
	{GetSaga, http.MethodGet, "/api/sagas/{id}", nil},
	{PostRetry, http.MethodPost, "/api/sagas/{id}/retry", nil},
	{PostResolve, http.MethodPost, "/api/sagas/{id}/resolve", nil},
	{GetEvents, http.MethodGet, "/api/events", []string{"after"}},
	{GetJournal, http.MethodGet, "/api/journal", []string{"after", "limit", "type"}},
	{GetLogins, http.MethodGet, "/api/auth", []string{"validate"}},
	{PostLogin, http.MethodPost, "/api/auth/{platform}", nil},
	{DeleteLogin, http.MethodDelete, "/api/auth/{platform}", nil},
	{PostLoginBegin, http.MethodPost, "/api/auth/{platform}/begin", nil},
	{PostLoginFinish, http.MethodPost, "/api/auth/{platform}/finish", nil},
	{PostRefresh, http.MethodPost, "/api/auth/{platform}/refresh", nil},
	{GetRewards, http.MethodGet, "/api/rewards", nil},
	{PostRewards, http.MethodPost, "/api/rewards/setup", nil},
	{PostReward, http.MethodPost, "/api/rewards/{reward}/update", nil},
	{PostRewardPause, http.MethodPost, "/api/rewards/{reward}/pause", nil},
	{PostRewardGo, http.MethodPost, "/api/rewards/{reward}/resume", nil},
	{DeleteReward, http.MethodDelete, "/api/rewards/{reward}", nil},
	{GetEventSub, http.MethodGet, "/eventsub", nil},
	{PostEventSubSetup, http.MethodPost, "/eventsub/setup", nil},
	{PostEventSubCleanup, http.MethodPost, "/eventsub/cleanup", nil},
	{PostReload, http.MethodPost, "/api/config/reload", nil},
	{GetCommands, http.MethodGet, "/api/commands", nil},
	{PostCommand, http.MethodPost, "/api/commands", nil},
	{PostCommandEdit, http.MethodPost, "/api/commands/{name}", nil},
	{DeleteCommand, http.MethodDelete, "/api/commands/{name}", nil},
}

// CallbackPath is where a platform's browser page comes back to, a page and no
// route of this table.
const CallbackPath = "/oauth/{platform}/callback"

// MetricsPath is where Prometheus reads its figures, which are no JSON.
const MetricsPath = "/metrics"

// Routes lists every route, for the server and for the tests that walk them.
func Routes() []Route { return append([]Route(nil), routes...) }

// route finds a route by name.
func route(name Name) Route {
	for _, r := range routes {
		if r.Name == name {
			return r
		}
	}
	return Route{} // not reached: a test calls every method of the client
}
