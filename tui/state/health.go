package state

import (
	"strings"

	"sidestage/core/api"
)

// Platform is how one of the two platforms is.
type Platform struct {
	Known, OK bool
	Short     string // why it is not ok, in a few words
	Long      string // why, in a sentence
	Do        string // what a person can do; may be empty
}

// Twitch judges the login and the session that brings what happens there.
func (s State) Twitch() Platform {
	if s.Health == nil {
		return Platform{}
	}
	return judge("Twitch", s.Health.Components.Twitch, s.Health.Components.EventSub, s.Health.Components.Chat)
}

// Spotify judges the login and the player.
func (s State) Spotify() Platform {
	if s.Health == nil {
		return Platform{}
	}
	return judge("Spotify", s.Health.Components.Spotify, s.Health.Components.Player)
}

// Outages is what keeps requests from being taken or carried out: one for each
// platform in trouble.
func (s State) Outages() []Platform {
	if s.Health == nil {
		return nil
	}
	c := s.Health.Components
	var all []Platform
	for _, p := range []Platform{judge("Twitch", c.Twitch, c.EventSub), judge("Spotify", c.Spotify, c.Player)} {
		if !p.OK {
			all = append(all, p)
		}
	}
	return all
}

// judge puts the first part that is not ok into words. A reason may carry what
// to do behind a colon.
func judge(name string, parts ...api.Component) Platform {
	for _, c := range parts {
		if c.Status == api.StatusOK {
			continue
		}
		why, do, _ := strings.Cut(c.Reason, ": ")
		switch why {
		case "log in":
			return Platform{Known: true, Short: "log in", Long: name + " needs a login", Do: "Run: " + do}
		case "":
			why = or(c.State, "not ok")
			if len(c.Missing) > 0 {
				why += ", no " + strings.Join(cleanAll(c.Missing), ", ")
			}
		}
		short := strings.TrimPrefix(strings.TrimPrefix(why, name+" has "), name+" ")
		long := why
		if !strings.HasPrefix(why, name) {
			long = name + ": " + why
		}
		return Platform{Known: true, Short: short, Long: long, Do: sentence(do)}
	}
	return Platform{Known: true, OK: true}
}

// sentence makes a clause stand alone.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// Pending counts the requests that have not been handed over to Spotify.
func (s State) Pending() int {
	n := 0
	for _, t := range s.Queue.Tracks {
		if t.State == api.StatePending {
			n++
		}
	}
	return n
}
