package cmd

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

// rewardFor is what a reward starts, in words.
var rewardFor = map[string]string{"song": "song requests", "raffle": "the keyboard raffle"}

func newRewardCmd(f *factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "reward",
		Short: "Manage the channel-point rewards",
		Long: `Two rewards of the channel start something: one a song request, one a roll in
the keyboard raffle. sidestage has to make them itself, for Twitch lets nobody
else than a reward's maker return its points. What they cost and say stands in
the settings: sidestage config show.`,
	}
	c.AddCommand(
		newRewardListCmd(f),
		newRewardSetupCmd(f),
		newRewardUpdateCmd(f),
		newRewardPauseCmd(f),
		newRewardResumeCmd(f),
		newRewardDeleteCmd(f),
	)
	return c
}

func newRewardListCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Show every reward of the channel, and what keeps one from working",
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			all, err := client.Rewards(c.Context())
			if err != nil {
				return err
			}
			err = f.printRewards(all)
			for _, name := range []string{"song", "raffle"} {
				if !slices.ContainsFunc(all, func(r api.Reward) bool { return r.For == name }) {
					f.say("there is no reward for %s yet: sidestage reward setup", rewardFor[name])
				}
			}
			return err
		},
	}
}

func newRewardSetupCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "setup",
		Short: "Create our two rewards on Twitch, or correct those there are",
		Long: `Creates the rewards for song requests and for the keyboard raffle as the
settings describe them. Rewards this app made before are found, by their id or
their title, and what differs from the settings is changed. Doing it again
changes nothing. Only rewards made by this app can be refunded.`,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			rewards, err := client.SetUpRewards(c.Context())
			if err != nil {
				return err
			}
			return f.printRewards(rewards)
		},
	}
}

func newRewardUpdateCmd(f *factory) *cobra.Command {
	return f.rewardCmd("update [song|raffle]", "Change what differs from the settings", `Changes title, cost, prompt, colour, cooldown and limits of a reward, or of
both, to what the settings say. It makes no reward: that is reward setup.`, (*api.Client).UpdateReward)
}

func newRewardPauseCmd(f *factory) *cobra.Command {
	return f.rewardCmd("pause [song|raffle]", "Keep viewers from redeeming, until reward resume", `A paused reward is still seen, but takes no points. It stays paused through
restarts, until reward resume. What was redeemed before is not touched.`, (*api.Client).PauseReward)
}

func newRewardResumeCmd(f *factory) *cobra.Command {
	return f.rewardCmd("resume [song|raffle]", "Let viewers redeem again", `Ends reward pause. A reward that is paused for another reason too, because the
stream is off (reward.pause_offline) or no requests are taken
(reward.pause_closed), stays paused until that is over.`, (*api.Client).ResumeReward)
}

// rewardCmd is a command that does something to one of our rewards, or to both.
func (f *factory) rewardCmd(use, short, long string, do func(*api.Client, context.Context, string) (api.Reward, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"song", "raffle"},
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			if len(args) == 0 {
				args = []string{"song", "raffle"}
			}
			var done []api.Reward
			for _, name := range args {
				r, err := do(client, c.Context(), name)
				if err != nil {
					return err
				}
				done = append(done, r)
			}
			return f.printRewards(done)
		},
	}
}

func newRewardDeleteCmd(f *factory) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "delete song|raffle|ID",
		Short: "Return the points of a reward's open redemptions and delete it",
		Long: `Pauses the reward, returns the points of every redemption that is still open
(Twitch would keep them), withdraws what they asked for, and deletes the reward.
An ID, from reward list, deletes any other reward this app made.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			what := "the reward " + args[0]
			if purpose, ours := rewardFor[args[0]]; ours {
				what = "the reward for " + purpose
			}
			if err := f.confirm(yes, "Delete "+what+"? The points of its open redemptions go back."); err != nil {
				return err
			}
			client := f.reach()
			gone, err := client.DeleteReward(c.Context(), args[0])
			if err != nil {
				return err
			}
			return f.print(gone, func(b *strings.Builder) {
				fmt.Fprintf(b, "deleted %s; points of %s went back\n", printable(gone.Title), plural(gone.Returned, "redemption"))
			})
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// printRewards prints rewards, and says what is wrong with them.
func (f *factory) printRewards(rewards []api.Reward) error {
	err := f.print(rewards, func(b *strings.Builder) {
		rows := make([][]string, 0, len(rewards))
		for _, r := range rewards {
			rows = append(rows, []string{cmp.Or(r.For, "-"), r.Title, plural(r.Cost, "point"), rewardState(r), r.ID})
		}
		f.table(b, rows)
	})
	for _, r := range rewards {
		if r.Problem != "" && !f.json {
			f.say("%s: %s", printable(r.Title), printable(r.Problem))
		}
	}
	return err
}

// whyHeld is why a reward is kept paused, in words.
var whyHeld = map[string]string{
	api.HeldByHand: "by hand", api.HeldOffline: "the stream is off", api.HeldClosed: "no requests are taken",
}

// rewardState is a reward's state in words, with what was done to it just now.
func rewardState(r api.Reward) string {
	state := "on"
	switch {
	case !r.Enabled:
		state = "hidden"
	case r.Paused && len(r.Held) > 0:
		why := make([]string, len(r.Held))
		for i, reason := range r.Held {
			why[i] = cmp.Or(whyHeld[reason], reason)
		}
		state = "paused (" + strings.Join(why, ", ") + ")"
	case r.Paused:
		state = "paused"
	}
	if !r.Ours {
		state += ", not ours"
	}
	if r.Change != "" {
		state = r.Change + list(r.Changed) + ", " + state
	}
	return state
}

func list(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}
