package saga

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sidestage/core"
)

// Config tunes an Engine.
type Config struct {
	Width int           // sagas of one kind that run at once; 0 means 3
	Grace time.Duration // what running steps get when the desk stops; 0 means 5 s
	Log   *slog.Logger  // nil discards
}

// Engine runs the sagas of one store. Make it with New.
type Engine[T Tx] struct {
	store  Store[T]
	cfg    Config
	log    *slog.Logger
	kinds  map[string]map[int]Kind[T]
	latest map[string]int

	mu      sync.Mutex
	queues  map[string]*queue
	active  map[string]bool // running now; true: run once more afterwards
	awaits  map[string]await[T]
	timers  timers
	stop    bool
	changed chan struct{} // the scheduler must look again
}

// await is a parked saga that a wake may release.
type await[T Tx] struct {
	saga  Saga
	ready func(context.Context, T) (bool, error)
}

// New makes an engine for kinds. Two kinds with the same name and version are
// an error.
func New[T Tx](store Store[T], cfg Config, kinds ...Kind[T]) (*Engine[T], error) {
	if cfg.Width == 0 {
		cfg.Width = 3
	}
	if cfg.Grace == 0 {
		cfg.Grace = 5 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine[T]{
		store: store, cfg: cfg, log: cfg.Log,
		kinds: map[string]map[int]Kind[T]{}, latest: map[string]int{},
		queues: map[string]*queue{}, active: map[string]bool{}, awaits: map[string]await[T]{},
		changed: make(chan struct{}, 1),
	}
	for _, k := range kinds {
		if e.kinds[k.Name] == nil {
			e.kinds[k.Name] = map[int]Kind[T]{}
			e.queues[k.Name] = newQueue()
		}
		if _, twice := e.kinds[k.Name][k.Version]; twice {
			return nil, core.E(core.Internal, "saga kind %s has version %d twice", k.Name, k.Version)
		}
		e.kinds[k.Name][k.Version] = k
		e.latest[k.Name] = max(e.latest[k.Name], k.Version)
	}
	return e, nil
}

// Start begins a saga of the newest version of kind, inside the caller's
// transaction; it runs once that is durable. An id that is taken changes
// nothing: the saga there is comes back, with false.
func (e *Engine[T]) Start(tx T, kind, id string, orderedAt time.Time, params any) (Saga, bool, error) {
	version, ok := e.latest[kind]
	if !ok {
		return Saga{}, false, core.E(core.Internal, "start saga %s: no kind %q", id, kind)
	}
	data, err := json.Marshal(params)
	if err != nil {
		return Saga{}, false, fmt.Errorf("start saga %s: %w", id, err)
	}
	s := Saga{
		ID: id, Kind: kind, Version: version, State: Running, Params: data,
		OrderedAt: orderedAt, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
	}
	created, err := tx.SagaInsert(s)
	if err != nil {
		return Saga{}, false, fmt.Errorf("start saga %s: %w", id, err)
	}
	if !created {
		s, err = tx.SagaByID(id)
		return s, false, err
	}
	f := frame{saga: s}
	if err := tx.AppendEvent(f.event()); err != nil {
		return Saga{}, false, err
	}
	tx.AfterCommit(func() { e.enqueue(s) })
	return s, true, nil
}

// Run resumes every open saga and works until ctx ends: then no new step
// begins, running ones get Config.Grace, and Run returns when all have ended.
func (e *Engine[T]) Run(ctx context.Context) error {
	if err := e.resume(ctx); err != nil {
		return fmt.Errorf("resume sagas: %w", err)
	}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var g errgroup.Group
	for kind := range e.kinds {
		for range e.cfg.Width {
			g.Go(func() error { e.work(work, kind); return nil })
		}
	}
	g.Go(func() error { e.schedule(ctx); return nil })
	<-ctx.Done()
	e.mu.Lock()
	e.stop = true
	for _, q := range e.queues {
		q.close()
	}
	e.mu.Unlock()
	grace := time.AfterFunc(e.cfg.Grace, cancel)
	defer grace.Stop()
	return g.Wait()
}

func (e *Engine[T]) stopping() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stop
}

// resume queues every saga that goes on by itself.
func (e *Engine[T]) resume(ctx context.Context) error {
	var open []Saga
	err := e.store.View(ctx, func(tx T) (err error) {
		open, err = tx.SagaOpen()
		return err
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.stop = false
	for _, q := range e.queues {
		q.open()
	}
	e.mu.Unlock()
	for _, s := range open {
		if s.WaitingFor == ForRetry && s.NextAt.After(time.Now()) {
			e.later(s, s.NextAt)
			continue
		}
		e.enqueue(s)
	}
	return nil
}

// work is one ready worker of a kind: it waits to be activated.
func (e *Engine[T]) work(ctx context.Context, kind string) {
	for {
		s, ok := e.queues[kind].pop()
		if !ok {
			return
		}
		if !e.begin(s) {
			continue
		}
		due, err := e.execute(ctx, s.ID)
		if err != nil {
			e.log.Error("saga put back", "saga", s.ID, "kind", kind, "error", err)
			due = time.Now().Add(storeDelay)
		}
		e.end(s, due)
	}
}

// storeDelay is the wait before a saga is loaded again after a fault of the
// store.
const storeDelay = time.Second

// begin claims s, so that no saga runs twice at once.
func (e *Engine[T]) begin(s Saga) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, running := e.active[s.ID]; running {
		e.active[s.ID] = true
		return false
	}
	e.active[s.ID] = false
	delete(e.awaits, s.ID)
	return true
}

func (e *Engine[T]) end(s Saga, due time.Time) {
	e.mu.Lock()
	again := e.active[s.ID]
	delete(e.active, s.ID)
	e.mu.Unlock()
	switch {
	case again:
		e.enqueue(s)
	case !due.IsZero():
		e.later(s, due)
	}
}

func (e *Engine[T]) enqueue(s Saga) {
	e.mu.Lock()
	q := e.queues[s.Kind]
	e.mu.Unlock()
	if q == nil { // begun by a program that had this kind: keep it as it is
		e.log.Error("saga of an unknown kind", "saga", s.ID, "kind", s.Kind)
		return
	}
	q.push(s)
}
