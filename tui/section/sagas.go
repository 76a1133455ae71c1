package section

import (
	"maps"
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"sidestage/core/api"
	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
	"sidestage/tui/theme"
)

// States of a saga and of its steps, as the API words them.
const (
	running       = "running"
	waiting       = "waiting"
	compensating  = "compensating"
	completed     = "completed"
	compensated   = "compensated"
	failed        = "failed"
	needsDecision = "needs-decision"

	forRetry = "retry"

	kindSong    = "song-request"
	kindRaffle  = "keyboard-raffle"
	kindCommand = "chat-command"
)

// Sagas is the work under way and done, with the step it is at.
type Sagas struct {
	desk   Desk
	shown  Shown
	list   list
	hidden map[string]bool
	rows   []api.Saga
}

// NewSagas makes the panel.
func NewSagas(d Desk) Section { return Sagas{desk: d} }

// Title implements Section.
func (s Sagas) Title() string {
	if s.shown.Needs > 0 {
		return "5 Sagas · " + NeedYou(s.shown.Needs)
	}
	return "5 Sagas"
}

// Keys implements Section.
func (s Sagas) Keys() help.KeyMap {
	k := s.desk.Keys
	own := []key.Binding{k.Open, as(k.Remove, "remove from view"), k.Up, k.Down}
	if o, ok := s.selected(); ok && needsPerson(o) {
		own = []key.Binding{k.Resolve, k.Open, k.Up, k.Down}
	}
	return keymap.Group{Short: own, Full: [][]key.Binding{{k.Open, k.Resolve, as(k.Remove, "remove from view"), k.Restore}, moveKeys(k)}}
}

// Update implements Section.
func (s Sagas) Update(msg tea.Msg) (Section, tea.Cmd) {
	switch msg := msg.(type) {
	case Shown:
		s.shown = msg
		return s.arrange(), nil
	case hide:
		s.hidden = maps.Clone(s.hidden)
		if s.hidden == nil {
			s.hidden = map[string]bool{}
		}
		s.hidden[msg.id] = true
		return s.arrange(), nil
	}
	k := s.desk.Keys
	o, ok := s.selected()
	switch {
	case pressed(msg, k.Restore):
		s.hidden = nil
		return s.arrange(), nil
	case ok && pressed(msg, k.Open):
		return s, openSaga(s.desk, o)
	case ok && pressed(msg, k.Remove):
		return s, s.askRemove(o)
	case ok && pressed(msg, k.Resolve):
		return s, askResolve(s.desk, o)
	}
	s.list = s.list.update(msg, k, s.all())
	return s, nil
}

// arrange lists the rows that are seen. What needs a person is never hidden.
func (s Sagas) arrange() Sagas {
	s.rows = nil
	for _, o := range s.shown.Sagas {
		if !s.hidden[o.ID] || needsPerson(o) {
			s.rows = append(s.rows, o)
		}
	}
	s.list = s.list.follow(s.all())
	return s
}

func (s Sagas) all() component.Rows {
	return component.Rows{Len: len(s.rows), ID: func(i int) string { return s.rows[i].ID }}
}

func (s Sagas) selected() (api.Saga, bool) {
	if i := s.list.cursor.Index; i < len(s.rows) {
		return s.rows[i], true
	}
	return api.Saga{}, false
}

// NeedYou says that n things wait for a person: 1 needs you.
func NeedYou(n int) string {
	if n == 1 {
		return "1 needs you"
	}
	return strconv.Itoa(n) + " need you"
}

func needsPerson(s api.Saga) bool { return s.State == needsDecision || s.State == failed }

func (s Sagas) askRemove(o api.Saga) tea.Cmd {
	if needsPerson(o) {
		return send(Note{state.Warning, "It stays in view until it is resolved: press " + s.desk.Keys.Resolve.Help().Key + "."})
	}
	yes := as(s.desk.Keys.Confirm, "remove from view")
	return send(Open{ID: "confirm", Section: Confirm{
		desk: s.desk, title: "Remove " + about(o) + " from view?",
		text: []string{about(o) + " of " + whose(o) + " is " + stateWord(o, s.shown.Now) + ".",
			"Only this screen stops showing it: it goes on as before, and no points move. " + s.desk.Keys.Restore.Help().Key + " shows it again."},
		choices: []choice{{yes, send(Envelope{To: IDSagas, Msg: hide{o.ID}})}},
	}})
}

// View implements Section.
func (s Sagas) View(w, h int) string {
	t := s.desk.Theme
	if len(s.rows) == 0 {
		return t.Text.Render("Nothing to do.") + "\n" +
			t.Muted.Render(paragraphs(w, "Every redemption and command becomes a saga: steps written down before they are taken."))
	}
	return component.Table{
		Columns: []component.Column{
			{Width: 1},
			{Width: 8, Flex: 1},
			{Width: 12, Flex: 7},
			{Width: 11, Drop: 1},
			{Width: 6, Right: true, Drop: 2},
		},
		Len: len(s.rows), Row: s.row, Cursor: s.list.cursor.Index, Focused: s.shown.Focused,
	}.View(t, w, h)
}

func (s Sagas) row(i int) []component.Cell {
	t, o := s.desk.Theme, s.rows[i]
	sign, style := sagaSign(t, o)
	if s.shown.Focused && i == s.list.cursor.Index {
		sign = t.Signs.Cursor
	}
	step := ""
	if o.Step != nil && o.State != completed && o.State != compensated {
		step = " · " + o.Step.Name
	}
	who := ""
	if o.Viewer != nil {
		who = o.Viewer.Name
	}
	return []component.Cell{
		{Text: sign, Style: style},
		{Text: who, Style: t.Viewer},
		{Text: about(o), Style: t.Text, More: step, Less: t.Muted},
		{Text: stateWord(o, s.shown.Now), Style: style},
		{Text: age(o, s.shown.Now), Style: t.Muted},
	}
}

func sagaSign(t theme.Theme, s api.Saga) (string, lipgloss.Style) {
	switch s.State {
	case running:
		return t.Signs.Running, t.Muted
	case completed:
		return t.Signs.Done, t.OK
	case compensated:
		return t.Signs.Refunded, t.Muted
	case failed:
		return t.Signs.Failed, t.Bad
	case needsDecision:
		return t.Signs.Needs, t.Bad
	}
	return t.Signs.Waiting, t.Warn
}

func stateWord(s api.Saga, now time.Time) string {
	switch s.State {
	case waiting:
		if s.WaitingFor == forRetry && s.NextAt.After(now) {
			return "again " + component.Length(s.NextAt.Sub(now))
		}
		return "waits"
	case compensating:
		return "undoing"
	case completed:
		return "done"
	case compensated:
		return "refunded"
	case needsDecision:
		return "decide"
	}
	return s.State
}

// age is how long a saga took or takes so far.
func age(s api.Saga, now time.Time) string {
	switch s.State {
	case completed, compensated, failed:
		return component.Took(s.UpdatedAt.Sub(s.CreatedAt))
	}
	return component.Length(now.Sub(s.CreatedAt))
}

// about is what a saga is about.
func about(s api.Saga) string {
	if s.Title != "" {
		return s.Title
	}
	switch s.Kind {
	case kindSong:
		return "a song request"
	case kindRaffle:
		return "a roll"
	}
	return s.Kind
}

func whose(s api.Saga) string {
	if s.Viewer == nil {
		return "the streamer"
	}
	return s.Viewer.Name
}

// hide takes a row from view.
type hide struct{ id string }
