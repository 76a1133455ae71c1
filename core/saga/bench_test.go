package saga_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/storage"
)

const benchSteps = 6

func noop(context.Context, saga.None) (saga.None, error) { return saga.None{}, nil }

// BenchmarkSaga runs sagas of six no-op effects on a file with
// synchronous=FULL, one, three and sixteen at once.
func BenchmarkSaga(b *testing.B) {
	for _, width := range []int{1, 3, 16} {
		b.Run(fmt.Sprintf("at-once=%d", width), func(b *testing.B) {
			db, err := storage.Open(b.Context(), b.TempDir(), storage.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close() //nolint:errcheck // a benchmark
			store := storage.In(db, func(tx *storage.Tx) saga.Tx { return tx })
			ended := make(chan struct{}, width)
			engine, err := saga.New(store, saga.Config{Width: width}, kind{Name: "k", Version: 1, Body: func(ctx context.Context, r *run) error {
				for i := range benchSteps {
					if _, err := (saga.Effect[saga.None]{Name: "step" + strconv.Itoa(i), Run: noop}).Do(ctx, r); err != nil {
						return err
					}
				}
				return nil
			}})
			if err != nil {
				b.Fatal(err)
			}
			db.OnEvents(completed(ended))
			ctx, cancel := context.WithCancel(b.Context())
			var wg sync.WaitGroup
			wg.Go(func() { _ = engine.Run(ctx) })
			defer wg.Wait()
			defer cancel()
			begun, done := 0, 0
			b.ResetTimer()
			for done < b.N {
				for begun < b.N && begun-done < width {
					err := store.Update(ctx, func(tx saga.Tx) error {
						_, _, err := engine.Start(tx, "k", strconv.Itoa(begun), time.Now(), nil)
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
					begun++
				}
				<-ended
				done++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sagas/s")
		})
	}
}

// BenchmarkPlainJournal is what a hand-written journal costs: an intent row
// and a result row for each of six steps, one transaction each.
func BenchmarkPlainJournal(b *testing.B) {
	for _, width := range []int{1, 3, 16} {
		b.Run(fmt.Sprintf("at-once=%d", width), func(b *testing.B) {
			db := plainJournal(b)
			work := make(chan int)
			var wg sync.WaitGroup
			for range width {
				wg.Go(func() {
					for id := range work {
						plainSaga(b, db, id)
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				work <- i
			}
			close(work)
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sagas/s")
		})
	}
}

func plainJournal(b *testing.B) *sql.DB {
	b.Helper()
	file := filepath.Join(b.TempDir(), "plain")
	db, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(b.Context(), `CREATE TABLE step (saga INTEGER, seq INTEGER, state TEXT, at INTEGER, PRIMARY KEY (saga, seq)) STRICT, WITHOUT ROWID`); err != nil {
		b.Fatal(err)
	}
	return db
}

func plainSaga(b *testing.B, db *sql.DB, id int) {
	for seq := range benchSteps {
		for _, state := range []string{"started", "succeeded"} {
			tx, err := db.BeginTx(b.Context(), nil)
			if err == nil {
				_, err = tx.ExecContext(b.Context(), `INSERT INTO step (saga, seq, state, at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, at = excluded.at`, id, seq, state, time.Now().UnixMilli())
			}
			if err == nil {
				err = tx.Commit()
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	}
}

// BenchmarkMemoryAfterSagas reports the heap that 10,000 finished sagas leave
// behind in the process.
func BenchmarkMemoryAfterSagas(b *testing.B) {
	const sagas = 10_000
	for range b.N {
		db, err := storage.Open(b.Context(), b.TempDir(), storage.Options{})
		if err != nil {
			b.Fatal(err)
		}
		store := storage.In(db, func(tx *storage.Tx) saga.Tx { return tx })
		engine, err := saga.New(store, saga.Config{Width: 64}, kind{Name: "k", Version: 1, Body: func(ctx context.Context, r *run) error {
			_, err := saga.Effect[saga.None]{Name: "step", Run: noop}.Do(ctx, r)
			return err
		}})
		if err != nil {
			b.Fatal(err)
		}
		ended := make(chan struct{}, sagas)
		db.OnEvents(completed(ended))
		ctx, cancel := context.WithCancel(b.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = engine.Run(ctx) })
		before := heap()
		for i := range sagas {
			err := store.Update(ctx, func(tx saga.Tx) error {
				_, _, err := engine.Start(tx, "k", strconv.Itoa(i), time.Now(), nil)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		for range sagas {
			<-ended
		}
		b.ReportMetric(float64(heap()-before)/sagas, "B/saga")
		cancel()
		wg.Wait()
		_ = db.Close()
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// completed tells ended of every saga that reaches its end.
func completed(ended chan<- struct{}) func([]event.Record) {
	return func(records []event.Record) {
		for _, r := range records {
			if e, err := event.Decode(r); err == nil {
				if c, ok := e.(event.SagaChanged); ok && c.State == string(saga.Completed) {
					ended <- struct{}{}
				}
			}
		}
	}
}
