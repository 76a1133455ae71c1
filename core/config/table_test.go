package config

import "testing"

func TestEveryDefaultIsAccepted(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range table {
		var s Settings
		if err := row.set(&s, row.def); err != nil {
			t.Errorf("default of %s: %v", row.key, err)
		}
		if seen[row.env()] {
			t.Errorf("%s is taken twice", row.env())
		}
		seen[row.env()] = true
	}
}
