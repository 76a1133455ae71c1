package cmd

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
)

// longestNumber tells a number in the list from an id.
const longestNumber = 4

// request is the id of a request that is named by its number in the list, or
// by the id itself.
func request(ctx context.Context, client *api.Client, name string) (string, error) {
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 || len(name) > longestNumber {
		return name, nil //nolint:nilerr // it is an id
	}
	q, err := client.Queue(ctx, api.MaxLimit)
	if err != nil {
		return "", err
	}
	for _, t := range q.Tracks {
		if t.Position == n && t.EventID == "" {
			return "", core.Because(core.Conflict, "not-a-request", "nobody asked for number %d, %s: it is Spotify's own", n, t.Name)
		}
		if t.Position == n {
			return t.EventID, nil
		}
	}
	return "", core.E(core.NotFound, "there is no number %d in the first %d of the queue", n, len(q.Tracks))
}

// change is the frame of the commands that change one request.
func (f *factory) change(do func(ctx context.Context, client *api.Client, id string, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		client := f.reach()
		id, err := request(c.Context(), client, args[0])
		if err != nil {
			return err
		}
		return do(c.Context(), client, id, args[1:])
	}
}

// refundFlags are --refund, the default, and its opposite.
type refundFlags struct{ refund, noRefund bool }

func (r *refundFlags) add(c *cobra.Command) {
	c.Flags().BoolVar(&r.refund, "refund", false, "return the points where they can still return (default)")
	c.Flags().BoolVar(&r.noRefund, "no-refund", false, "leave the points spent")
	onlyOne(c, "refund", "no-refund")
}

func (r *refundFlags) request() api.RemoveRequest {
	refund := !r.noRefund
	return api.RemoveRequest{Refund: &refund}
}

func newQueueRemoveCmd(f *factory) *cobra.Command {
	var refund refundFlags
	c := &cobra.Command{
		Use:   "remove NUMBER|ID",
		Short: "Take a request out of the queue",
		Long: `Takes a request out of the queue and says whether its points go back. One that
Spotify already has cannot be taken out there: it is skipped when its turn
comes, and only it, not the same song of another viewer.`,
		Example: "  sidestage queue remove 3\n  sidestage queue remove 3 --no-refund",
		Args:    cobra.ExactArgs(1),
	}
	c.RunE = f.change(func(ctx context.Context, client *api.Client, id string, _ []string) error {
		gone, err := client.RemoveFromQueue(ctx, id, refund.request())
		if err != nil {
			return err
		}
		return f.print(gone, func(b *strings.Builder) { writeRemoved(b, gone) })
	})
	refund.add(c)
	return c
}

func writeRemoved(b *strings.Builder, gone api.Removed) {
	fmt.Fprintf(b, "removed %s%s. %s\n", printable(titled(gone.Track)), of(gone.Track), printable(gone.Says))
}

// of says whose request a track is.
func of(t api.Track) string {
	if t.RequesterDisplayName == "" {
		return ""
	}
	return ", asked for by " + printable(t.RequesterDisplayName)
}

func newQueueMoveCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "move NUMBER|ID TO",
		Short: "Give a request another place",
		Long: `Moves a request to the number TO of the list. What Spotify already has stays
before it: the answer says which number it got.`,
		Example: "  sidestage queue move 5 2",
		Args:    cobra.ExactArgs(2),
		RunE: f.change(func(ctx context.Context, client *api.Client, id string, args []string) error {
			to, err := strconv.Atoi(args[0])
			if err != nil {
				return core.E(core.Invalid, "%q is no number of the queue", args[0])
			}
			moved, err := client.MoveInQueue(ctx, id, to)
			return f.showMoved(moved, err)
		}),
	}
}

func newQueuePromoteCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "promote NUMBER|ID",
		Short: "Let a request be the next that goes to Spotify",
		Args:  cobra.ExactArgs(1),
		RunE: f.change(func(ctx context.Context, client *api.Client, id string, _ []string) error {
			moved, err := client.Promote(ctx, id)
			return f.showMoved(moved, err)
		}),
	}
}

func (f *factory) showMoved(moved api.Moved, err error) error {
	if err != nil {
		return err
	}
	return f.print(moved, func(b *strings.Builder) {
		fmt.Fprintf(b, "%s%s is number %d now\n", printable(titled(moved.Track)), of(moved.Track), moved.Position)
	})
}

func newQueueReplaceCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "replace NUMBER|ID LINK",
		Short: "Give a request another track, in its place",
		Args:  cobra.ExactArgs(2),
		RunE: f.change(func(ctx context.Context, client *api.Client, id string, args []string) error {
			done, err := client.Replace(ctx, id, args[0])
			if err != nil {
				return err
			}
			return f.print(done, func(b *strings.Builder) {
				fmt.Fprintf(b, "%s plays instead of %s\n", printable(titled(done.Track)), printable(done.Was))
			})
		}),
	}
}

func newQueueOpenCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "open",
		Short: "Let viewers ask for songs again",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			r, err := client.OpenRequests(c.Context())
			if err != nil {
				return err
			}
			return f.print(r, func(b *strings.Builder) { b.WriteString("requests are open\n") })
		},
	}
}

func newQueueCloseCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "close [REASON...]",
		Short: "Refuse requests, and name the reason in chat",
		Long: `Refuses requests of viewers until queue open. Their points go back, and chat
hears the reason. What is in the queue already stays there.`,
		Example: "  sidestage queue close we sing ourselves now",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			r, err := client.CloseRequests(c.Context(), strings.Join(args, " "))
			if err != nil {
				return err
			}
			return f.print(r, func(b *strings.Builder) { fmt.Fprintf(b, "requests are closed%s\n", colon(printable(r.Reason))) })
		},
	}
}

func newQueueClearCmd(f *factory) *cobra.Command {
	var refund refundFlags
	var yes bool
	c := &cobra.Command{
		Use:   "clear",
		Short: "Take everything out of the queue that somebody asked for",
		Long: `Takes every request out of the queue that has not begun to play. The points go
back where they still can, and the answer says where not. Asks first on a
terminal; elsewhere it wants --yes.`,
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		client := f.reach()
		if err := f.confirmClear(c.Context(), client, yes); err != nil {
			return err
		}
		gone, err := client.ClearQueue(c.Context(), refund.request())
		if err != nil {
			return err
		}
		return f.print(gone, func(b *strings.Builder) {
			for _, r := range gone.Removed {
				writeRemoved(b, r)
			}
			f.say("%d removed", len(gone.Removed))
		})
	}
	refund.add(c)
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// confirmClear asks whether the queue is to be cleared.
func (f *factory) confirmClear(ctx context.Context, client *api.Client, yes bool) error {
	if yes {
		return nil
	}
	q, err := client.Queue(ctx, api.MaxLimit)
	if err != nil {
		return err
	}
	n, back := 0, 0
	for _, t := range q.Tracks {
		if t.EventID != "" {
			n++
		}
		if t.Points == api.PointsReturn {
			back++
		}
	}
	return f.confirm(false, fmt.Sprintf("Remove %s? The points of %d can go back.", plural(n, "request"), back))
}

// confirm asks a question on the terminal; without one only yes will do.
func (f *factory) confirm(yes bool, question string) error {
	switch {
	case yes:
		return nil
	case !f.InTerminal:
		return core.E(core.Invalid, "there is nobody to ask: say --yes")
	}
	_, _ = fmt.Fprintf(f.Err, "%s [y/N] ", question)
	line, err := bufio.NewReader(f.In).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); err != nil || answer != "y" && answer != "yes" {
		return core.Because(core.Conflict, "not-confirmed", "nothing was changed")
	}
	return nil
}

func newQueueHistoryCmd(f *factory) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "history",
		Short: "Show the requests that were played",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			h, err := client.History(c.Context(), limit)
			if err != nil {
				return err
			}
			return f.print(h, func(b *strings.Builder) {
				if len(h.Requests) == 0 {
					f.say("no request was played yet")
				}
				var rows [][]string
				for _, r := range h.Requests {
					rows = append(rows, []string{clock(r.StartedAt), titled(r.Track), r.RequesterDisplayName, r.Outcome})
				}
				f.table(b, rows)
			})
		},
	}
	addLimit(c, &limit)
	return c
}
