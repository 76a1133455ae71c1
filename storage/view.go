package storage

import (
	"context"
	"database/sql"
)

// View runs fn on a snapshot of the database. ctx bounds the whole of it.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	if err := db.line.enter(); err != nil {
		return err
	}
	defer db.line.views.Done()
	s, err := db.readers.begin(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	err = view(s, fn)
	db.readers.learn(ctx, s.fresh)
	return err
}

func view(s *session, fn func(*Tx) error) error {
	defer func() { _ = s.tx.Rollback() }() // nothing to keep
	tx := newTx(s, nil)
	err := fn(tx)
	if broken := tx.end(); err == nil {
		err = broken
	}
	return err
}

// Store is a database narrowed to the slice T of a transaction.
type Store[T any] struct {
	db     *DB
	narrow func(*Tx) T
}

// In narrows db's transactions to the slice T a domain package declares:
//
//	storage.In(db, func(tx *storage.Tx) song.Tx { return tx })
func In[T any](db *DB, narrow func(*Tx) T) Store[T] {
	return Store[T]{db: db, narrow: narrow}
}

// Update is DB.Update.
func (s Store[T]) Update(ctx context.Context, fn func(T) error) error {
	return s.db.Update(ctx, func(tx *Tx) error { return fn(s.narrow(tx)) })
}

// View is DB.View.
func (s Store[T]) View(ctx context.Context, fn func(T) error) error {
	return s.db.View(ctx, func(tx *Tx) error { return fn(s.narrow(tx)) })
}
