package section

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core/api"
	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
)

// Giveaway is the giveaway that is live or was the last: who is in, until when,
// and who was drawn.
type Giveaway struct {
	desk  Desk
	shown Shown
	list  list
}

// NewGiveaway makes the panel.
func NewGiveaway(d Desk) Section { return Giveaway{desk: d} }

// now is the giveaway, one of no state before the first.
func (g Giveaway) now() api.Giveaway {
	if g.shown.Giveaway == nil {
		return api.Giveaway{}
	}
	return *g.shown.Giveaway
}

// live reports whether the winner is still to be drawn.
func (g Giveaway) live() bool {
	s := g.now().State
	return s == api.GiveawayOpen || s == api.GiveawayClosed
}

// Title implements Section.
func (g Giveaway) Title() string {
	switch g.now().State {
	case api.GiveawayOpen:
		return "7 Giveaway · " + component.Number(g.now().Entries) + " in"
	case api.GiveawayClosed:
		return "7 Giveaway · to draw"
	}
	return "7 Giveaway"
}

// Keys implements Section.
func (g Giveaway) Keys() help.KeyMap {
	k := g.desk.Keys
	own := []key.Binding{k.New}
	switch g.now().State {
	case api.GiveawayOpen:
		own = []key.Binding{k.Draw, as(k.Gate, "close entries"), as(k.Remove, "cancel"), k.Open}
	case api.GiveawayClosed:
		own = []key.Binding{k.Draw, as(k.Remove, "cancel"), k.Open}
	case api.GiveawayDrawn:
		own = []key.Binding{as(k.Draw, "draw another"), k.New, k.Open}
	case api.GiveawayCancelled:
		own = []key.Binding{k.New, k.Open}
	}
	return keymap.Group{Short: append(own, k.Next), Full: [][]key.Binding{own, moveKeys(k)}}
}

// Update implements Section.
func (g Giveaway) Update(msg tea.Msg) (Section, tea.Cmd) {
	if s, ok := msg.(Shown); ok {
		g.shown = s
		g.list = g.list.follow(g.all())
		return g, nil
	}
	k := g.desk.Keys
	switch {
	case pressed(msg, k.New):
		return g, g.begin()
	case pressed(msg, k.Draw):
		return g, g.askDraw()
	case pressed(msg, k.Gate):
		return g, g.askClose()
	case pressed(msg, k.Remove):
		return g, g.askCancel()
	case pressed(msg, k.Open):
		return g, g.open()
	}
	g.list = g.list.update(msg, k, g.all())
	return g, nil
}

func (g Giveaway) all() component.Rows {
	return component.Rows{Len: len(g.now().Picks), ID: func(i int) string { return strconv.Itoa(g.now().Picks[i].Number) }}
}

func (g Giveaway) begin() tea.Cmd {
	if g.live() {
		return send(Note{state.Quiet, "One giveaway at a time: draw or cancel " + g.now().Keyword + " first."})
	}
	return send(openTerms(g.desk))
}

func (g Giveaway) askDraw() tea.Cmd {
	now, do := g.now(), g.desk.Do
	switch {
	case now.State == api.GiveawayDrawn:
		return g.ask("Draw another winner?", now.Keyword+" was won by "+names(winners(now))+".",
			"One more who is in is drawn, nobody a second time, and chat is told. Those drawn before stay winners.",
			choice{as(g.desk.Keys.Confirm, "draw another"), do.Redraw(now.ID)})
	case !g.live():
		return send(Note{state.Quiet, "No giveaway waits for its draw. Press " + g.desk.Keys.New.Help().Key + " to open one."})
	case now.Entries == 0:
		return send(Note{state.Warning, "Nobody is in " + now.Keyword + " yet, so there is nobody to draw."})
	}
	effect := "One of them is drawn, chat is told, and the seed is revealed. A draw cannot be undone."
	if now.State == api.GiveawayOpen {
		effect = "Entries close. " + effect
	}
	return g.ask("Draw the winner of "+now.Keyword+"?", g.standing(), effect,
		choice{as(g.desk.Keys.Confirm, "draw"), do.Draw(now.ID)})
}

func (g Giveaway) askClose() tea.Cmd {
	now := g.now()
	if now.State != api.GiveawayOpen {
		return send(Note{state.Quiet, "No giveaway takes entries."})
	}
	return g.ask("Close the entries of "+now.Keyword+"?", g.standing(),
		"Nobody gets in from now on, and chat is told. The winner is drawn when you say so.",
		choice{as(g.desk.Keys.Confirm, "close entries"), g.desk.Do.EndEntries(now.ID)})
}

func (g Giveaway) askCancel() tea.Cmd {
	now := g.now()
	if !g.live() {
		return send(Note{state.Quiet, "No giveaway is under way."})
	}
	return g.ask("Cancel "+now.Keyword+"?", entries(now)+".", "It ends without a winner, and cannot be opened again.",
		choice{as(g.desk.Keys.Confirm, "cancel the giveaway"), g.desk.Do.Cancel(now.ID)})
}

func (g Giveaway) ask(title, about, effect string, yes choice) tea.Cmd {
	return send(Open{ID: "confirm", Section: Confirm{desk: g.desk, title: title, text: []string{about, effect}, choices: []choice{yes}}})
}

func (g Giveaway) open() tea.Cmd {
	now := g.now()
	if now.State == "" {
		return nil
	}
	facts := []fact{
		{"keyword", now.Keyword}, {"enters", audience(now)}, {"entries", entries(now)}, {"state", now.State},
		{"opened", component.ClockSeconds(now.OpenedAt)},
	}
	if won := winners(now); len(won) > 0 {
		facts = append(facts, fact{"winners", names(won)})
	}
	facts = append(facts, fact{"SHA-256", now.Hash})
	if now.Seed != "" {
		facts = append(facts, fact{"seed", now.Seed})
	}
	return openDetails(g.desk, "Giveaway "+strconv.FormatInt(now.ID, 10), facts, "")
}

// View implements Section.
func (g Giveaway) View(w, h int) string {
	t, now := g.desk.Theme, g.now()
	if now.State == "" {
		return t.Text.Render("No giveaway yet.") + "\n" + t.Muted.Render(paragraphs(w,
			"Press "+g.desk.Keys.New.Help().Key+" to open one: viewers enter by a word in chat, and the winner comes from a seed whose hash is public before."))
	}
	head := []string{
		component.Spread(g.keyword(), g.status(), w, t.Signs.Ellipsis),
		t.Text.Render(component.Cut(entries(now), w, t.Signs.Ellipsis)) +
			t.Muted.Render(component.Cut(" · "+audience(now), w-component.Width(entries(now)), t.Signs.Ellipsis)),
	}
	foot := t.Muted.Render(component.Cut("SHA-256 "+now.Hash, w, t.Signs.Ellipsis))
	room := h - len(head) - 1
	if room < 1 {
		return strings.Join(head, "\n")
	}
	if room > len(now.Picks) { // a line of air
		head = append(head, "")
		room--
	}
	return strings.Join(head, "\n") + "\n" + component.Block(t, g.picks(w, room), w, room) + "\n" + foot
}

func (g Giveaway) keyword() string {
	t, word := g.desk.Theme, g.now().Keyword
	if g.now().State == api.GiveawayOpen {
		return t.Muted.Render("say ") + t.Strong.Render(word)
	}
	return t.Text.Render(word)
}

func (g Giveaway) status() string {
	t := g.desk.Theme
	switch now := g.now(); now.State {
	case api.GiveawayOpen:
		status := t.Signs.Live + " open"
		if left, ok := g.shown.GiveawayLeft(g.shown.Now); ok {
			status += ", " + component.Length(left) + " left"
		}
		return t.OK.Render(status)
	case api.GiveawayClosed:
		return t.Warn.Render(t.Signs.Waiting + " closed, to be drawn")
	case api.GiveawayDrawn:
		return t.Muted.Render(t.Signs.Done + " drawn " + component.When(now.EndedAt, g.shown.Now))
	default:
		return t.Muted.Render(t.Signs.Off + " " + now.State + " " + component.When(now.EndedAt, g.shown.Now))
	}
}

// standing says who is in, and until when entries are taken.
func (g Giveaway) standing() string {
	text := entries(g.now()) + "."
	if left, ok := g.shown.GiveawayLeft(g.shown.Now); ok {
		text += " Entries would close by themselves in " + component.Length(left) + "."
	}
	return text
}

func (g Giveaway) picks(w, h int) string {
	now, t := g.now(), g.desk.Theme
	if len(now.Picks) == 0 {
		return ""
	}
	return component.Table{
		Columns: []component.Column{{Width: 1}, {Width: 10, Flex: 1}, {Width: 15, Drop: 1}, {Width: 5, Right: true, Drop: 2}},
		Len:     len(now.Picks), Row: g.pick, Cursor: g.list.cursor.Index, Focused: g.shown.Focused,
	}.View(t, w, h)
}

func (g Giveaway) pick(i int) []component.Cell {
	t, p := g.desk.Theme, g.now().Picks[i]
	sign, how, tone := t.Signs.Win, "won", t.Strong
	if p.Passed {
		sign, how, tone = t.Signs.Failed, "does not follow", t.Muted
	}
	return []component.Cell{
		{Text: sign, Style: tone}, {Text: p.Viewer.Name, Style: t.Viewer}, {Text: how, Style: tone},
		{Text: component.When(p.DrawnAt, g.shown.Now), Style: t.Muted},
	}
}

func entries(g api.Giveaway) string {
	n, verb := component.Number(g.Entries), " are in"
	if g.MaxEntries > 0 {
		n += " of " + component.Number(g.MaxEntries)
	}
	switch over := g.State == api.GiveawayDrawn || g.State == api.GiveawayCancelled; {
	case over && g.Entries == 1:
		verb = " was in"
	case over:
		verb = " were in"
	case g.Entries == 1:
		verb = " is in"
	}
	return n + verb
}

func audience(g api.Giveaway) string {
	if g.Audience == api.ForEverybody {
		return "for " + g.Audience
	}
	return g.Audience + " only"
}

func winners(g api.Giveaway) (all []string) {
	for _, p := range g.Picks {
		if !p.Passed {
			all = append(all, p.Viewer.Name)
		}
	}
	return all
}

// names lists people, the first few by name.
func names(all []string) string {
	const shown = 5
	if more := len(all) - shown; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:shown], ", "), more)
	}
	return strings.Join(all, ", ")
}
