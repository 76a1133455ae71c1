package component

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"sidestage/tui/theme"
)

// Frame is what a panel takes beside its content, in cells: a border and one
// space on each side, a border above and below.
const (
	FrameWidth  = 4
	FrameHeight = 2
)

// Title is what stands in a border: the name, and at its other end the name of
// what lies behind and would be seen instead; empty for nothing.
type Title struct{ Name, Behind string }

// Panel draws a border with a title around content, w×h cells in all. What
// does not fit is cut. The focused one stands out, by a sign too.
func Panel(t theme.Theme, title Title, content string, focused bool, w, h int) string {
	if w < FrameWidth+1 || h < FrameHeight {
		return Block(t, "", w, h)
	}
	line, name, mark := t.Line, t.Muted, " "
	if focused {
		line, name, mark = t.Spot, t.Strong, t.Signs.Cursor
	}
	b := t.Signs.Border
	text := Cut(mark+title.Name+" ", w-3, t.Signs.Ellipsis)
	room, behind := w-2-Width(text), ""
	if title.Behind != "" {
		if behind = " " + title.Behind + " "; Width(behind)+3 > room {
			behind = ""
		}
	}
	rule := strings.Repeat(b.Top, max(room-Width(behind), 0))
	if behind != "" {
		rule = rule[:len(rule)-len(b.Top)]
		behind = t.Muted.Render(behind) + line.Render(b.Top)
	}
	rows := make([]string, 0, h)
	rows = append(rows, line.Render(b.TopLeft)+name.Render(text)+line.Render(rule)+behind+line.Render(b.TopRight))
	left, right := line.Render(b.Left)+" ", " "+line.Render(b.Right)
	for _, row := range rowsOf(content, h-FrameHeight) {
		rows = append(rows, left+Fit(row, w-FrameWidth, t.Signs.Ellipsis)+right)
	}
	rows = append(rows, line.Render(b.BottomLeft+strings.Repeat(b.Bottom, w-2)+b.BottomRight))
	return strings.Join(rows, "\n")
}

// Block makes content exactly w×h cells.
func Block(t theme.Theme, content string, w, h int) string {
	rows := rowsOf(content, max(h, 0))
	for i, row := range rows {
		rows[i] = Fit(row, max(w, 0), t.Signs.Ellipsis)
	}
	return strings.Join(rows, "\n")
}

func rowsOf(content string, h int) []string {
	rows := make([]string, h)
	copy(rows, strings.Split(content, "\n"))
	return rows
}

// Beside puts two blocks next to each other.
func Beside(left, right string) string {
	l, r := strings.Split(left, "\n"), strings.Split(right, "\n")
	for i := range min(len(l), len(r)) {
		l[i] += r[i]
	}
	return strings.Join(l, "\n")
}

// Over lays top onto the middle of base, which is w cells wide.
func Over(base, top string, w int) string {
	under, over := strings.Split(base, "\n"), strings.Split(top, "\n")
	x := max((w-Width(over[0]))/2, 0)
	y := max((len(under)-len(over))/2, 0)
	for i, row := range over {
		if y+i >= len(under) {
			break
		}
		end := x + Width(row)
		right := ansi.Cut(under[y+i], end, w)
		if Width(right) > w-end { // half a wide character: it is left out
			right = ansi.Cut(under[y+i], end+1, w)
		}
		right = spaces(w-end-Width(right)) + right
		under[y+i] = Fit(ansi.Cut(under[y+i], 0, x), x, "") + row + right
	}
	return strings.Join(under, "\n")
}
