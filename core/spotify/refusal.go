package spotify

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"sidestage/core"
)

// rules translate refusals, the first that fits. status 0 is any 4xx; code is
// the platform's reason and says a part of its message in lower case. Messages
// count because half of these answers come without a reason, or as plain text.
var rules = []struct {
	status     int
	code, says string
	kind       core.Kind
	reason     string
}{
	{0, "QUOTA_EXCEEDED", "", core.RateLimited, ReasonQuota},
	{0, "RATE_LIMITED", "", core.RateLimited, ReasonRate},
	{0, "PREMIUM_REQUIRED", "", core.Denied, ReasonPremium},
	{0, "NO_ACTIVE_DEVICE", "", core.Unavailable, ReasonNoDevice},
	{0, "", "insufficient_scope", core.LoginRequired, ReasonMissingScope},
	{0, "", "insufficient client scope", core.LoginRequired, ReasonMissingScope},
	{401, "", "permissions missing", core.LoginRequired, ReasonMissingScope},
	{401, "", "", core.LoginRequired, ReasonTokenRefused},
	{403, "", "subscription required for the owner", core.Denied, ReasonOwnerPremium},
	{403, "", "premium required", core.Denied, ReasonPremium},
	{403, "", "not registered", core.Denied, ReasonNotAllowed},
	{403, "", "not approved for app", core.Denied, ReasonNotAllowed},
	{403, "", "restriction violated", core.Denied, ReasonRestricted},
	{403, "", "restricted device", core.Denied, ReasonRestricted},
	{403, "UNKNOWN", "", core.Denied, ReasonRestricted},
	{403, "CONTEXT_DISALLOW", "", core.Denied, ReasonRestricted},
	{403, "REMOTE_CONTROL_DISALLOW", "", core.Denied, ReasonRestricted},
	{403, "DEVICE_NOT_CONTROLLABLE", "", core.Denied, ReasonRestricted},
	{403, "ENDLESS_CONTEXT", "", core.Denied, ReasonRestricted},
	{403, "NO_NEXT_TRACK", "", core.Denied, ReasonRestricted},
	{403, "NO_SPECIFIC_TRACK", "", core.Denied, ReasonRestricted},
	{403, "NOT_PLAYING_CONTEXT", "", core.Denied, ReasonRestricted},
	{403, "NOT_PLAYING_LOCALLY", "", core.Denied, ReasonRestricted},
	{403, "NOT_PLAYING_TRACK", "", core.Denied, ReasonRestricted},
	{403, "", "", core.Denied, ReasonForbidden},
	{404, "", "no active device", core.Unavailable, ReasonNoDevice},
	{404, "", "device not found", core.Unavailable, ReasonDeviceGone},
	{404, "", "", core.NotFound, ReasonNotFound},
	{429, "", "", core.RateLimited, ReasonRate},
	{400, "", "", core.Invalid, ReasonBadRequest},
	{0, "", "", core.Denied, ReasonRefused},
}

// refusal is the error of an answer that is not 2xx. Only a 4xx says for sure
// that nothing was done; anything else leaves a command (effect) Ambiguous.
func (a answer) refusal(effect bool, secret string) *Error {
	p := problemOf(a)
	e := &Error{Status: a.status, Message: shown(p.message, secret), RetryAfter: a.retryAfter()}
	if !a.definite() {
		e.Kind, e.Reason = core.Unavailable, ReasonServer
		if effect {
			e.Kind = core.Ambiguous
		}
		return e
	}
	if a.page() {
		e.Kind, e.Reason = core.Unavailable, ReasonServer
		return e
	}
	says := strings.ToLower(p.message + " " + a.header.Get("WWW-Authenticate"))
	for _, r := range rules {
		if (r.status == 0 || r.status == a.status) && (r.code == "" || r.code == p.code) && strings.Contains(says, r.says) {
			e.Kind, e.Reason = r.kind, r.reason
			break
		}
	}
	return e
}

// definite reports whether the platform itself refused the call. 408 is the
// word of whoever waited for the request, in the path or at its end.
func (a answer) definite() bool {
	return a.status >= 400 && a.status <= 499 && a.status != http.StatusRequestTimeout
}

// retryAfter is the wait the platform asks for, in seconds or, as whoever stands
// in between may, by a date (RFC 9110), taken against the answer's own. Anything
// else is 0.
func (a answer) retryAfter() time.Duration {
	after := strings.TrimSpace(a.header.Get("Retry-After"))
	if n, err := strconv.ParseUint(after, 10, 32); err == nil {
		return time.Duration(n) * time.Second
	}
	at, err := http.ParseTime(after)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, at.Sub(now))
}

// page reports whether a refusal is a web page: whoever stands between us and
// Spotify has answered, without passing the call on. Those who are too busy mean
// the same whoever they are.
func (a answer) page() bool {
	return a.status != http.StatusTooManyRequests && bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
}

// maxShown is the longest message kept, in characters.
const maxShown = 300

// shown makes a text of the platform fit to be shown and logged: one line,
// nothing invisible, not endless, and without the secret it may repeat.
func shown(text, secret string) string {
	if secret != "" {
		text = strings.ReplaceAll(text, secret, "[secret]")
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if short := clip(text, maxShown); short != text {
		return short + "…"
	}
	return text
}

// clip is at most the first n characters of text.
func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}

// problem is what an error body says, in any of its three forms.
type problem struct{ code, message string }

// problemOf reads {"error":{"message","reason"}} of the Web API,
// {"error":"code","error_description":"…"} of the token endpoint, or plain
// text. Pages of HTML are named by their status.
func problemOf(a answer) problem {
	var w struct {
		Error       json.RawMessage `json:"error"`
		Description string          `json:"error_description"`
	}
	body := strings.TrimSpace(string(a.body))
	if json.Unmarshal([]byte(body), &w) != nil {
		if body == "" || body[0] == '<' || body[0] == '{' {
			body = http.StatusText(a.status)
		}
		return problem{message: body}
	}
	var code string
	if json.Unmarshal(w.Error, &code) == nil {
		return problem{code: code, message: w.Description}
	}
	var e struct {
		Message string `json:"message"`
		Reason  string `json:"reason"`
	}
	_ = json.Unmarshal(w.Error, &e) // of another form: nothing to tell
	return problem{code: e.Reason, message: e.Message}
}
