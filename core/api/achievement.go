package api

import (
	"context"
	"time"
)

// Achievement is one thing viewers can earn.
type Achievement struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Icon        string `json:"icon"` // one emoji
	Trigger     string `json:"trigger"`
	Scope       string `json:"scope"` // cumulative or session
	Threshold   int    `json:"threshold"`
	MaxDistance int    `json:"maxDistance,omitempty"`
	FirstOnly   bool   `json:"firstOnly,omitempty"`
	Enabled     bool   `json:"enabled"`
	Holders     int    `json:"holders"` // viewers who have it
}

// Achieved is how far one viewer is with an achievement.
type Achieved struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Icon        string    `json:"icon"`
	Threshold   int       `json:"threshold"`
	Progress    int       `json:"progress"` // of this session or, of scope cumulative, of all time
	Unlocked    bool      `json:"unlocked"`
	Times       int       `json:"times"` // how often it was unlocked, once a session at most
	UnlockedAt  time.Time `json:"unlockedAt,omitzero"`
}

// ViewerAchievements is what one viewer has earned and is on the way to.
type ViewerAchievements struct {
	UserID       string     `json:"userId"`
	DisplayName  string     `json:"displayName"`
	Unlocked     int        `json:"unlocked"`
	Achievements []Achieved `json:"achievements"`
}

// Unlocked is an achievement that was earned.
type Unlocked struct {
	AchievementID string    `json:"achievementId"`
	Name          string    `json:"name"`
	Icon          string    `json:"icon"`
	UserID        string    `json:"userId"`
	DisplayName   string    `json:"displayName"`
	UnlockedAt    time.Time `json:"unlockedAt"`
}

// AchievementLeader is a row of the leaderboard.
type AchievementLeader struct {
	UserID         string    `json:"userId"`
	DisplayName    string    `json:"displayName"`
	Unlocked       int       `json:"unlocked"` // different achievements
	Times          int       `json:"times"`    // all in all
	LastUnlockedAt time.Time `json:"lastUnlockedAt"`
}

// RebuildRequest asks to count everything again.
type RebuildRequest struct {
	DryRun bool `json:"dryRun"`
}

// Rebuilt is where what was kept and what the journal says differ.
type Rebuilt struct {
	DryRun      bool                    `json:"dryRun"` // nothing was changed
	Differences []AchievementDifference `json:"differences"`
}

// AchievementDifference is one viewer's difference in one achievement.
type AchievementDifference struct {
	UserID        string           `json:"userId"`
	DisplayName   string           `json:"displayName"`
	AchievementID string           `json:"achievementId"`
	SessionID     string           `json:"sessionId,omitempty"`
	Have          AchievementCount `json:"have"`
	Want          AchievementCount `json:"want"`
}

// AchievementCount is how far somebody is.
type AchievementCount struct {
	Count    int  `json:"count"`
	Unlocked bool `json:"unlocked"`
}

// Achievements is every achievement there is.
func (c *Client) Achievements(ctx context.Context) ([]Achievement, error) {
	return ask[[]Achievement](ctx, c, GetAchievements, call{})
}

// AchievementLeaders are the viewers with the most achievements.
func (c *Client) AchievementLeaders(ctx context.Context, limit int) ([]AchievementLeader, error) {
	return ask[[]AchievementLeader](ctx, c, GetAchievementLeaders, call{query: limited(limit)})
}

// LatestAchievements is what was unlocked last, latest first.
func (c *Client) LatestAchievements(ctx context.Context, limit int) ([]Unlocked, error) {
	return ask[[]Unlocked](ctx, c, GetLatestAchievements, call{query: limited(limit)})
}

// AchievementsOf is how far a viewer is, by id or login; NotFound when nobody is
// known by it.
func (c *Client) AchievementsOf(ctx context.Context, user string) (ViewerAchievements, error) {
	return ask[ViewerAchievements](ctx, c, GetAchievementsOf, call{path: map[string]string{"user": user}})
}

// UnlockedBy is what a viewer, by id or login, has unlocked.
func (c *Client) UnlockedBy(ctx context.Context, user string) (ViewerAchievements, error) {
	return ask[ViewerAchievements](ctx, c, GetUnlockedBy, call{path: map[string]string{"user": user}})
}

// RebuildAchievements counts the journal again and mends what differs, or with
// DryRun only says what.
func (c *Client) RebuildAchievements(ctx context.Context, r RebuildRequest) (Rebuilt, error) {
	return ask[Rebuilt](ctx, c, PostAchievementsRebuild, call{body: r})
}
