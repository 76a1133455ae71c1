package workflow

import (
	"maps"
	"slices"
	"testing"

	"sidestage/core/chat"
)

func TestEveryBuiltInCommandHasAnAnswer(t *testing.T) {
	var names []string
	for _, b := range chat.Builtins() {
		names = append(names, b.Name)
		if err := chat.CheckName(b.Name); err != nil || b.Doc == "" {
			t.Errorf("%s: named rightly and explained: %v", b.Name, err)
		}
	}
	slices.Sort(names)
	names = slices.DeleteFunc(names, func(name string) bool { return name == "sr" }) // a way of its own
	if got := slices.Sorted(maps.Keys(answers())); !slices.Equal(got, names) {
		t.Errorf("answers for %q, commands %q", got, names)
	}
}
