package storage

import (
	"database/sql"
	"errors"
	"fmt"

	"sidestage/core"
	"sidestage/core/achievement"
)

var _ achievement.Reader = (*Tx)(nil)

// Consumer is how far the reader of the journal called name has come, and what
// it remembers; 0 and "" at first.
func (tx *Tx) Consumer(name string) (seq int64, memory string, err error) {
	err = tx.get("SELECT seq, memory FROM consumer WHERE name = ?", []any{name}, &seq, &memory)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("look up reader %s: %w", name, err)
	}
	return seq, memory, nil
}

// SetConsumer remembers how far the reader of the journal called name has come.
func (tx *Tx) SetConsumer(name string, seq int64, memory string) error {
	_, err := tx.exec(`INSERT INTO consumer (name, seq, memory) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, memory = excluded.memory`, name, seq, memory)
	if err != nil {
		return fmt.Errorf("remember reader %s: %w", name, err)
	}
	return nil
}

// AchievementOwner implements achievement.Progress.
func (tx *Tx) AchievementOwner(id string) (v core.Viewer, reward string, err error) {
	err = tx.get(`SELECT v.id, v.login, v.name, r.reward FROM redemption AS r JOIN viewer AS v ON v.id = r.viewer_id WHERE r.id = ?1
		UNION ALL
		SELECT v.id, v.login, v.name, 'chat' FROM song_request AS r JOIN viewer AS v ON v.id = r.viewer_id
		WHERE r.id = ?1 AND substr(r.id, 1, 3) = 'sr-' AND r.fulfil = ''`,
		[]any{id}, &v.ID, &v.Login, &v.Name, &reward)
	if errors.Is(err, sql.ErrNoRows) {
		return v, "", core.E(core.NotFound, "there is no redemption or request %s", id)
	}
	return v, reward, err
}

// AchievementCount implements achievement.Progress.
func (tx *Tx) AchievementCount(viewerID, id, session string) (n int, err error) {
	err = tx.get("SELECT count FROM achievement WHERE viewer_id = ? AND achievement_id = ? AND session = ?", []any{viewerID, id, session}, &n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// AchievementSetCount implements achievement.Progress. A viewer who is not known
// is made known; one who is keeps their latest name.
func (tx *Tx) AchievementSetCount(v core.Viewer, id, session string, n int) error {
	if err := tx.viewerMeet(v); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO achievement (viewer_id, achievement_id, session, count) VALUES (?, ?, ?, ?)
		ON CONFLICT (viewer_id, achievement_id, session) DO UPDATE SET count = excluded.count`, v.ID, id, session, n)
	return err
}

// viewerMeet makes a viewer known who is not.
func (tx *Tx) viewerMeet(v core.Viewer) error {
	_, err := tx.exec("INSERT INTO viewer (id, login, name, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		v.ID, v.Login, v.Name, millis(tx.now))
	return err
}

// AchievementHas implements achievement.Progress.
func (tx *Tx) AchievementHas(viewerID, id, session string) (has bool, err error) {
	err = tx.get(`SELECT EXISTS (SELECT 1 FROM achievement
		WHERE achievement_id = ? AND session = ? AND unlocked_seq IS NOT NULL AND (? = '' OR viewer_id = ?))`,
		[]any{id, session, viewerID, viewerID}, &has)
	return has, err
}

// AchievementUnlock implements achievement.Progress.
func (tx *Tx) AchievementUnlock(u achievement.Unlock) error {
	_, err := tx.exec("UPDATE achievement SET unlocked_seq = ?, unlocked_at = ? WHERE viewer_id = ? AND achievement_id = ? AND session = ?",
		u.Seq, millis(tx.now), u.Viewer.ID, u.ID, u.Session)
	return err
}

// AchievementStandings implements achievement.Reader.
func (tx *Tx) AchievementStandings() (achievement.Standings, error) {
	all := achievement.Standings{}
	_, err := collect(tx, `SELECT a.viewer_id, v.login, v.name, a.achievement_id, a.session, a.count, coalesce(a.unlocked_seq, 0)
		FROM achievement AS a JOIN viewer AS v ON v.id = a.viewer_id`, nil, func(rows *sql.Rows) (struct{}, error) {
		var at achievement.Place
		var s achievement.Standing
		err := rows.Scan(&at.ViewerID, &s.Viewer.Login, &s.Viewer.Name, &at.ID, &at.Session, &s.Count, &s.Seq)
		s.Viewer.ID, s.Unlocked = at.ViewerID, s.Seq > 0
		all[at] = s
		return struct{}{}, err
	})
	return all, err
}

// AchievementCorrect makes a place what it should be. The time of an unlock is
// that of the event that earned it.
func (tx *Tx) AchievementCorrect(d achievement.Difference) error {
	if d.Want.Count == 0 {
		_, err := tx.exec("DELETE FROM achievement WHERE viewer_id = ? AND achievement_id = ? AND session = ?", d.ViewerID, d.ID, d.Session)
		return err
	}
	if err := tx.viewerMeet(d.Viewer); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO achievement (viewer_id, achievement_id, session, count, unlocked_seq, unlocked_at)
		VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), (SELECT at FROM journal WHERE seq = nullif(?5, 0)))
		ON CONFLICT (viewer_id, achievement_id, session)
		DO UPDATE SET count = excluded.count, unlocked_seq = excluded.unlocked_seq, unlocked_at = excluded.unlocked_at`,
		d.ViewerID, d.ID, d.Session, d.Want.Count, d.Want.Seq)
	return err
}

// AchievementsOf implements achievement.Reader.
func (tx *Tx) AchievementsOf(viewerID string) ([]achievement.Held, error) {
	return collect(tx, `SELECT achievement_id, session, count, unlocked_at FROM achievement WHERE viewer_id = ? ORDER BY achievement_id, session`,
		[]any{viewerID}, func(rows *sql.Rows) (h achievement.Held, err error) {
			var at sql.NullInt64
			err = rows.Scan(&h.ID, &h.Session, &h.Count, &at)
			h.UnlockedAt = maybeTime(at)
			return h, err
		})
}

// AchievementHolders implements achievement.Reader.
func (tx *Tx) AchievementHolders() (map[string]int, error) {
	holders := map[string]int{}
	_, err := collect(tx, `SELECT achievement_id, holders FROM achievement_total WHERE holders > 0`, nil, func(rows *sql.Rows) (struct{}, error) {
		var id string
		var n int
		err := rows.Scan(&id, &n)
		holders[id] = n
		return struct{}{}, err
	})
	return holders, err
}

// AchievementLeaders implements achievement.Reader.
func (tx *Tx) AchievementLeaders(limit int) ([]achievement.Leader, error) {
	return collect(tx, `SELECT v.id, v.login, v.name, different, times, unlocked_at FROM achievement_leader AS l JOIN viewer AS v ON v.id = l.viewer_id
		WHERE different > 0 ORDER BY different DESC, times DESC, unlocked_at, l.viewer_id LIMIT ?`, []any{limit}, func(rows *sql.Rows) (l achievement.Leader, err error) {
		var last int64
		err = rows.Scan(&l.Viewer.ID, &l.Viewer.Login, &l.Viewer.Name, &l.Different, &l.Times, &last)
		l.LastAt = fromMillis(last)
		return l, err
	})
}

// AchievementLatest implements achievement.Reader.
func (tx *Tx) AchievementLatest(limit int) ([]achievement.Held, error) {
	return collect(tx, `SELECT a.achievement_id, a.session, a.count, a.unlocked_at, v.id, v.login, v.name
		FROM achievement AS a JOIN viewer AS v ON v.id = a.viewer_id
		WHERE a.unlocked_seq IS NOT NULL ORDER BY a.unlocked_seq DESC, a.achievement_id LIMIT ?`, []any{limit}, func(rows *sql.Rows) (h achievement.Held, err error) {
		var at int64
		err = rows.Scan(&h.ID, &h.Session, &h.Count, &at, &h.Viewer.ID, &h.Viewer.Login, &h.Viewer.Name)
		h.UnlockedAt = fromMillis(at)
		return h, err
	})
}
