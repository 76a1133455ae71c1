package section

import (
	"strings"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/theme"
)

// choice is an answer other than no.
type choice struct {
	key key.Binding
	do  tea.Cmd
}

// Confirm asks before something is done. Every key but those of its choices
// means no, or nothing.
type Confirm struct {
	desk    Desk
	title   string
	text    []string
	choices []choice
	later   bool // no is not an answer, only later
}

// Title implements Section.
func (c Confirm) Title() string { return c.title }

// Keys implements Section.
func (c Confirm) Keys() help.KeyMap {
	var keys []key.Binding
	for _, ch := range c.choices {
		keys = append(keys, ch.key)
	}
	no := "no"
	if c.later {
		no = "later"
	}
	keys = append(keys, as(c.desk.Keys.Back, no))
	return keymap.Group{Short: keys, Full: [][]key.Binding{keys}}
}

// Update implements Section.
func (c Confirm) Update(msg tea.Msg) (Section, tea.Cmd) {
	for _, ch := range c.choices {
		if pressed(msg, ch.key) {
			return c, tea.Batch(send(Close{}), ch.do)
		}
	}
	if pressed(msg, c.desk.Keys.Open) { // enter is no: a yes has to be meant
		return c, send(Close{})
	}
	return c, nil
}

// View implements Section.
func (c Confirm) View(w, _ int) string {
	return paragraphs(w, c.text...) + "\n\n" + hints(c.desk, c.Keys().ShortHelp(), w)
}

// hints writes keys and what they do: in one line if it has no more than w
// cells, else each in its own.
func hints(d Desk, keys []key.Binding, w int) string {
	var parts []string
	for _, k := range keys {
		if k.Enabled() {
			parts = append(parts, Hint(d.Theme, k))
		}
	}
	if line := strings.Join(parts, "   "); component.Width(line) <= w {
		return line
	}
	return strings.Join(parts, "\n")
}

// Hint is a key and what it does.
func Hint(t theme.Theme, k key.Binding) string {
	return t.Info.Render(k.Help().Key) + " " + t.Muted.Render(k.Help().Desc)
}
