package section

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core/api"
	"sidestage/tui/component"
	"sidestage/tui/keymap"
)

// Terms is the form that opens a giveaway. It stays until the desk has said yes.
type Terms struct {
	desk    Desk
	word    textinput.Model
	minutes textinput.Model
	whose   int  // of audiences
	timing  bool // minutes has the keys, not word
	sent    bool
	err     string
}

const idTerms = "terms"

func audiences() []string {
	return []string{api.ForEverybody, api.ForFollowers, api.ForSubscribers}
}

func openTerms(d Desk) Open {
	word, minutes := newInput(d, api.DefaultKeyword), newInput(d, "until you close it")
	word.CharLimit, minutes.CharLimit = 25, 4
	minutes.Blur()
	return Open{ID: idTerms, Section: Terms{desk: d, word: word, minutes: minutes}}
}

// Title implements Section.
func (Terms) Title() string { return "Open a giveaway" }

// Typing implements Typing.
func (Terms) Typing() bool { return true }

// Keys implements Section.
func (o Terms) Keys() help.KeyMap {
	k := o.desk.Keys
	keys := []key.Binding{as(k.Submit, "open it"), as(k.Sample, "next field"), as(k.Switch, "who may enter"), as(k.Back, "cancel")}
	return keymap.Group{Short: keys, Full: [][]key.Binding{keys}}
}

// Update implements Section.
func (o Terms) Update(msg tea.Msg) (Section, tea.Cmd) {
	k := o.desk.Keys
	if r, ok := msg.(GiveawayOpened); ok {
		return o.answered(r)
	}
	pressedKey, isKey := msg.(tea.KeyMsg)
	switch {
	case !isKey:
	case pressed(msg, k.Submit):
		return o.submit()
	case pressed(msg, k.Sample):
		return o.turn(), nil
	case pressed(msg, k.Switch):
		by := 1
		if pressedKey.Type == tea.KeyUp {
			by = len(audiences()) - 1
		}
		o.whose = (o.whose + by) % len(audiences())
	case o.timing:
		o.minutes, _ = o.minutes.Update(msg)
	default:
		o.word, _ = o.word.Update(msg)
	}
	return o, nil
}

// turn gives the other field the keys.
func (o Terms) turn() Terms {
	if o.timing = !o.timing; o.timing {
		o.word.Blur()
		o.minutes.Focus()
		return o
	}
	o.minutes.Blur()
	o.word.Focus()
	return o
}

func (o Terms) submit() (Section, tea.Cmd) {
	t := api.GiveawayTerms{Keyword: strings.TrimSpace(o.word.Value()), Audience: audiences()[o.whose]}
	if o.sent {
		return o, nil
	}
	if text := strings.TrimSpace(o.minutes.Value()); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			o.err = "Minutes are a whole number, or nothing: then it stays open until you close it."
			return o, nil
		}
		t.Minutes = n
	}
	o.sent, o.err = true, ""
	return o, o.desk.Do.OpenGiveaway(idTerms, t)
}

// answered goes away, or says what the desk did not like.
func (o Terms) answered(r GiveawayOpened) (Section, tea.Cmd) {
	o.sent = false
	if r.Err != nil {
		o.err = component.Clean(r.Err.Error())
		return o, nil
	}
	return o, tea.Batch(send(Close{}), send(r.Says))
}

// View implements Section.
func (o Terms) View(w, _ int) string {
	t := o.desk.Theme
	line := func(name string, chosen bool, value string) string {
		mark, style := "  ", t.Text
		if chosen {
			mark, style = t.Signs.Cursor+" ", t.Spot
		}
		return style.Render(component.Fit(mark+name, 18, "")) + value
	}
	lines := []string{
		paragraphs(w, "Viewers enter by saying a word in chat, and chat hears of it at once. The winner comes from a seed whose hash is shown from the start."),
		"",
		line("keyword", !o.timing, field(o.word, w-18)),
		line("minutes open", o.timing, field(o.minutes, w-18)),
		line("who may enter", false, t.Text.Render(audiences()[o.whose])),
		"",
	}
	if o.err != "" {
		lines = append(lines, t.Bad.Render(paragraphs(w, "! "+o.err)), "")
	}
	return strings.Join(append(lines, hints(o.desk, o.Keys().ShortHelp(), w)), "\n")
}
