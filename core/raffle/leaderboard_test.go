package raffle_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/raffle"
	"sidestage/core/stream"
	"sidestage/storage"
)

// naive is the raffle as one would do it on paper.
type naive struct {
	rolls []raffle.Roll
	names map[string]string
	// sessions are two seeds, of the sessions 1 and 2.
	sessions [2]int64
}

// of is the raffle of one session on the same paper.
func (n *naive) of(session int) *naive {
	return &naive{names: n.names, rolls: slices.DeleteFunc(slices.Clone(n.rolls), func(r raffle.Roll) bool { return r.SeedID != n.sessions[session-1] })}
}

func (n *naive) counted(userID string) (rolls []raffle.Roll) {
	for _, r := range n.rolls {
		if !r.Voided() && (userID == "" || r.Viewer.ID == userID) {
			rolls = append(rolls, r)
		}
	}
	return rolls
}

func (n *naive) isRecord(distance int) bool {
	for _, r := range n.counted("") {
		if !r.Won && r.Distance <= distance {
			return false
		}
	}
	return distance > 0
}

func (n *naive) entry(userID string) raffle.Entry {
	e := raffle.Entry{UserID: userID, DisplayName: n.names[userID]}
	for _, r := range n.counted(userID) {
		e.TotalRolls++
		e.LastRolledAt = r.RolledAt
		if r.Won {
			e.TotalWins++
		} else if e.Closest == nil || r.Distance < e.Closest.Distance {
			e.Closest = &raffle.Miss{Distance: r.Distance, Roll: r.Roll, WinningNumber: r.WinningNumber}
		}
	}
	return e
}

func (n *naive) leaderboard(by raffle.SortBy, limit int) []raffle.Entry {
	var board []raffle.Entry
	for id := range n.names {
		if e := n.entry(id); e.TotalRolls > 0 {
			board = append(board, e)
		}
	}
	rank := func(e raffle.Entry) int {
		switch {
		case by == raffle.ByRolls:
			return -e.TotalRolls
		case by == raffle.ByWins:
			return -e.TotalWins
		case e.Closest == nil:
			return raffle.MostHighest
		}
		return e.Closest.Distance
	}
	slices.SortFunc(board, func(a, b raffle.Entry) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.LastRolledAt.Compare(b.LastRolledAt), cmp.Compare(a.UserID, b.UserID))
	})
	return board[:min(limit, len(board))]
}

func (n *naive) roll(t *rapid.T, tx *clocked) {
	id := rapid.SampledFrom([]string{"1", "2", "3", "10"}).Draw(t, "viewer")
	name := rapid.SampledFrom([]string{"Luna", "Kai", "Nova"}).Draw(t, "name")
	number := rapid.IntRange(1, 6)
	r := raffle.Roll{
		ID: fmt.Sprintf("roll-%03d", len(n.rolls)), Viewer: core.Viewer{ID: id, Login: "x", Name: name},
		WinningNumber: number.Draw(t, "winning"), Roll: number.Draw(t, "roll"),
		SeedID: rapid.SampledFrom([]int64{0, n.sessions[0], n.sessions[1]}).Draw(t, "seed"),
	}
	got, err := raffle.Record(tx, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Distance = max(r.Roll, r.WinningNumber) - min(r.Roll, r.WinningNumber)
	r.Won, r.Record, r.RolledAt = r.Distance == 0, n.isRecord(r.Distance), tx.now
	if d := gocmp.Diff(r, got); d != "" {
		t.Fatal(d)
	}
	n.rolls = append(n.rolls, r)
	n.names[id] = name
}

// some does something with one of the rolls, if there are any.
func (n *naive) some(do func(*rapid.T, *raffle.Roll)) func(*rapid.T) {
	return func(t *rapid.T) {
		if len(n.rolls) > 0 {
			do(t, &n.rolls[rapid.IntRange(0, len(n.rolls)-1).Draw(t, "which")])
		}
	}
}

func (n *naive) check(t *rapid.T, tx raffle.Tx) {
	for _, by := range []raffle.SortBy{raffle.ByClosest, raffle.ByRolls, raffle.ByWins} {
		limit := rapid.SampledFrom([]int{2, raffle.MaxEntries}).Draw(t, "limit")
		got, err := raffle.Leaderboard(tx, by, limit)
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(n.leaderboard(by, limit), got); d != "" {
			t.Fatalf("%s, %d: %s", by, limit, d)
		}
	}
	for session := 1; session <= 2; session++ {
		by := rapid.SampledFrom([]raffle.SortBy{raffle.ByClosest, raffle.ByRolls, raffle.ByWins}).Draw(t, "order of the session")
		got, err := raffle.SessionLeaderboard(tx, int64(session), by, raffle.MaxEntries)
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(n.of(session).leaderboard(by, raffle.MaxEntries), got); d != "" {
			t.Fatalf("session %d, %s: %s", session, by, d)
		}
	}
	for id := range n.names {
		got, err := raffle.UserStats(tx, id)
		want := n.entry(id)
		if want.TotalRolls == 0 {
			if core.KindOf(err) != core.NotFound {
				t.Fatalf("viewer %s: %+v, %v", id, got, err)
			}
		} else if d := gocmp.Diff(want, got); err != nil || d != "" {
			t.Fatalf("viewer %s: %v %s", id, err, d)
		}
	}
}

func (n *naive) actions(tx *clocked) map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"roll":      func(t *rapid.T) { n.roll(t, tx) },
		"roll more": func(t *rapid.T) { n.roll(t, tx) },
		"wait":      func(*rapid.T) { tx.now = tx.now.Add(time.Second) },
		"void": n.some(func(t *rapid.T, r *raffle.Roll) {
			if err := raffle.Void(tx, r.ID); err != nil {
				t.Fatal(err)
			}
			if !r.Voided() {
				r.VoidedAt = tx.now
			}
		}),
		"again": n.some(func(t *rapid.T, r *raffle.Roll) {
			if _, err := raffle.Record(tx, *r); err != nil {
				t.Fatal(err)
			}
		}),
		"look": func(t *rapid.T) { n.check(t, tx) },
	}
}

func TestTheLeaderboardIsWhatTheRollsAmountTo(t *testing.T) {
	db := open(t)
	errUndo := errors.New("leave nothing behind")
	rapid.Check(t, func(rt *rapid.T) {
		err := in(t, db, func(tx *storage.Tx) error {
			n, c := &naive{names: map[string]string{}}, &clocked{Tx: tx, now: time.UnixMilli(1_000_000).UTC()}
			for i := range n.sessions {
				id, err := tx.StreamInsert(stream.Session{StreamID: fmt.Sprint(i), StartedAt: c.now})
				if err != nil {
					return err
				}
				if err := errors.Join(tx.StreamEnd(id, c.now), seeded(tx, &n.sessions[i], id, c.now)); err != nil {
					return err
				}
			}
			rt.Repeat(n.actions(c))
			n.check(rt, c)
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			rt.Fatal(err)
		}
	})
}

// seeded makes the seed of a session that is over.
func seeded(tx *storage.Tx, seed *int64, session int64, at time.Time) (err error) {
	s := raffle.Seed{Scope: raffle.ForSession, SessionID: session, Highest: 6, Hash: raffle.Secret{}.Hash(), CommittedAt: at}
	if *seed, err = tx.RaffleSeedInsert(s); err != nil {
		return err
	}
	return tx.RaffleSeedEnd(*seed, at)
}

// clocked is a transaction with a clock of the test's own.
type clocked struct {
	raffle.Tx
	now time.Time
}

func (c *clocked) Now() time.Time { return c.now }
