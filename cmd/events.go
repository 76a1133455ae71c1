package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/event"
)

func newEventsCmd(f *factory) *cobra.Command {
	var follow bool
	var after int64
	var limit int
	var names []string
	c := &cobra.Command{
		Use:   "events",
		Short: "Print what has happened, and what happens",
		Long: `Prints the newest events of the journal, or those behind --after. With --follow
it goes on with what happens from now on, until it is interrupted; with --json
that is one object a line. --type keeps to some types of events, such as
raffle.rolled; it can be given several times, or with commas.`,
		Example: "  sidestage events --type raffle.rolled,song.ended --limit 50\n  sidestage events --follow --json --type achievement.unlocked",
		RunE: func(c *cobra.Command, _ []string) error {
			types, err := eventTypes(names)
			if err != nil {
				return err
			}
			client := f.reach()
			past, err := client.Journal(c.Context(), after, limit, types...)
			switch {
			case err != nil:
				return err
			case follow:
				return f.follow(c.Context(), client, past, types)
			}
			return f.print(past, func(b *strings.Builder) {
				if len(past.Events) == 0 {
					f.say("nothing of that has happened yet")
				}
				f.table(b, eventRows(past.Events...))
			})
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on until interrupted")
	c.Flags().Int64Var(&after, "after", -1, "begin behind the event with this `number`")
	c.Flags().StringSliceVar(&names, "type", nil, "only events of this `type`")
	addLimit(c, &limit)
	return c
}

// eventTypes are the types with those names, each of which has to be one.
func eventTypes(names []string) ([]event.Type, error) {
	known := event.Types()
	slices.Sort(known)
	types := make([]event.Type, 0, len(names))
	for _, name := range names {
		t := event.Type(name)
		if !slices.Contains(known, t) {
			return nil, core.E(core.Invalid, "there are no events of type %q: there are %s", name, strings.Trim(fmt.Sprint(known), "[]"))
		}
		types = append(types, t)
	}
	return types, nil
}

func eventRows(events ...event.Record) [][]string {
	rows := make([][]string, 0, len(events))
	for _, e := range events {
		rows = append(rows, []string{strconv.FormatInt(e.Seq, 10), clock(e.At), string(e.Type), e.Subject, string(e.Data)})
	}
	return rows
}

// follow prints what is past and goes on from there. A lost connection is said
// and made again.
func (f *factory) follow(ctx context.Context, client *api.Client, past api.Journal, types []event.Type) error {
	seen := past.Last
	if n := len(past.Events); n > 0 {
		seen = past.Events[n-1].Seq
	}
	wanted := func(r event.Record) bool { return len(types) == 0 || slices.Contains(types, r.Type) }
	for _, e := range past.Events {
		if err := f.printEvent(e); err != nil {
			return err
		}
	}
	var last error
	for e, err := range client.Events(ctx, seen) {
		switch {
		case err != nil && (last == nil || err.Error() != last.Error()):
			f.say("%v", err)
		case e.Record != nil && e.Record.Seq > seen && wanted(*e.Record):
			if err := f.printEvent(*e.Record); err != nil {
				return err
			}
		}
		last = err
	}
	if ctx.Err() != nil {
		return nil // interrupted, which is how it ends
	}
	return core.E(core.KindOf(last), "follow events: %w", last)
}

func (f *factory) printEvent(e event.Record) error {
	var b strings.Builder
	if f.json {
		data, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("encode event: %w", err)
		}
		b.Write(append(data, '\n'))
	} else {
		f.table(&b, eventRows(e))
	}
	if _, err := io.WriteString(f.Out, b.String()); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
