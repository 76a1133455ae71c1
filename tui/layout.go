package tui

import "sidestage/tui/section"

// The least a screen must have, from where on there is room for two columns, and
// from where on for every panel at once.
const (
	minWidth, minHeight     = 60, 16
	wideWidth, wideHeight   = 100, 26
	broadWidth, broadHeight = 136, 36
)

// box is where a panel is drawn, in cells of the body: the screen without the
// lines at its top and bottom. The panel behind has the same place, and is
// seen when it takes the focus; 0 is none.
type box struct{ panel, x, y, w, h, behind int }

func wide(w, h int) bool { return w >= wideWidth && h >= wideHeight }

func broad(w, h int) bool { return w >= broadWidth && h >= broadHeight }

// front is which panels are seen of those that share a place: lower where one
// is seen at a time, the others of two each in two columns.
type front struct{ lower, games, people int }

func atFirst() front {
	return front{lower: section.QueuePanel, games: section.RafflePanel, people: section.ViewersPanel}
}

// with brings a panel to the front.
func (f front) with(panel int) front {
	if panel != section.PlayingPanel {
		f.lower = panel
	}
	switch panel {
	case section.RafflePanel, section.GiveawayPanel:
		f.games = panel
	case section.ViewersPanel, section.AchievementsPanel:
		f.people = panel
	}
	return f
}

// arrange places the panels that are seen on a screen of w×h cells, of which
// body lines are theirs: all of them, or in two columns with some behind
// others, or what plays above the one that is open, with a line of tabs between.
func arrange(w, h, body int, f front) []box {
	switch {
	case broad(w, h):
		return arrangeAll(w, body)
	case wide(w, h):
		return arrangeColumns(w, body, f)
	}
	top := 4
	if h >= wideHeight {
		top = 7
	}
	return []box{{section.PlayingPanel, 0, 0, w, top, 0}, {f.lower, 0, top + 1, w, body - top - 1, 0}}
}

// playingHeight is the panel's of what plays, where there is room.
const playingHeight = 7

func arrangeColumns(w, body int, f front) []box {
	left := w * 7 / 12
	right := w - left
	sagas := min(max((body-playingHeight)/3, 6), 14)
	third := body / 3
	return []box{
		{section.PlayingPanel, 0, 0, left, playingHeight, 0},
		{section.QueuePanel, 0, playingHeight, left, body - playingHeight - sagas, 0},
		{f.games, left, 0, right, third, section.RafflePanel + section.GiveawayPanel - f.games},
		{f.people, left, third, right, third, section.ViewersPanel + section.AchievementsPanel - f.people},
		{section.SagasPanel, 0, body - sagas, left, sagas, 0},
		{section.LogPanel, left, 2 * third, right, body - 2*third, 0},
	}
}

// arrangeAll has what is asked for on the left, and on the right the games and
// the people beside each other above the log.
func arrangeAll(w, body int) []box {
	left := w * 4 / 9
	middle := (w - left) / 2
	x, right := left+middle, w-left-middle
	sagas := min(max((body-playingHeight)/3, 6), 14)
	third := body / 3
	return []box{
		{section.PlayingPanel, 0, 0, left, playingHeight, 0},
		{section.QueuePanel, 0, playingHeight, left, body - playingHeight - sagas, 0},
		{section.SagasPanel, 0, body - sagas, left, sagas, 0},
		{section.RafflePanel, left, 0, middle, third, 0},
		{section.GiveawayPanel, x, 0, right, third, 0},
		{section.ViewersPanel, left, third, middle, third, 0},
		{section.AchievementsPanel, x, third, right, third, 0},
		{section.LogPanel, left, 2 * third, w - left, body - 2*third, 0},
	}
}
