package tui

import (
	"strings"

	"sidestage/tui/component"
	"sidestage/tui/state"
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
		lines = append(lines, mark+inOneLine(p, m.w-4, m.desk.Theme.Signs.Ellipsis))
	}
	return lines
}

// inOneLine cuts the reason rather than what to do, where both do not fit w cells.
func inOneLine(p state.Platform, w int, ellipsis string) string {
	text := strings.TrimSpace(p.Long + ". " + p.Do)
	if component.Width(text) <= w || p.Do == "" {
		return text
	}
	return component.Cut(p.Long, max(w-component.Width(p.Do)-1, w/3), ellipsis) + " " + p.Do
}

// bodyHeight is how many lines the panels have.
func (m model) bodyHeight() int { return m.h - 2 - len(m.outages()) }
