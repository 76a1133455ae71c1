package storage

import (
	"database/sql"
	"errors"
	"time"

	"sidestage/core"
	"sidestage/core/raffle"
)

var _ raffle.Tx = (*Tx)(nil)

// RaffleRoll implements raffle.Tx.
func (tx *Tx) RaffleRoll(id string) (raffle.Roll, error) {
	var (
		r                 = raffle.Roll{ID: id}
		rolled            int64
		announced, voided sql.NullInt64
	)
	err := tx.get(`SELECT v.id, v.login, v.name, r.winning_number, r.roll, r.distance, r.record, coalesce(r.seed_id, 0), r.rolled_at, r.announced_at, r.voided_at
		FROM raffle_roll r JOIN viewer v ON v.id = r.viewer_id WHERE r.id = ?`, []any{id},
		&r.Viewer.ID, &r.Viewer.Login, &r.Viewer.Name, &r.WinningNumber, &r.Roll, &r.Distance, &r.Record, &r.SeedID, &rolled, &announced, &voided)
	if errors.Is(err, sql.ErrNoRows) {
		return raffle.Roll{}, core.E(core.NotFound, "there is no such roll")
	}
	if err != nil {
		return raffle.Roll{}, err
	}
	r.Won = r.Distance == 0
	r.RolledAt, r.AnnouncedAt, r.VoidedAt = fromMillis(rolled), maybeTime(announced), maybeTime(voided)
	return r, nil
}

// RaffleInsert implements raffle.Tx.
func (tx *Tx) RaffleInsert(r raffle.Roll) error {
	_, err := tx.exec("INSERT INTO raffle_roll (id, viewer_id, seed_id, winning_number, roll, distance, record, rolled_at) VALUES (?, ?, nullif(?, 0), ?, ?, ?, ?, ?)",
		r.ID, r.Viewer.ID, r.SeedID, r.WinningNumber, r.Roll, r.Distance, r.Record, millis(r.RolledAt))
	return err
}

// RaffleSetAnnounced implements raffle.Tx.
func (tx *Tx) RaffleSetAnnounced(id string, at time.Time) error {
	_, err := tx.exec("UPDATE raffle_roll SET announced_at = ? WHERE id = ?", millis(at), id)
	return err
}

// RaffleSetVoided implements raffle.Tx.
func (tx *Tx) RaffleSetVoided(id string, at time.Time) error {
	_, err := tx.exec("UPDATE raffle_roll SET voided_at = ? WHERE id = ?", millis(at), id)
	return err
}

// RaffleClosestLoss implements raffle.Tx.
func (tx *Tx) RaffleClosestLoss() (int, error) {
	var distance int
	err := tx.get("SELECT distance FROM raffle_roll WHERE voided_at IS NULL AND distance > 0 ORDER BY distance LIMIT 1", nil, &distance)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, core.E(core.NotFound, "no roll has lost yet")
	}
	return distance, err
}

// RaffleEntries implements raffle.Tx.
func (tx *Tx) RaffleEntries(by raffle.SortBy, limit int) ([]raffle.Entry, error) {
	return collect(tx, `SELECT viewer_id, name, rolls, wins, distance, roll, winning_number, last_rolled_at FROM raffle_entry
		ORDER BY CASE ? WHEN 'rolls' THEN -rolls WHEN 'wins' THEN -wins ELSE distance END NULLS LAST, last_rolled_at, viewer_id
		LIMIT ?`, []any{string(by), limit}, scanEntry)
}

// RaffleEntry implements raffle.Tx.
func (tx *Tx) RaffleEntry(userID string) (raffle.Entry, error) {
	entries, err := collect(tx, `SELECT viewer_id, name, rolls, wins, distance, roll, winning_number, last_rolled_at FROM raffle_entry
		WHERE viewer_id = ?`, []any{userID}, scanEntry)
	if err != nil {
		return raffle.Entry{}, err
	}
	if len(entries) == 0 {
		return raffle.Entry{}, core.E(core.NotFound, "no roll of theirs counts")
	}
	return entries[0], nil
}

func scanEntry(rows *sql.Rows) (raffle.Entry, error) {
	var (
		e                       raffle.Entry
		distance, roll, winning sql.NullInt64
		last                    int64
	)
	err := rows.Scan(&e.UserID, &e.DisplayName, &e.TotalRolls, &e.TotalWins, &distance, &roll, &winning, &last)
	if distance.Valid {
		e.Closest = &raffle.Miss{Distance: int(distance.Int64), Roll: int(roll.Int64), WinningNumber: int(winning.Int64)}
	}
	e.LastRolledAt = fromMillis(last)
	return e, err
}
