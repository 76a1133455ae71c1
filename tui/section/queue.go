package section

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core/api"
	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
)

// Queue is what comes next, who asked for it and how long it takes.
type Queue struct {
	desk  Desk
	shown Shown
	list  list
	rows  []api.QueuedTrack
}

// NewQueue makes the panel.
func NewQueue(d Desk) Section { return Queue{desk: d} }

// Title implements Section.
func (q Queue) Title() string {
	text := "2 Queue"
	n, until := 0, time.Duration(0)
	for _, t := range q.shown.Queue.Tracks {
		if t.Source == api.SourceUser {
			n++
			until = max(until, state.Duration(t.WaitMs+t.DurationMs))
		}
	}
	if n > 0 {
		text += fmt.Sprintf(" · %d", n)
		if len(q.shown.Queue.Tracks) < q.shown.Queue.TotalCount {
			text += "+"
		}
		text += " · " + component.Minutes(until)
	}
	if q.closed() {
		text += " · requests closed"
	}
	return text
}

// closed reports whether viewers cannot ask, as far as is known.
func (q Queue) closed() bool {
	return !q.shown.Queue.Requests.Open && !q.shown.Queue.Requests.Since.IsZero()
}

// Keys implements Section.
func (q Queue) Keys() help.KeyMap {
	k := q.desk.Keys
	gate := k.Gate
	if q.closed() {
		gate = as(k.Gate, "open requests")
	}
	own := []key.Binding{k.Skip, k.Remove, k.Promote, k.Open, k.Add, k.Viewer}
	if t, ok := q.selected(); ok && t.NeedsDecision {
		own = []key.Binding{k.Resolve, k.Skip, k.Open, k.Add, k.Viewer}
	}
	return keymap.Group{Short: own, Full: [][]key.Binding{
		{k.Skip, k.Open, k.Remove, k.MoveUp, k.MoveDown, k.Promote, gate, k.Resolve, k.Add, k.Viewer}, moveKeys(k),
	}}
}

// Update implements Section.
func (q Queue) Update(msg tea.Msg) (Section, tea.Cmd) {
	if s, ok := msg.(Shown); ok {
		q.shown, q.rows = s, s.Queue.Tracks
		q.list = q.list.follow(q.all())
		return q, nil
	}
	k := q.desk.Keys
	switch {
	case pressed(msg, k.Open):
		return q, q.open()
	case pressed(msg, k.Remove):
		return q, q.askRemove()
	case pressed(msg, k.MoveUp):
		return q, q.move(func(at int) int { return at - 1 })
	case pressed(msg, k.MoveDown):
		return q, q.move(func(at int) int { return at + 1 })
	case pressed(msg, k.Promote):
		return q, q.move(func(int) int { return 1 })
	case pressed(msg, k.Gate):
		return q, q.gate()
	case pressed(msg, k.Resolve):
		return q, q.resolve()
	}
	q.list = q.list.update(msg, k, q.all())
	return q, nil
}

func (q Queue) all() component.Rows {
	return component.Rows{Len: len(q.rows), ID: func(i int) string { return rowID(q.rows[i]) }}
}

// rowID names a row: by its request, or, of what nobody asked for, its track.
func rowID(t api.QueuedTrack) string {
	if t.EventID != "" {
		return t.EventID
	}
	return "track " + t.ID
}

func (q Queue) selected() (api.QueuedTrack, bool) {
	if i := q.list.cursor.Index; i < len(q.rows) {
		return q.rows[i], true
	}
	return api.QueuedTrack{}, false
}

// askRemove asks before a request is taken out, and says what that does.
func (q Queue) askRemove() tea.Cmd {
	t, ok := q.selected()
	switch {
	case !ok:
		return nil
	case t.EventID == "":
		return send(Note{state.Quiet, "Nobody asked for it: it is Spotify's own, and only a skip helps."})
	}
	text := []string{
		named(t.Track) + ".",
		"Asked for by " + t.RequesterDisplayName + " " + component.Ago(q.shown.Now.Sub(t.RequestedAt)) + ".",
	}
	if t.State == api.StateQueued {
		text = append(text, "It stands in Spotify's queue, which nobody can change: it is skipped when its turn comes, it and no other.")
	}
	k, do := q.desk.Keys, q.desk.Do
	remove := func(b key.Binding, refund bool) choice {
		return choice{b, do.Remove(t.EventID, title(t.Track), refund)}
	}
	choices := []choice{remove(as(k.Confirm, "remove"), true)}
	switch t.Points {
	case api.PointsReturn:
		text = append(text, "The points can go back to "+t.RequesterDisplayName+".")
		choices = []choice{remove(as(k.Confirm, "remove, points back"), true), remove(as(k.Keep, "remove, keep the points"), false)}
	case api.PointsSpent:
		text = append(text, "The points are spent: Twitch cannot return them.")
	default:
		text = append(text, "Nobody paid for it: no points move.")
	}
	return send(Open{ID: "confirm", Section: Confirm{
		desk: q.desk, title: fmt.Sprintf("Remove number %d?", t.Position), text: text, choices: choices,
	}})
}

// move gives the selected request another position.
func (q Queue) move(to func(at int) int) tea.Cmd {
	t, ok := q.selected()
	switch {
	case !ok:
		return nil
	case t.State != api.StatePending:
		return send(Note{state.Quiet, "Only what waits in our own queue can be moved: Spotify's cannot be changed."})
	}
	return q.desk.Do.Move(t.EventID, max(to(t.Position), 1))
}

// gate opens requests, or asks before it closes them.
func (q Queue) gate() tea.Cmd {
	if q.closed() {
		return q.desk.Do.Gate(true)
	}
	return send(Open{ID: "confirm", Section: Confirm{
		desk: q.desk, title: "Close requests?",
		text: []string{
			"Viewers who ask from now on get their points back, and chat says so. What is in the queue stays.",
			"With a reason for chat: sidestage queue close REASON.",
		},
		choices: []choice{{as(q.desk.Keys.Confirm, "close requests"), q.desk.Do.Gate(false)}},
	}})
}

func (q Queue) open() tea.Cmd {
	t, ok := q.selected()
	if !ok {
		return nil
	}
	facts := trackFacts(t.Track)
	facts = append(facts, fact{"plays", fmt.Sprintf("as number %d, in about %s", t.Position, component.Minutes(state.Duration(t.WaitMs)))})
	switch t.State {
	case api.StatePending:
		facts = append(facts, fact{"stands", "in our own queue, not yet given to Spotify"})
	case api.StateQueued:
		facts = append(facts, fact{"stands", "in Spotify's queue"})
	}
	return openDetails(q.desk, title(t.Track), facts, t.EventID)
}

func trackFacts(t api.Track) []fact {
	facts := []fact{{"by", artists(t)}, {"album", t.Album}, {"length", component.Length(state.Duration(t.DurationMs))}}
	if t.Source == api.SourceUser {
		facts = append(facts, fact{"asked", "by " + t.RequesterDisplayName + " at " + component.Clock(t.RequestedAt)})
	} else {
		facts = append(facts, fact{"asked", "by nobody: Spotify goes on with it"})
	}
	return facts
}

func (q Queue) resolve() tea.Cmd {
	t, ok := q.selected()
	if !ok {
		return nil
	}
	i := slices.IndexFunc(q.shown.Sagas, func(s api.Saga) bool { return s.ID == t.EventID && t.EventID != "" })
	if i < 0 || !needsPerson(q.shown.Sagas[i]) {
		return send(Note{state.Quiet, "It needs nothing from you."})
	}
	return askResolve(q.desk, q.shown.Sagas[i])
}

// View implements Section.
func (q Queue) View(w, h int) string {
	t := q.desk.Theme
	if len(q.rows) == 0 {
		how, k := "Viewers redeem Song request with a Spotify link, or artist and title. Press ", q.desk.Keys
		if q.desk.Do.Redeem != nil {
			how += k.Viewer.Help().Key + " to be one of them, or "
		}
		how += k.Add.Help().Key + " to add one."
		return t.Text.Render("No requests yet.") + "\n" + t.Muted.Render(paragraphs(w, how))
	}
	return component.Table{
		Columns: []component.Column{
			{Width: 4},
			{Width: 16, Flex: 5},
			{Width: 8, Flex: 2, Drop: 1},
			{Width: 5, Right: true, Drop: 3},
			{Width: 7, Right: true, Drop: 2},
		},
		Len: len(q.rows), Row: q.row, Cursor: q.list.cursor.Index, Focused: q.shown.Focused,
	}.View(t, w, h)
}

func (q Queue) row(i int) []component.Cell {
	t, r := q.desk.Theme, q.rows[i]
	mark, style, wait := " ", t.Muted, component.Cell{Text: component.Wait(state.Duration(r.WaitMs)), Style: t.Muted}
	name, artist := t.Text, t.Muted
	if r.Source != api.SourceUser {
		name = t.Muted
	}
	if r.NeedsDecision {
		mark, style = t.Signs.Needs, t.Bad
		wait = component.Cell{Text: "decide", Style: t.Bad}
	}
	if q.shown.Focused && i == q.list.cursor.Index {
		mark = t.Signs.Cursor
	}
	more := ""
	if len(r.Artists) > 0 {
		more = " · " + artists(r.Track)
	}
	return []component.Cell{
		{Text: mark + component.FitRight(strconv.Itoa(r.Position), 3, ""), Style: style},
		{Text: title(r.Track), Style: name, More: more, Less: artist},
		{Text: r.RequesterDisplayName, Style: t.Viewer},
		{Text: component.Length(state.Duration(r.DurationMs)), Style: t.Muted},
		wait,
	}
}
