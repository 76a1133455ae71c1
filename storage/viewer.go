package storage

import (
	"database/sql"
	"errors"
	"fmt"

	"sidestage/core"
	"sidestage/core/chat"
)

// ViewerPut remembers who a viewer is and what they are called now.
func (tx *Tx) ViewerPut(v core.Viewer) error {
	_, err := tx.exec(`INSERT INTO viewer (id, login, name, updated_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET login = excluded.login, name = excluded.name, updated_at = excluded.updated_at`,
		v.ID, v.Login, v.Name, millis(tx.now))
	if err != nil {
		return fmt.Errorf("put viewer %s: %w", v.ID, err)
	}
	return nil
}

// ViewerPutRole remembers the strongest role of a viewer, "" for none.
func (tx *Tx) ViewerPutRole(id string, role chat.Role) error {
	_, err := tx.exec("UPDATE viewer SET role = ? WHERE id = ?", string(role), id)
	return err
}

// ViewerRole is the role that was last seen; "" for none and for somebody who is
// not known.
func (tx *Tx) ViewerRole(id string) (role chat.Role, err error) {
	err = tx.get("SELECT role FROM viewer WHERE id = ?", []any{id}, &role)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return role, err
}

// ViewerSongs counts the songs a viewer asked for.
func (tx *Tx) ViewerSongs(userID string) (int, error) {
	n, _, err := tx.SongCountsOf(userID)
	return n, err
}
