package desk

import (
	"slices"

	"sidestage/core/api"
	"sidestage/core/token"
)

// scope is a permission that a login asks for.
type scope struct {
	name     string
	disables string // what there is not without it, to be read after "no"
	optional bool   // the rest works all the same
}

// scopes are what a login asks each platform for.
var scopes = map[string][]scope{
	PlatformTwitch: {
		{"channel:manage:redemptions", "song requests and rolls for channel points", false},
		{"user:read:chat", "chat commands", false},
		{"user:write:chat", "answers in chat", false},
		{"moderator:read:chatters", "list of viewers", true},
		{"moderator:read:followers", "news of followers", true},
		{"channel:read:subscriptions", "news of subscribers", true},
		{"bits:read", "news of cheers", true},
		{"moderator:manage:shoutouts", "shoutouts after a raid", true},
	},
	PlatformSpotify: {
		{"user-read-playback-state", "look at what plays, without which nothing works", false},
		{"user-read-currently-playing", "look at the player's queue", false},
		{"user-modify-playback-state", "song requests and no skipping", false},
	},
}

func scopeNames(platform string) []string {
	var names []string
	for _, s := range scopes[platform] {
		names = append(names, s.name)
	}
	return names
}

// missing is what a login lacks of its platform's scopes; nothing where the
// platform did not say which it has.
func missing(platform string, have []string) []api.Missing {
	var lacks []api.Missing
	for _, s := range scopes[platform] {
		if have != nil && !slices.Contains(have, s.name) {
			lacks = append(lacks, api.Missing{Scope: s.name, Disables: s.disables, Optional: s.optional})
		}
	}
	return lacks
}

// shown is a login as the local API shows it.
func shown(st token.Status) api.Login {
	l := api.Login{
		Platform: st.Platform, State: st.State, UserID: st.UserID, Login: st.Login, Name: st.Name, Scopes: st.Scopes,
		ExpiresAt: st.ExpiresAt, AuthorizedAt: st.AuthorizedAt, EndsAt: st.EndsAt, RefreshUnknown: st.RefreshUnknown, Check: st.Check,
	}
	if st.State != token.StateLoggedOut {
		l.Missing = missing(st.Platform, st.Scopes)
	}
	return l
}
