package component

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"sidestage/tui/theme"
)

// gap is between two columns.
const gap = 2

// Column is a column of a table. One with Flex shares what the fixed ones leave.
type Column struct {
	Width int // of a fixed column; the least of one with Flex
	Flex  int // weight; 0 is fixed
	Right bool
	// Drop says which columns go first where there is no room: the highest.
	// 0 stays.
	Drop int
}

// Cell is one field of a row: text and, in another style, what belongs to it,
// which begins with a space. Both are clean.
type Cell struct {
	Text  string
	Style lipgloss.Style
	More  string
	Less  lipgloss.Style // of More
}

// Table draws a window onto rows. It asks only for the rows that are seen.
type Table struct {
	Columns []Column
	Len     int
	Row     func(i int) []Cell
	// Cursor is the row that stays in sight, and is marked when Focused.
	Cursor  int
	Focused bool
}

// View draws the table in w×h cells.
func (tb Table) View(t theme.Theme, w, h int) string {
	widths := tb.widths(w)
	first := Window(tb.Cursor, tb.Len, h)
	lines := make([]string, 0, max(h, 0))
	for i := first; i < min(first+h, tb.Len); i++ {
		lines = append(lines, tb.line(t, i, widths))
	}
	return strings.Join(lines, "\n")
}

// Window is the first row to show, so that cursor is in sight and in the middle
// where it can be.
func Window(cursor, rows, h int) int {
	return max(min(cursor-h/2, rows-h), 0)
}

func (tb Table) line(t theme.Theme, i int, widths []int) string {
	selected := tb.Focused && i == tb.Cursor
	var b strings.Builder
	for c, cell := range tb.Row(i) {
		w := widths[c]
		if w <= 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(spaces(gap))
		}
		if selected {
			cell.Style, cell.Less = t.Spot, t.Spot
		}
		text, width := cell.draw(t, w)
		if tb.Columns[c].Right {
			b.WriteString(spaces(w-width) + text)
		} else {
			b.WriteString(text + spaces(w-width))
		}
	}
	return b.String()
}

// draw is the styled text, cut to w cells, and how wide it became.
func (c Cell) draw(t theme.Theme, w int) (string, int) {
	text := Cut(c.Text, w, t.Signs.Ellipsis)
	width := Width(text)
	more := ""
	if text == c.Text {
		more = Cut(c.More, w-width, t.Signs.Ellipsis)
	}
	width += Width(more)
	if text != "" {
		text = c.Style.Render(text)
	}
	if more != "" {
		text += c.Less.Render(more)
	}
	return text, width
}

// widths shares w cells among the columns; 0 is a column left out.
func (tb Table) widths(w int) []int {
	widths := make([]int, len(tb.Columns))
	for i, c := range tb.Columns {
		widths[i] = c.Width
	}
	for used(widths) > w {
		drop := -1
		for i, c := range tb.Columns {
			if widths[i] > 0 && c.Drop > 0 && (drop < 0 || c.Drop > tb.Columns[drop].Drop) {
				drop = i
			}
		}
		if drop < 0 {
			break
		}
		widths[drop] = 0
	}
	tb.spend(widths, w-used(widths))
	return widths
}

// spend gives room to the columns with Flex, by weight, or takes what is
// missing from them.
func (tb Table) spend(widths []int, room int) {
	weight := 0
	for i, c := range tb.Columns {
		if widths[i] > 0 {
			weight += c.Flex
		}
	}
	for i, c := range tb.Columns {
		if widths[i] == 0 || c.Flex == 0 {
			continue
		}
		share := room * c.Flex / weight
		widths[i] = max(widths[i]+share, 1)
		room, weight = room-share, weight-c.Flex
	}
}

func used(widths []int) int {
	sum := -gap
	for _, w := range widths {
		if w > 0 {
			sum += w + gap
		}
	}
	return sum
}
