package storage

import (
	"database/sql"
	"errors"
	"fmt"

	"sidestage/core"
)

// Meta is the value kept under key: a few single facts that have no table.
func (tx *Tx) Meta(key string) (string, error) {
	var value string
	err := tx.get("SELECT value FROM meta WHERE key = ?", []any{key}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", core.E(core.NotFound, "nothing is kept under %s", key)
	}
	if err != nil {
		return "", fmt.Errorf("read meta %s: %w", key, err)
	}
	return value, nil
}

const setMeta = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"

// SetMeta keeps value under key.
func (tx *Tx) SetMeta(key, value string) error {
	_, err := tx.exec(setMeta, key, value)
	if err != nil {
		return fmt.Errorf("write meta %s: %w", key, err)
	}
	return nil
}

// DropMeta forgets what is kept under key; nothing kept is no error.
func (tx *Tx) DropMeta(key string) error {
	if _, err := tx.exec("DELETE FROM meta WHERE key = ?", key); err != nil {
		return fmt.Errorf("forget meta %s: %w", key, err)
	}
	return nil
}
