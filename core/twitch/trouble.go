package twitch

import (
	"errors"
	"slices"
	"strings"

	"sidestage/core"
)

// trouble is why a subscription does not stand, and what a person can do.
type trouble struct {
	why string // Twitch's words where there are any
	do  string // "" where there is nothing to do but wait
}

const (
	loginAgain = "run sidestage auth login twitch"
	cleanUp    = "stop other programs with this login, or run sidestage eventsub cleanup"
	byItself   = "the desk asks again by itself"
)

// troubleOf explains the refusal of a subscription.
func troubleOf(err error) trouble {
	why := err.Error()
	if e, ok := errors.AsType[*Error](err); ok && e.Message != "" {
		why = e.Message
	}
	why = strings.ReplaceAll(why, ": ", ", ") // what is to be done stands behind a colon
	switch core.KindOf(err) {
	case core.Denied:
		return trouble{why + ", this login does not allow it", loginAgain}
	case core.LoginRequired:
		return trouble{why, loginAgain}
	case core.Conflict:
		return trouble{why + ", another session holds it", cleanUp}
	case core.RateLimited:
		if _, other := errors.AsType[elsewhere](err); !other && core.RetryAfter(err) > 0 {
			return trouble{why + ", too many calls in a minute", byItself}
		}
		return trouble{why + ", Twitch allows a login 3 connections and subscriptions of a cost of 10", cleanUp}
	default: // it is tried again, or will not be had
		return trouble{why: why}
	}
}

// revocations say what Twitch's words for the end of a subscription mean and
// what helps.
var revocations = map[string]trouble{
	"authorization_revoked": {"the permission was withdrawn", loginAgain},
	"user_removed":          {"the account is gone", "log in with an account that exists, sidestage auth login twitch"},
	"version_removed":       {"Twitch has retired this version", "update sidestage"},
	"moderator_removed":     {"the login moderates the channel no more", loginAgain},
	"chat_user_banned":      {"the account is banned from the chat", "lift the ban, then restart the desk"},
}

// revokedAs explains a revocation.
func revokedAs(status string) trouble {
	status = plain(status, nil)
	t, known := revocations[status]
	if !known {
		return trouble{"revoked, " + status, "restart the desk to ask for it again"}
	}
	return trouble{"revoked, " + status + ", " + t.why, t.do}
}

// brings is what a person misses without a subscription of a type.
func brings(typ string) string {
	if i := slices.IndexFunc(kinds, func(k kind) bool { return k.typ == typ }); i >= 0 {
		return kinds[i].brings
	}
	return typ
}

// tell puts what does not stand into words: what is missing and why, and behind
// a colon what to do. What has the same trouble is told together.
func tell(claims []claim) []string {
	var told []string
	done := map[trouble]bool{}
	for _, c := range claims {
		if c.standing == stands || c.trouble == (trouble{}) || done[c.trouble] {
			continue
		}
		done[c.trouble] = true
		var missing []string
		for _, o := range claims {
			if o.standing != stands && o.trouble == c.trouble {
				missing = append(missing, brings(o.want.Type))
			}
		}
		text := "Twitch does not tell of " + strings.Join(missing, ", ") + " (" + c.trouble.why + ")"
		if c.trouble.do != "" {
			text += ": " + c.trouble.do
		}
		told = append(told, text)
	}
	return told
}
