package config

import "fmt"

// Again is what reading the settings again comes to while a desk runs on
// running: the settings it now goes by, and which keys have changed: those that
// apply at once, and those that need a restart and keep their value until then.
func Again(running, read Settings) (now Settings, applied, restart []string) {
	now = Defaults()
	for _, row := range table {
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
	return now, applied, restart
}
