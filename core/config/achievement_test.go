package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidestage/core/achievement"
	"sidestage/core/config"
)

func TestThirteenAchievementsComeWithTheProgram(t *testing.T) {
	var got []string
	for _, d := range config.Defaults().Definitions() {
		if field, problem := d.Check(); problem != "" || achievement.ValidID(d.ID) != "" || !d.Enabled || d.Description == "" || d.Icon == "" {
			t.Errorf("%+v: %s: %s", d, field, problem)
		}
		got = append(got, strings.Join([]string{d.ID, d.Name, d.Trigger, d.Scope}, "|"))
	}
	want := []string{
		"first_request|First Timer|request|cumulative", "request_10|Regular|request|cumulative",
		"request_50|DJ in Training|request|cumulative", "request_100|Certified DJ|request|cumulative",
		"stream_opener|Stream Opener|request|session", "streak_3|On a Roll|request|session", "streak_5|Hot Streak|request|session",
		"first_roll|Feeling Lucky|roll|cumulative", "roll_25|Persistent|roll|cumulative", "roll_100|Never Give Up|roll|cumulative",
		"first_win|Winner Winner|win|cumulative", "close_call|So Close|loss|cumulative", "closest_ever|Heartbreaker|record|cumulative",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAchievementsAreChangedAndAdded(t *testing.T) {
	l, path := world{file: `
[achievements.first_roll]
name = "Dicey"
[achievements.close_call]
max_distance = 7
[achievements.streak_5]
enabled = false
[achievements.fan]
name = "Fan"
description = "Follows."
trigger = "follow"
[achievements.early_bird]
name = "Early Bird"
trigger = "roll"
scope = "session"
first_only = true
`}.must(t)
	defs := map[string]achievement.Definition{}
	for _, d := range l.Definitions() {
		defs[d.ID] = d
	}
	if len(defs) != 15 || defs["first_roll"].Name != "Dicey" || defs["first_roll"].Threshold != 1 || defs["close_call"].MaxDistance != 7 || defs["streak_5"].Enabled {
		t.Errorf("%+v", defs)
	}
	fan := achievement.Definition{ID: "fan", Enabled: true, Name: "Fan", Description: "Follows.", Icon: "⭐", Trigger: "follow", Scope: "cumulative", Threshold: 1}
	if d := cmp.Diff(fan, defs["fan"]); d != "" {
		t.Error(d)
	}
	if last := l.Definitions()[14].ID; last != "fan" {
		t.Errorf("what was added comes last, by id: %s", last)
	}
	if o := l.Origin("achievements.fan.trigger"); o.Where != path+":11" {
		t.Errorf("%+v", o)
	}
	shown := slices.ContainsFunc(l.Entries(), func(e config.Entry) bool { return e.Key == "achievements.fan.name" && e.Value == "Fan" })
	if !shown {
		t.Error("an achievement that was added is not shown")
	}
}

func TestBrokenAchievementsAreRefusedWithLineAndReason(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"no name":           {"[achievements.fan]\ntrigger = \"follow\"", "FILE:2: achievements.fan.name: an achievement needs a name"},
		"unknown trigger":   {"achievements.first_roll.trigger = \"dance\"", "FILE:1: achievements.first_roll.trigger: expected request"},
		"unknown field":     {"achievements.first_roll.nmae = \"x\"", "FILE:1: achievements.first_roll.nmae: unknown key; did you mean achievements.first_roll.name?"},
		"bad id":            {"[achievements.Fan]\nname = \"x\"", "unknown key"},
		"threshold":         {"achievements.first_roll.threshold = 0", "FILE:1: achievements.first_roll.threshold"},
		"distance of rolls": {"achievements.first_roll.max_distance = 5", "FILE:1: achievements.first_roll.max_distance: only the triggers loss and record have a distance"},
		"first for ever":    {"achievements.first_roll.first_only = true", "FILE:1: achievements.first_roll.first_only: only an achievement of scope session"},
		"long name":         {"achievements.first_roll.name = \"" + strings.Repeat("x", 41) + "\"", "FILE:1: achievements.first_roll.name: expected one line of 0 to 40 characters"},
		"not a table":       {"achievements.fan = 3", "FILE:1: achievements.fan: expected a table"},
	} {
		t.Run(name, func(t *testing.T) { _ = world{file: c.file}.refused(t, c.want) })
	}
}

func TestReadingAgainAddsChangesAndRemovesAchievements(t *testing.T) {
	before, _ := world{file: "[achievements.fan]\nname = \"Fan\"\n[achievements.roll_25]\nthreshold = 20\n"}.must(t)
	after, _ := world{file: "[achievements.friend]\nname = \"Friend\"\n[achievements.roll_25]\nthreshold = 30\n"}.must(t)
	after.DataDir = before.DataDir
	now, applied, restart := config.Again(before.Settings, after.Settings)
	if d := cmp.Diff(after.Definitions(), now.Definitions()); d != "" {
		t.Error(d)
	}
	if !slices.Contains(applied, "achievements.roll_25.threshold") || !slices.Contains(applied, "achievements.friend.name") || len(restart) != 0 {
		t.Errorf("applied %q, restart %q", applied, restart)
	}
	if before.Achievements["fan"] == nil || before.Achievements["friend"] != nil {
		t.Error("what was running is changed")
	}
}
