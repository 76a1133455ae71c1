package section

import (
	"strings"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
)

// maxInput is how much may be typed: what a viewer may send.
const maxInput = 500

// newInput is a field for a link. Nothing blinks.
func newInput(d Desk, placeholder string) textinput.Model {
	in := textinput.New()
	in.CharLimit, in.Prompt, in.Placeholder = maxInput, "", placeholder
	in.TextStyle, in.PlaceholderStyle = d.Theme.Text, d.Theme.Muted
	in.Cursor.Style, in.Cursor.TextStyle = d.Theme.Spot.Reverse(true), d.Theme.Text
	in.Cursor.SetMode(cursor.CursorStatic)
	in.Focus()
	return in
}

// field draws an input w cells wide.
func field(in textinput.Model, w int) string {
	in.Width = max(w-1, 1) // and the cursor
	return component.Cut(in.View(), w, "")
}

// Add asks for a track to put into the queue, without points.
type Add struct {
	desk  Desk
	input textinput.Model
}

// OpenAdd opens the form.
func OpenAdd(d Desk) Open {
	return Open{ID: "add", Section: Add{desk: d, input: newInput(d, "https://open.spotify.com/track/…")}}
}

// Title implements Section.
func (Add) Title() string { return "Add a song" }

// Typing implements Typing.
func (Add) Typing() bool { return true }

// Keys implements Section.
func (a Add) Keys() help.KeyMap {
	keys := []key.Binding{as(a.desk.Keys.Submit, "add it"), as(a.desk.Keys.Back, "cancel")}
	return keymap.Group{Short: keys, Full: [][]key.Binding{keys}}
}

// Update implements Section.
func (a Add) Update(msg tea.Msg) (Section, tea.Cmd) {
	if pressed(msg, a.desk.Keys.Submit) {
		link := strings.TrimSpace(a.input.Value())
		if link == "" {
			return a, nil
		}
		return a, tea.Batch(send(Close{}), send(Note{state.Quiet, "Adding it."}), a.desk.Do.Add(link))
	}
	if _, ok := msg.(tea.KeyMsg); ok {
		a.input, _ = a.input.Update(msg) // its only command is the blink we do not want
	}
	return a, nil
}

// View implements Section.
func (a Add) View(w, _ int) string {
	return paragraphs(w, "Paste the link of a Spotify track, or type artist and title. It joins the queue as yours and costs no points.") + "\n\n" +
		field(a.input, w) + "\n\n" + hints(a.desk, a.Keys().ShortHelp(), w)
}

// Rewards of the demo, as Actions.Redeem takes them.
const (
	RewardSong   = "song"
	RewardRaffle = "raffle"
)

// Guest lets the newcomer be a viewer of the demo: redeem something and watch
// what the desk makes of it.
type Guest struct {
	desk   Desk
	input  textinput.Model
	roll   bool // instead of a song
	sample int
	sent   bool
	err    string
}

const idGuest = "guest"

// OpenGuest opens the form.
func OpenGuest(d Desk) Open {
	g := Guest{desk: d, input: newInput(d, "https://open.spotify.com/track/…"), sample: -1}
	return Open{ID: idGuest, Section: g.nextSample()}
}

func (g Guest) nextSample() Guest {
	if n := len(g.desk.Do.Samples); n > 0 {
		g.sample = (g.sample + 1) % n
		g.input.SetValue(g.desk.Do.Samples[g.sample])
	}
	return g
}

// Title implements Section.
func (Guest) Title() string { return "Be a viewer" }

// Typing implements Typing.
func (g Guest) Typing() bool { return !g.roll }

// Keys implements Section.
func (g Guest) Keys() help.KeyMap {
	k := g.desk.Keys
	keys := []key.Binding{as(k.Submit, "redeem"), k.Switch}
	if !g.roll {
		keys = append(keys, k.Sample)
	}
	keys = append(keys, as(k.Back, "cancel"))
	return keymap.Group{Short: keys, Full: [][]key.Binding{keys}}
}

// Update implements Section.
func (g Guest) Update(msg tea.Msg) (Section, tea.Cmd) {
	k := g.desk.Keys
	if r, ok := msg.(Redeemed); ok {
		return g.redeemed(r)
	}
	switch {
	case pressed(msg, k.Submit):
		return g.redeem()
	case pressed(msg, k.Switch):
		g.roll, g.err = !g.roll, ""
	case pressed(msg, k.Sample):
		if !g.roll {
			g = g.nextSample()
		}
	default:
		if _, ok := msg.(tea.KeyMsg); ok && !g.roll {
			g.input, _ = g.input.Update(msg)
		}
	}
	return g, nil
}

func (g Guest) redeem() (Section, tea.Cmd) {
	if g.sent {
		return g, nil
	}
	g.sent, g.err = true, ""
	if g.roll {
		return g, g.desk.Do.Redeem(idGuest, RewardRaffle, "")
	}
	return g, g.desk.Do.Redeem(idGuest, RewardSong, strings.TrimSpace(g.input.Value()))
}

// redeemed goes on to watch the saga.
func (g Guest) redeemed(r Redeemed) (Section, tea.Cmd) {
	g.sent = false
	if r.Err != nil {
		g.err = component.Clean(r.Err.Error())
		return g, nil
	}
	what := "a song request"
	if g.roll {
		what = "a roll"
	}
	return g, send(Open{ID: idDetails(r.ID), Instead: true, Section: Details{
		desk: g.desk, title: "You redeemed " + what, sagaID: r.ID,
		facts: []fact{{"now", "Twitch tells the desk, and every step it takes stands here. The answer is said in chat."}},
	}})
}

// View implements Section.
func (g Guest) View(w, _ int) string {
	t := g.desk.Theme
	option := func(chosen bool, text string) string {
		if chosen {
			return t.Spot.Render(t.Signs.Cursor + " " + text)
		}
		return t.Text.Render("  " + text)
	}
	lines := []string{
		paragraphs(w, "Spend a simulated viewer's points and watch the desk at work."),
		"",
		option(!g.roll, "Song request"),
	}
	if !g.roll {
		lines = append(lines, "  "+field(g.input, w-2))
	}
	lines = append(lines, option(g.roll, "Keyboard raffle"), "")
	if g.err != "" {
		lines = append(lines, t.Bad.Render(component.Cut("! "+g.err, w, t.Signs.Ellipsis)), "")
	}
	return strings.Join(append(lines, hints(g.desk, g.Keys().ShortHelp(), w)), "\n")
}
