package config

import (
	"fmt"
	"maps"
	"slices"

	"sidestage/core/achievement"
)

// Again is what reading the settings again comes to while a desk runs on
// running: the settings it now goes by, and which keys have changed: those that
// apply at once, and those that need a restart and keep their value until then.
func Again(running, read Settings) (now Settings, applied, restart []string) {
	now = Defaults()
	removed := slices.DeleteFunc(slices.Collect(maps.Keys(running.Achievements)), func(id string) bool { return read.Achievements[id] != nil })
	running.Achievements, read.Achievements = copied(running.Achievements), copied(read.Achievements) // looking at one makes it
	for _, row := range rowsOf(&read, &running) {
		changed := fmt.Sprint(row.get(&running)) != fmt.Sprint(row.get(&read))
		switch {
		case row.live:
			row.copy(&now, &read)
			if changed {
				applied = append(applied, row.key)
			}
		default:
			row.copy(&now, &running)
			if changed {
				restart = append(restart, row.key)
			}
		}
	}
	for _, id := range removed {
		delete(now.Achievements, id)
	}
	return now, applied, restart
}

func copied(defs map[string]*achievement.Definition) map[string]*achievement.Definition {
	out := make(map[string]*achievement.Definition, len(defs))
	for id, d := range defs {
		own := *d
		out[id] = &own
	}
	return out
}
