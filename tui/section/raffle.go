package section

import (
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
)

// Fresh is how long a roll that just fell stands out.
const Fresh = 2 * time.Second

// Raffle is the rolls as they fall, and who came closest.
type Raffle struct {
	desk  Desk
	shown Shown
	list  list
}

// NewRaffle makes the panel.
func NewRaffle(d Desk) Section { return Raffle{desk: d} }

// Title implements Section.
func (r Raffle) Title() string {
	if n := len(r.shown.Rolls); n > 0 {
		return "3 Raffle · " + strconv.Itoa(n)
	}
	return "3 Raffle"
}

// Keys implements Section.
func (r Raffle) Keys() help.KeyMap {
	k := r.desk.Keys
	return keymap.Group{Short: []key.Binding{k.Viewer, k.Up, k.Down, k.Next}, Full: [][]key.Binding{{k.Viewer}, moveKeys(k)}}
}

// Update implements Section.
func (r Raffle) Update(msg tea.Msg) (Section, tea.Cmd) {
	if s, ok := msg.(Shown); ok {
		r.shown = s
		r.list = r.list.follow(r.all())
		return r, nil
	}
	r.list = r.list.update(msg, r.desk.Keys, r.all())
	return r, nil
}

func (r Raffle) all() component.Rows {
	return component.Rows{Len: len(r.shown.Rolls), ID: func(i int) string { return r.roll(i).ID }}
}

// roll is the i-th latest roll.
func (r Raffle) roll(i int) state.Roll { return r.shown.Rolls[len(r.shown.Rolls)-1-i] }

// View implements Section.
func (r Raffle) View(w, h int) string {
	t := r.desk.Theme
	if len(r.shown.Rolls) == 0 && len(r.shown.Leaders) == 0 {
		return t.Text.Render("No rolls yet.") + "\n" +
			t.Muted.Render(paragraphs(w, "Viewers redeem Keyboard raffle: two numbers from 1 to 10 000, and whoever hits it wins."))
	}
	board := r.board(w, h)
	rolls := component.Table{
		Columns: []component.Column{
			{Width: 5, Drop: 2},
			{Width: 6, Flex: 1},
			{Width: 6, Right: true},
			{Width: 6, Right: true, Drop: 3},
			{Width: 9, Right: true},
		},
		Len: len(r.shown.Rolls), Row: r.row, Cursor: r.list.cursor.Index, Focused: r.shown.Focused,
	}.View(t, w, h-len(board)-1)
	return component.Block(t, rolls, w, h-len(board)) + "\n" + strings.Join(board, "\n")
}

func (r Raffle) row(i int) []component.Cell {
	t, o := r.desk.Theme, r.roll(i)
	number, how, tone := t.Text, component.Number(o.Offset)+" off", t.Muted
	switch {
	case o.Offset == 0:
		how, tone = t.Signs.Win+" won", t.Strong
	case o.Record:
		tone = t.OK
	}
	if r.shown.Now.Sub(o.At) < Fresh {
		number = t.Title
	}
	return []component.Cell{
		{Text: component.Clock(o.At), Style: t.Muted},
		{Text: o.Name, Style: t.Viewer},
		{Text: component.Number(o.Number), Style: number},
		{Text: component.Number(o.Winning), Style: t.Muted},
		{Text: how, Style: tone},
	}
}

// board is the leaderboard, as many lines as there is room for.
func (r Raffle) board(w, h int) []string {
	t := r.desk.Theme
	places := min(len(r.shown.Leaders), 5, (h-6)/2)
	if places < 2 {
		return []string{r.boardLine(w)}
	}
	rows := strings.Split(component.Table{
		Columns: []component.Column{{Width: 1}, {Width: 6, Flex: 1}, {Width: 10, Right: true, Drop: 2}, {Width: 9, Right: true}},
		Len:     places, Row: r.place, Cursor: -1,
	}.View(t, w, places), "\n")
	return append([]string{t.Muted.Render("Closest")}, rows...)
}

func (r Raffle) place(i int) []component.Cell {
	t, l := r.desk.Theme, r.shown.Leaders[i]
	rolls := strconv.Itoa(l.TotalRolls) + " rolls"
	if l.TotalRolls == 1 {
		rolls = "1 roll"
	}
	if l.TotalWins > 0 {
		rolls = strings.Repeat(t.Signs.Win, min(l.TotalWins, 3)) + " " + rolls
	}
	off := ""
	if l.ClosestDistance != nil {
		off = component.Number(*l.ClosestDistance) + " off"
	}
	return []component.Cell{
		{Text: strconv.Itoa(i + 1), Style: t.Muted},
		{Text: l.DisplayName, Style: t.Viewer},
		{Text: rolls, Style: t.Muted},
		{Text: off, Style: t.Text},
	}
}

func (r Raffle) boardLine(w int) string {
	t := r.desk.Theme
	var best []string
	for _, l := range r.shown.Leaders[:min(len(r.shown.Leaders), 3)] {
		if l.ClosestDistance != nil {
			name := component.Cut(l.DisplayName, 14, t.Signs.Ellipsis)
			best = append(best, t.Viewer.Render(name)+" "+t.Text.Render(component.Number(*l.ClosestDistance)))
		}
	}
	return component.Cut(t.Muted.Render("Closest   ")+strings.Join(best, t.Muted.Render(" · ")), w, t.Signs.Ellipsis)
}
