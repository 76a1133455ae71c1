package storage

import (
	"database/sql"
	"time"

	"sidestage/core"
	"sidestage/core/raffle"
)

var _ raffle.GiveawayTx = (*Tx)(nil)

// Giveaway implements raffle.GiveawayTx.
func (tx *Tx) Giveaway(id int64) (raffle.Giveaway, error) {
	found, err := collect(tx, `SELECT id, keyword, audience, max_entries, state, opened_at, closes_at, closed_at, ended_at,
			(SELECT count(*) FROM giveaway_entry AS e WHERE e.giveaway_id = g.id)
		FROM giveaway AS g WHERE ?1 = 0 OR id = ?1 ORDER BY id DESC LIMIT 1`, []any{id}, scanGiveaway)
	if err != nil {
		return raffle.Giveaway{}, err
	}
	if len(found) == 0 {
		return raffle.Giveaway{}, core.Because(core.NotFound, "no-giveaway", "there is no giveaway")
	}
	g := found[0]
	if g.Picks, err = tx.giveawayPicks(g.ID); err != nil {
		return g, err
	}
	seeds, err := collect(tx, `SELECT id, scope, coalesce(session_id, 0), coalesce(giveaway_id, 0), highest, hash, seed, committed_at, ended_at, revealed_at
		FROM raffle_seed WHERE giveaway_id = ?`, []any{g.ID}, scanSeed)
	if err != nil || len(seeds) == 0 {
		return g, err
	}
	g.Seed = seeds[0]
	return g, nil
}

func scanGiveaway(rows *sql.Rows) (g raffle.Giveaway, err error) {
	var opened int64
	var closes, closed, ended sql.NullInt64
	err = rows.Scan(&g.ID, &g.Keyword, &g.Audience, &g.MaxEntries, &g.State, &opened, &closes, &closed, &ended, &g.Entries)
	g.OpenedAt, g.ClosesAt, g.ClosedAt, g.EndedAt = fromMillis(opened), maybeTime(closes), maybeTime(closed), maybeTime(ended)
	return g, err
}

func (tx *Tx) giveawayPicks(id int64) ([]raffle.Pick, error) {
	return collect(tx, `SELECT p.number, p.draw, v.id, v.login, v.name, p.passed, p.drawn_at
		FROM giveaway_pick AS p JOIN viewer AS v ON v.id = p.viewer_id WHERE p.giveaway_id = ? ORDER BY p.number`, []any{id},
		func(rows *sql.Rows) (p raffle.Pick, err error) {
			var drawn int64
			err = rows.Scan(&p.Number, &p.Draw, &p.Viewer.ID, &p.Viewer.Login, &p.Viewer.Name, &p.Passed, &drawn)
			p.DrawnAt = fromMillis(drawn)
			return p, err
		})
}

// GiveawayInsert implements raffle.GiveawayTx.
func (tx *Tx) GiveawayInsert(g raffle.Giveaway) (id int64, err error) {
	err = tx.get("INSERT INTO giveaway (keyword, audience, max_entries, state, opened_at, closes_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
		[]any{g.Keyword, string(g.Audience), g.MaxEntries, string(g.State), millis(g.OpenedAt), maybeMillis(g.ClosesAt)}, &id)
	return id, err
}

// GiveawayPut implements raffle.GiveawayTx.
func (tx *Tx) GiveawayPut(g raffle.Giveaway) error {
	_, err := tx.exec("UPDATE giveaway SET state = ?, closed_at = ?, ended_at = ? WHERE id = ?",
		string(g.State), maybeMillis(g.ClosedAt), maybeMillis(g.EndedAt), g.ID)
	return err
}

// GiveawayEnter implements raffle.GiveawayTx.
func (tx *Tx) GiveawayEnter(id int64, viewerID string, at time.Time) (bool, error) {
	res, err := tx.exec("INSERT INTO giveaway_entry (giveaway_id, viewer_id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", id, viewerID, millis(at))
	return inserted(res, err, "enter a giveaway")
}

// GiveawayEntries implements raffle.GiveawayTx.
func (tx *Tx) GiveawayEntries(id int64) ([]core.Viewer, error) {
	return collect(tx, `SELECT v.id, v.login, v.name FROM giveaway_entry AS e JOIN viewer AS v ON v.id = e.viewer_id
		WHERE e.giveaway_id = ? ORDER BY e.viewer_id`, []any{id}, func(rows *sql.Rows) (v core.Viewer, err error) {
		err = rows.Scan(&v.ID, &v.Login, &v.Name)
		return v, err
	})
}

// GiveawayAddPick implements raffle.GiveawayTx.
func (tx *Tx) GiveawayAddPick(id int64, p raffle.Pick) error {
	_, err := tx.exec("INSERT INTO giveaway_pick (giveaway_id, number, draw, viewer_id, passed, drawn_at) VALUES (?, ?, ?, ?, ?, ?)",
		id, p.Number, p.Draw, p.Viewer.ID, p.Passed, millis(p.DrawnAt))
	return err
}
