package spotify

import (
	"strconv"
	"strings"
	"time"

	"sidestage/core"
)

// The reasons of an Error: stable words, whatever the platform's wording.
const (
	ReasonTokenRefused  = "token-refused"          // the access token does not serve, nor did a fresh one
	ReasonMissingScope  = "missing-scope"          // the login lacks a permission: log in again
	ReasonPremium       = "premium-required"       // the account has no Premium
	ReasonOwnerPremium  = "owner-premium-required" // the owner of the app has no Premium: nothing works
	ReasonNotAllowed    = "not-allowlisted"        // the account is not listed in the app's dashboard
	ReasonRestricted    = "restricted"             // the player refuses this just now: an ad, nothing to skip to, …
	ReasonForbidden     = "forbidden"              // another 403; the message says all there is
	ReasonNoDevice      = "no-active-device"       // nothing plays anywhere
	ReasonDeviceGone    = "device-not-found"       // the device meant is not there any more
	ReasonNotFound      = "not-found"              // another 404
	ReasonTrackNotFound = "track-not-found"        // no track has this id
	ReasonQuota         = "quota-exceeded"         // the quota of the developer account, for hours
	ReasonRate          = "rate-limited"           // too many calls in half a minute
	ReasonBadRequest    = "bad-request"            // 400
	ReasonRefused       = "refused"                // another 4xx
	ReasonServer        = "server-error"           // 5xx and whatever else is no answer to the call
	ReasonUnreachable   = "unreachable"            // no connection; nothing was sent
	ReasonNoAnswer      = "no-answer"              // sent, but the answer did not come, or not whole
	ReasonUnreadable    = "unreadable-answer"      // a 2xx that makes no sense
	ReasonInvalidGrant  = "invalid-grant"          // the refresh token is expired, revoked or used up
	ReasonInvalidClient = "invalid-client"         // the client id is not known
	ReasonNoRefresh     = "refresh-refused"        // another 4xx to a refresh
)

// Error is a call that failed. Status is 0 when no answer came; Message is the
// platform's own text, made safe to show; RetryAfter is what it asked for, not
// clamped, and 0 when it did not.
type Error struct {
	Status     int
	Kind       core.Kind
	Reason     string
	Message    string
	RetryAfter time.Duration
	Err        error // what broke on the way, may be nil
}

// Error implements error. It holds no token.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("spotify: ")
	if e.Status != 0 {
		b.WriteString(strconv.Itoa(e.Status) + " ")
	}
	b.WriteString(e.Reason)
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap is what broke on the way, or nil.
func (e *Error) Unwrap() error { return e.Err }

// ErrorKind implements the contract of core.KindOf.
func (e *Error) ErrorKind() core.Kind { return e.Kind }

// ErrorReason implements the contract of core.ReasonOf.
func (e *Error) ErrorReason() string { return e.Reason }

// RetryDelay implements the contract of core.RetryAfter.
func (e *Error) RetryDelay() time.Duration { return e.RetryAfter }

// Temporary implements the contract of core.Temporary. A missing device is
// without effect too, but somebody has to press play before a retry can help.
func (e *Error) Temporary() bool {
	if e.Reason == ReasonNoDevice || e.Reason == ReasonDeviceGone {
		return false
	}
	return e.Kind == core.RateLimited || e.Kind == core.Unavailable
}
