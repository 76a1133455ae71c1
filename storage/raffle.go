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
	found, err := collect(tx, `SELECT r.id, v.id, v.login, v.name, r.winning_number, r.roll, r.distance, r.record, coalesce(r.seed_id, 0),
			r.rolled_at, r.announced_at, r.voided_at, r.given_at
		FROM raffle_roll AS r JOIN viewer AS v ON v.id = r.viewer_id WHERE r.id = ?`, []any{id}, scanRoll)
	if err != nil {
		return raffle.Roll{}, err
	}
	if len(found) == 0 {
		return raffle.Roll{}, core.E(core.NotFound, "there is no such roll")
	}
	return found[0], nil
}

// RaffleRolls implements raffle.Tx.
func (tx *Tx) RaffleRolls(w raffle.Which, limit int) ([]raffle.Roll, error) {
	if w.Won || w.Waiting { // few, and with an index of their own
		return collect(tx, `SELECT r.id, v.id, v.login, v.name, r.winning_number, r.roll, r.distance, r.record, coalesce(r.seed_id, 0),
				r.rolled_at, r.announced_at, r.voided_at, r.given_at
			FROM raffle_roll AS r JOIN viewer AS v ON v.id = r.viewer_id
			WHERE r.announced_at IS NOT NULL AND r.distance = 0 AND r.voided_at IS NULL AND (?1 = 0 OR r.given_at IS NULL)
			AND (?2 = '' OR r.viewer_id = ?2) AND (?3 = 0 OR r.seed_id IN (SELECT id FROM raffle_seed WHERE session_id = ?3))
			ORDER BY r.rolled_at DESC, r.id DESC LIMIT ?4`, []any{w.Waiting, w.UserID, w.Session, limit}, scanRoll)
	}
	switch {
	case w.UserID != "":
		return collect(tx, `SELECT r.id, v.id, v.login, v.name, r.winning_number, r.roll, r.distance, r.record, coalesce(r.seed_id, 0),
				r.rolled_at, r.announced_at, r.voided_at, r.given_at
			FROM raffle_roll AS r INDEXED BY raffle_roll_viewer_recent JOIN viewer AS v ON v.id = r.viewer_id
			WHERE r.viewer_id = ?1 AND r.announced_at IS NOT NULL AND r.voided_at IS NULL
			AND (?2 = 0 OR r.seed_id IN (SELECT id FROM raffle_seed WHERE session_id = ?2))
			ORDER BY r.rolled_at DESC, r.id DESC LIMIT ?3`, []any{w.UserID, w.Session, limit}, scanRoll)
	case w.Session != 0:
		return collect(tx, `WITH latest AS (
				SELECT id FROM raffle_roll INDEXED BY raffle_roll_seed
				WHERE seed_id IN (SELECT id FROM raffle_seed WHERE session_id = ?1) AND announced_at IS NOT NULL AND voided_at IS NULL
				ORDER BY rolled_at DESC, id DESC LIMIT ?2
			)
			SELECT r.id, v.id, v.login, v.name, r.winning_number, r.roll, r.distance, r.record, coalesce(r.seed_id, 0),
				r.rolled_at, r.announced_at, r.voided_at, r.given_at
			FROM latest JOIN raffle_roll AS r ON r.id = latest.id JOIN viewer AS v ON v.id = r.viewer_id
			ORDER BY r.rolled_at DESC, r.id DESC`, []any{w.Session, limit}, scanRoll)
	default:
		return collect(tx, `SELECT r.id, v.id, v.login, v.name, r.winning_number, r.roll, r.distance, r.record, coalesce(r.seed_id, 0),
				r.rolled_at, r.announced_at, r.voided_at, r.given_at
			FROM raffle_roll AS r INDEXED BY raffle_roll_recent JOIN viewer AS v ON v.id = r.viewer_id
			WHERE r.announced_at IS NOT NULL AND r.voided_at IS NULL
			ORDER BY r.rolled_at DESC, r.id DESC LIMIT ?1`, []any{limit}, scanRoll)
	}
}

func scanRoll(rows *sql.Rows) (r raffle.Roll, err error) {
	var rolled int64
	var announced, voided, given sql.NullInt64
	err = rows.Scan(&r.ID, &r.Viewer.ID, &r.Viewer.Login, &r.Viewer.Name, &r.WinningNumber, &r.Roll, &r.Distance, &r.Record, &r.SeedID,
		&rolled, &announced, &voided, &given)
	r.Won = r.Distance == 0
	r.RolledAt, r.AnnouncedAt, r.VoidedAt, r.GivenAt = fromMillis(rolled), maybeTime(announced), maybeTime(voided), maybeTime(given)
	return r, err
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

// RaffleSetGiven implements raffle.Tx.
func (tx *Tx) RaffleSetGiven(id string, at time.Time) error {
	_, err := tx.exec("UPDATE raffle_roll SET given_at = ? WHERE id = ?", millis(at), id)
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
	switch by { // each with the index that is in its order
	case raffle.ByRolls:
		return collect(tx, `SELECT t.viewer_id, v.name, rolls, wins, r.distance, r.roll, r.winning_number, t.rolled_at
			FROM viewer_total AS t INDEXED BY viewer_total_rolls JOIN viewer AS v ON v.id = t.viewer_id LEFT JOIN raffle_roll AS r ON r.id = closest_id
			WHERE rolls > 0 ORDER BY rolls DESC, t.rolled_at, t.viewer_id LIMIT ?`, []any{limit}, scanEntry)
	case raffle.ByWins:
		return collect(tx, `SELECT t.viewer_id, v.name, rolls, wins, r.distance, r.roll, r.winning_number, t.rolled_at
			FROM viewer_total AS t INDEXED BY viewer_total_wins JOIN viewer AS v ON v.id = t.viewer_id LEFT JOIN raffle_roll AS r ON r.id = closest_id
			WHERE rolls > 0 ORDER BY wins DESC, t.rolled_at, t.viewer_id LIMIT ?`, []any{limit}, scanEntry)
	default:
		return collect(tx, `SELECT t.viewer_id, v.name, rolls, wins, r.distance, r.roll, r.winning_number, t.rolled_at
			FROM viewer_total AS t INDEXED BY viewer_total_closest JOIN viewer AS v ON v.id = t.viewer_id LEFT JOIN raffle_roll AS r ON r.id = closest_id
			WHERE rolls > 0 ORDER BY closest NULLS LAST, t.rolled_at, t.viewer_id LIMIT ?`, []any{limit}, scanEntry)
	}
}

// RaffleSessionEntries implements raffle.Tx.
func (tx *Tx) RaffleSessionEntries(session int64, by raffle.SortBy, limit int) ([]raffle.Entry, error) {
	return collect(tx, `WITH total AS (
			SELECT viewer_id, count(*) AS rolls, sum(distance = 0) AS wins, min(distance) FILTER (WHERE distance > 0) AS closest, max(rolled_at) AS last
			FROM raffle_roll INDEXED BY raffle_roll_seed WHERE seed_id IN (SELECT id FROM raffle_seed WHERE session_id = ?1) AND voided_at IS NULL
			GROUP BY viewer_id
			ORDER BY CASE ?2 WHEN 'rolls' THEN -rolls WHEN 'wins' THEN -wins ELSE closest END NULLS LAST, last, viewer_id LIMIT ?3
		)
		SELECT total.viewer_id, viewer.name, rolls, wins, r.distance, r.roll, r.winning_number, last
		FROM total JOIN viewer ON viewer.id = total.viewer_id LEFT JOIN raffle_roll AS r ON r.id = (
			SELECT id FROM raffle_roll WHERE viewer_id = total.viewer_id AND distance = closest AND voided_at IS NULL
			AND seed_id IN (SELECT id FROM raffle_seed WHERE session_id = ?1) ORDER BY rolled_at, id LIMIT 1
		)
		ORDER BY CASE ?2 WHEN 'rolls' THEN -rolls WHEN 'wins' THEN -wins ELSE closest END NULLS LAST, last, total.viewer_id`,
		[]any{session, string(by), limit}, scanEntry)
}

// RaffleEntry implements raffle.Tx.
func (tx *Tx) RaffleEntry(userID string) (raffle.Entry, error) {
	entries, err := collect(tx, `SELECT t.viewer_id, v.name, rolls, wins, r.distance, r.roll, r.winning_number, t.rolled_at
		FROM viewer_total AS t JOIN viewer AS v ON v.id = t.viewer_id LEFT JOIN raffle_roll AS r ON r.id = closest_id
		WHERE t.viewer_id = ? AND rolls > 0`, []any{userID}, scanEntry)
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
