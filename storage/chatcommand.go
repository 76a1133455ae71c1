package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/chat"
)

var _ chat.Tx = (*Tx)(nil)

// ChatCommand implements chat.Tx.
func (tx *Tx) ChatCommand(name string) (chat.Custom, error) {
	found, err := collect(tx, `SELECT name, text, target, enabled, role, cooldown, viewer_cooldown, count, made_by, made_at
		FROM chat_command WHERE name = ?`, []any{name}, scanCommand)
	if err != nil {
		return chat.Custom{}, fmt.Errorf("read command %s: %w", name, err)
	}
	if len(found) == 0 {
		return chat.Custom{}, core.Because(core.NotFound, "no-command", "there is no command !%s of yours", name)
	}
	return found[0], nil
}

// ChatCommands implements chat.Tx.
func (tx *Tx) ChatCommands() ([]chat.Custom, error) {
	all, err := collect(tx, `SELECT name, text, target, enabled, role, cooldown, viewer_cooldown, count, made_by, made_at
		FROM chat_command ORDER BY name`, nil, scanCommand)
	if err != nil {
		return nil, fmt.Errorf("list commands: %w", err)
	}
	return all, nil
}

func scanCommand(rows *sql.Rows) (c chat.Custom, err error) {
	var one, each, at int64
	err = rows.Scan(&c.Name, &c.Text, &c.Target, &c.Use.Enabled, &c.Use.Role, &each, &one, &c.Count, &c.By, &at)
	c.Use.Cooldown, c.Use.ViewerCooldown = time.Duration(each)*time.Millisecond, time.Duration(one)*time.Millisecond
	c.At = fromMillis(at)
	return c, err
}

// ChatCommandPut implements chat.Tx.
func (tx *Tx) ChatCommandPut(c chat.Custom) error {
	_, err := tx.exec(`INSERT OR REPLACE INTO chat_command
		(name, text, target, enabled, role, cooldown, viewer_cooldown, count, made_by, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Name, c.Text, c.Target, c.Use.Enabled, string(c.Use.Role), c.Use.Cooldown.Milliseconds(), c.Use.ViewerCooldown.Milliseconds(),
		c.Count, c.By, millis(c.At))
	if err != nil {
		return fmt.Errorf("store command %s: %w", c.Name, err)
	}
	return nil
}

// SongVote counts a viewer's vote to skip what plays in a turn: false when they
// have voted. Votes of other turns are forgotten.
func (tx *Tx) SongVote(turn int64, viewerID string) (fresh bool, votes int, err error) {
	if _, err := tx.exec("DELETE FROM song_vote WHERE turn <> ?", turn); err != nil {
		return false, 0, fmt.Errorf("forget votes: %w", err)
	}
	done, err := tx.exec("INSERT INTO song_vote (turn, viewer_id) VALUES (?, ?) ON CONFLICT DO NOTHING", turn, viewerID)
	if err != nil {
		return false, 0, fmt.Errorf("vote: %w", err)
	}
	n, err := done.RowsAffected()
	if err == nil {
		err = tx.get("SELECT count(*) FROM song_vote", nil, &votes)
	}
	return n == 1, votes, err
}

// SongCountsOf counts the requests of a viewer, and those that were heard.
func (tx *Tx) SongCountsOf(viewerID string) (requests, heard int, err error) {
	err = tx.get("SELECT requests, heard FROM viewer_total WHERE viewer_id = ?", []any{viewerID}, &requests, &heard)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("count requests of viewer %s: %w", viewerID, err)
	}
	return requests, heard, nil
}

// ChatCommandDelete implements chat.Tx.
func (tx *Tx) ChatCommandDelete(name string) error {
	if _, err := tx.exec("DELETE FROM chat_command WHERE name = ?", name); err != nil {
		return fmt.Errorf("delete command %s: %w", name, err)
	}
	return nil
}
