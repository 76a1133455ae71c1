package spotify_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/spotify"
)

func apiError(status, message, reason string) string {
	b := `{"error":{"status":` + status + `,"message":"` + message + `"`
	if reason != "" {
		b += `,"reason":"` + reason + `"`
	}
	return b + "}}"
}

// refused is a refusal and what a command makes of it. With get set a read
// makes another kind of it.
var refused = []struct {
	reply     reply
	kind, get core.Kind
	reason    string
	message   string
}{
	{reply: reply{status: 400, body: apiError("400", "Invalid track uri", "")}, kind: core.Invalid, reason: "bad-request", message: "Invalid track uri"},
	{reply: reply{status: 403, body: apiError("403", "Player command failed: Premium required", "PREMIUM_REQUIRED")},
		kind: core.Denied, reason: "premium-required", message: "Player command failed: Premium required"},
	{reply: reply{status: 403, body: apiError("403", "Player command failed: Premium required", "")}, kind: core.Denied, reason: "premium-required"},
	{reply: reply{status: 403, body: "Active premium subscription required for the owner of the app. When the subscription status changes, it can take a few hours before requests are allowed again."},
		kind: core.Denied, reason: "owner-premium-required",
		message: "Active premium subscription required for the owner of the app. When the subscription status changes, it can take a few hours before requests are allowed again."},
	{reply: reply{status: 403, body: apiError("403", "Active premium subscription required for the owner of the app", "")}, kind: core.Denied, reason: "owner-premium-required"},
	{reply: reply{status: 403, body: "User not registered in the Developer Dashboard"}, kind: core.Denied, reason: "not-allowlisted",
		message: "User not registered in the Developer Dashboard"},
	{reply: reply{status: 403, body: apiError("403", "User not registered in the Developer Dashboard", "")}, kind: core.Denied, reason: "not-allowlisted"},
	{reply: reply{status: 403, body: "User not approved for app"}, kind: core.Denied, reason: "not-allowlisted"},
	{reply: reply{status: 403, body: apiError("403", "Player command failed: Restriction violated", "UNKNOWN")}, kind: core.Denied, reason: "restricted"},
	{reply: reply{status: 403, body: apiError("403", "Player command failed: Restriction violated", "")}, kind: core.Denied, reason: "restricted"},
	{reply: reply{status: 403, body: apiError("403", "no", "CONTEXT_DISALLOW")}, kind: core.Denied, reason: "restricted"},
	{reply: reply{status: 403, body: apiError("403", "no", "NO_NEXT_TRACK")}, kind: core.Denied, reason: "restricted"},
	{reply: reply{status: 403, body: apiError("403", "This endpoint is not available to your app", "")}, kind: core.Denied, reason: "forbidden",
		message: "This endpoint is not available to your app"},
	{reply: reply{status: 403}, kind: core.Denied, reason: "forbidden", message: "Forbidden"},
	{reply: reply{status: 404, body: apiError("404", "Player command failed: No active device found", "NO_ACTIVE_DEVICE")}, kind: core.Unavailable, reason: "no-active-device",
		message: "Player command failed: No active device found"},
	{reply: reply{status: 404, body: apiError("404", "Player command failed: No active device found", "")}, kind: core.Unavailable, reason: "no-active-device"},
	{reply: reply{status: 404, body: apiError("404", "Device not found", "")}, kind: core.Unavailable, reason: "device-not-found", message: "Device not found"},
	{reply: reply{status: 404, body: apiError("404", "Service not found", "")}, kind: core.NotFound, reason: "not-found"},
	{reply: reply{status: 404}, kind: core.NotFound, reason: "not-found", message: "Not Found"},
	{reply: reply{status: 405, body: "no"}, kind: core.Denied, reason: "refused", message: "no"},
	{reply: reply{status: 429, body: apiError("429", "Too many requests", "QUOTA_EXCEEDED"), retryAfter: "48925"}, kind: core.RateLimited, reason: "quota-exceeded"},
	{reply: reply{status: 429, body: apiError("429", "API rate limit exceeded", ""), retryAfter: "7"}, kind: core.RateLimited, reason: "rate-limited"},
	{reply: reply{status: 429, body: "Too many requests"}, kind: core.RateLimited, reason: "rate-limited", message: "Too many requests"},
	{reply: reply{status: 408}, kind: core.Ambiguous, get: core.Unavailable, reason: "server-error"},
	{reply: reply{status: 500, body: apiError("500", "Server error", "")}, kind: core.Ambiguous, get: core.Unavailable, reason: "server-error", message: "Server error"},
	{reply: reply{status: 502, body: "<!DOCTYPE html><html>Bad gateway</html>"}, kind: core.Ambiguous, get: core.Unavailable, reason: "server-error", message: "Bad Gateway"},
	{reply: reply{status: 503, retryAfter: "5"}, kind: core.Ambiguous, get: core.Unavailable, reason: "server-error", message: "Service Unavailable"},
	{reply: reply{status: 504, body: apiError("504", "late", "NO_ACTIVE_DEVICE")}, kind: core.Ambiguous, get: core.Unavailable, reason: "server-error", message: "late"},
}

func TestEveryRefusalIsNamedAndKeepsItsStatus(t *testing.T) {
	for _, v := range refused {
		for _, call := range []string{"next", "add", "player", "queue", "me"} {
			kind := v.kind
			if v.get != core.Internal && call != "next" && call != "add" {
				kind = v.get
			}
			c, f := start(t, v.reply)
			err := calls[call](t.Context(), c)
			var e *spotify.Error
			if !errors.As(err, &e) {
				t.Fatalf("%s, %d: %v is no *spotify.Error", call, v.reply.status, err)
			}
			if e.Status != v.reply.status || core.ReasonOf(err) != v.reason || core.KindOf(err) != kind {
				t.Errorf("%s, %d %.50q: %v, kind %v, want %v %s", call, v.reply.status, v.reply.body, err, core.KindOf(err), kind, v.reason)
			}
			if v.message != "" && e.Message != v.message {
				t.Errorf("%s, %d: message %q, want %q", call, v.reply.status, e.Message, v.message)
			}
			if n := len(f.requests()); n != 1 {
				t.Errorf("%s, %d: %d requests", call, v.reply.status, n)
			}
		}
	}
}

// The Web API speaks JSON, and text where it must; a web page is of somebody in
// between, who did not pass the call on.
func TestAWebPageIsNoRefusalOfSpotifys(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405} {
		for call, do := range calls {
			c, f := start(t, reply{status: status, body: "\n<!DOCTYPE html><title>Sign in to the hotel</title>"})
			err := do(t.Context(), c)
			if core.KindOf(err) != core.Unavailable || core.ReasonOf(err) != "server-error" || !core.Temporary(err) || len(f.requests()) != 1 {
				t.Errorf("%s, %d: %v (%v), %d requests", call, status, err, core.KindOf(err), len(f.requests()))
			}
		}
	}
	c, _ := start(t, reply{status: 429, body: "<html>", retryAfter: "7"})
	if err := c.Next(t.Context()); core.KindOf(err) != core.RateLimited || core.RetryAfter(err) != 7*time.Second {
		t.Error(err)
	}
}

func TestOnlyWhatMayPassByItselfIsTemporary(t *testing.T) {
	for _, v := range refused {
		want := v.kind == core.RateLimited
		c, _ := start(t, v.reply)
		if err := c.Next(t.Context()); core.Temporary(err) != want {
			t.Errorf("command, %d %s: temporary = %v", v.reply.status, v.reason, !want)
		}
		want = want || v.get == core.Unavailable
		c, _ = start(t, v.reply)
		if _, err := c.Player(t.Context()); core.Temporary(err) != want {
			t.Errorf("read, %d %s: temporary = %v", v.reply.status, v.reason, !want)
		}
	}
}

func TestRetryAfterIsSecondsOrADateOrNothing(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		" 7 ":                           7 * time.Second,
		"48925":                         48925 * time.Second,
		"86400":                         24 * time.Hour,
		"0":                             0,
		"-3":                            0,
		"soon":                          0,
		"1.5":                           0,
		"99999999999999999999":          0,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0,
	} {
		c, _ := start(t, reply{status: 429, retryAfter: header})
		err := c.Next(t.Context())
		var e *spotify.Error
		if !errors.As(err, &e) || e.RetryAfter != want || e.RetryDelay() != want {
			t.Errorf("Retry-After %q: %v, want %v", header, e, want)
		}
	}
}

func TestAMessageIsMadeFitToShow(t *testing.T) {
	for body, want := range map[string]string{
		"red \x1b[31malert\x07\r\nnow": "red [31malert now",
		"a\u202egnorts\u202c\u200b":    "a gnorts",
		strings.Repeat("é", 70_000):    strings.Repeat("é", 300) + "…",
		"\xff\xfe":                     "\ufffd\ufffd",
		`{"error":`:                    "Forbidden",
		`{"error":{"status":403}}`:     "",
		`{"error":7}`:                  "",
		`["no"]`:                       `["no"]`,
	} {
		c, _ := start(t, reply{status: 403, body: body})
		err := c.Next(t.Context())
		var e *spotify.Error
		if !errors.As(err, &e) || e.Status != 403 || e.Message != want {
			t.Errorf("%.40q: message %.400q, want %.400q", body, e.Message, want)
		}
	}
}

func TestAnErrorSaysWhatWasBeingDone(t *testing.T) {
	c, _ := start(t, refused[0].reply)
	want := "add spotify:track:" + id + " to queue: spotify: 400 bad-request: Invalid track uri"
	if got := c.AddToQueue(t.Context(), "spotify:track:"+id).Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
