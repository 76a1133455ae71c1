package section

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core/api"
	"sidestage/tui/component"
	"sidestage/tui/state"
)

// askResolve asks what to do about a saga that waits for a person.
func askResolve(d Desk, s api.Saga) tea.Cmd {
	switch s.State {
	case needsDecision:
		return send(Open{ID: "confirm", Section: decide(d, s)})
	case failed:
		return send(Open{ID: "confirm", Section: again(d, s)})
	}
	return send(Note{state.Quiet, "It needs nothing from you."})
}

// decide asks whether a step happened that the platform would not say.
func decide(d Desk, s api.Saga) Section {
	step := "a step"
	if s.Step != nil {
		step = s.Step.Name
	}
	if step == stepLate {
		return decideLate(d, s)
	}
	happened := as(d.Keys.Confirm, "it happened: "+afterYes(s))
	not := key.NewBinding(key.WithKeys("d"), key.WithHelp("d", "it did not: "+afterNo(s, step)))
	return Confirm{
		desk: d, title: "Did " + step + " happen?",
		text: []string{
			about(s) + ", asked for by " + whose(s) + ".",
			because(s), "Look there before you answer: " + whereToLook(step),
		},
		choices: []choice{{happened, d.Do.Resolve(s.ID, about(s), true)}, {not, d.Do.Resolve(s.ID, about(s), false)}},
		later:   true,
	}
}

// stepLate is the question about a redemption that was made while the desk was
// away.
const stepLate = "take-late"

// decideLate asks whether such a redemption is still to be carried out.
func decideLate(d Desk, s api.Saga) Section {
	carry := as(d.Keys.Confirm, "carry it out")
	back := key.NewBinding(key.WithKeys("d"), key.WithHelp("d", "return the points"))
	return Confirm{
		desk: d, title: "Is it still wanted?",
		text: []string{
			about(s) + ", asked for by " + whose(s) + ".",
			"It was asked for while the desk was away.",
		},
		choices: []choice{{carry, d.Do.Resolve(s.ID, about(s), true)}, {back, d.Do.Resolve(s.ID, about(s), false)}},
		later:   true,
	}
}

func because(s api.Saga) string {
	if s.Error == nil {
		return "The platform did not say whether it was done."
	}
	return "The platform did not say whether it was done: " + s.Error.Message + "."
}

func whereToLook(step string) string {
	switch step {
	case "add-to-player":
		return "is it in Spotify's queue, or was it played?"
	case "fulfil", "refund":
		return "what does Twitch's list of redemptions show?"
	}
	return "what does the platform show?"
}

func afterYes(s api.Saga) string {
	switch {
	case s.Step != nil && s.Step.Name == "refund":
		return "the points are back"
	case s.Kind == kindCommand:
		return "the answer is in chat"
	}
	return "go on, points are spent"
}

func afterNo(s api.Saga, step string) string {
	switch {
	case step == "refund":
		return "return the points again"
	case s.Committed:
		return "try it again"
	case s.Kind == kindCommand:
		return "drop the answer"
	}
	return "undo, points go back"
}

// again asks whether a saga that gave up should try once more.
func again(d Desk, s api.Saga) Section {
	why := "It gave up."
	if s.Error != nil {
		why = "It gave up: " + s.Error.Message + "."
	}
	effect := "What failed is tried again. The points are returned if they have not been."
	if s.Committed {
		effect = "What failed is tried again. The points are spent and stay so."
	}
	yes := as(d.Keys.Confirm, "try again")
	return Confirm{
		desk: d, title: "Try " + component.Cut(about(s), 30, d.Theme.Signs.Ellipsis) + " again?",
		text:    []string{about(s) + ", asked for by " + whose(s) + ".", why, effect},
		choices: []choice{{yes, d.Do.Retry(s.ID, about(s))}},
	}
}
