package storage

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"sidestage/core"
	"sidestage/core/event"
)

// OnEvents has fn called after every commit that journalled events, in commit
// order, once a transaction with that transaction's records. It is set once,
// before the database is used; fn must not block.
func (db *DB) OnEvents(fn func([]event.Record)) { db.listen = fn }

// AppendEvent puts e in the journal, happened now. Once committed it reaches
// the listener given to OnEvents.
func (tx *Tx) AppendEvent(e event.Event) error {
	rec, err := event.Encode(tx.now, e)
	if err != nil {
		return err
	}
	if rec.Type == passing {
		err = tx.journalPassing(&rec)
	} else {
		err = tx.get("INSERT INTO journal (type, version, at, subject, data) VALUES (?, ?, ?, ?, ?) RETURNING seq",
			[]any{string(rec.Type), rec.Version, millis(rec.At), rec.Subject, string(rec.Data)}, &rec.Seq)
	}
	if err != nil {
		return fmt.Errorf("journal %s: %w", rec.Type, err)
	}
	if len(tx.events) == 0 && tx.listen != nil {
		tx.AfterCommit(func() { tx.listen(tx.events) })
	}
	tx.events = append(tx.events, rec)
	return nil
}

// passing is the type of the records that are forgotten with the steps they
// tell of.
var passing = event.SagaChanged{}.Type()

func (tx *Tx) journalPassing(rec *event.Record) error {
	if err := tx.get("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'journal' RETURNING seq", nil, &rec.Seq); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO journal_passing (seq, type, version, at, subject, data) VALUES (?, ?, ?, ?, ?, ?)",
		rec.Seq, string(rec.Type), rec.Version, millis(rec.At), rec.Subject, string(rec.Data))
	return err
}

// EventsAfter is the journal's records after seq, oldest first, at most limit.
func (tx *Tx) EventsAfter(seq int64, limit int) ([]event.Record, error) {
	if limit < 1 {
		return nil, core.E(core.Invalid, "limit %d of events is not positive", limit)
	}
	recs, err := collect(tx, `SELECT seq, type, version, at, subject, data FROM journal WHERE seq > ?1
		UNION ALL
		SELECT seq, type, version, at, subject, data FROM journal_passing WHERE seq > ?1
		ORDER BY seq LIMIT ?2`, []any{seq, limit}, scanRecord)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return recs, nil
}

// EventsOf is the journal's records of some types, oldest first, at most limit:
// those after seq or, for a negative seq, the newest.
func (tx *Tx) EventsOf(types []event.Type, seq int64, limit int) (all []event.Record, err error) {
	if limit < 1 {
		return nil, core.E(core.Invalid, "limit %d of events is not positive", limit)
	}
	for _, t := range types {
		found, err := tx.eventsOf(t, seq, limit)
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b event.Record) int { return cmp.Compare(a.Seq, b.Seq) })
	all = slices.CompactFunc(all, func(a, b event.Record) bool { return a.Seq == b.Seq }) // a type that is given twice
	if seq < 0 {
		return all[max(0, len(all)-limit):], nil
	}
	return all[:min(limit, len(all))], nil
}

// eventsOf reads one type by itself: of several at once SQLite would look at all
// there are, for they are in order only within a type.
func (tx *Tx) eventsOf(t event.Type, seq int64, limit int) ([]event.Record, error) {
	switch {
	case t == passing && seq < 0:
		return collect(tx, "SELECT seq, type, version, at, subject, data FROM journal_passing ORDER BY seq DESC LIMIT ?", []any{limit}, scanRecord)
	case t == passing:
		return collect(tx, "SELECT seq, type, version, at, subject, data FROM journal_passing WHERE seq > ? ORDER BY seq LIMIT ?", []any{seq, limit}, scanRecord)
	case seq < 0:
		return collect(tx, "SELECT seq, type, version, at, subject, data FROM journal INDEXED BY journal_type WHERE type = ? ORDER BY seq DESC LIMIT ?",
			[]any{string(t), limit}, scanRecord)
	}
	return collect(tx, "SELECT seq, type, version, at, subject, data FROM journal INDEXED BY journal_type WHERE type = ? AND seq > ? ORDER BY seq LIMIT ?",
		[]any{string(t), seq, limit}, scanRecord)
}

func scanRecord(rows *sql.Rows) (event.Record, error) {
	var (
		r        event.Record
		at       int64
		typ, raw string
	)
	err := rows.Scan(&r.Seq, &typ, &r.Version, &at, &r.Subject, &raw)
	r.Type, r.At, r.Data = event.Type(typ), fromMillis(at), json.RawMessage(raw)
	return r, err
}

// LastSeq is the sequence number of the newest record, 0 before the first.
func (tx *Tx) LastSeq() (int64, error) {
	var seq int64
	if err := tx.get("SELECT seq FROM sqlite_sequence WHERE name = 'journal'", nil, &seq); err != nil {
		return 0, fmt.Errorf("read journal: %w", err)
	}
	return seq, nil
}
