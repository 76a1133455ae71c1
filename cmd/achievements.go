package cmd

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core/api"
)

func newAchievementsCmd(f *factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "achievements [VIEWER]",
		Short: "Show what viewers can earn, and who has earned what",
		Long: `Without a viewer, lists every achievement and how many viewers have it; with
one, by login or id, how far they are with each.`,
		Example: "  sidestage achievements\n  sidestage achievements kai --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client := f.reach()
			if len(args) == 0 {
				all, err := client.Achievements(c.Context())
				if err != nil {
					return err
				}
				return f.print(all, func(b *strings.Builder) { f.showAchievements(b, all) })
			}
			of, err := client.AchievementsOf(c.Context(), args[0])
			if err != nil {
				return err
			}
			return f.print(of, func(b *strings.Builder) { f.showAchieved(b, of) })
		},
	}
	c.AddCommand(newAchievementLeadersCmd(f), newAchievementRebuildCmd(f))
	return c
}

func (f *factory) showAchievements(b *strings.Builder, all []api.Achievement) {
	rows := make([][]string, 0, len(all))
	for _, a := range all {
		who := "nobody has it"
		if a.Holders > 0 {
			who = plural(a.Holders, "viewer") + " got it"
		}
		if !a.Enabled {
			who = "off"
		}
		rows = append(rows, []string{a.ID, a.Icon + " " + a.Name, a.Description, who})
	}
	f.table(b, rows)
}

func (f *factory) showAchieved(b *strings.Builder, of api.ViewerAchievements) {
	rows := make([][]string, 0, len(of.Achievements))
	for _, a := range of.Achievements {
		how := fmt.Sprintf("%d of %d", min(a.Progress, a.Threshold), a.Threshold)
		if a.Unlocked {
			how = "unlocked " + clock(a.UnlockedAt)
		}
		if a.Times > 1 {
			how += fmt.Sprintf(", %d times", a.Times)
		}
		rows = append(rows, []string{a.ID, strings.TrimSpace(a.Icon + " " + a.Name), a.Description, how})
	}
	f.table(b, rows)
}

func newAchievementLeadersCmd(f *factory) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "leaderboard",
		Short: "Show who has the most achievements",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			leaders, err := client.AchievementLeaders(c.Context(), limit)
			if err != nil {
				return err
			}
			return f.print(leaders, func(b *strings.Builder) {
				if len(leaders) == 0 {
					f.say("nobody has unlocked anything yet")
				}
				rows := make([][]string, 0, len(leaders))
				for i, l := range leaders {
					rows = append(rows, []string{strconv.Itoa(i + 1), l.DisplayName, plural(l.Unlocked, "achievement"), "last " + clock(l.LastUnlockedAt)})
				}
				f.table(b, rows)
			})
		},
	}
	addLimit(c, &limit)
	return c
}

func newAchievementRebuildCmd(f *factory) *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use:   "rebuild",
		Short: "Count the journal again and mend what differs",
		Long: `Counts everything that ever happened again, by the definitions as they are now,
and makes progress and unlocks agree with that. Useful after a threshold was
changed. What is unlocked that way is not announced.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client := f.reach()
			out, err := client.RebuildAchievements(c.Context(), api.RebuildRequest{DryRun: dry})
			if err != nil {
				return err
			}
			return f.print(out, func(b *strings.Builder) { f.showRebuilt(b, out) })
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "only show what would change")
	return c
}

func (f *factory) showRebuilt(b *strings.Builder, out api.Rebuilt) {
	rows := make([][]string, 0, len(out.Differences))
	for _, d := range out.Differences {
		rows = append(rows, []string{d.DisplayName, d.AchievementID, d.SessionID, standing(d.Have) + " → " + standing(d.Want)})
	}
	f.table(b, rows)
	done := "mended"
	if out.DryRun {
		done = "would be mended"
	}
	if len(out.Differences) == 0 {
		f.say("everything is as the journal says")
		return
	}
	f.say("%s %s", plural(len(out.Differences), "difference"), done)
}

func standing(c api.AchievementCount) string {
	if c.Unlocked {
		return "unlocked"
	}
	return strconv.Itoa(c.Count)
}
