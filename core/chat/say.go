package chat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sidestage/core"
)

// Refused says why a redemption was not carried out and that the points are
// back: by err's reason, else by its kind. Only of an Ambiguous failure does it
// say nothing about points, since nobody knows yet.
func (t Texts) Refused(name string, err error) string {
	sentence := t.Declined(name, err)
	if core.KindOf(err) == core.Ambiguous {
		return sentence
	}
	return strings.TrimSpace(sentence + " " + t.say(pointsReturned))
}

// Declined says why something that cost no points was not done.
func (t Texts) Declined(name string, err error) string {
	kind, reason := core.KindOf(err), core.ReasonOf(err)
	if slices.Contains(ourTrouble, reason) {
		reason = "unavailable"
	}
	key := refusalKey(reason)
	if _, ok := sentenceOf(key); !ok || kind == core.Ambiguous {
		key = refusalKey("kind-" + kind.String())
	}
	return t.say(key, "user", name, "detail", core.DetailOf(err))
}

// Raid thanks a streamer for a raid.
func (t Texts) Raid(name string, viewers int) string {
	return t.say("raid", "user", name, "count", strconv.Itoa(viewers))
}

// Returned is why points of several viewers are being returned at once.
type Returned string

// Why points return.
const (
	Missed  Returned = "missed"  // nobody was at the desk when they asked
	Ended   Returned = "ended"   // the stream is over
	Cleared Returned = "cleared" // the queue was emptied
)

// named is how many viewers ReturnedTo names.
const named = 5

// ReturnedTo tells several viewers at once why their points are being returned.
func (t Texts) ReturnedTo(why Returned, names []string) string {
	var unique []string
	for _, name := range names {
		if name = "@" + clip(name, longest["user"]); !slices.Contains(unique, name) {
			unique = append(unique, name)
		}
	}
	who := strings.Join(unique[:min(len(unique), named)], " ")
	if more := len(unique) - named; more > 0 {
		return t.say(string(why)+"_many", "viewers", who, "count", strconv.Itoa(more))
	}
	return t.say(string(why), "viewers", who)
}

// Commands lists the commands a viewer may use.
func (t Texts) Commands(name string, names []string) string {
	return t.say("commands", "user", name, "commands", listed(names))
}

// listed joins the names of commands, as many as there is room for.
func listed(names []string) string {
	all := ""
	for i, name := range names {
		next := "!" + name
		if i > 0 {
			next = ", " + next
		}
		if utf8.RuneCountInString(all+next) > longest["commands"]-len(" …") {
			return all + " …"
		}
		all += next
	}
	return all
}

// Uptime says for how long the stream has been on.
func (t Texts) Uptime(name string, d time.Duration) string {
	return t.say("uptime", "user", name, "uptime", Span(d))
}

// Offline says that it is not.
func (t Texts) Offline(name string) string { return t.say("offline", "user", name) }

// Span is a length of time as people say it.
func Span(d time.Duration) string {
	m := int(d.Round(time.Minute) / time.Minute)
	switch {
	case m < 1:
		return "less than a minute"
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case m%60 == 0:
		return fmt.Sprintf("%d h", m/60)
	}
	return fmt.Sprintf("%d h %d min", m/60, m%60)
}

// CommandAdded says that there is a new command.
func (t Texts) CommandAdded(name, command string) string {
	return t.say("command_added", "user", name, "command", "!"+command)
}

// CommandEdited says that a command was changed.
func (t Texts) CommandEdited(name, command string) string {
	return t.say("command_edited", "user", name, "command", "!"+command)
}

// CommandRemoved says which commands are gone.
func (t Texts) CommandRemoved(name string, commands []string) string {
	return t.say("command_removed", "user", name, "commands", listed(commands))
}

// Usage says how a command is used.
func (t Texts) Usage(name, usage string) string { return t.say("usage", "user", name, "usage", usage) }

// Nothing is what plays when nothing does.
func (t Texts) Nothing() string { return t.say("word_nothing") }

// Nobody is who asked for what nobody asked for.
func (t Texts) Nobody() string { return t.say("word_nobody") }

// OfflineWord is the uptime of a stream that is not on.
func (t Texts) OfflineWord() string { return t.say("word_offline") }
