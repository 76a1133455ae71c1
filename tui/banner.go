package tui

import (
	"strings"

	"sidestage/tui/component"
)

// tall is how high a screen is that has a second line for an outage.
const tall = 24

// banner says across the screen what keeps requests from being taken or carried
// out, and what to do: nothing, while all is well.
func (m model) banner() []string {
	t := m.desk.Theme
	loud := t.Bad.Reverse(true).Bold(true)
	var lines []string
	for _, text := range m.outages() {
		lines = append(lines, loud.Render(component.Fit(" "+text, m.w, t.Signs.Ellipsis)))
	}
	return lines
}

func (m model) outages() []string {
	if !m.state.Link.Up { // the header says that, and no more is known
		return nil
	}
	var lines []string
	all := m.state.Outages()
	for _, p := range all {
		mark := m.desk.Theme.Signs.Needs + " "
		if len(all) == 1 && m.h >= tall && p.Do != "" {
			return []string{mark + p.Long, "  " + p.Do}
		}
		lines = append(lines, mark+strings.TrimSpace(p.Long+". "+p.Do))
	}
	return lines
}

// bodyHeight is how many lines the panels have.
func (m model) bodyHeight() int { return m.h - 2 - len(m.outages()) }
