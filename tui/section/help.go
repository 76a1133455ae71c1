package section

import (
	"strings"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/tui/component"
	"sidestage/tui/keymap"
)

// Help lists the keys of where it was opened, and those that always work.
type Help struct {
	desk   Desk
	groups [][]key.Binding
	scroll int
}

// OpenHelp opens the help for what keys says.
func OpenHelp(d Desk, keys help.KeyMap) Open {
	k := d.Keys
	everywhere := []key.Binding{k.Panels, k.Next, k.Prev, k.Left, k.Right, k.Help, k.Back, k.Quit}
	return Open{ID: "help", Section: Help{desk: d, groups: append(keys.FullHelp(), everywhere)}}
}

// Title implements Section.
func (Help) Title() string { return "Keys" }

// Keys implements Section.
func (h Help) Keys() help.KeyMap {
	keys := []key.Binding{as(h.desk.Keys.Back, "close"), h.desk.Keys.Up, h.desk.Keys.Down}
	return keymap.Group{Short: keys, Full: [][]key.Binding{keys}}
}

// Update implements Section.
func (h Help) Update(msg tea.Msg) (Section, tea.Cmd) {
	k := h.desk.Keys
	switch {
	case pressed(msg, k.Help), pressed(msg, k.Open):
		return h, send(Close{})
	case pressed(msg, k.Down):
		h.scroll++
	case pressed(msg, k.Up):
		h.scroll = max(h.scroll-1, 0)
	}
	return h, nil
}

// View implements Section.
func (h Help) View(w, height int) string {
	lines := h.lines(w)
	first := min(h.scroll, max(len(lines)-height, 0))
	return strings.Join(lines[first:min(first+height, len(lines))], "\n")
}

// lines sets the keys in as many columns as fit.
func (h Help) lines(w int) []string {
	const column, name = 30, 10
	t := h.desk.Theme
	columns := max(w/column, 1)
	var lines []string
	for i, group := range h.groups {
		if i > 0 {
			lines = append(lines, "")
		}
		var cells []string
		for _, b := range group {
			if b.Enabled() {
				k := component.Fit(b.Help().Key, name, t.Signs.Ellipsis)
				cells = append(cells, t.Info.Render(k)+t.Text.Render(component.Fit(b.Help().Desc, column-name, t.Signs.Ellipsis)))
			}
		}
		for at := 0; at < len(cells); at += columns {
			lines = append(lines, strings.Join(cells[at:min(at+columns, len(cells))], ""))
		}
	}
	return lines
}
