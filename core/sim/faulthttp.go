package sim

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// faulty lets the faults that hit calls strike before, after or in place of h.
func (s *Sim) faulty(platform string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, no := s.forbids(r); platform == Spotify && no {
			a.send(w)
			return
		}
		if steers(r) && s.faults.window(faultForbidden, time.Now()) {
			apiFailure(http.StatusForbidden, "Player command failed: Restriction violated", "UNKNOWN").send(w)
			return
		}
		name, vary := s.faults.strike(r.Method+" "+r.URL.RequestURI(), strikable(r))
		switch name {
		case "":
			h.ServeHTTP(w, r)
		case faultSlow:
			linger(r.Context(), 500*time.Millisecond+time.Duration(vary%2500)*time.Millisecond)
			h.ServeHTTP(w, r)
		case faultTimeoutAfter:
			h.ServeHTTP(void{}, r)
			unanswered(w, r, vary)
		default:
			failure(platform, name, vary).send(w)
		}
	})
}

// steers reports whether the request is a command to the player.
func steers(r *http.Request) bool {
	return r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/v1/me/player")
}

// strikable lists the faults that may hit a request. Logging in is left alone
// but for slowness: what it loses can only be had by logging in again, and that
// is what refuse-refresh is for.
func strikable(r *http.Request) []string {
	path := r.URL.Path
	if path == "/ws" || path == "/activate" || path == "/authorize" {
		return nil
	}
	may := []string{faultSlow}
	if strings.HasPrefix(path, "/oauth2/") || path == "/api/token" {
		return may
	}
	may = append(may, faultUnauthorized, faultRateLimit, faultServerError)
	if r.Method != http.MethodGet {
		may = append(may, faultTimeoutAfter)
	}
	if path == "/helix/chat/messages" {
		may = append(may, faultForbidden)
	}
	return may
}

// linger waits, or less if the client gives up.
func linger(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// unanswered holds the connection, a while or until most clients give up, and
// cuts it.
func unanswered(w http.ResponseWriter, r *http.Request, vary uint64) {
	hold := time.Second + time.Duration(vary%2000)*time.Millisecond
	if vary%5 == 0 {
		hold = 35 * time.Second
	}
	linger(r.Context(), hold)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // no connection to cut: the next best is an answer that tells nothing
		w.WriteHeader(http.StatusGatewayTimeout)
		return
	}
	_ = conn.Close()
}

// void is where an answer goes that never comes.
type void struct{}

func (void) Header() http.Header         { return http.Header{} }
func (void) Write(b []byte) (int, error) { return len(b), nil }
func (void) WriteHeader(int)             {}

// failure is how a platform answers a call that a fault stops before it has any
// effect.
func failure(platform, name string, vary uint64) reply {
	if platform == Twitch {
		return twitchFailure(name, vary)
	}
	return spotifyFailure(name, vary)
}

func twitchFailure(name string, vary uint64) reply {
	switch name {
	case faultUnauthorized:
		return helixFailure(http.StatusUnauthorized, "Invalid OAuth token")
	case faultRateLimit:
		wait := 1 + vary%3
		return helixFailure(http.StatusTooManyRequests, "Too Many Requests").
			with("Ratelimit-Limit", "800").with("Ratelimit-Remaining", "0").
			with("Ratelimit-Reset", strconv.FormatInt(time.Now().Unix()+int64(wait), 10)).
			with("Retry-After", strconv.FormatUint(wait, 10))
	case faultForbidden:
		if vary%2 == 0 {
			return ok(list[messageAnswer]{Data: []messageAnswer{{Drop: &dropReason{Code: "msg_rejected", Message: "Your message is being checked by mods and has not been sent."}}}})
		}
		return helixFailure(http.StatusForbidden, "The sender is not permitted to send chat messages to the broadcaster's chat room.")
	}
	if vary%2 == 0 {
		return helixFailure(http.StatusServiceUnavailable, "")
	}
	return broken()
}

func spotifyFailure(name string, vary uint64) reply {
	switch name {
	case faultUnauthorized:
		return apiFailure(http.StatusUnauthorized, "The access token expired", "")
	case faultRateLimit:
		r := apiFailure(http.StatusTooManyRequests, "API rate limit exceeded", "")
		if vary%2 == 0 {
			r = reply{status: http.StatusTooManyRequests, text: "Too many requests", kind: plain}
		}
		return r.with("Retry-After", strconv.FormatUint(1+vary%3, 10))
	}
	switch vary % 3 {
	case 0:
		return reply{status: http.StatusBadGateway, text: "<html><head><title>502 Bad Gateway</title></head></html>", kind: "text/html"}
	case 1:
		return reply{status: http.StatusServiceUnavailable, text: "upstream connect error", kind: plain}
	}
	return apiBroken()
}
