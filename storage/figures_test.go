package storage_test

import (
	"context"
	"database/sql"
	"flag"
	"path/filepath"
	"testing"

	"sidestage/core"
	"sidestage/core/raffle"
	"sidestage/storage"
)

// requests sizes the generated database: there are five rolls to a request, a
// viewer to five, and a stream to sixty.
var requests = flag.Int("requests", 2000, "song requests in the generated database")

// generated is a database with years of streams, filled behind the domain's back.
func generated(tb testing.TB, n int) *storage.DB {
	tb.Helper()
	dir := tb.TempDir()
	db := open(tb, dir, storage.Options{})
	raw, err := sql.Open("sqlite", filepath.Join(dir, "sidestage.db"))
	if err != nil {
		tb.Fatal(err)
	}
	defer raw.Close()      //nolint:errcheck // only a test
	raw.SetMaxOpenConns(1) // the numbers are its own
	for _, statement := range []string{
		`CREATE TEMP TABLE number AS WITH RECURSIVE n (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value < ?1 * 6 - 1) SELECT value FROM n`,
		`INSERT INTO viewer (id, login, name, updated_at) SELECT 'v' || value, 'login' || value, 'Name' || value, 1 FROM number WHERE value <= ?1 / 5`,
		`INSERT INTO stream_session (id, stream_id, started_at, online_at, ended_at, peak_viewers)
			SELECT value + 1, 's', 1 + value * 86400000, 1 + value * 86400000, 1 + value * 86400000 + 14400000, 90 FROM number WHERE value <= (?1 - 1) / 60`,
		`INSERT INTO stream_sample (session_id, at, viewers) SELECT id, started_at + n.value * 60000, 40 + n.value % 50 FROM stream_session, number AS n WHERE n.value < 240 AND ?1`,
		`INSERT INTO redemption (id, reward_id, reward, viewer_id, input, cost, redeemed_at, received_at, status, settled_at)
			SELECT 'r' || value, 'w', iif(value % 6, 'raffle', 'song'), 'v' || (value * 7919 % (1 + ?1 / 5)), '', 500, 1 + value / 360 * 86400000 + value % 360 * 40000, 1, 'fulfilled', 2
			FROM number WHERE ?1`,
		`INSERT INTO song_request (id, viewer_id, track_id, track, redeemed_at, accepted_at, fulfil, state)
			SELECT id, viewer_id, 't' || (redeemed_at / 40000 % 997), '{"name":"Song","artists":["Artist"]}', redeemed_at, redeemed_at, 'handed-over', 'heard' FROM redemption WHERE reward = 'song' AND ?1`,
		`INSERT INTO raffle_roll (id, viewer_id, winning_number, roll, distance, record, rolled_at, announced_at)
			SELECT id, viewer_id, 1 + redeemed_at % 9973, 7, abs(1 + redeemed_at % 9973 - 7), 0, redeemed_at, redeemed_at FROM redemption WHERE reward = 'raffle' AND ?1`,
	} {
		if _, err := raw.ExecContext(context.Background(), statement, n); err != nil {
			tb.Fatalf("%v in %s", err, statement)
		}
	}
	return db
}

// figures are the questions that the statistics ask.
func figures(last core.Span) map[string]func(*storage.Tx) (int, error) {
	return map[string]func(*storage.Tx) (int, error){
		"sessions":        func(tx *storage.Tx) (int, error) { f, err := tx.StatsSessions(core.Span{}, 20); return len(f), err },
		"viewers":         func(tx *storage.Tx) (int, error) { f, err := tx.StatsViewers(core.Span{}, 20); return len(f), err },
		"viewers-session": func(tx *storage.Tx) (int, error) { f, err := tx.StatsViewers(last, 20); return len(f), err },
		"viewer":          func(tx *storage.Tx) (int, error) { f, err := tx.StatsViewer("v7", core.Span{}); return f.Requests, err },
		"tracks":          func(tx *storage.Tx) (int, error) { f, err := tx.SongTopTracks("", core.Span{}, 20); return len(f), err },
		"tracks-session":  func(tx *storage.Tx) (int, error) { f, err := tx.SongTopTracks("", last, 20); return len(f), err },
		"tracks-viewer": func(tx *storage.Tx) (int, error) {
			f, err := tx.SongTopTracks("v7", core.Span{}, 20)
			return len(f), err
		},
		"requesters": func(tx *storage.Tx) (int, error) { f, err := tx.SongTopRequesters(core.Span{}, 20); return len(f), err },
		"leaderboard": func(tx *storage.Tx) (int, error) {
			f, err := tx.RaffleEntries(raffle.ByClosest, 20)
			return len(f), err
		},
	}
}

func BenchmarkFigures(b *testing.B) {
	db := generated(b, *requests)
	var last core.Span
	if err := db.View(b.Context(), func(tx *storage.Tx) error {
		s, err := tx.StreamLatest()
		last = core.Span{From: s.StartedAt, Until: s.EndedAt}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	for name, ask := range figures(last) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := db.View(b.Context(), func(tx *storage.Tx) error { _, err := ask(tx); return err }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Every question has an answer from what was generated.
func TestFiguresOfAGeneratedDatabase(t *testing.T) {
	db := generated(t, 600)
	if err := db.View(t.Context(), func(tx *storage.Tx) error {
		s, err := tx.StatsSessions(core.Span{}, 20)
		if err != nil || len(s) != 10 || s[0].Requests != 60 || s[0].Rolls != 300 || s[0].Points != 180_000 || s[0].Peak != 90 || s[0].Average == 0 {
			t.Errorf("sessions: %+v, %v", s, err)
		}
		for name, ask := range figures(core.Span{From: s[0].StartedAt, Until: s[0].EndedAt}) {
			if n, err := ask(tx); n == 0 || err != nil {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
