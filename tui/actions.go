package tui

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/tui/component"
	"sidestage/tui/section"
	"sidestage/tui/state"
)

// actions are the commands the sections may give. Each ends in a word about
// what came of it.
func actions(ctx context.Context, cfg Config) section.Actions {
	c := cfg.Client
	a := section.Actions{
		Skip: func(occurrence, title string) tea.Cmd {
			return act(ctx, "Skip "+title, func(ctx context.Context) (string, error) {
				done, err := c.Skip(ctx, api.SkipRequest{Occurrence: occurrence})
				if core.ReasonOf(err) == "not-current" {
					return title + " was over already: nothing was skipped.", nil
				}
				return "Skipped " + component.Clean(done.Track.Name) + ".", err
			})
		},
		Add: func(link string) tea.Cmd {
			return act(ctx, "Add the song", func(ctx context.Context) (string, error) {
				_, err := c.AddToQueue(ctx, api.AddRequest{Link: link}, rand.Text())
				return "Added. It joins the queue once Spotify has named it.", err
			})
		},
		Remove: func(id, title string, refund bool) tea.Cmd {
			return act(ctx, "Remove "+title, func(ctx context.Context) (string, error) {
				gone, err := c.RemoveFromQueue(ctx, id, api.RemoveRequest{Refund: &refund})
				return "Removed " + title + ". " + component.Clean(gone.Says), err
			})
		},
		Move: func(id string, to int) tea.Cmd {
			return act(ctx, "Move it", func(ctx context.Context) (string, error) {
				moved, err := c.MoveInQueue(ctx, id, to)
				return component.Clean(moved.Track.Name) + " is number " + strconv.Itoa(moved.Position) + " now.", err
			})
		},
		Gate: func(open bool) tea.Cmd {
			return act(ctx, "Open or close requests", func(ctx context.Context) (string, error) {
				if open {
					_, err := c.OpenRequests(ctx)
					return "Requests are open.", err
				}
				_, err := c.CloseRequests(ctx, "")
				return "Requests are closed: whoever asks gets the points back.", err
			})
		},
		Resolve: func(id, title string, happened bool) tea.Cmd {
			return act(ctx, "Resolve "+title, func(ctx context.Context) (string, error) {
				_, err := c.ResolveSaga(ctx, id, happened)
				return "Resolved: " + title + ".", err
			})
		},
		Retry: func(id, title string) tea.Cmd {
			return act(ctx, "Try "+title+" again", func(ctx context.Context) (string, error) {
				_, err := c.RetrySaga(ctx, id)
				return title + " is tried again.", err
			})
		},
		Give: func(rollID, name string) tea.Cmd {
			return act(ctx, "Mark the prize of "+name, func(ctx context.Context) (string, error) {
				_, err := c.GivePrize(ctx, rollID)
				return "The prize of " + name + " is given.", err
			})
		},
		Saga: func(to, id string) tea.Cmd {
			return ask(ctx, func(ctx context.Context) tea.Msg {
				s, err := c.Saga(ctx, id)
				return section.Envelope{To: to, Msg: section.SagaRead{Saga: s, Err: err}}
			})
		},
	}
	a = giveawayActions(ctx, c, a)
	if cfg.Demo != nil {
		a.Samples = cfg.Demo.Songs
		a.Redeem = func(to, reward, input string) tea.Cmd {
			return ask(ctx, func(ctx context.Context) tea.Msg {
				id, err := cfg.Demo.Redeem(ctx, reward, input)
				return section.Envelope{To: to, Msg: section.Redeemed{ID: id, Err: err}}
			})
		}
	}
	return a
}

// giveawayActions adds those about giveaways.
func giveawayActions(ctx context.Context, c Client, a section.Actions) section.Actions {
	change := func(what string, do func(context.Context, api.GiveawayAction) (api.Giveaway, error), says func(api.Giveaway) string) func(int64) tea.Cmd {
		return func(id int64) tea.Cmd {
			return act(ctx, what, func(ctx context.Context) (string, error) {
				g, err := do(ctx, api.GiveawayAction{ID: id})
				if err != nil {
					return "", err
				}
				return component.Clean(says(g)), nil
			})
		}
	}
	won := func(g api.Giveaway) string {
		for _, p := range slices.Backward(g.Picks) {
			if !p.Passed {
				return p.Viewer.Name + " won " + g.Keyword + "."
			}
		}
		return g.Keyword + " is drawn."
	}
	a.Draw = change("Draw the giveaway", c.DrawGiveaway, won)
	a.Redraw = change("Draw another winner", c.RedrawGiveaway, won)
	a.EndEntries = change("Close the entries", c.CloseGiveaway, func(g api.Giveaway) string {
		return "Entries of " + g.Keyword + " are closed: " + component.Number(g.Entries) + " in."
	})
	a.Cancel = change("Cancel the giveaway", c.CancelGiveaway, func(g api.Giveaway) string { return g.Keyword + " is cancelled." })
	a.OpenGiveaway = func(to string, t api.GiveawayTerms) tea.Cmd {
		return ask(ctx, func(ctx context.Context) tea.Msg {
			g, err := c.OpenGiveaway(ctx, t)
			says := section.Note{Tone: state.Good, Text: component.Clean("The giveaway is open: " + g.Keyword + " in chat enters.")}
			return section.Envelope{To: to, Msg: section.GiveawayOpened{Says: says, Err: err}}
		})
	}
	return a
}

// ask runs one call of the API, and says nothing once the screen is gone.
func ask(ctx context.Context, call func(context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		limited, cancel := context.WithTimeout(ctx, callLimit)
		defer cancel()
		msg := call(limited)
		if ctx.Err() != nil {
			return nil
		}
		return msg
	}
}

// act is ask for something that is done: what came of it is a Note.
func act(ctx context.Context, what string, do func(context.Context) (string, error)) tea.Cmd {
	return ask(ctx, func(ctx context.Context) tea.Msg {
		text, err := do(ctx)
		switch {
		case err == nil:
			return section.Note{Tone: state.Good, Text: text}
		case core.KindOf(err) == core.Ambiguous:
			return section.Note{Tone: state.Alarm, Text: what + ": it may or may not have happened. " + err.Error()}
		}
		return section.Note{Tone: state.Alarm, Text: what + ": " + err.Error()}
	})
}
