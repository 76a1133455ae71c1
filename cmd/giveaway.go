package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
)

// giveawayCmds are the commands of a giveaway, below raffle.
func giveawayCmds(f *factory) []*cobra.Command {
	return []*cobra.Command{
		newRaffleOpenCmd(f),
		f.giveawayCmd("draw", "Close the giveaway that is open and draw its winners", true, (*api.Client).DrawGiveaway),
		f.giveawayCmd("redraw", "Draw more winners of the last giveaway, others than before", true, (*api.Client).RedrawGiveaway),
		f.giveawayCmd("close", "Take no more entries for the giveaway", false, (*api.Client).CloseGiveaway),
		f.giveawayCmd("cancel", "End the giveaway without a winner", false, (*api.Client).CancelGiveaway),
		newRaffleStatusCmd(f),
	}
}

func newRaffleOpenCmd(f *factory) *cobra.Command {
	t := api.GiveawayTerms{}
	var subscribers, followers bool
	c := &cobra.Command{
		Use:   "open",
		Short: "Open a giveaway that viewers enter by a word in chat",
		Long: `Opens a giveaway: whoever begins a line of chat with the keyword is in, once. It
is drawn with raffle draw. The hash of what it is drawn from is published now
and the seed with the draw, so raffle verify proves giveaways too.

Subscribers are told by their badge. Whether a viewer follows is looked up when
they are drawn; one who does not is passed over.`,
		Example: "  sidestage raffle open --minutes 5\n  sidestage raffle open --keyword '!keyboard' --subscribers --max-entries 100",
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case subscribers:
				t.Audience = api.ForSubscribers
			case followers:
				t.Audience = api.ForFollowers
			}
			client := f.reach()
			g, err := client.OpenGiveaway(c.Context(), t)
			if err != nil {
				return err
			}
			return f.print(g, func(b *strings.Builder) { f.showGiveaway(b, g) })
		},
	}
	c.Flags().StringVar(&t.Keyword, "keyword", api.DefaultKeyword, "the `word` that enters")
	c.Flags().IntVar(&t.Minutes, "minutes", 0, "close by itself after `n` minutes")
	c.Flags().BoolVar(&subscribers, "subscribers", false, "only for subscribers")
	c.Flags().BoolVar(&followers, "followers", false, "only for followers")
	c.Flags().IntVar(&t.MaxEntries, "max-entries", 0, "close with `n` entries")
	onlyOne(c, "subscribers", "followers")
	return c
}

// giveawayCmd is a command that does something to the last giveaway.
func (f *factory) giveawayCmd(name, short string, draws bool, do func(*api.Client, context.Context, api.GiveawayAction) (api.Giveaway, error)) *cobra.Command {
	var a api.GiveawayAction
	c := &cobra.Command{
		Use:   name,
		Short: short,
		RunE: func(c *cobra.Command, _ []string) error {
			if draws && a.Winners < 1 {
				return core.E(core.Invalid, "--winners has to be at least 1")
			}
			client := f.reach()
			g, err := do(client, c.Context(), a)
			if err != nil {
				return err
			}
			return f.print(g, func(b *strings.Builder) { f.showGiveaway(b, g) })
		},
	}
	if draws {
		c.Flags().IntVar(&a.Winners, "winners", 1, "draw `n` winners")
	}
	return c
}

func newRaffleStatusCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show the giveaway that is open, or the last one",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			now, err := client.Giveaway(c.Context())
			if err != nil {
				return err
			}
			return f.print(now, func(b *strings.Builder) {
				if now.Giveaway == nil {
					f.say("there has been no giveaway yet")
					return
				}
				f.showGiveaway(b, *now.Giveaway)
			})
		},
	}
}

func (f *factory) showGiveaway(b *strings.Builder, g api.Giveaway) {
	rows := [][]string{
		{"giveaway", strconv.FormatInt(g.ID, 10)}, {"state", g.State}, {"keyword", g.Keyword}, {"for", g.Audience},
		{"entries", strconv.Itoa(g.Entries)}, {"opened", clock(g.OpenedAt)},
	}
	if g.MaxEntries > 0 {
		rows[4][1] += " of " + strconv.Itoa(g.MaxEntries)
	}
	if g.State == api.GiveawayOpen && !g.ClosesAt.IsZero() {
		rows = append(rows, []string{"closes", clock(g.ClosesAt)})
	}
	for _, p := range g.Picks {
		what := "winner"
		if p.Passed {
			what = "passed"
		}
		rows = append(rows, []string{what, p.Viewer.Name})
	}
	rows = append(rows, []string{"hash", g.Hash})
	if g.Seed != "" {
		rows = append(rows, []string{"seed", g.Seed})
	}
	f.table(b, rows)
}

// giveawayLine tells what happens in a giveaway.
func giveawayLine(won []core.Viewer) string {
	names := make([]string, len(won))
	for i, v := range won {
		names[i] = v.Name
	}
	return fmt.Sprintf("* %s won the giveaway", strings.Join(names, ", "))
}
