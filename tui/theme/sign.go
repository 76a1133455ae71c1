package theme

import "github.com/charmbracelet/lipgloss"

// Signs are the characters that are not letters, each one cell wide. A state
// has a sign beside its colour, so that colour alone means nothing.
type Signs struct {
	Live, Off, Waiting, Done, Refunded, Needs, Failed, Running string

	Cursor, Ellipsis, Dot, Times, Enter, Song, Roll, Win string

	// Full, Half and Empty draw progress: whole cells, the cell the end is in,
	// and what is left.
	Full, Half, Empty string
	// Spark draws a cell of a sparkline from two heights of 0 to 4: the cell at
	// [left*5+right].
	Spark []string

	Border lipgloss.Border
}

func unicodeSigns() Signs {
	return Signs{
		Live: "●", Off: "○", Waiting: "◐", Done: "✓", Refunded: "↩", Needs: "!", Failed: "✗", Running: "▷",
		Cursor: "▸", Ellipsis: "…", Dot: "·", Times: "×", Enter: "↵", Song: "♪", Roll: "#", Win: "★",
		Full: "━", Half: "╸", Empty: "─", Spark: braille(), Border: lipgloss.RoundedBorder(),
	}
}

func asciiSigns() Signs {
	return Signs{
		Live: "*", Off: "o", Waiting: "~", Done: "+", Refunded: "<", Needs: "!", Failed: "x", Running: ">",
		Cursor: ">", Ellipsis: "~", Dot: "-", Times: "x", Enter: "enter", Song: "s", Roll: "#", Win: "*",
		Full: "=", Half: "-", Empty: ".", Spark: steps(), Border: lipgloss.ASCIIBorder(),
	}
}

// braille fills each half of a cell from its foot.
func braille() []string {
	left := [...]rune{0, 0x40, 0x44, 0x46, 0x47}
	right := [...]rune{0, 0x80, 0xA0, 0xB0, 0xB8}
	var cells []string
	for _, l := range left {
		for _, r := range right {
			cells = append(cells, string(0x2800+(l|r)))
		}
	}
	return cells
}

// steps shows the higher of the two heights.
func steps() []string {
	marks := [...]string{" ", ".", "-", "=", "#"}
	var cells []string
	for l := range marks {
		for r := range marks {
			cells = append(cells, marks[max(l, r)])
		}
	}
	return cells
}
