package config

import "testing"

func FuzzAFileGivesProblemsOrSettingsThatWork(f *testing.F) {
	f.Add(Template())
	f.Add("twitch = { client_id = \"x\" }\n[[a.\"b.c\"]]\nd=[1,{e=1979-05-27}]")
	f.Add("reward.song.cost = 0x_1")
	f.Fuzz(func(t *testing.T, text string) {
		ld := &loader{Loaded: Loaded{Settings: Defaults(), File: Location{Path: "x"}, origins: map[string]Origin{}}}
		if err := ld.fromTOML([]byte(text)); err != nil {
			if fileProblem("x", err).Where == "x" {
				t.Errorf("%v has no line", err)
			}
			return
		}
		if len(ld.problems) > 0 {
			if (&Error{Problems: ld.problems}).Error() == "" {
				t.Error("a problem says nothing")
			}
			return
		}
		for _, row := range table {
			if v, isText := row.get(&ld.Settings).(string); isText && row.key != "twitch.client_secret" {
				if err := row.set(&Settings{}, v); err != nil {
					t.Errorf("%s = %q was accepted and is not: %v", row.key, v, err)
				}
			}
		}
	})
}
