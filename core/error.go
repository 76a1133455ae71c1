package core

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Kind says what sort of failure an error is.
type Kind uint8

// The kinds of failure.
const (
	Internal      Kind = iota // a fault of ours, or one nobody classified
	Invalid                   // the input is wrong; the same input will fail again
	NotFound                  // what was asked for does not exist
	Conflict                  // the state does not allow it, or somebody else holds it
	Denied                    // the platform or a rule refuses it
	LoginRequired             // no usable login: a person must log in again
	RateLimited               // too many calls; try later
	Unavailable               // not reachable now, and certainly without effect
	Ambiguous                 // it may or may not have happened
)

// kindFacts is the one table that says what each kind means at every edge.
var kindFacts = [...]struct {
	name   string
	exit   int
	status int
	level  slog.Level
	chat   string // "" is silence
}{
	Internal:      {"internal", 1, http.StatusInternalServerError, slog.LevelError, "something went wrong here"},
	Invalid:       {"invalid", 2, http.StatusBadRequest, slog.LevelInfo, "that could not be read"},
	NotFound:      {"not-found", 3, http.StatusNotFound, slog.LevelInfo, "that could not be found"},
	Conflict:      {"conflict", 6, http.StatusConflict, slog.LevelWarn, "that is not possible right now"},
	Denied:        {"denied", 6, http.StatusForbidden, slog.LevelWarn, "that is not possible right now"},
	LoginRequired: {"login-required", 4, http.StatusServiceUnavailable, slog.LevelError, "song requests are unavailable right now"},
	RateLimited:   {"rate-limited", 5, http.StatusTooManyRequests, slog.LevelWarn, "it is too busy right now"},
	Unavailable:   {"unavailable", 5, http.StatusServiceUnavailable, slog.LevelWarn, "it is unavailable right now"},
	Ambiguous:     {"ambiguous", 5, http.StatusBadGateway, slog.LevelError, "the streamer will have a look"},
}

// Kinds lists every kind, in order.
func Kinds() []Kind {
	ks := make([]Kind, len(kindFacts))
	for i := range ks {
		ks[i] = Kind(i)
	}
	return ks
}

// ParseKind is the inverse of Kind.String. An unknown word is Internal.
func ParseKind(s string) Kind {
	for k, f := range kindFacts {
		if f.name == s {
			return Kind(k)
		}
	}
	return Internal
}

func (k Kind) fact() int { return min(int(k), len(kindFacts)-1) }

// String is the kind's stable name, as used in JSON and the database.
func (k Kind) String() string { return kindFacts[k.fact()].name }

// ExitCode is the process exit code for an error of this kind.
func (k Kind) ExitCode() int { return kindFacts[k.fact()].exit }

// HTTPStatus is the status the local API answers with.
func (k Kind) HTTPStatus() int { return kindFacts[k.fact()].status }

// LogLevel is the level an error of this kind is logged at.
func (k Kind) LogLevel() slog.Level { return kindFacts[k.fact()].level }

// ChatReply is the general sentence viewers hear when no more exact one fits.
func (k Kind) ChatReply() string { return kindFacts[k.fact()].chat }

// Error is an error with a kind. Reason is a stable word for programs
// ("no-active-device"), empty where the kind says all.
type Error struct {
	Kind    Kind
	Reason  string
	Detail  string // see Tell
	Message string
	Err     error // may be nil
}

func (e *Error) Error() string       { return e.Message }
func (e *Error) Unwrap() error       { return e.Err }
func (e *Error) ErrorKind() Kind     { return e.Kind }
func (e *Error) ErrorReason() string { return e.Reason }
func (e *Error) ErrorDetail() string { return e.Detail }

// E makes an error of kind k. The format may wrap with %w.
func E(k Kind, format string, a ...any) error { return Because(k, "", format, a...) }

// Because is E with a reason.
func Because(k Kind, reason, format string, a ...any) error {
	err := fmt.Errorf(format, a...)
	return &Error{Kind: k, Reason: reason, Message: err.Error(), Err: errors.Unwrap(err)}
}

// Tell adds to an error with a reason what makes a sentence about that reason
// exact: a number, a title, the streamer's own words. It is shown to viewers.
func Tell(err error, detail string) error {
	return &Error{Kind: KindOf(err), Reason: ReasonOf(err), Detail: detail, Message: err.Error(), Err: err}
}

// DetailOf is the first detail in err's chain, or "".
// Errors of other packages take part by having ErrorDetail() string.
func DetailOf(err error) string {
	for err != nil {
		var d interface {
			error
			ErrorDetail() string
		}
		if !errors.As(err, &d) {
			return ""
		}
		if s := d.ErrorDetail(); s != "" {
			return s
		}
		err = errors.Unwrap(d)
	}
	return ""
}

// KindOf is the kind of the outermost classified error in err's chain.
// Errors of other packages take part by having ErrorKind() Kind.
func KindOf(err error) Kind {
	var k interface{ ErrorKind() Kind }
	if errors.As(err, &k) {
		return k.ErrorKind()
	}
	return Internal
}

// ReasonOf is the first reason in err's chain, or "".
// Errors of other packages take part by having ErrorReason() string.
func ReasonOf(err error) string {
	for err != nil {
		var r interface {
			error
			ErrorReason() string
		}
		if !errors.As(err, &r) {
			return ""
		}
		if s := r.ErrorReason(); s != "" {
			return s
		}
		err = errors.Unwrap(r)
	}
	return ""
}

// Temporary reports whether err certainly had no effect and the same call may
// succeed later. Errors take part by having a kind and Temporary() bool: those
// of the standard library have no kind, and call a time-out temporary, which
// says nothing about its effect. A core.Error is temporary when its kind is
// RateLimited or Unavailable.
func Temporary(err error) bool {
	var t interface {
		error
		ErrorKind() Kind
		Temporary() bool
	}
	return errors.As(err, &t) && t.Temporary()
}

// Temporary implements the contract of the function of that name.
func (e *Error) Temporary() bool { return e.Kind == RateLimited || e.Kind == Unavailable }

// Bounds of a Retry-After that is believed.
const (
	minRetryAfter = time.Second
	maxRetryAfter = 30 * time.Minute
)

// RetryAfter is how long the platform asked to wait, clamped to 1 s … 30 min;
// 0 when it said nothing. Errors take part by having RetryDelay() time.Duration.
func RetryAfter(err error) time.Duration {
	var d interface{ RetryDelay() time.Duration }
	if !errors.As(err, &d) || d.RetryDelay() <= 0 {
		return 0
	}
	return min(max(d.RetryDelay(), minRetryAfter), maxRetryAfter)
}
