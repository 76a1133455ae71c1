package twitch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"sidestage/core"
)

// ErrSettled marks the refusal to settle a redemption that is not (or no
// longer) UNFULFILLED or does not exist: somebody else was first. Ask
// Client.Redemption what became of it.
var ErrSettled = errors.New("redemption is settled already or does not exist")

// maxMessage caps what of an answer is kept in an error, in runes.
const maxMessage = 300

// Error is an answer of Twitch that is not a success.
type Error struct {
	Op         string        // what was asked, such as "GET /streams"
	Status     int           // HTTP status
	Code       string        // Twitch's "error" word; empty from id.twitch.tv
	Message    string        // Twitch's message, or the start of a body that is not JSON
	RetryAfter time.Duration // how long Twitch asks to wait; 0 when it said nothing

	write   bool // a failure inside Twitch may have happened after the effect
	settled bool
	page    bool // it is a web page: whoever stands between us and Twitch has answered
}

// Error says what was asked and what Twitch answered.
func (e *Error) Error() string {
	text := fmt.Sprintf("twitch: %s: %d %s", e.Op, e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// Is lets errors.Is recognise ErrSettled.
func (e *Error) Is(target error) bool { return e.settled && target == ErrSettled }

// ErrorKind sorts the answer by its status.
func (e *Error) ErrorKind() core.Kind {
	switch {
	case e.foreign():
		return core.Unavailable
	case e.settled:
		return core.NotFound // production's 404; the mock servers say 400
	case e.Status == http.StatusUnauthorized:
		return core.LoginRequired
	case e.Status == http.StatusForbidden:
		return core.Denied
	case e.Status == http.StatusNotFound:
		return core.NotFound
	case e.Status == http.StatusConflict:
		return core.Conflict
	case e.Status == http.StatusTooManyRequests:
		return core.RateLimited
	case e.Status >= 500 && e.write:
		return core.Ambiguous
	case e.Status >= 500, e.Status < 400, e.Status == http.StatusRequestTimeout:
		return core.Unavailable // a redirect is some portal's answer, not Twitch's
	default:
		return core.Invalid
	}
}

// foreign reports whether somebody else refused the call. Those who are too busy
// mean the same whoever they are.
func (e *Error) foreign() bool {
	return e.page && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests
}

// Temporary reports whether the call had no effect and may succeed later.
func (e *Error) Temporary() bool {
	k := e.ErrorKind()
	return k == core.RateLimited || k == core.Unavailable
}

// RetryDelay is RetryAfter, for core.RetryAfter.
func (e *Error) RetryDelay() time.Duration { return e.RetryAfter }

// Dropped says that Twitch accepted a chat message and did not post it
// (is_sent false). Its codes are undocumented and change.
type Dropped struct{ Code, Message string }

// Error names Twitch's reason.
func (d *Dropped) Error() string {
	return fmt.Sprintf("twitch: chat message dropped (%s): %s", d.Code, d.Message)
}

// ErrorKind is Denied: the same message will be dropped again.
func (d *Dropped) ErrorKind() core.Kind { return core.Denied }

// ErrorReason is "dropped".
func (d *Dropped) ErrorReason() string { return "dropped" }

// Temporary is false.
func (d *Dropped) Temporary() bool { return false }

// refusal turns an answer that is not a success into an *Error. What stands in
// secrets is struck out of Twitch's text.
func refusal(r request, a answer, secrets ...string) *Error {
	var body struct{ Error, Message string }
	_ = json.Unmarshal(a.body, &body) // a body that is not JSON speaks for itself below
	page := bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
	switch {
	case page:
		body.Message = "a web page answers in place of Twitch"
	case body.Error == "" && body.Message == "":
		body.Message = string(a.body)
	}
	return &Error{
		Op:         r.op(),
		Status:     a.status,
		Code:       plain(body.Error, secrets),
		Message:    plain(body.Message, secrets),
		RetryAfter: retryAfter(a.header),
		write:      r.write(),
		page:       page,
	}
}

// retryAfter reads how long to wait: for an empty bucket, or what Retry-After
// says, in seconds or as a date (RFC 9110), taken against the answer's own.
func retryAfter(h http.Header) time.Duration {
	if wait := reset(h); wait > 0 {
		return wait
	}
	after := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(after, 10, 32); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	at, err := http.ParseTime(after)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(told(h)))
}

// told is when an answer was sent, by its own clock where it says: the one here
// may be wrong.
func told(h http.Header) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

// plain makes foreign text fit for one line of a log.
func plain(s string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[redacted]")
		}
	}
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	return cut(strings.Join(strings.Fields(s), " "), maxMessage)
}

// cut is the first n runes of s.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
