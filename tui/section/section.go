// Package section holds the parts of the dashboard: the panels and what
// may lie above them, such as a question or the help.
//
// A section is told what is known (Shown) and what was pressed (tea.KeyMsg),
// and draws itself at any size. It never waits: what takes time is a Cmd of
// Actions. What a section wants of the screen it asks for with a message: Open,
// Close, Note. An answer meant for one section only travels in an Envelope.
package section

import (
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core/api"
	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
	"sidestage/tui/theme"
)

// Section is a part of the screen.
type Section interface {
	Update(msg tea.Msg) (Section, tea.Cmd)
	// View draws at most h lines of at most w cells.
	View(w, h int) string
	// Keys are the keys that matter in it, the most important first.
	Keys() help.KeyMap
	// Title stands in its border.
	Title() string
}

// Typing is a section that takes text, so that letters are no commands.
type Typing interface{ Typing() bool }

// Desk is what every section works with.
type Desk struct {
	Theme theme.Theme
	Keys  keymap.Map
	Do    Actions
}

// Actions make the commands that ask the desk to do something. All but Saga,
// OpenGiveaway and Redeem end in a Note.
type Actions struct {
	Skip func(occurrence, title string) tea.Cmd
	Add  func(link string) tea.Cmd
	// Remove takes a request out of the queue, and returns its points or not.
	Remove func(id, title string, refund bool) tea.Cmd
	// Move puts a request at a position of the queue.
	Move func(id string, to int) tea.Cmd
	// Gate opens or closes requests.
	Gate    func(open bool) tea.Cmd
	Resolve func(id, title string, happened bool) tea.Cmd
	Retry   func(id, title string) tea.Cmd
	// Give marks the prize of a winning roll as given.
	Give func(rollID, name string) tea.Cmd
	// OpenGiveaway answers the section to with GiveawayOpened.
	OpenGiveaway func(to string, t api.GiveawayTerms) tea.Cmd
	// Draw, Redraw, EndEntries and Cancel are about a giveaway by its id.
	Draw, Redraw, EndEntries, Cancel func(id int64) tea.Cmd
	// Saga reads a saga and answers the section to with SagaRead.
	Saga func(to, id string) tea.Cmd
	// Redeem spends a simulated viewer's points and answers the section to with
	// Redeemed. Nil where there is no demo.
	Redeem func(to, reward, input string) tea.Cmd
	// Samples are links to try. Only with Redeem.
	Samples []string
}

// Shown is what is known now. It reaches every section whenever it changes.
type Shown struct {
	state.State
	Now     time.Time
	Focused bool // the section takes the keys
}

// Happened tells of an event, by its subject.
type Happened struct{ Subject string }

// Envelope is a message for the section with that id.
type Envelope struct {
	To  string
	Msg tea.Msg
}

// SagaRead answers Actions.Saga.
type SagaRead struct {
	Saga api.Saga
	Err  error
}

// GiveawayOpened answers Actions.OpenGiveaway: what to say of it, or why there is
// none.
type GiveawayOpened struct {
	Says Note
	Err  error
}

// Redeemed answers Actions.Redeem with the redemption's id.
type Redeemed struct {
	ID  string
	Err error
}

// Open lays a section over the screen, Instead of the topmost one if so said.
type Open struct {
	ID      string
	Section Section
	Instead bool
}

// Close takes the topmost section away.
type Close struct{}

// Note says something on the bottom line and in the log.
type Note struct {
	Tone state.Tone
	Text string
}

func send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

func pressed(msg tea.Msg, b key.Binding) bool {
	k, ok := msg.(tea.KeyMsg)
	return ok && key.Matches(k, b)
}

// as is a binding under another description.
func as(b key.Binding, does string) key.Binding {
	b.SetHelp(b.Help().Key, does)
	return b
}

// list is a panel's cursor and how keys move it.
type list struct{ cursor component.Cursor }

func (l list) update(msg tea.Msg, k keymap.Map, rows component.Rows) list {
	const page, all = 10, 1 << 30
	by := 0
	switch {
	case pressed(msg, k.Up):
		by = -1
	case pressed(msg, k.Down):
		by = 1
	case pressed(msg, k.PageUp):
		by = -page
	case pressed(msg, k.PageDown):
		by = page
	case pressed(msg, k.Top):
		by = -all
	case pressed(msg, k.Bottom):
		by = all
	default:
		return l
	}
	return list{l.cursor.Move(by, rows)}
}

// follow keeps the cursor on its row; the topmost place stays the topmost,
// whatever comes to stand there.
func (l list) follow(rows component.Rows) list {
	if l.cursor.Index == 0 {
		return list{l.cursor.Move(0, rows)}
	}
	return list{l.cursor.Follow(rows)}
}

func moveKeys(k keymap.Map) []key.Binding {
	return []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.Top, k.Bottom}
}

// paragraphs wraps text to w cells.
func paragraphs(w int, text ...string) string {
	var lines []string
	for _, p := range text {
		lines = append(lines, component.Wrap(p, w)...)
	}
	return strings.Join(lines, "\n")
}

func title(t api.Track) string { return t.Name }

func artists(t api.Track) string { return strings.Join(t.Artists, ", ") }

// named is a track in one line: Genesis · Justice.
func named(t api.Track) string {
	if len(t.Artists) == 0 {
		return t.Name
	}
	return t.Name + " · " + artists(t)
}
