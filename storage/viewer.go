package storage

import (
	"fmt"

	"sidestage/core"
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
