package raffle_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/raffle"
	"sidestage/core/stream"
	"sidestage/storage"
)

// online and offline move the stream, and the seeds with it.
func online(t *testing.T, db *storage.DB) {
	t.Helper()
	must(t, db, func(tx *storage.Tx) error {
		if _, err := (stream.Rules{}).Online(tx, "s1", tx.Now()); err != nil {
			return err
		}
		return raffle.Follow(tx, raffle.DefaultHighest)
	})
}

func offline(t *testing.T, db *storage.DB) {
	t.Helper()
	must(t, db, func(tx *storage.Tx) error {
		if _, err := stream.Offline(tx, tx.Now()); err != nil {
			return err
		}
		return raffle.Follow(tx, raffle.DefaultHighest)
	})
}

// redeem draws for a redemption that is paid for.
func redeem(t *testing.T, db *storage.DB, id string, v core.Viewer) (got raffle.Roll) {
	t.Helper()
	must(t, db, func(tx *storage.Tx) (err error) {
		if err := tx.ViewerPut(v); err != nil {
			return err
		}
		if _, err := tx.RedemptionInsert(core.Redemption{ID: id, RewardID: "r", Viewer: v, RedeemedAt: tx.Now()}, "raffle"); err != nil {
			return err
		}
		if got, err = raffle.Draw(tx, id, v, raffle.DefaultHighest); err != nil {
			return err
		}
		_, err = tx.RedemptionSettle(id, core.Fulfilled, "")
		return err
	})
	return got
}

func verify(t *testing.T, db *storage.DB, session int64) (p raffle.Proof) {
	t.Helper()
	must(t, db, func(tx *storage.Tx) (err error) {
		p, err = raffle.Verify(tx, session)
		return err
	})
	return p
}

// told lists the seeds that events of a type are about.
func told[E event.Event](t *testing.T, db *storage.DB) (all []E) {
	t.Helper()
	for _, e := range journal(t, db) {
		if e, ok := e.(E); ok {
			all = append(all, e)
		}
	}
	return all
}

func TestASeedIsPromisedWithTheStreamAndRevealedAfterIt(t *testing.T) {
	db := open(t)
	must(t, db, func(tx *storage.Tx) error { return raffle.Follow(tx, 500) })
	redeem(t, db, "before", luna)
	online(t, db)
	roll := redeem(t, db, "during", luna)
	committed, revealed := told[event.RaffleCommitted](t, db), told[event.RaffleRevealed](t, db)
	if len(committed) != 2 || committed[0].Scope != "off-stream" || committed[0].Highest != 500 || committed[1].Scope != "session" || committed[1].SessionID != "1" {
		t.Fatalf("promised %+v", committed)
	}
	if len(revealed) != 1 || revealed[0].SeedID != committed[0].SeedID || revealed[0].Hash != committed[0].Hash {
		t.Fatalf("revealed %+v", revealed)
	}
	if p := verify(t, db, 0); p.Seeds != 1 || p.Rolls != 1 || p.Unrevealed != 1 || len(p.Differences) != 0 {
		t.Errorf("while live: %+v", p)
	}
	offline(t, db)
	revealed = told[event.RaffleRevealed](t, db)
	if len(revealed) != 2 {
		t.Fatalf("revealed %+v", revealed)
	}
	s, err := raffle.ParseSecret(revealed[1].Seed)
	if err != nil || s.Hash() != committed[1].Hash {
		t.Errorf("%v, hash %s, promised %s", err, s.Hash(), committed[1].Hash)
	}
	if roll.WinningNumber != s.Number("winning", "during", 10_000) || roll.Roll != s.Number("roll", "during", 10_000) {
		t.Errorf("%+v does not follow from what was revealed", roll)
	}
	if p := verify(t, db, 1); p.Seeds != 1 || p.Rolls != 1 || len(p.Differences) != 0 {
		t.Errorf("the session: %+v", p)
	}
	must(t, db, func(tx *storage.Tx) error { return raffle.Conclude(tx) })
	if got := told[event.RaffleRevealed](t, db); len(got) != 3 {
		t.Errorf("after the end %d seeds are revealed", len(got))
	}
}

func TestDrawingAgainIsTheSameRollAndFollowingAgainTheSameSeed(t *testing.T) {
	db := open(t)
	online(t, db)
	first := redeem(t, db, "a", luna)
	online(t, db)
	must(t, db, func(tx *storage.Tx) error {
		again, err := raffle.Draw(tx, "a", luna, raffle.DefaultHighest)
		if again != first {
			t.Errorf("%+v became %+v", first, again)
		}
		return err
	})
	if got := told[event.RaffleCommitted](t, db); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestASessionThatIsVerifiedHasToBeThere(t *testing.T) {
	must(t, open(t), func(tx *storage.Tx) error {
		if _, err := raffle.Verify(tx, 4); core.KindOf(err) != core.NotFound {
			t.Errorf("%v", err)
		}
		return nil
	})
}

func TestRollsFromBeforeThereWereSeedsAreUnverifiable(t *testing.T) {
	db := open(t)
	record(t, db, raffle.Roll{ID: "old", Viewer: luna, WinningNumber: 10, Roll: 12})
	time.Sleep(2 * time.Millisecond) // stored times are whole ones
	online(t, db)
	redeem(t, db, "new", luna)
	offline(t, db)
	if p := verify(t, db, 0); p.Unverifiable != 1 || p.Rolls != 1 || len(p.Differences) != 0 {
		t.Errorf("%+v", p)
	}
}

// finished makes a database with a finished session of three rolls, and returns
// its file.
func finished(t *testing.T) (db *storage.DB, file string) {
	t.Helper()
	dir := t.TempDir()
	db, err := storage.Open(t.Context(), dir, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	online(t, db)
	for i, v := range []core.Viewer{luna, kai, luna} {
		redeem(t, db, fmt.Sprintf("roll-%d", i), v)
	}
	offline(t, db)
	if p := verify(t, db, 0); p.Rolls != 3 || len(p.Differences) != 0 {
		t.Fatalf("%+v", p)
	}
	return db, filepath.Join(dir, "sidestage.db")
}

// behind opens a database behind its back.
func behind(t *testing.T, file string) *sql.DB {
	t.Helper()
	raw, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

// tamper changes the database behind its back, as one would who wants to.
func tamper(t *testing.T, file, statement string) {
	t.Helper()
	raw := behind(t, file)
	if _, err := raw.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestADeletedRollIsMissed(t *testing.T) {
	db, file := finished(t)
	tamper(t, file, "DELETE FROM raffle_roll WHERE id = 'roll-1'")
	p := verify(t, db, 1)
	if len(p.Differences) != 1 || p.Differences[0].RollID != "roll-1" || p.Differences[0].Viewer != kai {
		t.Errorf("%+v", p.Differences)
	}
}

func TestARollCannotSlipOutOfTheProof(t *testing.T) {
	for _, statement := range []string{
		"UPDATE raffle_roll SET seed_id = NULL WHERE id = 'roll-1'",
		"UPDATE raffle_roll SET seed_id = 2 WHERE id = 'roll-1'",
		"UPDATE raffle_seed SET revealed_at = NULL WHERE id = 1",
		"UPDATE raffle_seed SET highest = 9999 WHERE id = 1",
		"UPDATE raffle_seed SET session_id = NULL, scope = 'off-stream' WHERE id = 1",
		"DELETE FROM journal WHERE type = 'raffle.committed' AND subject = 'seed-1'",
		"DELETE FROM journal WHERE type = 'raffle.revealed' AND subject = 'seed-1'",
		"INSERT INTO journal (type, version, at, subject, data) SELECT type, version, at, subject, data FROM journal WHERE type = 'raffle.committed' AND subject = 'seed-1'",
	} {
		db, file := finished(t)
		must(t, db, func(tx *storage.Tx) error { return raffle.Conclude(tx) })
		tamper(t, file, statement)
		p := verify(t, db, 0)
		if !slices.ContainsFunc(p.Differences, func(d raffle.Difference) bool { return d.RollID == "roll-1" && d.Viewer == kai }) {
			t.Errorf("%s: %+v", statement, p.Differences)
		}
	}
}

// flip is one digit of a column of the database that somebody changes.
type flip struct{ table, column, row string }

var flips = []flip{
	{"raffle_roll", "winning_number", "roll-1"}, {"raffle_roll", "roll", "roll-1"},
	{"raffle_seed", "seed", "1"}, {"raffle_seed", "hash", "1"}, {"journal", "data", "hash"}, {"journal", "data", "seed"},
}

// read is what stands in the column.
func (f flip) read(ctx context.Context, db *sql.DB) (text string, err error) {
	query := "SELECT " + f.column + " FROM " + f.table + " WHERE id = ?"
	args := []any{f.row}
	if f.table == "journal" {
		query, args = "SELECT json_extract(data, '$.'||?1) FROM journal WHERE subject = 'seed-1' AND type = iif(?1 = 'hash', 'raffle.committed', 'raffle.revealed')", []any{f.row}
	}
	err = db.QueryRowContext(ctx, query, args...).Scan(&text)
	return text, err
}

// write puts something else there. The distance is made to fit, or the database
// would refuse by itself.
func (f flip) write(ctx context.Context, db *sql.DB, text string) error {
	var err error
	switch f.table {
	case "journal":
		_, err = db.ExecContext(ctx, "UPDATE journal SET data = json_set(data, '$.'||?1, ?2) WHERE subject = 'seed-1' AND type = iif(?1 = 'hash', 'raffle.committed', 'raffle.revealed')", f.row, text)
	case "raffle_seed":
		_, err = db.ExecContext(ctx, "UPDATE raffle_seed SET "+f.column+" = ? WHERE id = ?", text, f.row)
	default:
		other := map[string]string{"roll": "winning_number", "winning_number": "roll"}[f.column]
		_, err = db.ExecContext(ctx, "UPDATE raffle_roll SET record = 0, "+f.column+" = ?1, distance = abs("+other+" - ?1) WHERE id = ?2", text, f.row)
	}
	return err
}

func TestNoDigitCanBeFlipped(t *testing.T) {
	db, file := finished(t)
	raw := behind(t, file)
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.SampledFrom(flips).Draw(rt, "column")
		was, err := f.read(rt.Context(), raw)
		if err != nil {
			rt.Fatal(err)
		}
		at := rapid.IntRange(0, len(was)-1).Draw(rt, "digit")
		digits := "0123456789abcdef"
		if f.table == "raffle_roll" {
			digits = digits[:10]
		}
		digits = strings.ReplaceAll(digits, was[at:at+1], "")
		is := was[:at] + string(digits[rapid.IntRange(0, len(digits)-1).Draw(rt, "becomes")]) + was[at+1:]
		if f.table == "raffle_roll" && strings.Trim(is, "0") == "" {
			rt.Skip("0 is no number of the raffle, the database refuses it")
		}
		if err := f.write(rt.Context(), raw, is); err != nil {
			rt.Fatal(err)
		}
		p := verify(t, db, 0)
		if err := f.write(rt.Context(), raw, was); err != nil {
			rt.Fatal(err)
		}
		named := slices.ContainsFunc(p.Differences, func(d raffle.Difference) bool { return d.RollID == "roll-1" && d.Viewer == kai })
		if !named {
			rt.Fatalf("%s for %s goes unnoticed: %+v", is, was, p)
		}
	})
	if p := verify(t, db, 0); len(p.Differences) != 0 {
		t.Errorf("put back: %+v", p.Differences)
	}
}
