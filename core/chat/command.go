package chat

import (
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"sidestage/core"
)

// Use says who may use a command, how often, and what else it is called.
type Use struct {
	Enabled bool
	Role    Role // the weakest that may
	// Cooldown is the least time between two uses, ViewerCooldown between two of
	// one viewer. Moderators need not wait.
	Cooldown, ViewerCooldown time.Duration
	Aliases                  []string
}

// Builtin is a command the program brings along.
type Builtin struct {
	Name  string
	Usage string // what follows the name; "" is nothing
	Doc   string
	Use   Use // by default
}

// builtins is the one table of them; the streamer changes their Use in the
// settings.
var builtins = []Builtin{
	{"song", "", "Says what plays and who asked for it.", everybody("track", "np")},
	{"queue", "", "Says what plays next.", everybody("q")},
	{"when", "", "Says when the viewer's next request plays.", everybody("mysong")},
	{"wrongsong", "", "Takes the viewer's latest request back.", everybody("oops")},
	{"sr", "LINK or WORDS", "Asks for a song without points: for channels that have none.", Use{Role: Everyone, ViewerCooldown: viewerCooldown, Aliases: []string{"songrequest"}}},
	{"requests", "on | off [REASON]", "Opens and closes song requests.", moderators()},
	{"remove", "PLACE", "Takes the request at a place of the queue away.", moderators()},
	{"promote", "PLACE", "Puts the request at a place of the queue first.", moderators()},
	{"skip", "", "Skips what plays.", moderators()},
	{"voteskip", "", "Votes to skip what plays.", Use{Enabled: true, Role: Everyone, Aliases: []string{"vs"}}},
	{"raffle", "", "Says how close the viewer's rolls came, and what the numbers come from.", everybody("keyboard")},
	{"leaderboard", "", "Says who came closest in the raffle.", everybody("top")},
	{"stats", "[NAME]", "Says what a viewer asked for, heard and rolled.", everybody()},
	{"achievements", "[NAME]", "Says what a viewer has earned.", everybody("badges")},
	{"uptime", "", "Says for how long the stream has been on.", everybody()},
	{"commands", "", "Lists the commands the viewer may use.", everybody("help")},
	{"command", "add NAME TEXT | edit NAME TEXT | alias NAME COMMAND | remove NAME", "Makes and changes commands of your own.", moderators("cmd")},
}

// How often commands are answered unless the settings say otherwise.
const (
	cooldown       = 3 * time.Second
	viewerCooldown = 10 * time.Second
)

func everybody(aliases ...string) Use {
	return Use{Enabled: true, Role: Everyone, Cooldown: cooldown, ViewerCooldown: viewerCooldown, Aliases: aliases}
}

func moderators(aliases ...string) Use {
	return Use{Enabled: true, Role: Moderator, Aliases: aliases}
}

// Builtins lists the commands the program brings along, in order.
func Builtins() []Builtin { return slices.Clone(builtins) }

// MaxCooldown is the longest time between two uses of a command.
const MaxCooldown = 24 * time.Hour

// MaxName is the longest name of a command, in characters.
const MaxName = 25

// CheckName refuses what cannot be the name of a command. A name is what Parse
// gives back: lower case, only letters, digits, "_" and "-".
func CheckName(name string) error {
	n := utf8.RuneCountInString(name)
	wrong := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-'
	}
	bad := slices.ContainsFunc([]rune(name), wrong)
	if c, ok := Parse("!" + name); n < 1 || n > MaxName || bad || !ok || c.Name != name {
		return core.Because(core.Invalid, "command-name", "the name of a command is 1…%d lower-case letters, digits, _ and -", MaxName)
	}
	return nil
}
