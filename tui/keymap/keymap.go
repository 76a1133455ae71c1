// Package keymap holds every key of the dashboard. The help screen and the
// hint line are made of the same bindings that are matched.
package keymap

import "github.com/charmbracelet/bubbles/key"

// Map is the dashboard's keys. It is a value made once by New.
type Map struct {
	Quit, Help, Back        key.Binding
	Next, Prev, Left, Right key.Binding
	Panels                  key.Binding // 1 … 8

	Up, Down, PageUp, PageDown, Top, Bottom key.Binding

	Open, Skip, Remove, Restore, Resolve, Add, Viewer key.Binding

	// In the queue.
	MoveUp, MoveDown, Promote, Gate, Keep key.Binding

	// In the raffle and the giveaway.
	Give, New, Draw key.Binding

	// In a question or a form.
	Confirm, Submit, Sample, Switch key.Binding
}

func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// New makes the keys. Without a demo nobody can be a viewer. ascii writes the
// names of keys in ASCII.
func New(demo, ascii bool) Map {
	name := func(pretty, plain string) string {
		if ascii {
			return plain
		}
		return pretty
	}
	m := Map{
		Quit:     bind("q", "quit", "q", "ctrl+c"),
		Help:     bind("?", "help", "?"),
		Back:     bind("esc", "one step back", "esc"),
		Next:     bind("tab", "next panel", "tab"),
		Prev:     bind("shift+tab", "previous panel", "shift+tab"),
		Left:     bind(name("← h", "left h"), "panel to the left", "left", "h"),
		Right:    bind(name("→ l", "right l"), "panel to the right", "right", "l"),
		Panels:   bind("1-8", "panel by number", "1", "2", "3", "4", "5", "6", "7", "8"),
		Up:       bind(name("↑ k", "up k"), "up", "up", "k"),
		Down:     bind(name("↓ j", "down j"), "down", "down", "j"),
		PageUp:   bind("pgup", "ten up", "pgup", "ctrl+u"),
		PageDown: bind("pgdn", "ten down", "pgdown", "ctrl+d"),
		Top:      bind("g", "first", "g", "home"),
		Bottom:   bind("G", "last", "G", "end"),
		Open:     bind(name("↵", "enter"), "details", "enter"),
		Skip:     bind("s", "skip", "s"),
		Remove:   bind("x", "remove", "x"),
		Restore:  bind("X", "show removed", "X"),
		Resolve:  bind("r", "resolve", "r"),
		Add:      bind("a", "add a song", "a"),
		Viewer:   bind("v", "be a viewer", "v"),
		MoveUp:   bind("K", "move up", "K", "shift+up"),
		MoveDown: bind("J", "move down", "J", "shift+down"),
		Promote:  bind("p", "play next", "p"),
		Gate:     bind("c", "close requests", "c"),
		Keep:     bind("k", "keep the points", "k"),
		Give:     bind("m", "mark as given", "m"),
		New:      bind("n", "open a giveaway", "n"),
		Draw:     bind("d", "draw", "d"),
		Confirm:  bind("y", "yes", "y"),
		Submit:   bind(name("↵", "enter"), "send", "enter"),
		Sample:   bind("tab", "another sample", "tab"),
		Switch:   bind(name("↑↓", "up down"), "song or roll", "up", "down"),
	}
	m.Viewer.SetEnabled(demo)
	return m
}

// Group is a kind of keys map for help.Model: the first few, and all in
// columns.
type Group struct {
	Short []key.Binding
	Full  [][]key.Binding
}

// ShortHelp implements help.KeyMap.
func (g Group) ShortHelp() []key.Binding { return g.Short }

// FullHelp implements help.KeyMap.
func (g Group) FullHelp() [][]key.Binding { return g.Full }
