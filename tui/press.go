package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/tui/section"
)

// press takes a key: what lies on top has it first, then the screen, then the
// focused panel.
func (m model) press(k tea.KeyMsg) (model, tea.Cmd) {
	if k.Type == tea.KeyCtrlC {
		return m, tea.Quit
	}
	if len(m.over) > 0 {
		return m.pressOver(k)
	}
	keys := m.desk.Keys
	switch {
	case pressed(k, keys.Quit):
		return m, tea.Quit
	case pressed(k, keys.Help):
		return m.open(section.OpenHelp(m.desk, m.panels[m.focus].Keys())), nil
	case pressed(k, keys.Skip):
		return m.tellPanel(section.PlayingPanel, k)
	case pressed(k, keys.Add):
		return m.open(section.OpenAdd(m.desk)), nil
	case pressed(k, keys.Viewer):
		return m.open(section.OpenGuest(m.desk)), nil
	case pressed(k, keys.Back):
		return m.stepBack(), nil
	}
	if to := m.target(k); to > 0 {
		return m.focusOn(to), nil
	}
	return m.tellPanel(m.focus, k)
}

func (m model) pressOver(k tea.KeyMsg) (model, tea.Cmd) {
	top := m.over[len(m.over)-1]
	if pressed(k, m.desk.Keys.Back) {
		return m.back(), nil
	}
	if t, ok := top.Section.(section.Typing); !ok || !t.Typing() {
		switch {
		case pressed(k, m.desk.Keys.Quit):
			return m, tea.Quit
		case pressed(k, m.desk.Keys.Help) && top.id != "help":
			return m.open(section.OpenHelp(m.desk, top.Keys())), nil
		}
	}
	return m.deliver(section.Envelope{To: top.id, Msg: k})
}

// stepBack without anything on top: the note goes first, then the focus goes
// home to the queue.
func (m model) stepBack() model {
	if m.note.Text != "" {
		m.note = note{}
		return m
	}
	return m.focusOn(section.QueuePanel)
}

func (m model) focusOn(panel int) model {
	m.focus, m.front = panel, m.front.with(panel)
	return m
}

// target is the panel a key goes to, 0 for none.
func (m model) target(k tea.KeyMsg) int {
	keys := m.desk.Keys
	switch {
	case pressed(k, keys.Panels):
		return int(k.Runes[0] - '0')
	case pressed(k, keys.Next):
		return m.focus%section.PanelCount + 1
	case pressed(k, keys.Prev):
		return (m.focus+section.PanelCount-2)%section.PanelCount + 1
	case pressed(k, keys.Left):
		return m.sideways(-1)
	case pressed(k, keys.Right):
		return m.sideways(1)
	}
	return 0
}

// sideways goes to the panel beside the focused one: the nearest in the other
// column, or the next tab where there is one column.
func (m model) sideways(by int) int {
	boxes := m.boxes()
	if !wide(m.w, m.h) {
		return (m.focus-1+by+section.PanelCount)%section.PanelCount + 1
	}
	var from box
	for _, b := range boxes {
		if b.panel == m.focus {
			from = b
		}
	}
	best, distance := 0, 0
	for _, b := range boxes {
		gap := b.x - from.x - from.w
		if by < 0 {
			gap = from.x - b.x - b.w
		}
		if gap < 0 {
			continue
		}
		// A column nearer counts more than any height.
		if d := gap*2*m.h + abs(2*b.y+b.h-2*from.y-from.h); best == 0 || d < distance {
			best, distance = b.panel, d
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }
