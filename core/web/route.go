package web

import (
	"context"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"sidestage/core"
	"sidestage/core/api"
)

// handler answers one request with what is to be sent as JSON.
type handler func(context.Context, *request) (any, error)

// handlers is who answers which route of api.Routes; the stream of events is
// apart, for it is no single answer.
func (s *Server) handlers() map[api.Name]handler {
	return map[api.Name]handler{
		api.GetHealth:       s.health,
		api.GetNowPlaying:   s.nowPlaying,
		api.GetQueue:        s.queue,
		api.PostQueue:       s.addToQueue,
		api.PostRemove:      s.remove,
		api.PostMove:        s.move,
		api.PostPromote:     s.promote,
		api.PostReplace:     s.replace,
		api.PostClear:       s.clear,
		api.PostOpen:        s.openRequests,
		api.PostClose:       s.closeRequests,
		api.PostSkip:        s.skip,
		api.GetSearch:       s.search,
		api.GetBlocks:       s.blocks,
		api.PostBlock:       s.block,
		api.PostUnblock:     s.unblock,
		api.GetHistory:      s.history,
		api.GetTopTracks:    s.topTracks,
		api.GetTopTracksOf:  s.topTracks,
		api.GetTopRequester: s.topRequesters,
		api.GetPoints:       s.points,
		api.GetSessions:     s.sessionStats,
		api.GetViewerStats:  s.viewerStats,
		api.GetViewerPage:   s.viewerPage,
		api.GetErrors:       s.errorStats,
		api.GetLeaderboard:  s.leaderboard,
		api.GetRaffleUser:   s.raffleUser,
		api.GetRaffleRolls:  s.raffleRolls,
		api.PostRaffleGive:  s.raffleGive,
		api.GetGiveaway:     s.giveaway,
		api.PostGiveaway:    s.openGiveaway,
		api.PostDraw:        s.onGiveaway(s.drawGiveaway),
		api.PostRedraw:      s.onGiveaway(s.redrawGiveaway),
		api.PostEndEntries:  s.onGiveaway(s.closeGiveaway),
		api.PostCancel:      s.onGiveaway(s.cancelGiveaway),
		api.GetRaffleSeeds:  s.raffleSeeds,
		api.GetRaffleProof:  s.raffleProof,
		api.GetStream:       s.stream,
		api.GetViewers:      s.viewers,

		api.GetDevices: s.devices,
		api.PostDevice: s.pickDevice,

		api.GetAchievements:         s.achievements,
		api.GetAchievementLeaders:   s.achievementLeaders,
		api.GetLatestAchievements:   s.latestAchievements,
		api.GetAchievementsOf:       s.achievementsOf,
		api.GetUnlockedBy:           s.unlockedBy,
		api.PostAchievementsRebuild: s.rebuildAchievements,

		api.PostChat:        s.say,
		api.GetStreamEnd:    s.previewStreamEnd,
		api.PostStreamEnd:   s.endStream,
		api.GetSagas:        s.sagas,
		api.GetSaga:         s.saga,
		api.PostRetry:       s.retry,
		api.PostResolve:     s.resolve,
		api.GetJournal:      s.journal,
		api.GetLogins:       s.logins,
		api.PostLogin:       s.logIn,
		api.DeleteLogin:     s.logOut,
		api.PostLoginBegin:  s.beginLogin,
		api.PostLoginFinish: s.finishLogin,
		api.PostRefresh:     s.refreshLogin,
		api.GetRewards:      s.rewards,
		api.PostRewards:     s.setUpRewards,
		api.PostReward:      s.updateReward,
		api.PostRewardPause: s.pauseReward,
		api.PostRewardGo:    s.resumeReward,
		api.DeleteReward:    s.deleteReward,
		api.PostReload:      s.reloadSettings,
		api.GetCommands:     s.commands,
		api.PostCommand:     s.addCommand,
		api.PostCommandEdit: s.editCommand,
		api.DeleteCommand:   s.removeCommand,

		api.GetEventSub:         func(ctx context.Context, _ *request) (any, error) { return s.cfg.EventSub.Subscriptions(ctx) },
		api.PostEventSubSetup:   func(ctx context.Context, _ *request) (any, error) { return s.cfg.EventSub.SetUp(ctx) },
		api.PostEventSubCleanup: func(ctx context.Context, _ *request) (any, error) { return s.cfg.EventSub.CleanUp(ctx) },
	}
}

// mount registers every route.
func (s *Server) mount() {
	handlers := s.handlers()
	for _, route := range api.Routes() {
		pattern := route.Method + " " + route.Path
		if route.Name == api.GetEvents {
			s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.events(w, r, route) })
			continue
		}
		handle := handlers[route.Name]
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, route, handle) })
	}
}

// ServeHTTP implements http.Handler: the gate, then the route.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.recovered(w, r)
	s.harden(w)
	if err := s.gate(r); err != nil {
		s.refuse(w, r, err)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.refuse(w, r, s.noRoute(w, r))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// recovered answers a request in which something panicked. One that is to end
// in silence goes on to net/http.
func (s *Server) recovered(w http.ResponseWriter, r *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		s.cfg.Log.ErrorContext(r.Context(), "request panicked", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
		s.send(w, r, http.StatusInternalServerError, api.Error{Error: "something went wrong here: sidestage stats errors", Code: core.Internal.String(), Reason: "panic"})
	}
}

// noRoute says why nothing answers r.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return core.E(core.NotFound, "there is nothing at %s", r.URL.Path)
	}
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	err := core.E(core.Invalid, "%s does not take %s, only %s", r.URL.Path, r.Method, strings.Join(allowed, ", "))
	return gated{error: err, status: http.StatusMethodNotAllowed, reason: "method"}
}

// answer runs a handler for a time and sends what it returns.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, route api.Route, handle handler) {
	ctx, cancel := context.WithTimeout(r.Context(), workTimeout)
	defer cancel()
	in, err := open(w, r, route)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	body, err := s.count(ctx, in, route, handle)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if route.Tagged() {
		s.sendTagged(w, r, body)
		return
	}
	status := http.StatusOK
	if route.Name == api.PostQueue {
		status = http.StatusAccepted
	}
	s.send(w, r, status, body)
}
