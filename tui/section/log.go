package section

import (
	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
	"sidestage/tui/theme"
)

// Log is what happened, the latest first.
type Log struct {
	desk  Desk
	shown Shown
	list  list
}

// NewLog makes the panel.
func NewLog(d Desk) Section { return Log{desk: d} }

// Title implements Section.
func (Log) Title() string { return "6 Log" }

// Keys implements Section.
func (l Log) Keys() help.KeyMap {
	k := l.desk.Keys
	return keymap.Group{Short: []key.Binding{k.Open, k.Up, k.Down, k.Top}, Full: [][]key.Binding{{k.Open}, moveKeys(k)}}
}

// Update implements Section.
func (l Log) Update(msg tea.Msg) (Section, tea.Cmd) {
	if s, ok := msg.(Shown); ok {
		l.shown = s
		l.list = l.list.follow(l.all())
		return l, nil
	}
	if i := l.list.cursor.Index; pressed(msg, l.desk.Keys.Open) && i < len(l.shown.Lines) {
		line := l.line(i)
		return l, openDetails(l.desk, "Log at "+component.ClockSeconds(line.At), []fact{{"", line.Text}}, "")
	}
	l.list = l.list.update(msg, l.desk.Keys, l.all())
	return l, nil
}

func (l Log) all() component.Rows {
	return component.Rows{Len: len(l.shown.Lines), ID: func(i int) string { return l.line(i).ID() }}
}

// line is the i-th latest.
func (l Log) line(i int) state.Line { return l.shown.Lines[len(l.shown.Lines)-1-i] }

// View implements Section.
func (l Log) View(w, h int) string {
	t := l.desk.Theme
	if len(l.shown.Lines) == 0 {
		return t.Text.Render("Nothing has happened yet.")
	}
	return component.Table{
		Columns: []component.Column{{Width: 8, Drop: 1}, {Width: 10, Flex: 1}},
		Len:     len(l.shown.Lines), Row: l.row, Cursor: l.list.cursor.Index, Focused: l.shown.Focused,
	}.View(t, w, h)
}

func (l Log) row(i int) []component.Cell {
	t, line := l.desk.Theme, l.line(i)
	return []component.Cell{
		{Text: component.ClockSeconds(line.At), Style: t.Muted},
		{Text: line.Text, Style: toneStyle(t, line.Tone)},
	}
}

func toneStyle(t theme.Theme, tone state.Tone) lipgloss.Style {
	switch tone {
	case state.Quiet:
		return t.Muted
	case state.Good:
		return t.OK
	case state.Back:
		return t.Warn
	case state.Warning:
		return t.Warn
	case state.Alarm:
		return t.Bad
	case state.Plain:
	}
	return t.Text
}
