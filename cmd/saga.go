package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
)

func newSagaCmd(f *factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "saga",
		Short: "Look at durable work, and decide where it needs a person",
		Long: `A saga is one piece of durable work: a song request, a roll, an answer in chat.
One that is failed or needs a decision waits for a person: look with show, then
retry it, or say with resolve what really happened.`,
	}
	c.AddCommand(newSagaListCmd(f), newSagaShowCmd(f), newSagaRetryCmd(f), newSagaResolveCmd(f))
	return c
}

func newSagaListCmd(f *factory) *cobra.Command {
	var state string
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "List sagas, last changed first",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			found, err := client.Sagas(c.Context(), state, limit)
			if err != nil {
				return err
			}
			return f.print(found, func(b *strings.Builder) { f.showSagas(b, found.Sagas, state) })
		},
	}
	c.Flags().StringVar(&state, "state", "", "only those in `state`: running, waiting, compensating, completed, compensated, failed or needs-decision")
	addLimit(c, &limit)
	return c
}

// showSagas lists sagas: all, or those in a state.
func (f *factory) showSagas(b *strings.Builder, sagas []api.Saga, state string) {
	switch {
	case len(sagas) > 0:
	case state == "":
		f.say("there is no saga yet")
	default:
		f.say("no saga is %s", strings.ReplaceAll(state, "-", " "))
	}
	rows := make([][]string, 0, len(sagas))
	for _, s := range sagas {
		rows = append(rows, []string{s.ID, s.Kind, sagaState(s), viewerName(s), s.Title, stepName(s), clock(s.UpdatedAt)})
	}
	f.table(b, rows)
}

func sagaState(s api.Saga) string {
	if s.WaitingFor != "" {
		return s.State + " for " + s.WaitingFor
	}
	return s.State
}

func viewerName(s api.Saga) string {
	if s.Viewer == nil {
		return ""
	}
	return s.Viewer.Name
}

func stepName(s api.Saga) string {
	if s.Step == nil {
		return ""
	}
	return s.Step.Name
}

// sagaCmd makes a command that asks for one saga and shows it.
func (f *factory) sagaCmd(use, short string, ask func(context.Context, *api.Client, string) (api.Saga, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			s, err := ask(c.Context(), client, args[0])
			if err != nil {
				return err
			}
			return f.print(s, func(b *strings.Builder) { f.showSaga(b, s) })
		},
	}
}

func newSagaShowCmd(f *factory) *cobra.Command {
	return f.sagaCmd("show ID", "Show a saga and its steps", func(ctx context.Context, c *api.Client, id string) (api.Saga, error) {
		return c.Saga(ctx, id)
	})
}

func newSagaRetryCmd(f *factory) *cobra.Command {
	return f.sagaCmd("retry ID", "Make a saga that waits, failed or is undecided try again now", func(ctx context.Context, c *api.Client, id string) (api.Saga, error) {
		return c.RetrySaga(ctx, id)
	})
}

func newSagaResolveCmd(f *factory) *cobra.Command {
	var did, didNot bool
	c := f.sagaCmd("resolve ID", "Say what really happened in a saga that needs a decision", func(ctx context.Context, c *api.Client, id string) (api.Saga, error) {
		if did == didNot {
			return api.Saga{}, core.E(core.Invalid, "say either --happened or --did-not-happen; of what was missed, --process or --refund")
		}
		return c.ResolveSaga(ctx, id, did)
	})
	c.Long = `Answers for the platform whether the last step happened. If it did, the saga
goes on; if not, it is undone and the points go back.

With catch_up = "ask" a redemption that was made while the desk was away waits
here too: --process carries it out, --refund returns the points.`
	c.Flags().BoolVar(&did, "happened", false, "it happened: go on")
	c.Flags().BoolVar(&didNot, "did-not-happen", false, "it did not: undo and refund")
	c.Flags().BoolVar(&did, "process", false, "carry out what was missed")
	c.Flags().BoolVar(&didNot, "refund", false, "return the points of what was missed")
	return c
}

func (f *factory) showSaga(b *strings.Builder, s api.Saga) {
	rows := [][]string{
		{"saga", s.ID}, {"kind", fmt.Sprintf("%s, version %d", s.Kind, s.Version)}, {"state", sagaState(s)},
		{"viewer", viewerName(s)}, {"about", s.Title}, {"created", clock(s.CreatedAt)}, {"updated", clock(s.UpdatedAt)},
	}
	for _, more := range [][]string{{"next", clock(s.NextAt)}, {"committed", clock(s.CommittedAt)}, {"error", failed(s.Error)}} {
		if more[1] != "" {
			rows = append(rows, more)
		}
	}
	f.table(b, rows)
	b.WriteString("\n")
	steps := make([][]string, 0, len(s.Steps))
	for _, st := range s.Steps {
		steps = append(steps, []string{
			strconv.Itoa(st.Seq), st.Name, st.State, attempts(st), clock(st.StartedAt), took(st), failed(st.Error),
		})
	}
	f.table(b, steps)
}

func failed(e *api.Failure) string {
	if e == nil {
		return ""
	}
	return e.Message
}

func attempts(st api.Step) string {
	text := fmt.Sprintf("attempt %d", st.Attempt)
	if st.UndoAttempt > 0 {
		text += fmt.Sprintf(", undo %d", st.UndoAttempt)
	}
	return text
}

func took(st api.Step) string {
	if st.EndedAt.IsZero() {
		return ""
	}
	return st.EndedAt.Sub(st.StartedAt).Round(time.Millisecond).String()
}
