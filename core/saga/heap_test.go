package saga

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAHeapPopsWhatComesFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := heap[int]{before: func(a, b int) bool { return a < b }}
		var model []int
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				v := rapid.IntRange(0, 20).Draw(t, "v")
				h.push(v)
				model = append(model, v)
				slices.Sort(model)
			},
			"pop": func(t *rapid.T) {
				if h.len() == 0 {
					t.Skip("empty")
				}
				first := h.first()
				if got := h.pop(); got != model[0] || first != got {
					t.Fatalf("popped %d (first was %d), want %d", got, first, model[0])
				}
				model = model[1:]
			},
		})
	})
}
