package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	c := &cobra.Command{
		Use:   "events",
		Short: "Print what has happened, and what happens",
		Long: `Prints the newest events of the journal, or those behind --after. With --follow
it goes on with what happens from now on, until it is interrupted; with --json
that is one object a line.`,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := f.reach()
			if err != nil {
				return err
			}
			past, err := client.Journal(c.Context(), after, limit)
			switch {
			case err != nil:
				return err
			case follow:
				return f.follow(c.Context(), client, past)
			}
			return f.print(past, func(b *strings.Builder) { f.table(b, eventRows(past.Events...)) })
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on until interrupted")
	c.Flags().Int64Var(&after, "after", -1, "begin behind the event with this `number`")
	addLimit(c, &limit)
	return c
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
func (f *factory) follow(ctx context.Context, client *api.Client, past api.Journal) error {
	seen := past.Last
	if n := len(past.Events); n > 0 {
		seen = past.Events[n-1].Seq
	}
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
		case e.Record != nil && e.Record.Seq > seen:
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
