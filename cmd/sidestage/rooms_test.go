package main

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

const module = "sidestage"

// domain are the rooms of the rules: they know one another and no machinery.
var domain = []string{"core/song", "core/raffle", "core/achievement", "core/chat", "core/stream", "core/token"}

// machinery is what no domain room may import, with everything below it.
var machinery = []string{
	"net/http", "database/sql", "os/exec",
	"github.com/spf13/cobra", "github.com/charmbracelet", "github.com/gempir/go-twitch-irc",
}

// room is one row of the table.
type room struct {
	// may lists what the room imports of ours; core and core/event are
	// everybody's, but for the rooms in strict.
	may []string
	// strict takes core and core/event away unless may has them.
	strict bool
	// tests lists what its tests import of ours besides; core/sim, core/testenv
	// and storage are every test's.
	tests []string
	// deep is a room with rooms inside, which share its row and know one another.
	deep bool
}

// rooms is the house. A directory with Go files that is not here has no place.
var rooms = map[string]room{
	"cmd/sidestage": {may: []string{"cmd"}},
	"cmd":           {may: []string{"tui", "core/desk", "core/api", "core/config", "core/sim", "storage", "assets"}},
	"tui":           {may: []string{"core/api"}, deep: true},
	"core":          {strict: true},
	"core/event":    {},
	"core/sim":      {may: []string{"core"}, strict: true},
	"core/testenv":  {strict: true}, // for tests alone
	"core/saga":     {},
	"core/bus":      {},
	"core/api":      {},
	"core/twitch":   {},
	"core/spotify":  {},
	"core/config":   {may: []string{"core/achievement", "core/chat", "assets"}}, // what can be earned, worded and commanded
	"core/workflow": {may: slices.Concat(domain, []string{"core/saga"})},
	"core/ingest":   {may: slices.Concat(domain, []string{"core/saga", "core/workflow", "core/twitch"})},
	"core/web":      {may: slices.Concat(domain, []string{"core/saga", "core/api", "core/bus", "assets"})},
	"core/desk": {may: slices.Concat(domain, []string{
		"core/saga", "core/bus", "core/api", "core/twitch", "core/spotify", "core/config",
		"core/workflow", "core/ingest", "core/web", "storage", "assets",
	}), tests: []string{"tui"}}, // what a dashboard shows of a whole desk
	"core/song":        {may: domain},
	"core/raffle":      {may: domain},
	"core/achievement": {may: domain},
	"core/chat":        {may: domain},
	"core/stream":      {may: domain},
	"core/token":       {may: domain},
	"storage":          {may: slices.Concat(domain, []string{"core/saga"}), deep: true},
	"assets":           {strict: true},
}

// roomOf is the room dir belongs to: itself, or the deep room it is inside.
func roomOf(dir string) (string, bool) {
	if _, ok := rooms[dir]; ok {
		return dir, true
	}
	for name, r := range rooms {
		if r.deep && strings.HasPrefix(dir, name+"/") {
			return name, true
		}
	}
	return dir, false
}

// violations says, in order, which files import what they may not, and why.
// files maps the paths of Go files to what they import.
func violations(files map[string][]string) []string {
	var found []string
	for _, file := range slices.Sorted(maps.Keys(files)) {
		name, ok := roomOf(path.Dir(file))
		if !ok {
			found = append(found, fmt.Sprintf("%s: %s is no room of the house: give it a row in the table, and CONTRIBUTING.md its purpose", file, name))
			continue
		}
		for _, imported := range files[file] {
			if why := forbidden(name, imported, strings.HasSuffix(file, "_test.go")); why != "" {
				found = append(found, fmt.Sprintf("%s: %s may not import %s: %s", file, name, strings.TrimPrefix(imported, module+"/"), why))
			}
		}
	}
	return found
}

// forbidden says why the room called name may not import that package, or "".
func forbidden(name, imported string, test bool) string {
	if imported != module && !strings.HasPrefix(imported, module+"/") {
		return outside(name, imported, test)
	}
	may := rooms[name].may
	if !rooms[name].strict {
		may = append([]string{"core", "core/event"}, may...)
	}
	other, _ := roomOf(strings.TrimPrefix(imported, module+"/"))
	switch {
	case other == name || slices.Contains(may, other):
		return ""
	case test && (other == "core/sim" || other == "core/testenv" || other == "storage" || slices.Contains(rooms[name].tests, other)):
		return ""
	case len(may) == 0:
		return "it imports nothing of ours"
	}
	return "of ours it imports only " + strings.Join(may, ", ")
}

// outside says why a package that is not ours may not be imported, or "".
func outside(name, imported string, test bool) string {
	if test || !slices.Contains(domain, name) {
		return ""
	}
	for _, m := range machinery {
		if imported == m || strings.HasPrefix(imported, m+"/") {
			return "rules know no machinery"
		}
	}
	return ""
}
