package section

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
)

// fact is a line of details: a word and what there is to say.
type fact struct{ word, says string }

// Details shows one thing in full and, where a saga does the work, its steps
// as they are taken.
type Details struct {
	desk   Desk
	title  string
	facts  []fact
	sagaID string // "" for what no saga does

	shown  Shown
	saga   *api.Saga
	err    error
	asked  time.Time
	asking bool
	scroll int
}

// idDetails is the envelope's address of a saga's details.
func idDetails(sagaID string) string { return "details " + sagaID }

func openDetails(d Desk, title string, facts []fact, sagaID string) tea.Cmd {
	return send(Open{ID: idDetails(sagaID), Section: Details{desk: d, title: title, facts: facts, sagaID: sagaID}})
}

func openSaga(d Desk, s api.Saga) tea.Cmd {
	return openDetails(d, about(s), []fact{{"saga", s.Kind + " " + s.ID}, {"for", whose(s)}, {"began", component.ClockSeconds(s.CreatedAt)}}, s.ID)
}

// Title implements Section.
func (d Details) Title() string { return d.title }

// Keys implements Section.
func (d Details) Keys() help.KeyMap {
	k := d.desk.Keys
	keys := []key.Binding{as(k.Back, "close")}
	if d.saga != nil && needsPerson(*d.saga) {
		keys = append([]key.Binding{k.Resolve}, keys...)
	}
	return keymap.Group{Short: append(keys, k.Up, k.Down), Full: [][]key.Binding{keys, moveKeys(k)}}
}

// Update implements Section.
func (d Details) Update(msg tea.Msg) (Section, tea.Cmd) {
	switch msg := msg.(type) {
	case Shown:
		d.shown = msg
		if d.saga == nil && msg.Now.Sub(d.asked) >= time.Second {
			return d.read()
		}
	case Happened:
		if msg.Subject == d.sagaID {
			return d.read()
		}
	case SagaRead:
		d.asking, d.err = false, msg.Err
		if msg.Err == nil {
			s := state.CleanSaga(msg.Saga)
			d.saga = &s
		}
	case tea.KeyMsg:
		return d.press(msg)
	}
	return d, nil
}

func (d Details) press(msg tea.KeyMsg) (Section, tea.Cmd) {
	k := d.desk.Keys
	switch {
	case pressed(msg, k.Open):
		return d, send(Close{})
	case pressed(msg, k.Down):
		d.scroll++
	case pressed(msg, k.Up):
		d.scroll = max(d.scroll-1, 0)
	case pressed(msg, k.Resolve) && d.saga != nil:
		return d, askResolve(d.desk, *d.saga)
	}
	return d, nil
}

// read asks for the saga, one question at a time.
func (d Details) read() (Section, tea.Cmd) {
	if d.sagaID == "" || d.asking {
		return d, nil
	}
	d.asking, d.asked = true, d.shown.Now
	return d, d.desk.Do.Saga(idDetails(d.sagaID), d.sagaID)
}

// View implements Section.
func (d Details) View(w, h int) string {
	lines := d.factLines(w)
	if d.sagaID != "" {
		lines = append(append(lines, ""), d.steps(w)...)
	}
	lines = append(lines, "", hints(d.desk, d.Keys().ShortHelp(), w))
	first := min(d.scroll, max(len(lines)-h, 0))
	return strings.Join(lines[first:min(first+h, len(lines))], "\n")
}

func (d Details) factLines(w int) []string {
	word := 8
	if len(d.facts) == 1 && d.facts[0].word == "" {
		word = 0
	}
	t := d.desk.Theme
	var lines []string
	for _, f := range d.facts {
		if f.says == "" {
			continue
		}
		head := f.word
		for _, row := range component.Wrap(f.says, max(w-word, 1)) {
			lines = append(lines, t.Muted.Render(component.Fit(head, word, ""))+t.Text.Render(row))
			head = ""
		}
	}
	return lines
}

func (d Details) steps(w int) []string {
	t := d.desk.Theme
	if d.saga == nil {
		text, style := "Reading its steps.", t.Muted
		switch {
		case d.err != nil && core.KindOf(d.err) == core.NotFound:
			text = "On its way: the desk has not written its first step down yet."
		case d.err != nil:
			text, style = "! "+component.Clean(d.err.Error()), t.Bad
		}
		return []string{style.Render(component.Cut(text, w, t.Signs.Ellipsis))}
	}
	s := *d.saga
	rows := strings.Split(component.Table{
		Columns: []component.Column{{Width: 1}, {Width: 14, Flex: 1}, {Width: 14, Drop: 1}, {Width: 6, Right: true, Drop: 2}},
		Len:     len(s.Steps), Row: d.step, Cursor: -1,
	}.View(t, w, len(s.Steps)), "\n")
	sign, style := sagaSign(t, s)
	end := []string{style.Render(component.Cut(sign+" "+d.outcome(), w, t.Signs.Ellipsis))}
	if s.Error != nil && s.State != completed {
		end = append(end, component.Wrap(s.Error.Message, w)...)
	}
	return append(rows, end...)
}

// outcome says where the saga stands and what that means for the points.
func (d Details) outcome() string {
	s := *d.saga
	points := s.Kind != kindCommand
	switch {
	case s.State == completed && points:
		return "done, the points are spent"
	case s.State == compensated && points:
		return "undone, the points went back"
	case s.State == needsDecision:
		return "needs you: press " + d.desk.Keys.Resolve.Help().Key + " to say whether it happened"
	case s.State == failed:
		return "gave up: press " + d.desk.Keys.Resolve.Help().Key + " to try again"
	case s.State == waiting && s.WaitingFor != forRetry:
		return "waits for " + s.WaitingFor
	case s.State == waiting:
		return "tries " + stateWord(s, d.shown.Now)
	}
	return stateWord(s, d.shown.Now)
}

func (d Details) step(i int) []component.Cell {
	t, st := d.desk.Theme, d.saga.Steps[i]
	sign, style, word := d.stepSign(st)
	if st.Attempt > 1 {
		word += fmt.Sprintf(" %s%d", t.Signs.Times, st.Attempt)
	}
	took := ""
	if !st.EndedAt.IsZero() && !st.StartedAt.IsZero() {
		took = component.Took(st.EndedAt.Sub(st.StartedAt))
	}
	return []component.Cell{
		{Text: sign, Style: style}, {Text: st.Name, Style: t.Text}, {Text: word, Style: style}, {Text: took, Style: t.Muted},
	}
}

// stepSign is how a step's state looks and is called.
func (d Details) stepSign(st api.Step) (string, lipgloss.Style, string) {
	t := d.desk.Theme
	switch st.State {
	case "succeeded":
		return t.Signs.Done, t.OK, "done"
	case "started":
		return t.Signs.Running, t.Warn, "under way"
	case "undone":
		return t.Signs.Refunded, t.Muted, "undone"
	case "undo-failed":
		return t.Signs.Failed, t.Bad, "undo failed"
	case "uncertain":
		return t.Signs.Needs, t.Bad, "uncertain"
	}
	return t.Signs.Failed, t.Warn, st.State
}
