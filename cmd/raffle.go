package cmd

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
)

func newRaffleCmd(f *factory) *cobra.Command {
	c := &cobra.Command{Use: "raffle", Short: "Look at the keyboard raffle, prove it, and run giveaways"}
	c.AddCommand(giveawayCmds(f)...)
	c.AddCommand(newRaffleListCmd(f), newLeaderboardCmd(f), newRaffleRollsCmd(f), newRaffleWinsCmd(f), newRaffleGiveCmd(f), newRaffleVerifyCmd(f))
	return c
}

func newRaffleListCmd(f *factory) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "List the raffles, one a session, with the hashes and seeds",
		Long: `Lists what the rolls of each session, and of the times between, were drawn from:
the hash, which is published when a stream begins, and the seed, which is
published when it is over.`,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			seeds, err := client.RaffleSeeds(c.Context(), limit)
			if err != nil {
				return err
			}
			return f.print(seeds, func(b *strings.Builder) { f.showSeeds(b, seeds) })
		},
	}
	addLimit(c, &limit)
	return c
}

func (f *factory) showSeeds(b *strings.Builder, seeds []api.RaffleSeed) {
	if len(seeds) == 0 {
		f.say("there has been no raffle yet")
	}
	rows := make([][]string, 0, 2*len(seeds))
	for _, s := range seeds {
		what := "off stream"
		if s.Scope == api.SeedOfSession {
			what = "session " + s.SessionID
		}
		seed := "not revealed yet"
		if s.Seed != "" {
			seed = s.Seed
		}
		rows = append(rows,
			[]string{clock(s.CommittedAt), what, plural(s.Rolls, "roll"), plural(s.Wins, "win"), "1 to " + strconv.Itoa(s.Highest), "hash", s.Hash},
			[]string{"", "", "", "", "", "seed", seed})
	}
	f.table(b, rows)
}

// plural is a count with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// addSession lets a command be about one session.
func addSession(c *cobra.Command, session *string) {
	c.Flags().StringVar(session, "session", "", "only the session of this `number`, as raffle list has it")
}

func newRaffleRollsCmd(f *factory) *cobra.Command {
	var which api.RaffleRolls
	var limit int
	c := &cobra.Command{
		Use:   "rolls",
		Short: "List the rolls, newest first",
		RunE: func(c *cobra.Command, _ []string) error {
			return f.listRolls(c.Context(), which, limit, "nobody has rolled yet")
		},
	}
	addSession(c, &which.Session)
	c.Flags().StringVar(&which.UserID, "user", "", "only those of the viewer with this user `id`")
	addLimit(c, &limit)
	return c
}

func newRaffleWinsCmd(f *factory) *cobra.Command {
	var all bool
	var limit int
	c := &cobra.Command{
		Use:   "wins",
		Short: "List the wins whose prize is still to be given",
		Long:  "Lists the winning rolls until raffle give says that the prize was given.",
		RunE: func(c *cobra.Command, _ []string) error {
			return f.listRolls(c.Context(), api.RaffleRolls{Won: all, Waiting: !all}, limit, "no prize waits")
		},
	}
	c.Flags().BoolVar(&all, "all", false, "those whose prize was given too")
	addLimit(c, &limit)
	return c
}

func (f *factory) listRolls(ctx context.Context, which api.RaffleRolls, limit int, none string) error {
	client := f.reach()
	rolls, err := client.RaffleRolls(ctx, which, limit)
	if err != nil {
		return err
	}
	return f.print(rolls, func(b *strings.Builder) {
		if len(rolls) == 0 {
			f.say("%s", none)
		}
		f.table(b, rollRows(rolls...))
	})
}

func rollRows(rolls ...api.RaffleRoll) [][]string {
	rows := make([][]string, 0, len(rolls))
	for _, r := range rolls {
		how := fmt.Sprintf("%d off", r.Distance)
		switch {
		case r.Won && r.GivenAt.IsZero():
			how = "won, the prize waits"
		case r.Won:
			how = "won, the prize was given " + clock(r.GivenAt)
		case r.Record:
			how += ", the closest until then"
		}
		rows = append(rows, []string{
			clock(r.RolledAt), r.Viewer.Name, strconv.Itoa(r.Roll), "winning number " + strconv.Itoa(r.WinningNumber), how, r.ID,
		})
	}
	return rows
}

func newRaffleGiveCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "give ROLL",
		Short: "Mark the prize of a winning roll as given",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			given, err := client.GivePrize(c.Context(), args[0])
			if err != nil {
				return err
			}
			return f.print(given, func(b *strings.Builder) { f.table(b, rollRows(given)) })
		},
	}
}

func newRaffleVerifyCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [SESSION]",
		Short: "Compute every roll again from the seeds that were revealed",
		Long: `Computes every roll of a session, of all of them if none is named, again from
its seed, checks the seeds against the hashes that were published before, and
looks for points that were spent without a roll. Exit code 1 names what differs.
Rolls whose seed is not revealed yet, or that are from before there were seeds,
are counted and prove nothing.`,
		Example: "  sidestage raffle verify\n  sidestage raffle verify 12 --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			proof, err := client.VerifyRaffle(c.Context(), strings.Join(args, ""))
			if err != nil {
				return err
			}
			if err := f.print(proof, func(b *strings.Builder) { showProof(b, proof) }); err != nil {
				return err
			}
			return refuted(proof)
		},
	}
}

func showProof(b *strings.Builder, p api.RaffleProof) {
	if p.OK && p.Seeds > 0 {
		fmt.Fprintf(b, "%s from %s: all as promised\n", plural(p.Rolls, "roll"), plural(p.Seeds, "seed"))
	}
	if p.OK && p.Picks > 0 {
		fmt.Fprintf(b, "%s of giveaways drawn again: the same came out\n", plural(p.Picks, "winner"))
	}
	if p.OK && p.Seeds == 0 {
		fmt.Fprintf(b, "no seed is revealed yet: there is nothing to verify\n")
	}
	for _, more := range []struct {
		n    int
		what string
	}{
		{p.Unrevealed, "from a seed that is not revealed yet: it is, when the stream is over"},
		{p.Unverifiable, "unverifiable: from before there were seeds"},
		{p.Early, "redeemed before the seed was published, so it could have been chosen for them"},
	} {
		if more.n > 0 {
			fmt.Fprintf(b, "%s %s\n", plural(more.n, "roll"), more.what)
		}
	}
}

// refuted is the error of a proof that failed, naming every roll that differs.
func refuted(p api.RaffleProof) error {
	if p.OK {
		return nil
	}
	var b strings.Builder
	for _, d := range p.Differences {
		who := d.Viewer.Name
		if d.RollID != "" {
			who = fmt.Sprintf("roll %s of %s", d.RollID, d.Viewer.Name)
		}
		fmt.Fprintf(&b, "\n  %s: %s", printable(cmp.Or(who, d.SeedID)), printable(d.What))
	}
	if more := p.DifferenceCount - len(p.Differences); more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return core.Because(core.Internal, "refuted", "%s not as promised:%s", plural(p.DifferenceCount, "thing"), b.String())
}

func newLeaderboardCmd(f *factory) *cobra.Command {
	var sortBy, session string
	var limit int
	c := &cobra.Command{
		Use:   "leaderboard",
		Short: "Show who rolled how often and how close",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			entries, err := client.Leaderboard(c.Context(), session, sortBy, limit)
			if err != nil {
				return err
			}
			return f.print(entries, func(b *strings.Builder) { f.showLeaderboard(b, entries) })
		},
	}
	c.Flags().StringVar(&sortBy, "sort", api.SortClosest, "`order`: closest, rolls or wins")
	addSession(c, &session)
	addLimit(c, &limit)
	return c
}

func (f *factory) showLeaderboard(b *strings.Builder, entries []api.RaffleEntry) {
	if len(entries) == 0 {
		f.say("nobody has rolled yet")
	}
	rows := make([][]string, 0, len(entries))
	for i, e := range entries {
		closest := "-"
		if e.ClosestDistance != nil {
			closest = fmt.Sprintf("%d off (%d, winning number %d)", *e.ClosestDistance, *e.ClosestRoll, *e.ClosestWinningNumber)
		}
		rows = append(rows, []string{
			strconv.Itoa(i + 1), e.DisplayName, plural(e.TotalRolls, "roll"), plural(e.TotalWins, "win"), closest,
		})
	}
	f.table(b, rows)
}
