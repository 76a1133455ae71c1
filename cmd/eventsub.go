package cmd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newEventSubCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "eventsub", Short: "Look at what Twitch notifies the desk of"}
	c.AddCommand(newEventSubListCmd(f), newEventSubSetupCmd(f), newEventSubCleanupCmd(f))
	return c
}

func newEventSubListCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List our subscriptions at Twitch, also those of other sessions",
		Long: `Lists every subscription Twitch has of this login: type and version, condition,
status, cost, whose session it is of, and since when. Those of other sessions
are leftovers of a connection that was lost, or another program's. Without a
desk that runs all of them are.`,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			all, err := client.Subscriptions(c.Context())
			if err != nil {
				return err
			}
			return f.print(all, func(b *strings.Builder) { f.showSubscriptions(b, all) })
		},
	}
}

func newEventSubSetupCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "setup",
		Short: "Ask again for every subscription that does not stand",
		Long: `Compares what the running desk listens to with Twitch's list and asks again for
whatever does not stand, also what was refused or revoked before. The desk does
so by itself at every new connection; this is for when you have just mended
something. Doing it again changes nothing.`,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			all, err := client.SetUpEventSub(c.Context())
			if err != nil {
				return err
			}
			return f.print(all, func(b *strings.Builder) { f.showSubscriptions(b, all) })
		},
	}
}

func newEventSubCleanupCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "cleanup",
		Short: "Delete the subscriptions of every session but the desk's",
		Long: `Deletes what lost connections left behind at Twitch. Without a desk that runs,
nothing is spared. Another program with the same login, or a desk on another
machine, would hear nothing any more: stop it first.`,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			done, err := client.CleanUpEventSub(c.Context())
			if err != nil {
				return err
			}
			return f.print(done, func(b *strings.Builder) {
				f.table(b, [][]string{{fmt.Sprintf("deleted %d", done.Deleted), fmt.Sprintf("kept %d", done.Kept)}})
			})
		},
	}
}

func (f *factory) showSubscriptions(b *strings.Builder, all api.Subscriptions) {
	rows := make([][]string, 0, len(all.Subscriptions))
	for _, s := range all.Subscriptions {
		rows = append(rows, []string{
			s.Type + " " + s.Version, condition(s), s.Status, "cost " + strconv.Itoa(s.Cost), s.Session, clock(s.CreatedAt),
		})
	}
	f.table(b, rows)
	if len(rows) == 0 {
		f.say("Twitch notifies this login of nothing")
	}
	session := cmp.Or(all.Session.State, all.Session.Status)
	if all.Session.Reason != "" {
		session += ", " + all.Session.Reason
	}
	f.say("cost %d of %d; session %s", all.Cost, all.MaxCost, printable(session))
}

// condition is what a subscription is about, in a few words.
func condition(s api.Subscription) string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(s.Condition)) {
		parts = append(parts, strings.TrimSuffix(field, "_id")+"="+s.Condition[field])
	}
	return strings.Join(parts, " ")
}
