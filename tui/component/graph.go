package component

import (
	"strings"
	"time"

	"sidestage/tui/theme"
)

// Progress is a line of w cells of which part of whole is full, to half a cell.
func Progress(t theme.Theme, part, whole time.Duration, w int) string {
	if w <= 0 {
		return ""
	}
	halves := 0
	if whole > 0 {
		halves = int(min(max(part, 0), whole) * time.Duration(2*w) / whole)
	}
	full := strings.Repeat(t.Signs.Full, halves/2)
	if halves%2 == 1 {
		full += t.Signs.Half
	}
	empty := strings.Repeat(t.Signs.Empty, w-(halves+1)/2)
	if full != "" {
		full = t.Spot.Render(full)
	}
	if empty != "" {
		empty = t.Line.Render(empty)
	}
	return full + empty
}

// Spark draws the last values as a sparkline of w cells, two values a cell,
// from zero up. A value above zero is always seen.
func Spark(t theme.Theme, values []int, w int) string {
	if w <= 0 || len(values) == 0 {
		return ""
	}
	values = values[max(0, len(values)-2*w):]
	top := 1
	for _, v := range values {
		top = max(top, v)
	}
	height := func(i int) int {
		if i < 0 || values[i] <= 0 {
			return 0
		}
		return max((values[i]*4+top/2)/top, 1)
	}
	var b strings.Builder
	for i := -(len(values) & 1); i < len(values); i += 2 { // an odd one begins half a cell in
		b.WriteString(t.Signs.Spark[height(i)*5+height(i+1)])
	}
	return b.String()
}
