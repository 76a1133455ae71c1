package achievement

import (
	"time"

	"sidestage/core"
)

// Held is how far a viewer is with an achievement, or that they have it.
type Held struct {
	ID         string
	Viewer     core.Viewer
	Session    string // "" of scope Cumulative
	Count      int
	UnlockedAt time.Time // zero: under way
}

// Leader is a row of the leaderboard.
type Leader struct {
	Viewer    core.Viewer
	Different int // achievements
	Times     int // those of scope Session once for every session
	LastAt    time.Time
}

// Reader is what there is to see of achievements. Names are the latest ones.
type Reader interface {
	// AchievementsOf is where a viewer stands, by achievement and session.
	AchievementsOf(viewerID string) ([]Held, error)
	// AchievementLatest is what was unlocked last, latest first.
	AchievementLatest(limit int) ([]Held, error)
	// AchievementHolders counts the viewers who have an achievement, by its id.
	AchievementHolders() (map[string]int, error)
	// AchievementLeaders are those with the most different achievements; ties go
	// to those with more in all, then to whoever was first there, then by id.
	AchievementLeaders(limit int) ([]Leader, error)
	// AchievementStandings is where everybody stands.
	AchievementStandings() (Standings, error)
}
