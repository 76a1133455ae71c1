package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newQueueCmd(f *factory) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "queue",
		Short: "Show what plays next, and change it",
		Long: `Shows what plays next. Requests wait in our own queue and go to Spotify's one at
a time, since nobody can change that one; until then they can be moved, replaced
and removed. The commands take a request by its number in the list or by its id.`,
		Args: rootArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.queue(c.Context(), limit) },
	}
	addLimit(c, &limit)
	c.AddCommand(newQueueBlockCmd(f), newQueueUnblockCmd(f), newQueueBlockedCmd(f))
	c.AddCommand(newQueueListCmd(f), newQueueAddCmd(f), newQueueRemoveCmd(f), newQueueMoveCmd(f), newQueuePromoteCmd(f),
		newQueueReplaceCmd(f), newQueueOpenCmd(f), newQueueCloseCmd(f), newQueueClearCmd(f), newQueueHistoryCmd(f))
	return c
}

func newQueueListCmd(f *factory) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "Show what plays next",
		RunE:  func(c *cobra.Command, _ []string) error { return f.queue(c.Context(), limit) },
	}
	addLimit(c, &limit)
	return c
}

// addLimit gives c the flag that bounds a list.
func addLimit(c *cobra.Command, limit *int) {
	*limit = api.DefaultLimit
	c.Flags().Var((*bound)(limit), "limit", fmt.Sprintf("show at most `n` entries, up to %d", api.MaxLimit))
}

// bound is how many entries of a list are shown: a flag.
type bound int

// Set implements pflag.Value.
func (b *bound) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > api.MaxLimit {
		return fmt.Errorf("has to be 1…%d", api.MaxLimit)
	}
	*b = bound(n)
	return nil
}

// String implements pflag.Value.
func (b *bound) String() string { return strconv.Itoa(int(*b)) }

// Type implements pflag.Value.
func (b *bound) Type() string { return "int" }

func (f *factory) queue(ctx context.Context, limit int) error {
	client := f.reach()
	q, err := client.Queue(ctx, limit)
	if err != nil {
		return err
	}
	return f.print(q, func(b *strings.Builder) {
		f.warnOutage(q.Outage)
		if !q.Requests.Open {
			f.say("requests are closed%s", colon(printable(q.Requests.Reason)))
		}
		if len(q.Tracks) == 0 {
			f.say("nothing is queued")
		}
		var rows [][]string
		for _, t := range q.Tracks {
			state := t.State
			if t.NeedsDecision {
				state = "needs-decision"
			}
			rows = append(rows, []string{strconv.Itoa(t.Position), titled(t.Track), t.RequesterDisplayName, length(t.DurationMs), "in " + length(t.WaitMs), state})
		}
		f.table(b, rows)
		if more := q.TotalCount - len(q.Tracks); more > 0 {
			f.say("%d more: --limit shows up to %d", more, api.MaxLimit)
		}
	})
}

// warnOutage says that Spotify takes nothing now.
func (f *factory) warnOutage(o *api.Outage) {
	if o != nil {
		f.say("NOTHING CAN BE PLAYED since %s: %s", clock(o.Since), o.Says)
	}
}

// colon introduces text, if there is any.
func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func newQueueAddCmd(f *factory) *cobra.Command {
	var as, key string
	c := &cobra.Command{
		Use:   "add LINK|TEXT...",
		Short: "Ask for a track from the desk, without points",
		Long: `Asks for a Spotify track by its link or by artist and title, as a viewer's
redemption does, but nobody pays points and chat hears nothing. It waits for its
turn behind the requests that are there. Without a running desk it is stored for
the next one.`,
		Example: "  sidestage queue add https://open.spotify.com/track/4PTG3Z6ehGkBFwjybzWkR8\n  sidestage queue add blinding lights the weeknd --as luna",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			added, err := client.AddToQueue(c.Context(), api.AddRequest{Link: strings.Join(args, " "), As: as}, key)
			if err != nil {
				return err
			}
			return f.print(added, func(b *strings.Builder) {
				f.table(b, [][]string{{added.Saga.ID, added.Saga.State, added.Saga.Title}})
				if !added.New {
					f.say("this key was used before: nothing was added")
				}
			})
		},
	}
	c.Flags().StringVar(&as, "as", "", "`name` of whose request it is; the streamer's without it")
	c.Flags().StringVar(&key, "key", "", "the same `key` again adds nothing")
	return c
}
