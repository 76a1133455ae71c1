package storage

import (
	"database/sql"
	"fmt"

	"sidestage/core"
)

// Table is what an export has of one kind of thing: the names of its columns,
// in the order in which Export gives their values.
type Table struct {
	Name    string
	Columns []string

	kinds []kind
	query string
}

// kind is what the integers of a column mean. Texts and reals are what they are.
type kind uint8

const (
	plain  kind = iota
	moment      // Unix milliseconds
	truth
)

// as says what a column means, by the name it has outside.
type as struct {
	name string
	kind kind
}

func table(name, query string, columns ...as) Table {
	t := Table{Name: name, query: query}
	for _, c := range columns {
		t.Columns, t.kinds = append(t.Columns, c.name), append(t.kinds, c.kind)
	}
	return t
}

// Tables are what an export holds: everything that happened with viewers,
// streams, points, songs, rolls and giveaways, but for the journal, which is to
// be had by itself. The seeds of the raffle are not in it, nor is a roll that
// was not announced yet.
func Tables() []Table {
	return []Table{
		table("viewers", "SELECT id, login, name, role, updated_at FROM viewer ORDER BY id",
			as{"id", plain}, as{"login", plain}, as{"name", plain}, as{"role", plain}, as{"updatedAt", moment}),
		table("sessions", `SELECT id, stream_id, started_at, ended_at, peak_viewers, (SELECT avg(viewers) FROM stream_sample WHERE session_id = stream_session.id)
			FROM stream_session ORDER BY id`,
			as{"id", plain}, as{"streamId", plain}, as{"startedAt", moment}, as{"endedAt", moment}, as{"peakViewers", plain}, as{"averageViewers", plain}),
		table("redemptions", `SELECT r.id, reward, viewer_id, v.login, v.name, input, cost, redeemed_at, status, reason, settled_at
			FROM redemption AS r JOIN viewer AS v ON v.id = r.viewer_id ORDER BY redeemed_at, r.id`,
			as{"id", plain}, as{"reward", plain}, as{"viewerId", plain}, as{"viewerLogin", plain}, as{"viewerName", plain}, as{"input", plain},
			as{"cost", plain}, as{"redeemedAt", moment}, as{"status", plain}, as{"reason", plain}, as{"settledAt", moment}),
		table("requests", `SELECT r.id, viewer_id, v.login, v.name, track_id, track ->> '$.name', (SELECT group_concat(value, ', ') FROM json_each(track, '$.artists')),
				track ->> '$.album', (track ->> '$.duration') / 1000000, redeemed_at, accepted_at, state, reason, p.started_at, p.ended_at
			FROM song_request AS r JOIN viewer AS v ON v.id = r.viewer_id LEFT JOIN song_play AS p ON p.request_id = r.id ORDER BY redeemed_at, r.id`,
			as{"id", plain}, as{"viewerId", plain}, as{"viewerLogin", plain}, as{"viewerName", plain}, as{"trackId", plain}, as{"trackName", plain},
			as{"artists", plain}, as{"album", plain}, as{"durationMs", plain}, as{"requestedAt", moment}, as{"acceptedAt", moment}, as{"state", plain}, as{"reason", plain},
			as{"startedAt", moment}, as{"endedAt", moment}),
		table("rolls", `SELECT r.id, viewer_id, v.login, v.name, roll, winning_number, distance, distance = 0, record, seed_id, rolled_at, given_at, voided_at
			FROM raffle_roll AS r JOIN viewer AS v ON v.id = r.viewer_id WHERE announced_at IS NOT NULL ORDER BY rolled_at, r.id`,
			as{"id", plain}, as{"viewerId", plain}, as{"viewerLogin", plain}, as{"viewerName", plain}, as{"roll", plain}, as{"winningNumber", plain},
			as{"distance", plain}, as{"won", truth}, as{"record", truth}, as{"seedId", plain}, as{"rolledAt", moment}, as{"givenAt", moment}, as{"voidedAt", moment}),
		table("giveaways", `SELECT g.id, keyword, audience, state, opened_at, ended_at, (SELECT count(*) FROM giveaway_entry WHERE giveaway_id = g.id),
				number, p.viewer_id, v.login, v.name, passed, drawn_at
			FROM giveaway AS g LEFT JOIN giveaway_pick AS p ON p.giveaway_id = g.id LEFT JOIN viewer AS v ON v.id = p.viewer_id ORDER BY g.id, number`,
			as{"id", plain}, as{"keyword", plain}, as{"audience", plain}, as{"state", plain}, as{"openedAt", moment}, as{"endedAt", moment}, as{"entries", plain},
			as{"pick", plain}, as{"viewerId", plain}, as{"viewerLogin", plain}, as{"viewerName", plain}, as{"passed", truth}, as{"drawnAt", moment}),
		table("achievements", `SELECT achievement_id, viewer_id, v.login, v.name, session, unlocked_at
			FROM achievement AS a JOIN viewer AS v ON v.id = a.viewer_id WHERE unlocked_seq IS NOT NULL ORDER BY viewer_id, achievement_id, session`,
			as{"achievementId", plain}, as{"viewerId", plain}, as{"viewerLogin", plain}, as{"viewerName", plain}, as{"session", plain}, as{"unlockedAt", moment}),
	}
}

// Export gives row the values of each row of t, one after the other, as nil,
// string, int64, float64, bool or time.Time. The values are row's until it
// returns; its error ends the export.
func (tx *Tx) Export(t Table, row func(values []any) error) error {
	if tx.broken != nil {
		return tx.broken
	}
	rows, err := tx.s.query(t.query)
	if err != nil {
		return fmt.Errorf("export %s: %w", t.Name, tx.check(err))
	}
	defer func() { _ = rows.Close() }() // rows.Err has told by then
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := t.scan(rows, values, into); err != nil {
			return fmt.Errorf("export %s: %w", t.Name, err)
		}
		if err := row(values); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("export %s: %w", t.Name, tx.check(err))
	}
	return nil
}

func (t Table) scan(rows *sql.Rows, values, into []any) error {
	if err := rows.Scan(into...); err != nil {
		return fault(err)
	}
	for i, v := range values {
		n, isInt := v.(int64)
		switch {
		case v == nil:
		case t.kinds[i] == plain:
			if text, isBytes := v.([]byte); isBytes {
				values[i] = string(text)
			}
		case !isInt:
			return core.E(core.Internal, "%s is %T, not a number", t.Columns[i], v)
		case t.kinds[i] == moment:
			values[i] = fromMillis(n)
		default:
			values[i] = n != 0
		}
	}
	return nil
}
