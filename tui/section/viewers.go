package section

import (
	"strconv"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
)

// Viewers is who is here, what they asked for and rolled. Twitch tells how many
// watch, and of those who are in chat who they are.
type Viewers struct {
	desk  Desk
	shown Shown
	all   []state.Person
	list  list
}

// NewViewers makes the panel.
func NewViewers(d Desk) Section { return Viewers{desk: d} }

// Title implements Section.
func (v Viewers) Title() string {
	switch s := v.shown; {
	case s.Stream.Live:
		return "4 Viewers · " + component.Number(s.Stream.Viewers)
	case len(s.Here) > 0:
		return "4 Viewers · " + strconv.Itoa(len(s.Here)) + " in chat"
	case len(s.People) > 0:
		return "4 Viewers · " + strconv.Itoa(len(s.People)) + " took part"
	}
	return "4 Viewers"
}

// Keys implements Section.
func (v Viewers) Keys() help.KeyMap {
	k := v.desk.Keys
	return keymap.Group{Short: []key.Binding{k.Viewer, k.Up, k.Down, k.Next}, Full: [][]key.Binding{{k.Viewer}, moveKeys(k)}}
}

// Update implements Section.
func (v Viewers) Update(msg tea.Msg) (Section, tea.Cmd) {
	if s, ok := msg.(Shown); ok {
		v.shown, v.all = s, s.Everybody()
		v.list = v.list.follow(v.rows())
		return v, nil
	}
	v.list = v.list.update(msg, v.desk.Keys, v.rows())
	return v, nil
}

func (v Viewers) rows() component.Rows {
	return component.Rows{Len: len(v.all), ID: func(i int) string { return v.all[i].ID }}
}

// View implements Section.
func (v Viewers) View(w, h int) string {
	t := v.desk.Theme
	if len(v.all) == 0 {
		return t.Text.Render("Nobody is known to be here yet.") + "\n" +
			t.Muted.Render(paragraphs(w, "Whoever comes into chat or redeems something stands here, with songs and rolls."))
	}
	foot, room := v.foot(), h
	if foot != "" {
		room = h - 2
	}
	rows := component.Table{
		Columns: []component.Column{{Width: 8, Flex: 1}, {Width: 4}, {Width: 4}, {Width: 14, Drop: 2}, {Width: 5, Right: true, Drop: 1}},
		Len:     len(v.all), Row: v.row, Cursor: v.list.cursor.Index, Focused: v.shown.Focused,
	}.View(t, w, room)
	if foot == "" {
		return rows
	}
	return component.Block(t, rows, w, h-1) + "\n" + t.Muted.Render(foot)
}

// foot counts those who watch and have done nothing.
func (v Viewers) foot() string {
	more := v.shown.Stream.Viewers - len(v.all)
	switch {
	case !v.shown.Stream.Live || more <= 0:
		return ""
	case more == 1:
		return "1 more is here"
	}
	return component.Number(more) + " more are here"
}

func (v Viewers) row(i int) []component.Cell {
	t, p := v.desk.Theme, v.all[i]
	count := func(sign string, n int) component.Cell {
		if n == 0 {
			return component.Cell{}
		}
		return component.Cell{Text: sign + component.FitRight(strconv.Itoa(n), 2, ""), Style: t.Text}
	}
	return []component.Cell{
		{Text: p.Name, Style: t.Viewer},
		count(t.Signs.Song, p.Songs),
		count(t.Signs.Roll, p.Rolls),
		{Text: luck(p, t.Signs.Win), Style: t.Muted},
		{Text: component.Clock(p.Seen), Style: t.Muted},
	}
}

// luck is the best a person rolled.
func luck(p state.Person, win string) string {
	switch {
	case p.Wins > 0:
		return win + " won"
	case p.Rolls > 0:
		return "best " + component.Number(p.Best) + " off"
	}
	return ""
}
