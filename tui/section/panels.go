package section

// The panels' numbers, from 1, and the envelope addresses of those that have
// private messages.
const (
	PlayingPanel = 1 + iota
	QueuePanel
	RafflePanel
	ViewersPanel
	SagasPanel
	LogPanel
	GiveawayPanel
	AchievementsPanel

	PanelCount = AchievementsPanel

	IDQueue = "queue"
	IDSagas = "sagas"
)

// Panels makes the panels, in the order of their numbers.
func Panels(d Desk) []Section {
	return []Section{NewPlaying(d), NewQueue(d), NewRaffle(d), NewViewers(d), NewSagas(d), NewLog(d), NewGiveaway(d), NewAchievements(d)}
}

// PanelOf is the number of the panel with an envelope address, 0 for none.
func PanelOf(id string) int {
	switch id {
	case IDQueue:
		return QueuePanel
	case IDSagas:
		return SagasPanel
	}
	return 0
}
