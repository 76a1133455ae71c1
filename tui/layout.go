package tui

import "sidestage/tui/section"

// The least a screen must have, and from where on there is room for all panels
// at once.
const (
	minWidth, minHeight   = 60, 16
	wideWidth, wideHeight = 100, 26
)

// box is where a panel is drawn, in cells of the body: the screen without the
// lines at its top and bottom.
type box struct{ panel, x, y, w, h int }

func wide(w, h int) bool { return w >= wideWidth && h >= wideHeight }

// arrange places the panels that are seen: all in two columns, or what plays
// above the one that is open, with a line of tabs between.
func arrange(w, h, lower int) []box {
	body := h - 2
	if !wide(w, h) {
		top := 4
		if h >= wideHeight {
			top = 7
		}
		return []box{{section.PlayingPanel, 0, 0, w, top}, {lower, 0, top + 1, w, body - top - 1}}
	}
	left := w * 7 / 12
	right := w - left
	const top = 7
	sagas := min(max((body-top)/3, 6), 14)
	third := body / 3
	return []box{
		{section.PlayingPanel, 0, 0, left, top},
		{section.QueuePanel, 0, top, left, body - top - sagas},
		{section.RafflePanel, left, 0, right, third},
		{section.ViewersPanel, left, third, right, third},
		{section.SagasPanel, 0, body - sagas, left, sagas},
		{section.LogPanel, left, 2 * third, right, body - 2*third},
	}
}
