package saga

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sidestage/core"
)

// Config tunes an Engine.
type Config struct {
	Width int           // sagas of one kind that run at once; 0 means 3
	Grace time.Duration // what running steps get when the desk stops; 0 means 5 s
	Log   *slog.Logger  // nil discards
	// Booked is told of every change of a step once it is durable. It must not
	// block; nil is told nothing.
	Booked func(kind, step string, state StepState)
}

// Engine runs the sagas of one store. Make it with New.
type Engine[T Tx] struct {
	store  Store[T]
	cfg    Config
	log    *slog.Logger
	kinds  map[string]map[int]Kind[T]
	latest map[string]int
	queues map[string]*queue // by kind; unknownKind for the rest

	stop  chan struct{} // closed when no new step may begin
	woken chan struct{} // an Await may be over
	timed chan struct{} // there is a new timer

	mu     sync.Mutex
	active map[string]bool // running now; true: run once more afterwards
	awaits map[string]await[T]
	timers heap[timer]
}

// unknownKind is where sagas of a kind this program does not have are stopped.
const unknownKind = ""

// New makes an engine for kinds. Two kinds with the same name and version, or
// one without a name, are an error.
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
	if cfg.Booked == nil {
		cfg.Booked = func(string, string, StepState) {}
	}
	e := &Engine[T]{
		store: store, cfg: cfg, log: cfg.Log,
		kinds: map[string]map[int]Kind[T]{}, latest: map[string]int{}, queues: map[string]*queue{unknownKind: newQueue()},
		stop: make(chan struct{}), woken: make(chan struct{}, 1), timed: make(chan struct{}, 1),
		active: map[string]bool{}, awaits: map[string]await[T]{},
		timers: heap[timer]{before: func(a, b timer) bool { return a.due.Before(b.due) }},
	}
	for _, k := range kinds {
		if err := e.register(k); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *Engine[T]) register(k Kind[T]) error {
	if k.Name == unknownKind {
		return core.E(core.Internal, "a saga kind has no name")
	}
	if e.kinds[k.Name] == nil {
		e.kinds[k.Name] = map[int]Kind[T]{}
		e.queues[k.Name] = newQueue()
	}
	if _, twice := e.kinds[k.Name][k.Version]; twice {
		return core.E(core.Internal, "saga kind %s has version %d twice", k.Name, k.Version)
	}
	e.kinds[k.Name][k.Version] = k
	e.latest[k.Name] = max(e.latest[k.Name], k.Version)
	return nil
}

// Start begins a saga of the newest version of kind, inside the caller's
// transaction; it runs once that is durable, or when a desk next runs. An id
// that is taken changes nothing: the saga there is comes back, with false.
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
		// As the database will say, lest the order change with a restart.
		OrderedAt: time.UnixMilli(orderedAt.UnixMilli()).UTC(),
		CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
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
	tx.AfterCommit(func() { e.enqueue(turnOf(s)) })
	return s, true, nil
}

// Run resumes every open saga and works until ctx ends: then no new step
// begins, running ones get Config.Grace before their context is cancelled, and
// Run returns when all have ended. It is called once.
func (e *Engine[T]) Run(ctx context.Context) error {
	err := e.resume(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return fmt.Errorf("resume sagas: %w", err)
	}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var wg sync.WaitGroup
	for _, q := range e.queues {
		for range e.cfg.Width {
			wg.Go(func() { e.work(work, q) })
		}
	}
	wg.Go(func() { e.schedule(ctx) })
	<-ctx.Done()
	close(e.stop)
	for _, q := range e.queues {
		q.close()
	}
	grace := time.AfterFunc(e.cfg.Grace, cancel)
	defer grace.Stop()
	wg.Wait()
	return nil
}

// resume queues every saga that goes on by itself.
func (e *Engine[T]) resume(ctx context.Context) error {
	return e.store.View(ctx, func(tx T) error {
		open, err := tx.SagaOpen()
		for _, s := range open {
			e.enqueue(turnOf(s))
		}
		return err
	})
}

// work is one ready worker of a kind: it waits to be activated.
func (e *Engine[T]) work(ctx context.Context, q *queue) {
	for {
		t, ok := q.pop()
		if !ok {
			return
		}
		if !e.begin(t) {
			continue
		}
		due, err := e.execute(ctx, t.id)
		if err != nil {
			e.log.Error("saga put back", "saga", t.id, "kind", t.kind, "error", err)
			due = time.Now().Add(storeDelay)
		}
		e.end(t, due)
	}
}

// storeDelay is the wait before a saga is loaded again after a fault of the
// store.
const storeDelay = time.Second

// begin claims a saga, so that none runs twice at once.
func (e *Engine[T]) begin(t turn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, running := e.active[t.id]; running {
		e.active[t.id] = true
		return false
	}
	e.active[t.id] = false
	delete(e.awaits, t.id)
	return true
}

func (e *Engine[T]) end(t turn, due time.Time) {
	e.mu.Lock()
	again := e.active[t.id]
	delete(e.active, t.id)
	e.mu.Unlock()
	switch {
	case again:
		e.enqueue(t)
	case !due.IsZero():
		e.later(t, due)
	}
}

// enqueue makes sagas ready to run.
func (e *Engine[T]) enqueue(turns ...turn) {
	for _, t := range turns {
		q, ok := e.queues[t.kind]
		if !ok {
			q = e.queues[unknownKind]
		}
		q.push(t)
	}
}
