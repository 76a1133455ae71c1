package section

import (
	"slices"
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
	rows  []row
	list  list
}

// row is a roll; prize, where it won and the prize was not given.
type row struct {
	state.Roll
	prize bool
}

// NewRaffle makes the panel.
func NewRaffle(d Desk) Section { return Raffle{desk: d} }

// Title implements Section.
func (r Raffle) Title() string {
	text := "3 Raffle"
	if n := len(r.shown.Rolls); n > 0 {
		text += " · " + strconv.Itoa(n)
	}
	if n := len(r.shown.Wins); n > 0 {
		text += " · " + strconv.Itoa(n) + " to give"
	}
	return text
}

// Keys implements Section.
func (r Raffle) Keys() help.KeyMap {
	k := r.desk.Keys
	short := []key.Binding{k.Open, k.Viewer, k.Up, k.Down, k.Next}
	if len(r.shown.Wins) > 0 {
		short = append([]key.Binding{k.Give}, short...)
	}
	return keymap.Group{Short: short, Full: [][]key.Binding{{k.Open, k.Give, k.Viewer}, moveKeys(k)}}
}

// Update implements Section.
func (r Raffle) Update(msg tea.Msg) (Section, tea.Cmd) {
	if s, ok := msg.(Shown); ok {
		r.shown, r.rows = s, arrangeRolls(s.Wins, s.Rolls)
		r.list = r.list.follow(r.all())
		return r, nil
	}
	switch {
	case pressed(msg, r.desk.Keys.Give):
		return r, r.askGive()
	case pressed(msg, r.desk.Keys.Open):
		return r, r.open()
	}
	r.list = r.list.update(msg, r.desk.Keys, r.all())
	return r, nil
}

func (r Raffle) all() component.Rows {
	return component.Rows{Len: len(r.rows), ID: func(i int) string { return r.rows[i].ID }}
}

// arrangeRolls puts the wins that wait for their prize first, whenever they
// were, and then the others, latest first.
func arrangeRolls(wins, rolls []state.Roll) []row {
	rows := make([]row, 0, len(wins)+len(rolls))
	waits := make(map[string]bool, len(wins))
	for _, w := range wins {
		waits[w.ID] = true
		rows = append(rows, row{w, true})
	}
	for _, o := range slices.Backward(rolls) {
		if !waits[o.ID] {
			rows = append(rows, row{o, false})
		}
	}
	return rows
}

// askGive asks whether the prize of the chosen win was given; where one waits,
// that one.
func (r Raffle) askGive() tea.Cmd {
	if len(r.shown.Wins) == 0 {
		return send(Note{state.Quiet, "No prize waits to be given."})
	}
	win := r.rows[0]
	if len(r.shown.Wins) > 1 {
		win = r.rows[r.list.cursor.Index]
	}
	if !win.prize {
		return send(Note{state.Quiet, "Choose the win first: those whose prize waits stand on top."})
	}
	return send(Open{ID: "confirm", Section: Confirm{
		desk: r.desk, title: "Was the prize of " + component.Cut(win.Name, 25, r.desk.Theme.Signs.Ellipsis) + " given?",
		text: []string{
			"The winning number " + component.Number(win.Number) + " was hit " + component.Ago(r.shown.Now.Sub(win.At)) + ".",
			"It no longer waits here once it is marked, and that cannot be taken back. Nothing is sent to anybody.",
		},
		choices: []choice{{as(r.desk.Keys.Confirm, "it was given"), r.desk.Do.Give(win.ID, win.Name)}},
	}})
}

// open shows the chosen roll, and the saga that rolled it.
func (r Raffle) open() tea.Cmd {
	i := r.list.cursor.Index
	if i >= len(r.rows) {
		return nil
	}
	o := r.rows[i]
	facts := []fact{
		{"viewer", o.Name}, {"rolled", component.Number(o.Number)}, {"winning", component.Number(o.Winning)},
		{"at", component.ClockSeconds(o.At) + ", " + component.Ago(r.shown.Now.Sub(o.At))},
	}
	if o.prize {
		facts = append(facts, fact{"prize", "not given yet"})
	}
	return openDetails(r.desk, "A roll", facts, o.ID)
}

// View implements Section.
func (r Raffle) View(w, h int) string {
	t := r.desk.Theme
	if len(r.rows) == 0 && len(r.shown.Leaders) == 0 {
		return t.Text.Render("No rolls yet.") + "\n" +
			t.Muted.Render(paragraphs(w, "Viewers redeem the raffle: each rolls a number, another is drawn, and whoever hits it wins."))
	}
	board := r.board(w, h)
	rolls := component.Table{
		Columns: []component.Column{
			{Width: 5, Drop: 2},
			{Width: 10, Flex: 1},
			{Width: 6, Right: true},
			{Width: 6, Right: true, Drop: 3},
			{Width: 9, Right: true},
		},
		Len: len(r.rows), Row: r.row, Cursor: r.list.cursor.Index, Focused: r.shown.Focused,
	}.View(t, w, h-len(board)-1)
	return component.Block(t, rolls, w, h-len(board)) + "\n" + strings.Join(board, "\n")
}

func (r Raffle) row(i int) []component.Cell {
	t, o := r.desk.Theme, r.rows[i]
	number, how, tone := t.Text, component.Number(o.Offset)+" off", t.Muted
	switch {
	case o.prize && r.shown.Focused && i == r.list.cursor.Index:
		how = t.Signs.Cursor + " prize"
	case o.prize:
		how, tone = t.Signs.Needs+" prize", t.Bad
	case o.Offset == 0:
		how, tone = t.Signs.Win+" won", t.Strong
	case o.Record:
		tone = t.OK
	}
	if r.shown.Now.Sub(o.At) < Fresh {
		number = t.Title
	}
	return []component.Cell{
		{Text: component.When(o.At, r.shown.Now), Style: t.Muted},
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
