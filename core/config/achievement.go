package config

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"sidestage/assets"
	"sidestage/core/achievement"
)

// achievementTable is where achievements stand, each in a table of its id.
const achievementTable = "achievements"

// given are the achievements that come with the program, in their order.
var given = readAchievements()

// readAchievements reads what is built in; that it can be read is tested.
func readAchievements() []achievement.Definition {
	var file struct {
		Achievement []struct {
			ID, Name, Description, Icon, Trigger, Scope string
			Threshold                                   int
			MaxDistance                                 int  `toml:"max_distance"`
			FirstOnly                                   bool `toml:"first_only"`
		}
	}
	if err := toml.NewDecoder(bytes.NewReader(assets.Achievements())).DisallowUnknownFields().Decode(&file); err != nil {
		panic("achievements that come with the program: " + err.Error())
	}
	defs := make([]achievement.Definition, len(file.Achievement))
	for i, a := range file.Achievement {
		defs[i] = achievement.Definition{
			ID: a.ID, Enabled: true, Name: a.Name, Description: a.Description, Icon: a.Icon, Trigger: a.Trigger,
			Scope: cmp.Or(a.Scope, string(achievement.Cumulative)), Threshold: a.Threshold, MaxDistance: a.MaxDistance, FirstOnly: a.FirstOnly,
		}
	}
	return defs
}

// achievements are the settings of the achievements that come with the program.
func achievements() []setting {
	var rows []setting
	for _, d := range given {
		rows = append(rows, achievementRows(d)...)
	}
	return rows
}

// achievementRows are the settings of one achievement, with d as its defaults.
func achievementRows(d achievement.Definition) []setting {
	of := func(s *Settings) *achievement.Definition {
		if s.Achievements == nil {
			s.Achievements = map[string]*achievement.Definition{}
		}
		if s.Achievements[d.ID] == nil {
			own := d
			s.Achievements[d.ID] = &own
		}
		return s.Achievements[d.ID]
	}
	key := achievementTable + "." + d.ID + "."
	rows := []setting{
		boolean(key+"enabled", d.Enabled, func(s *Settings) *bool { return &of(s).Enabled }, "Off: nothing counts towards it."),
		text(key+"name", d.Name, func(s *Settings) *string { return &of(s).Name }, line(0, achievement.MaxName), "As chat, overlay and dashboard call it."),
		text(key+"description", d.Description, func(s *Settings) *string { return &of(s).Description }, line(0, achievement.MaxDescription),
			"What a viewer did to earn it."),
		text(key+"icon", d.Icon, func(s *Settings) *string { return &of(s).Icon }, line(0, achievement.MaxIcon), "An emoji."),
		choice(key+"trigger", d.Trigger, func(s *Settings) *string { return &of(s).Trigger },
			"What counts: "+strings.Join(achievement.Triggers(), ", ")+".", achievement.Triggers()...),
		choice(key+"scope", d.Scope, func(s *Settings) *string { return &of(s).Scope },
			"cumulative counts for ever; session begins anew with every stream, and can be earned in each.", achievement.Scopes()...),
		number(key+"threshold", d.Threshold, func(s *Settings) *int { return &of(s).Threshold }, 1, achievement.MaxThreshold,
			"How often it has to happen."),
		number(key+"max_distance", d.MaxDistance, func(s *Settings) *int { return &of(s).MaxDistance }, 0, 1_000_000,
			"With the triggers loss and record: only rolls this close count. 0: all do."),
		boolean(key+"first_only", d.FirstOnly, func(s *Settings) *bool { return &of(s).FirstOnly },
			"With scope session: only the first of a stream counts, whoever it is."),
	}
	for i := range rows {
		rows[i] = rows[i].atOnce()
	}
	return rows
}

// blank is an achievement that somebody adds, before they say anything of it.
func blank(id string) achievement.Definition {
	return achievement.Definition{
		ID: id, Enabled: true, Icon: "⭐", Trigger: string(achievement.Request), Scope: string(achievement.Cumulative), Threshold: 1,
	}
}

// ownAchievement is the setting of an achievement that does not come with the
// program.
func ownAchievement(key string) (setting, bool) {
	id, ok := achievementOf(key)
	if !ok {
		return setting{}, false
	}
	for _, row := range achievementRows(blank(id)) {
		if row.key == key {
			return row, true
		}
	}
	return setting{}, false
}

// achievementOf is the id in a key below the achievements' table.
func achievementOf(key string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(key, achievementTable+".")
	id, _, _ = strings.Cut(rest, ".")
	return id, ok && achievement.ValidID(id) == ""
}

// ownAchievements are the settings of every achievement that was added to one
// of all.
func ownAchievements(all ...*Settings) []setting {
	own := map[string]bool{}
	for _, s := range all {
		for id := range s.Achievements {
			own[id] = !comes(id)
		}
	}
	var rows []setting
	for _, id := range slices.Sorted(maps.Keys(own)) {
		if own[id] {
			rows = append(rows, achievementRows(blank(id))...)
		}
	}
	return rows
}

// comes reports whether the achievement comes with the program.
func comes(id string) bool {
	return slices.ContainsFunc(given, func(d achievement.Definition) bool { return d.ID == id })
}

// Definitions lists every achievement there is, those that come with the program
// first.
func (s Settings) Definitions() []achievement.Definition {
	ids := make([]string, 0, len(s.Achievements))
	for _, d := range given {
		ids = append(ids, d.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Achievements)) {
		if !comes(id) {
			ids = append(ids, id)
		}
	}
	defs := make([]achievement.Definition, 0, len(ids))
	for _, id := range ids {
		if d := s.Achievements[id]; d != nil {
			defs = append(defs, *d)
		}
	}
	return defs
}

// sensible makes sure that no achievement contradicts itself.
func (ld *loader) sensible() {
	for _, d := range ld.Definitions() {
		if field, problem := d.Check(); problem != "" {
			key := achievementTable + "." + d.ID + "." + field
			ld.problem(ld.near(key), key, "%s", problem)
		}
	}
}

// near is the place of key, or where that was not set of another setting of its
// table.
func (ld *loader) near(key string) string {
	if o := ld.Origin(key); o.Where != "" {
		return o.Where
	}
	table, _ := split(key)
	for _, row := range rowsOf(&ld.Settings) {
		if below, _ := split(row.key); below == table && ld.Origin(row.key).Where != "" {
			return ld.Origin(row.key).Where
		}
	}
	return string(Default)
}
