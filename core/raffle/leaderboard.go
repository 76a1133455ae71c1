package raffle

import (
	"fmt"
	"time"

	"sidestage/core"
)

// SortBy is an order of the leaderboard.
type SortBy string

// The orders. Within each, ties go to the earlier last roll, then to the
// smaller user id.
const (
	ByClosest SortBy = "closest" // smallest distance of a losing roll first, viewers without one last
	ByRolls   SortBy = "rolls"   // most rolls first
	ByWins    SortBy = "wins"    // most wins first
)

// MaxEntries is the most rows of the leaderboard that can be asked for.
const MaxEntries = 100

// ParseSortBy reads an order; "" is ByClosest. Another word is core.Invalid.
func ParseSortBy(s string) (SortBy, error) {
	switch by := SortBy(s); by {
	case "":
		return ByClosest, nil
	case ByClosest, ByRolls, ByWins:
		return by, nil
	}
	return "", core.E(core.Invalid, "cannot sort the leaderboard by %q: use rolls, wins or closest", s)
}

// Entry is what one viewer's rolls amount to. Voided rolls do not count.
type Entry struct {
	UserID       string
	DisplayName  string // the latest one
	TotalRolls   int
	TotalWins    int
	Closest      *Miss // nil if no roll has lost
	LastRolledAt time.Time
}

// Miss is a losing roll.
type Miss struct {
	Distance, Roll, WinningNumber int
}

// Leaderboard is the first limit (1…MaxEntries) viewers in the order asked
// for.
func Leaderboard(tx Tx, by SortBy, limit int) ([]Entry, error) {
	if limit < 1 || limit > MaxEntries {
		return nil, core.E(core.Invalid, "leaderboard: limit %d is not in 1…%d", limit, MaxEntries)
	}
	entries, err := tx.RaffleEntries(by, limit)
	if err != nil {
		return nil, fmt.Errorf("read leaderboard: %w", err)
	}
	return entries, nil
}

// SessionLeaderboard is Leaderboard of the rolls of one session.
func SessionLeaderboard(tx Tx, session int64, by SortBy, limit int) ([]Entry, error) {
	if limit < 1 || limit > MaxEntries {
		return nil, core.E(core.Invalid, "leaderboard: limit %d is not in 1…%d", limit, MaxEntries)
	}
	entries, err := tx.RaffleSessionEntries(session, by, limit)
	if err != nil {
		return nil, fmt.Errorf("read leaderboard of session %d: %w", session, err)
	}
	return entries, nil
}

// UserStats is the entry of one viewer; core.NotFound when no roll of theirs
// counts.
func UserStats(tx Tx, userID string) (Entry, error) {
	e, err := tx.RaffleEntry(userID)
	if err != nil {
		return Entry{}, fmt.Errorf("read raffle stats of viewer %s: %w", userID, err)
	}
	return e, nil
}
