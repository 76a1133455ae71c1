// Package achievement awards viewers for what they did: definitions say what
// counts and how often it has to happen, the journal's events are what
// happened, and Apply turns one event into progress and unlocks.
//
// Everything follows from the journal, in its order: applied event by event as
// they are committed, or all over again by Replay, the result is the same. How
// progress is kept is behind Tx.
package achievement

import (
	"regexp"
	"slices"
	"strings"

	"sidestage/core"
)

// Trigger is what counts towards an achievement.
type Trigger string

// The triggers.
const (
	Request      Trigger = "request"      // a song request was fulfilled or, where it was free, handed to the player
	Roll         Trigger = "roll"         // a roll of the keyboard raffle, won or lost
	Win          Trigger = "win"          // a roll that won
	Loss         Trigger = "loss"         // a roll that lost
	Record       Trigger = "record"       // a losing roll closer than every one before
	Follow       Trigger = "follow"       // the viewer follows the channel now
	Subscription Trigger = "subscription" // the viewer subscribed
	Cheer        Trigger = "cheer"        // the viewer cheered
)

// Triggers lists every trigger by its word in the settings.
func Triggers() []string {
	return []string{string(Request), string(Roll), string(Win), string(Loss), string(Record), string(Follow), string(Subscription), string(Cheer)}
}

// Scope is how long progress counts.
type Scope string

// The scopes.
const (
	Cumulative Scope = "cumulative" // for ever; it is unlocked once
	Session    Scope = "session"    // from stream online to offline; it can be unlocked in every session
)

// Scopes lists every scope by its word in the settings.
func Scopes() []string { return []string{string(Cumulative), string(Session)} }

// Definition is one achievement.
type Definition struct {
	ID          string // lower case, digits and _
	Enabled     bool   // false: nothing counts towards it
	Name        string
	Description string
	Icon        string // one emoji
	Trigger     string // a Trigger
	Scope       string // a Scope
	Threshold   int    // how often Trigger has to happen
	MaxDistance int    // of Loss and Record: only rolls this close count; 0: all
	FirstOnly   bool   // of Session: only the session's first Trigger of any viewer counts
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// Limits of a Definition.
const (
	MaxName        = 40
	MaxDescription = 120
	MaxIcon        = 16 // bytes: an emoji may be many runes
	MaxThreshold   = 1_000_000
)

// ValidID says what is wrong with an id, or "".
func ValidID(id string) string {
	if !idPattern.MatchString(id) {
		return "an achievement's id has 1 to 32 lower-case letters, digits and _, and begins with a letter"
	}
	return ""
}

// Check finds what contradicts itself in a definition whose fields are each
// right: the field it is about and what is wrong with it.
func (d Definition) Check() (field, problem string) {
	switch {
	case strings.TrimSpace(d.Name) == "":
		return "name", "an achievement needs a name"
	case !slices.Contains(Triggers(), d.Trigger):
		return "trigger", "an achievement needs a trigger: " + strings.Join(Triggers(), ", ")
	case d.MaxDistance > 0 && d.Trigger != string(Loss) && d.Trigger != string(Record):
		return "max_distance", "only the triggers loss and record have a distance"
	case d.FirstOnly && d.Scope != string(Session):
		return "first_only", "only an achievement of scope session can be for the first"
	case d.FirstOnly && d.Threshold != 1:
		return "threshold", "an achievement for the first has the threshold 1"
	}
	return "", ""
}

// Unlock is an achievement that a viewer has earned.
type Unlock struct {
	ID      string // of the Definition
	Viewer  core.Viewer
	Session string // in which it was earned, of scope Session; else ""
	Seq     int64  // of the event that earned it
}
