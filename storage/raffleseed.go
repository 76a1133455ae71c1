package storage

import (
	"database/sql"
	"math"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/raffle"
)

var _ raffle.VerifyTx = (*Tx)(nil)

// RaffleSeedInsert implements raffle.Tx.
func (tx *Tx) RaffleSeedInsert(s raffle.Seed) (id int64, err error) {
	err = tx.get(`INSERT INTO raffle_seed (scope, session_id, giveaway_id, highest, hash, seed, committed_at)
		VALUES (?, nullif(?, 0), nullif(?, 0), ?, ?, ?, ?) RETURNING id`,
		[]any{string(s.Scope), s.SessionID, s.GiveawayID, s.Highest, s.Hash, s.Secret.Hex(), millis(s.CommittedAt)}, &id)
	return id, err
}

// RaffleSeedCurrent implements raffle.Tx.
func (tx *Tx) RaffleSeedCurrent() (raffle.Seed, error) {
	found, err := collect(tx, `SELECT id, scope, coalesce(session_id, 0), coalesce(giveaway_id, 0), highest, hash, seed, committed_at, ended_at, revealed_at
		FROM raffle_seed WHERE ended_at IS NULL AND scope <> 'giveaway'`, nil, scanSeed)
	if err != nil {
		return raffle.Seed{}, err
	}
	if len(found) == 0 {
		return raffle.Seed{}, core.E(core.NotFound, "there is no seed to roll from")
	}
	return found[0], nil
}

// RaffleSeedEnd implements raffle.Tx.
func (tx *Tx) RaffleSeedEnd(id int64, at time.Time) error {
	_, err := tx.exec("UPDATE raffle_seed SET ended_at = ? WHERE id = ?", millis(at), id)
	return err
}

// RaffleSeedsDue implements raffle.Tx.
func (tx *Tx) RaffleSeedsDue() ([]raffle.Seed, error) {
	return collect(tx, `SELECT id, scope, coalesce(session_id, 0), coalesce(giveaway_id, 0), highest, hash, seed, committed_at, ended_at, revealed_at
		FROM raffle_seed AS s WHERE revealed_at IS NULL AND ended_at IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM raffle_roll AS r JOIN saga ON saga.id = r.id
			WHERE r.seed_id = s.id AND saga.state IN ('running', 'waiting', 'compensating', 'needs-decision'))
		ORDER BY id`, nil, scanSeed)
}

// RaffleSeedReveal implements raffle.Tx.
func (tx *Tx) RaffleSeedReveal(id int64, at time.Time) error {
	_, err := tx.exec("UPDATE raffle_seed SET revealed_at = ? WHERE id = ?", millis(at), id)
	return err
}

// RaffleSeedsOf implements raffle.VerifyTx.
func (tx *Tx) RaffleSeedsOf(session int64) ([]raffle.Seed, error) {
	return collect(tx, `SELECT id, scope, coalesce(session_id, 0), coalesce(giveaway_id, 0), highest, hash, seed, committed_at, ended_at, revealed_at
		FROM raffle_seed WHERE ?1 = 0 OR session_id = ?1 ORDER BY id`, []any{session}, scanSeed)
}

// RaffleSeeds implements raffle.Tx.
func (tx *Tx) RaffleSeeds(limit int) ([]raffle.DrawnSeed, error) {
	return collect(tx, `WITH latest AS (SELECT * FROM raffle_seed WHERE scope <> 'giveaway' ORDER BY id DESC LIMIT ?)
		SELECT s.id, scope, coalesce(session_id, 0), coalesce(giveaway_id, 0), highest, hash, seed, committed_at, ended_at, revealed_at,
			count(r.seed_id), coalesce(sum(r.distance = 0), 0)
		FROM latest AS s LEFT JOIN raffle_roll AS r INDEXED BY raffle_roll_seed ON r.seed_id = s.id AND r.voided_at IS NULL
		GROUP BY s.id ORDER BY s.id DESC`, []any{limit}, func(rows *sql.Rows) (s raffle.DrawnSeed, err error) {
		s.Seed, err = scanSeedAnd(rows, &s.Rolls, &s.Wins)
		return s, err
	})
}

func scanSeed(rows *sql.Rows) (raffle.Seed, error) { return scanSeedAnd(rows) }

// scanSeedAnd scans a seed and what stands behind it in the row.
func scanSeedAnd(rows *sql.Rows, more ...any) (s raffle.Seed, err error) {
	var secret string
	var committed int64
	var ended, revealed sql.NullInt64
	columns := []any{&s.ID, &s.Scope, &s.SessionID, &s.GiveawayID, &s.Highest, &s.Hash, &secret, &committed, &ended, &revealed}
	if err := rows.Scan(append(columns, more...)...); err != nil {
		return s, err
	}
	s.CommittedAt, s.EndedAt, s.RevealedAt = fromMillis(committed), maybeTime(ended), maybeTime(revealed)
	s.Secret, err = raffle.ParseSecret(secret)
	return s, err
}

// RaffleRollsOf implements raffle.VerifyTx.
func (tx *Tx) RaffleRollsOf(seed int64) ([]raffle.SeededRoll, error) {
	return collect(tx, `SELECT r.id, v.id, v.login, v.name, r.winning_number, r.roll, r.distance, r.rolled_at, d.redeemed_at
		FROM raffle_roll AS r JOIN viewer AS v ON v.id = r.viewer_id LEFT JOIN redemption AS d ON d.id = r.id
		WHERE r.seed_id IS nullif(?, 0) ORDER BY r.rolled_at, r.id`, []any{seed}, func(rows *sql.Rows) (r raffle.SeededRoll, err error) {
		var rolled int64
		var redeemed sql.NullInt64
		err = rows.Scan(&r.ID, &r.Viewer.ID, &r.Viewer.Login, &r.Viewer.Name, &r.WinningNumber, &r.Roll.Roll, &r.Distance, &rolled, &redeemed)
		r.SeedID, r.RolledAt, r.RedeemedAt = seed, fromMillis(rolled), maybeTime(redeemed)
		return r, err
	})
}

// RaffleUnrolled implements raffle.VerifyTx. What belongs to a session is told
// by the time, for a roll that is gone says nothing.
func (tx *Tx) RaffleUnrolled(session int64) ([]raffle.Roll, error) {
	if session == 0 {
		return collect(tx, `SELECT d.id, v.id, v.login, v.name FROM redemption AS d JOIN viewer AS v ON v.id = d.viewer_id
			WHERE d.reward = 'raffle' AND d.status = 'fulfilled' AND NOT EXISTS (SELECT 1 FROM raffle_roll AS r WHERE r.id = d.id)
			ORDER BY d.redeemed_at, d.id`, nil, scanUnrolled)
	}
	return collect(tx, `SELECT d.id, v.id, v.login, v.name FROM stream_session AS s
		JOIN redemption AS d INDEXED BY redemption_at ON d.redeemed_at >= s.started_at AND d.redeemed_at <= coalesce(s.ended_at, ?2)
		JOIN viewer AS v ON v.id = d.viewer_id
		WHERE s.id = ?1 AND d.reward = 'raffle' AND d.status = 'fulfilled' AND NOT EXISTS (SELECT 1 FROM raffle_roll AS r WHERE r.id = d.id)
		ORDER BY d.redeemed_at, d.id`, []any{session, int64(math.MaxInt64)}, scanUnrolled)
}

func scanUnrolled(rows *sql.Rows) (r raffle.Roll, err error) {
	err = rows.Scan(&r.ID, &r.Viewer.ID, &r.Viewer.Login, &r.Viewer.Name)
	return r, err
}

// RaffleJournal implements raffle.VerifyTx.
func (tx *Tx) RaffleJournal(t event.Type, seed string) ([]event.Record, error) {
	return collect(tx, `SELECT seq, type, version, at, subject, data FROM journal
		WHERE type IN ('raffle.committed', 'raffle.revealed', 'giveaway.drawn') AND subject = ? AND type = ? ORDER BY seq`, []any{seed, string(t)}, scanRecord)
}
