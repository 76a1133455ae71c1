package tui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"sidestage/tui/component"
	"sidestage/tui/section"
	"sidestage/tui/state"
)

// View implements tea.Model. It is exactly as large as the screen.
func (m model) View() string {
	if m.w <= 0 || m.h <= 0 {
		return ""
	}
	t := m.desk.Theme
	screen := component.Block(t, fmt.Sprintf("The dashboard needs %d%s%d cells; this is %d%s%d.",
		minWidth, t.Signs.Times, minHeight, m.w, t.Signs.Times, m.h), m.w, m.h)
	if m.w >= minWidth && m.h >= minHeight {
		lines := append([]string{m.header()}, m.banner()...)
		screen = strings.Join(append(lines, m.body(), m.footer()), "\n")
		if n := len(m.over); n > 0 {
			screen = component.Over(screen, m.overlay(m.over[n-1]), m.w)
		}
	}
	if m.cfg.Look.ASCII {
		screen = inASCII(screen)
	}
	return screen
}

// inASCII writes the punctuation of sentences in ASCII; signs are already.
func inASCII(s string) string {
	return strings.NewReplacer("·", "-", "…", "~", "’", "'", "“", `"`, "”", `"`).Replace(s)
}

func (m model) body() string {
	boxes := m.boxes()
	if !wide(m.w, m.h) {
		return m.panel(boxes[0]) + "\n" + m.tabs() + "\n" + m.panel(boxes[1])
	}
	var left, right []string
	for i, b := range boxes {
		switch {
		case b.x == 0:
			left = append(left, m.panel(b))
		case i > 0 && boxes[i-1].y == b.y && boxes[i-1].x > 0:
			right[len(right)-1] = component.Beside(right[len(right)-1], m.panel(b))
		default:
			right = append(right, m.panel(b))
		}
	}
	return component.Beside(strings.Join(left, "\n"), strings.Join(right, "\n"))
}

func (m model) boxes() []box { return arrange(m.w, m.h, m.bodyHeight(), m.front) }

func (m model) panel(b box) string {
	s := m.panels[b.panel]
	content := s.View(b.w-component.FrameWidth, b.h-component.FrameHeight)
	behind := ""
	if b.behind > 0 {
		behind = short(m.panels[b.behind].Title())
	}
	return component.Panel(m.desk.Theme, component.Title{Name: s.Title(), Behind: behind}, content, b.panel == m.focus && len(m.over) == 0, b.w, b.h)
}

// tabs names the panels of which one is open.
func (m model) tabs() string {
	titled := func(i int) string { return short(m.panels[i].Title()) }
	named := func(i int) string { name, _, _ := strings.Cut(m.panels[i].Title(), " · "); return name }
	briefly := func(i int) string { return strconv.Itoa(i) + " " + brief(i) }
	counted := func(i int) string {
		if i == m.front.lower {
			return titled(i)
		}
		return named(i)
	}
	line := ""
	for _, c := range []struct {
		name      func(int) string
		pad, join string
	}{{titled, " ", " "}, {titled, " ", ""}, {counted, " ", ""}, {named, " ", ""}, {briefly, "", " "}} {
		if line = m.tabLine(c.name, c.pad, c.join); component.Width(line) <= m.w {
			break
		}
	}
	return component.Fit(line, m.w, m.desk.Theme.Signs.Ellipsis)
}

// brief names a panel where there is little room.
func brief(panel int) string {
	return [...]string{"", "", "Queue", "Raffle", "View", "Sagas", "Log", "Give", "Achieve"}[panel]
}

// tabLine names the panels, and pads those that are not open so that nothing
// moves when another is.
func (m model) tabLine(name func(panel int) string, pad, join string) string {
	t := m.desk.Theme
	var names []string
	for i := section.QueuePanel; i <= section.PanelCount; i++ {
		if i != m.front.lower {
			names = append(names, t.Muted.Render(pad+name(i)+pad))
			continue
		}
		style := t.Text
		if i == m.focus {
			style = t.Strong
		}
		names = append(names, style.Render("["+name(i)+"]"))
	}
	return strings.Join(names, join)
}

// short is a panel's title without all but its first number.
func short(title string) string {
	name, rest, found := strings.Cut(title, " · ")
	if !found {
		return name
	}
	count, _, _ := strings.Cut(rest, " · ")
	if words := strings.Fields(count); component.Width(count) > 7 {
		count = words[0]
	}
	return name + " " + count
}

// overlay draws a section as large as it is, in the middle at most.
func (m model) overlay(o overlay) string {
	const most = 70
	w := min(m.w-2, most)
	content := o.View(w-component.FrameWidth, m.h-2-component.FrameHeight)
	h := min(strings.Count(content, "\n")+1+component.FrameHeight, m.h-2)
	return component.Panel(m.desk.Theme, component.Title{Name: o.Title()}, content, true, w, h)
}

// footer is the keys that matter here, or what was just done.
func (m model) footer() string {
	t := m.desk.Theme
	where := ""
	if m.state.Platform == "demo" {
		where = t.Warn.Render("demo")
	}
	if wide(m.w, m.h) && m.cfg.Where != "" {
		where += "  " + t.Muted.Render(component.Clean(m.cfg.Where))
	}
	left := m.hints(m.w - 4 - component.Width(where))
	if m.note.Text != "" {
		left = m.noteStyle().Render(component.Clean(m.note.Text))
	}
	return " " + component.Spread(left, where, m.w-2, t.Signs.Ellipsis) + " "
}

func (m model) noteStyle() lipgloss.Style {
	t := m.desk.Theme
	switch m.note.Tone {
	case state.Good:
		return t.OK
	case state.Warning, state.Back:
		return t.Warn
	case state.Alarm:
		return t.Bad
	case state.Plain, state.Quiet:
	}
	return t.Text
}

// hints are the first keys of where the focus is, as far as they fit w cells.
func (m model) hints(w int) string {
	const shown = 5
	t := m.desk.Theme
	if len(m.over) > 0 { // it names its own
		return section.Hint(t, m.desk.Keys.Back)
	}
	var parts []string
	for _, k := range m.panels[m.focus].Keys().ShortHelp() {
		if k.Enabled() && len(parts) < shown {
			parts = append(parts, section.Hint(t, k))
		}
	}
	parts = append(parts, section.Hint(t, m.desk.Keys.Help))
	for len(parts) > 2 && component.Width(strings.Join(parts, "   ")) > w {
		parts = append(parts[:len(parts)-2], parts[len(parts)-1])
	}
	return strings.Join(parts, "   ")
}
