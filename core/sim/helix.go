package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Twitch scopes that are checked.
const (
	scopeRedemptions     = "channel:manage:redemptions"
	scopeReadRedemptions = "channel:read:redemptions"
	scopeReadChat        = "user:read:chat"
	scopeWriteChat       = "user:write:chat"
	scopeChatters        = "moderator:read:chatters"
	scopeReadIRC         = "chat:read"
	scopeFollowers       = "moderator:read:followers"
	scopeSubscribers     = "channel:read:subscriptions"
	scopeBits            = "bits:read"
	scopeShoutouts       = "moderator:manage:shoutouts"
)

func (s *Sim) twitchRoutes() http.Handler {
	mux := http.NewServeMux()
	plainRoute := func(pattern string, h func(*http.Request) reply) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h(r).send(w) })
	}
	plainRoute("POST /oauth2/device", s.postDevice)
	plainRoute("GET /oauth2/authorize", s.getTwitchAuthorize)
	plainRoute("POST /oauth2/token", s.postTwitchToken)
	plainRoute("GET /oauth2/validate", s.getValidate)
	plainRoute("POST /oauth2/revoke", s.postRevoke)
	plainRoute("GET /activate", s.activate)

	const rewards, redemptions = "/helix/channel_points/custom_rewards", "/helix/channel_points/custom_rewards/redemptions"
	mux.Handle("GET /helix/users", s.helix(s.getUsers))
	mux.Handle("GET /helix/streams", s.helix(s.getStreams))
	mux.Handle("GET /helix/channels", s.helix(s.getChannels))
	mux.Handle("GET /helix/channels/followers", s.helix(s.getFollowers))
	mux.Handle("GET /helix/chat/chatters", s.helix(s.getChatters, scopeChatters))
	mux.Handle("POST /helix/chat/shoutouts", s.helix(s.postShoutout, scopeShoutouts))
	mux.Handle("POST /helix/chat/messages", s.helix(s.postMessage, scopeWriteChat))
	mux.Handle("POST "+rewards, s.helix(s.postReward, scopeRedemptions))
	mux.Handle("GET "+rewards, s.helix(s.getRewards, scopeRedemptions, scopeReadRedemptions))
	mux.Handle("PATCH "+rewards, s.helix(s.patchReward, scopeRedemptions))
	mux.Handle("DELETE "+rewards, s.helix(s.deleteReward, scopeRedemptions))
	mux.Handle("GET "+redemptions, s.helix(s.getRedemptions, scopeRedemptions, scopeReadRedemptions))
	mux.Handle("PATCH "+redemptions, s.helix(s.patchRedemptions, scopeRedemptions))
	mux.Handle("POST /helix/eventsub/subscriptions", s.helix(s.postSubscription))
	mux.Handle("GET /helix/eventsub/subscriptions", s.helix(s.getSubscriptions))
	mux.Handle("DELETE /helix/eventsub/subscriptions", s.helix(s.deleteSubscription))
	mux.HandleFunc("GET /ws", s.serveSocket)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		helixFailure(http.StatusNotFound, "").send(w)
	})
	return limited(s.faulty(Twitch, mux))
}

type helixError struct {
	Error   string `json:"error"`
	Status  int    `json:"status"`
	Message string `json:"message"`
}

func helixFailure(status int, format string, a ...any) reply {
	return reply{status: status, body: helixError{Error: http.StatusText(status), Status: status, Message: fmt.Sprintf(format, a...)}}
}

func broken() reply { return helixFailure(http.StatusInternalServerError, "") }

// list is Helix's envelope.
type list[T any] struct {
	Data       []T         `json:"data"`
	Pagination *pagination `json:"pagination,omitempty"`
	Total      *int        `json:"total,omitempty"`
}

type pagination struct {
	Cursor string `json:"cursor,omitempty"`
}

// helix is the gate of every Helix route: token, client id, any of the scopes,
// rate limit. The route runs with s.mu held.
func (s *Sim) helix(route func(r *http.Request, who caller) reply, scopes ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		a, limits := s.admit(r, route, scopes)
		s.mu.Unlock()
		maps.Copy(w.Header(), limits)
		a.send(w)
	})
}

func (s *Sim) admit(r *http.Request, route func(*http.Request, caller) reply, scopes []string) (reply, http.Header) {
	token, bears := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bears {
		return helixFailure(http.StatusUnauthorized, "OAuth token is missing"), nil
	}
	who, good := s.bearer(Twitch, token)
	switch {
	case !good:
		return helixFailure(http.StatusUnauthorized, "Invalid OAuth token"), nil
	case r.Header.Get("Client-Id") == "":
		return helixFailure(http.StatusUnauthorized, "Client ID is missing"), nil
	case r.Header.Get("Client-Id") != who.login.Client:
		return helixFailure(http.StatusUnauthorized, "Client ID and OAuth token do not match"), nil
	case !who.may(scopes...):
		return helixFailure(http.StatusUnauthorized, "Missing scope: %s", strings.Join(scopes, " or ")), nil
	}
	now, b := time.Now(), s.bucket(r, who)
	if dry := s.faults.windowEnd(faultDryBucket, now); !dry.IsZero() {
		return tooMany(), bucket{size: b.size}.header(dry)
	}
	if !b.take(now) {
		return tooMany(), b.header(b.full())
	}
	a := route(r, who)
	return a, b.header(b.full())
}

func tooMany() reply { return helixFailure(http.StatusTooManyRequests, "Too Many Requests") }

// bucket is a client's rate limit: points that come back evenly.
type bucket struct {
	size  float64
	span  time.Duration // from empty to full
	left  float64
	since time.Time
}

// bucket finds the caller's: 800 points a minute, and for chat messages one of
// its own, 100 in 30 s as the broadcaster.
func (s *Sim) bucket(r *http.Request, who caller) *bucket {
	size, span, key := 800.0, time.Minute, who.login.Client
	if r.URL.Path == "/helix/chat/messages" {
		size, span, key = 100, 30*time.Second, key+" chat"
	}
	b, ok := s.buckets[key]
	if !ok {
		b = &bucket{size: size, span: span, left: size, since: time.Now()}
		s.buckets[key] = b
	}
	return b
}

func (b *bucket) take(now time.Time) bool {
	b.left = min(b.size, b.left+b.size*float64(now.Sub(b.since))/float64(b.span))
	b.since = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// full is when no point is missing any more.
func (b *bucket) full() time.Time {
	return b.since.Add(time.Duration((b.size - b.left) / b.size * float64(b.span)))
}

// header tells the bucket the way Twitch does: Reset is a Unix time in seconds.
func (b bucket) header(reset time.Time) http.Header {
	h := http.Header{}
	h.Set("Ratelimit-Limit", strconv.Itoa(int(b.size)))
	h.Set("Ratelimit-Remaining", strconv.Itoa(int(math.Floor(b.left))))
	h.Set("Ratelimit-Reset", strconv.FormatInt(reset.Unix()+1, 10))
	return h
}

// decodeBody reads a JSON body into v, which it reports as Helix would.
func decodeBody(r *http.Request, v any) (reply, bool) {
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		return helixFailure(http.StatusBadRequest, "The request body is not valid JSON"), false
	}
	return reply{}, true
}

// ownChannel checks that the query names the token's own channel.
func (s *Sim) ownChannel(r *http.Request, key string) (reply, bool) {
	switch r.URL.Query().Get(key) {
	case s.opt.Broadcaster.ID:
		if s.pointless && strings.HasPrefix(r.URL.Path, "/helix/channel_points/") {
			return helixFailure(http.StatusForbidden, "The broadcaster must have partner or affiliate status."), false
		}
		return reply{}, true
	case "":
		return helixFailure(http.StatusBadRequest, "Missing required parameter %q", key), false
	}
	return helixFailure(http.StatusUnauthorized, "The ID in %s must match the user ID found in the request's OAuth token.", key), false
}

// firstOf reads a page size: def where it is absent.
func firstOf(r *http.Request, def, most int) (int, bool) {
	text := r.URL.Query().Get("first")
	if text == "" {
		return def, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= most
}

// pageOf cuts one page out of all, and gives the cursor of the next.
func pageOf[T any](all []T, r *http.Request, first int) ([]T, *pagination, bool) {
	start, err := 0, error(nil)
	if after := r.URL.Query().Get("after"); after != "" {
		start, err = strconv.Atoi(strings.TrimPrefix(after, cursorMark))
	}
	if err != nil || start < 0 {
		return nil, nil, false
	}
	start = min(start, len(all))
	end := min(start+first, len(all))
	p := &pagination{}
	if end < len(all) {
		p.Cursor = cursorMark + strconv.Itoa(end)
	}
	return all[start:end], p, true
}

const cursorMark = "eyJvIjo"
