package saga_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/storage"
)

var benchSteps = [...]string{"step0", "step1", "step2", "step3", "step4", "step5"}

func noop(context.Context, none) (none, error) { return none{}, nil }

// BenchmarkSaga runs sagas of six no-op effects on a file with
// synchronous=FULL, one, three and sixteen at once: so many at a time start one
// and wait for its end.
func BenchmarkSaga(b *testing.B) {
	for _, width := range []int{1, 3, 16} {
		b.Run(fmt.Sprintf("at-once=%d", width), func(b *testing.B) {
			w := openWorks(b, width, func(ctx context.Context, r *run) error {
				for _, name := range benchSteps {
					if _, err := (saga.Effect[none]{Name: name, Run: noop}).Do(ctx, r); err != nil {
						return err
					}
				}
				return nil
			})
			b.ResetTimer()
			w.run(b, width, b.N)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sagas/s")
		})
	}
}

// works is an engine on a file and who waits for its sagas.
type works struct {
	store  storage.Store[saga.Tx]
	engine *saga.Engine[saga.Tx]
	ends   sync.Map // chan struct{} by saga id
	begun  atomic.Int64
}

func openWorks(b *testing.B, width int, body func(context.Context, *run) error) *works {
	b.Helper()
	db, err := storage.Open(b.Context(), b.TempDir(), storage.Options{})
	if err != nil {
		b.Fatal(err)
	}
	w := &works{store: storage.In(db, func(tx *storage.Tx) saga.Tx { return tx })}
	db.OnEvents(w.ended)
	if w.engine, err = saga.New(w.store, saga.Config{Width: width}, kind{Name: "k", Version: 1, Body: body}); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = w.engine.Run(ctx) })
	b.Cleanup(func() {
		cancel()
		wg.Wait()
		_ = db.Close()
	})
	return w
}

// ended tells of every saga that reaches its end.
func (w *works) ended(records []event.Record) {
	for _, r := range records {
		if e, err := event.Decode(r); err == nil {
			if c, ok := e.(event.SagaChanged); ok && c.State == string(saga.Completed) {
				if end, ok := w.ends.LoadAndDelete(c.SagaID); ok {
					close(end.(chan struct{}))
				}
			}
		}
	}
}

// run runs sagas, width at once, until n have been begun in all.
func (w *works) run(b *testing.B, width, n int) {
	var wg sync.WaitGroup
	for range width {
		wg.Go(func() {
			for i := w.begun.Add(1); i <= int64(n); i = w.begun.Add(1) {
				if err := w.one(b.Context(), strconv.FormatInt(i, 10)); err != nil {
					b.Error(err)
					return
				}
			}
			w.begun.Add(-1)
		})
	}
	wg.Wait()
}

// one runs one saga to its end.
func (w *works) one(ctx context.Context, id string) error {
	end := make(chan struct{})
	w.ends.Store(id, end)
	err := w.store.Update(ctx, func(tx saga.Tx) error {
		_, _, err := w.engine.Start(tx, "k", id, time.Now(), nil)
		return err
	})
	if err == nil {
		<-end
	}
	return err
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
// behind in the process, for each.
func BenchmarkMemoryAfterSagas(b *testing.B) {
	const sagas = 10_000
	for range b.N {
		w := openWorks(b, 64, func(ctx context.Context, r *run) error {
			_, err := saga.Effect[none]{Name: "step", Run: noop}.Do(ctx, r)
			return err
		})
		w.run(b, 64, 100)
		before := heap()
		w.run(b, 64, 100+sagas)
		b.ReportMetric(float64(heap()-before)/sagas, "B/saga")
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
