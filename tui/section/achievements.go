package section

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/tui/component"
	"sidestage/tui/keymap"
)

// Achievements is what viewers earned last, and who earned most.
type Achievements struct {
	desk  Desk
	shown Shown
	list  list
}

// NewAchievements makes the panel.
func NewAchievements(d Desk) Section { return Achievements{desk: d} }

// Title implements Section.
func (Achievements) Title() string { return "8 Achievements" }

// Keys implements Section.
func (a Achievements) Keys() help.KeyMap {
	k := a.desk.Keys
	return keymap.Group{Short: []key.Binding{k.Open, k.Viewer, k.Up, k.Down, k.Next}, Full: [][]key.Binding{{k.Open, k.Viewer}, moveKeys(k)}}
}

// Update implements Section.
func (a Achievements) Update(msg tea.Msg) (Section, tea.Cmd) {
	if s, ok := msg.(Shown); ok {
		a.shown = s
		a.list = a.list.follow(a.all())
		return a, nil
	}
	if i := a.list.cursor.Index; pressed(msg, a.desk.Keys.Open) && i < len(a.shown.Unlocked) {
		u := a.shown.Unlocked[i]
		at := component.ClockSeconds(u.UnlockedAt) + ", " + component.Ago(a.shown.Now.Sub(u.UnlockedAt))
		return a, openDetails(a.desk, u.Name, []fact{{"viewer", u.DisplayName}, {"earned", at}}, "")
	}
	a.list = a.list.update(msg, a.desk.Keys, a.all())
	return a, nil
}

func (a Achievements) all() component.Rows {
	return component.Rows{Len: len(a.shown.Unlocked), ID: func(i int) string {
		u := a.shown.Unlocked[i]
		return u.UserID + " " + u.AchievementID + " " + strconv.FormatInt(u.UnlockedAt.UnixMilli(), 36)
	}}
}

// View implements Section.
func (a Achievements) View(w, h int) string {
	t := a.desk.Theme
	if len(a.shown.Unlocked) == 0 {
		return t.Text.Render("Nothing is earned yet.") + "\n" +
			t.Muted.Render(paragraphs(w, "Requests, rolls and loyalty earn viewers achievements; what they earn stands here."))
	}
	board := a.board(w, h)
	latest := component.Table{
		Columns: []component.Column{{Width: 2}, {Width: 10, Flex: 3}, {Width: 6, Flex: 2}, {Width: 5, Right: true, Drop: 1}},
		Len:     len(a.shown.Unlocked), Row: a.row, Cursor: a.list.cursor.Index, Focused: a.shown.Focused,
	}.View(t, w, h-len(board)-1)
	return component.Block(t, latest, w, h-len(board)) + "\n" + strings.Join(board, "\n")
}

func (a Achievements) row(i int) []component.Cell {
	t, u := a.desk.Theme, a.shown.Unlocked[i]
	icon := u.Icon
	if t.ASCII || icon == "" {
		icon = t.Signs.Win
	}
	name := t.Text
	if a.shown.Now.Sub(u.UnlockedAt) < Fresh {
		name = t.Title
	}
	return []component.Cell{
		{Text: icon, Style: t.Text},
		{Text: u.Name, Style: name},
		{Text: u.DisplayName, Style: t.Viewer},
		{Text: component.When(u.UnlockedAt, a.shown.Now), Style: t.Muted},
	}
}

// board is who has most, as many lines as there is room for.
func (a Achievements) board(w, h int) []string {
	t := a.desk.Theme
	places := min(len(a.shown.Achievers), 5, (h-6)/2)
	if places < 2 {
		var most []string
		for _, l := range a.shown.Achievers[:min(len(a.shown.Achievers), 3)] {
			most = append(most, t.Viewer.Render(component.Cut(l.DisplayName, 14, t.Signs.Ellipsis))+" "+t.Text.Render(strconv.Itoa(l.Unlocked)))
		}
		return []string{component.Cut(t.Muted.Render("Most      ")+strings.Join(most, t.Muted.Render(" · ")), w, t.Signs.Ellipsis)}
	}
	rows := component.Table{
		Columns: []component.Column{{Width: 1}, {Width: 6, Flex: 1}, {Width: 9, Right: true}},
		Len:     places, Row: a.place, Cursor: -1,
	}.View(t, w, places)
	return append([]string{t.Muted.Render("Most")}, strings.Split(rows, "\n")...)
}

func (a Achievements) place(i int) []component.Cell {
	t, l := a.desk.Theme, a.shown.Achievers[i]
	return []component.Cell{
		{Text: strconv.Itoa(i + 1), Style: t.Muted},
		{Text: l.DisplayName, Style: t.Viewer},
		{Text: strconv.Itoa(l.Unlocked) + " earned", Style: t.Text},
	}
}
