package sim

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Spotify scopes that are checked.
const (
	scopeReadState   = "user-read-playback-state"
	scopeReadPlaying = "user-read-currently-playing"
	scopeModify      = "user-modify-playback-state"
	scopeRecent      = "user-read-recently-played"
)

func (s *Sim) spotifyRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) { s.getAuthorize(r).send(w) })
	mux.HandleFunc("POST /api/token", func(w http.ResponseWriter, r *http.Request) { s.postSpotifyToken(r).send(w) })
	mux.Handle("GET /v1/me", s.api(s.getMe))
	mux.Handle("GET /v1/tracks/{id}", s.api(s.getTrack))
	mux.Handle("GET /v1/search", s.api(s.getSearch))
	mux.Handle("GET /v1/me/player", s.api(s.getPlayer, scopeReadState))
	mux.Handle("GET /v1/me/player/currently-playing", s.api(s.getPlaying, scopeReadPlaying))
	mux.Handle("GET /v1/me/player/devices", s.api(s.getDevices, scopeReadState))
	mux.Handle("GET /v1/me/player/queue", s.api(s.getQueue, scopeReadPlaying, scopeReadState))
	mux.Handle("GET /v1/me/player/recently-played", s.api(s.getRecent, scopeRecent))
	mux.Handle("POST /v1/me/player/queue", s.api(s.postQueue, scopeModify))
	mux.Handle("POST /v1/me/player/next", s.api(s.postNext, scopeModify))
	mux.Handle("PUT /v1/me/player/pause", s.api(s.putPause, scopeModify))
	mux.Handle("PUT /v1/me/player/play", s.api(s.putPlay, scopeModify))
	mux.Handle("PUT /v1/me/player", s.api(s.putTransfer, scopeModify))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		apiFailure(http.StatusNotFound, "Service not found", "").send(w)
	})
	return limited(s.faulty(Spotify, mux))
}

type apiError struct {
	Error apiErrorBody `json:"error"`
}

type apiErrorBody struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
	Reason  string `json:"reason,omitempty"`
}

func apiFailure(status int, message, reason string) reply {
	return reply{status: status, body: apiError{Error: apiErrorBody{Status: status, Message: message, Reason: reason}}}
}

func apiBroken() reply { return apiFailure(http.StatusInternalServerError, "Server error", "") }

func noDevice() reply {
	return apiFailure(http.StatusNotFound, "Player command failed: No active device found", "NO_ACTIVE_DEVICE")
}

// api is the gate of every Web API route: token, and all of the scopes. The
// route runs with s.mu held, and the player moved on to now, in the books too:
// what is answered about it is written down.
func (s *Sim) api(route func(r *http.Request) reply, scopes ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		a := s.enter(r, route, scopes)
		s.mu.Unlock()
		a.send(w)
	})
}

func (s *Sim) enter(r *http.Request, route func(*http.Request) reply, scopes []string) reply {
	token, bears := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bears {
		return apiFailure(http.StatusUnauthorized, "No token provided", "")
	}
	who, good := s.bearer(Spotify, token)
	if !good {
		message := "Invalid access token"
		if a, known := s.state.Access[token]; known && !time.Now().Before(a.Until) {
			message = "The access token expired"
		}
		return apiFailure(http.StatusUnauthorized, message, "").with("WWW-Authenticate", `Bearer realm="spotify", error="invalid_token"`)
	}
	if s.consent.Lapsed {
		const text = "Active premium subscription required for the owner of the app. When the subscription status changes, it can take a few hours before requests are allowed again."
		return reply{status: http.StatusForbidden, text: text, kind: plain}
	}
	if s.consent.Unlisted {
		return apiFailure(http.StatusForbidden, "User not registered in the Developer Dashboard", "")
	}
	for _, scope := range scopes {
		if !who.may(scope) {
			return apiFailure(http.StatusUnauthorized, "Permissions missing", "")
		}
	}
	if s.commit(nil) != nil {
		return apiBroken()
	}
	return route(r)
}

func (s *Sim) getMe(*http.Request) reply {
	b := s.opt.Broadcaster
	return ok(meWire{
		AccountID: hexID(32, "account", b.ID), Name: b.Name, ID: b.Login, Href: apiBase + "/users/" + b.Login, Type: "user", URI: "spotify:user:" + b.Login,
		URLs: external{Spotify: webBase + "/user/" + b.Login}, Images: []imageWire{},
	})
}

var trackID = regexp.MustCompile(`^[0-9A-Za-z]{22}$`)

func (s *Sim) getTrack(r *http.Request) reply {
	id := r.PathValue("id")
	if !trackID.MatchString(id) {
		return apiFailure(http.StatusBadRequest, "Invalid base62 id", "")
	}
	t, known := s.playable("spotify:track:" + id)
	if !known {
		return apiFailure(http.StatusNotFound, "Resource not found", "")
	}
	w := s.wire(t)
	if other, has := s.twin(t); has {
		w.ID, w.URI = other, "spotify:track:"+other
	}
	return ok(w)
}

func (s *Sim) getSearch(r *http.Request) reply {
	q := r.URL.Query()
	limit, offset, good := 5, 0, true
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		limit, good = n, err == nil && n >= 1 && n <= 10
	}
	if text := q.Get("offset"); text != "" && good {
		n, err := strconv.Atoi(text)
		offset, good = n, err == nil && n >= 0 && n <= 1000
	}
	switch {
	case !good:
		return apiFailure(http.StatusBadRequest, "Invalid limit or offset", "")
	case q.Get("q") == "":
		return apiFailure(http.StatusBadRequest, "No search query", "")
	case !slices.Contains(strings.Split(q.Get("type"), ","), "track"):
		return apiFailure(http.StatusBadRequest, "Missing parameter type", "")
	}
	found := s.tracks.search(q.Get("q"))
	page := tracksPage{Href: apiBase + "/search?" + url.Values{"q": {q.Get("q")}, "type": {"track"}}.Encode(), Limit: limit, Offset: offset, Total: len(found), Items: []trackWire{}}
	for _, t := range found[min(offset, len(found)):min(offset+limit, len(found))] {
		page.Items = append(page.Items, s.wire(t))
	}
	return ok(searchWire{Tracks: page})
}

// getPlayer answers 204 while no device is active, as Spotify does.
func (s *Sim) getPlayer(*http.Request) reply {
	if !s.state.Player.Device {
		return reply{status: http.StatusNoContent}
	}
	return ok(s.playback(true))
}

func (s *Sim) getPlaying(*http.Request) reply {
	if !s.state.Player.Device {
		return reply{status: http.StatusNoContent}
	}
	return ok(s.playback(false))
}

func (s *Sim) getDevices(*http.Request) reply {
	answer := devicesWire{Devices: []deviceWire{}}
	if s.state.Player.Device {
		answer.Devices = append(answer.Devices, s.device())
	}
	return ok(answer)
}

// getQueue shows the current track and a window of 20: the user's queue and the
// context, with nothing to tell them apart.
func (s *Sim) getQueue(*http.Request) reply {
	answer := queueWire{Queue: []trackWire{}}
	if !s.state.Player.Device {
		return ok(answer)
	}
	p := s.shown()
	if !p.Ad {
		now := s.wire(s.tracks.byID[p.Current])
		answer.Playing = &now
	}
	for _, t := range p.window() {
		answer.Queue = append(answer.Queue, s.wire(t))
	}
	return ok(answer)
}

// getRecent lists what left the player, newest first, as far back as is kept.
func (s *Sim) getRecent(r *http.Request) reply {
	q := r.URL.Query()
	limit, err := strconv.Atoi(cmp.Or(q.Get("limit"), "20"))
	after, err2 := strconv.ParseInt(cmp.Or(q.Get("after"), "0"), 10, 64)
	before, err3 := strconv.ParseInt(cmp.Or(q.Get("before"), strconv.FormatInt(math.MaxInt64, 10)), 10, 64)
	if errors.Join(err, err2, err3) != nil || limit < 1 || limit > recentKept || q.Has("after") && q.Has("before") {
		return apiFailure(http.StatusBadRequest, "Invalid limit or cursor", "")
	}
	answer := recentPage{Href: apiBase + "/me/player/recently-played", Limit: limit, Items: []recentWire{}}
	for _, h := range s.state.Player.Recent {
		if ms := h.At.UnixMilli(); ms > after && ms < before && len(answer.Items) < limit {
			answer.Items = append(answer.Items, recentWire{Track: s.wire(s.tracks.byID[h.ID]), At: h.At.Truncate(time.Millisecond), Context: autoplay()})
			answer.Cursors.Before = strconv.FormatInt(ms, 10)
			answer.Cursors.After = cmp.Or(answer.Cursors.After, answer.Cursors.Before)
		}
	}
	return ok(answer)
}

// here checks that a command can reach a device, and the one it names.
func (s *Sim) reach(r *http.Request) (reply, bool) {
	id := r.URL.Query().Get("device_id")
	switch {
	case id != "" && id != s.device().ID:
		return apiFailure(http.StatusNotFound, "Device not found", ""), false
	case !s.state.Player.Device:
		return noDevice(), false
	}
	return reply{}, true
}

// postQueue adds to the end of the user's queue. It has no key: asked twice, it
// adds twice. Now and then it answers 200 with a bare word in place of 204, as
// seen in the wild (spotify-web-api-ts-sdk 119).
func (s *Sim) postQueue(r *http.Request) reply {
	uri := r.URL.Query().Get("uri")
	if uri == "" {
		return apiFailure(http.StatusBadRequest, "Required parameter uri missing", "")
	}
	if a, good := s.reach(r); !good {
		return a
	}
	t, known := s.playable(uri)
	if !known {
		return apiFailure(http.StatusBadRequest, "Invalid track uri: "+uri, "")
	}
	s.remember()
	if s.add(t) != nil {
		return apiBroken()
	}
	if len(s.state.Adds)%4 == 0 {
		return reply{status: http.StatusOK, text: secret(22), kind: plain}
	}
	return reply{status: http.StatusNoContent}
}

func (s *Sim) postNext(r *http.Request) reply { return s.steer(r, skipped{}) }

func (s *Sim) putPause(r *http.Request) reply {
	if s.state.Player.Device && !s.state.Player.Playing {
		return apiFailure(http.StatusForbidden, "Player command failed: Restriction violated", "UNKNOWN")
	}
	return s.steer(r, running{On: false})
}

func (s *Sim) putPlay(r *http.Request) reply {
	if s.state.Player.Device && s.state.Player.Playing {
		return apiFailure(http.StatusForbidden, "Player command failed: Restriction violated", "UNKNOWN")
	}
	return s.steer(r, running{On: true})
}

func (s *Sim) steer(r *http.Request, o op) reply {
	if a, good := s.reach(r); !good {
		return a
	}
	if s.state.Player.Ad {
		return apiFailure(http.StatusForbidden, "Player command failed: Restriction violated", "UNKNOWN")
	}
	s.remember()
	if s.commit([]op{o}) != nil {
		return apiBroken()
	}
	s.nudge()
	return reply{status: http.StatusNoContent}
}

type transferBody struct {
	Devices []string `json:"device_ids"`
	Play    bool     `json:"play"`
}

// putTransfer moves playback to a device: there is one, or none.
func (s *Sim) putTransfer(r *http.Request) reply {
	var body transferBody
	if _, good := decodeBody(r, &body); !good || len(body.Devices) != 1 {
		return apiFailure(http.StatusBadRequest, "Malformed json", "")
	}
	if !s.state.Player.Device || body.Devices[0] != s.device().ID {
		return apiFailure(http.StatusNotFound, "Device not found", "")
	}
	return s.steer(r, running{On: body.Play || s.state.Player.Playing})
}
