package saga_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/core/saga"
	"sidestage/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type (
	kind = saga.Kind[saga.Tx]
	run  = saga.Run[saga.Tx]
	none = saga.None
)

// house is a real database inside a synctest bubble, on which desks come and go.
type house struct {
	t  *testing.T
	db *storage.DB
	storage.Store[saga.Tx]

	// before may stop the nth Update, after may lie about it; both may be nil.
	before func(n int) error
	after  func(n int, err error) error

	mu      sync.Mutex
	updates int
}

// inHouse runs a test in a bubble of its own.
func inHouse(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		db, err := storage.Open(t.Context(), t.TempDir(), storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, &house{t: t, db: db, Store: storage.In(db, func(tx *storage.Tx) saga.Tx { return tx })})
	})
}

func (h *house) Update(ctx context.Context, fn func(saga.Tx) error) error {
	h.mu.Lock()
	h.updates++
	n := h.updates
	h.mu.Unlock()
	if h.before != nil {
		if err := h.before(n); err != nil {
			return err
		}
	}
	err := h.Store.Update(ctx, fn)
	if h.after != nil {
		err = h.after(n, err)
	}
	return err
}

func (h *house) commits() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.updates
}

// desk is an engine at work.
type desk struct {
	*saga.Engine[saga.Tx]
	h    *house
	stop func()
}

// open starts a desk; it stops with the test at the latest.
func (h *house) open(kinds ...kind) *desk { return h.openWith(saga.Config{}, kinds...) }

func (h *house) openWith(cfg saga.Config, kinds ...kind) *desk {
	h.t.Helper()
	d := h.idle(cfg, kinds...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
	h.t.Cleanup(d.stop)
	return d
}

// idle makes a desk that never runs.
func (h *house) idle(cfg saga.Config, kinds ...kind) *desk {
	h.t.Helper()
	e, err := saga.New[saga.Tx](h, cfg, kinds...)
	if err != nil {
		h.t.Fatal(err)
	}
	return &desk{Engine: e, h: h}
}

// start begins a saga of kind "k", ordered by its id's first letter.
func (d *desk) start(ids ...string) {
	d.h.t.Helper()
	for _, id := range ids {
		err := d.h.Store.Update(d.h.t.Context(), func(tx saga.Tx) error {
			_, _, err := d.Start(tx, "k", id, time.UnixMilli(int64(id[0])), id)
			return err
		})
		if err != nil {
			d.h.t.Fatal(err)
		}
	}
}

// run starts a saga and lets it come as far as it gets without time passing.
func (d *desk) run(id string) {
	d.h.t.Helper()
	d.start(id)
	synctest.Wait()
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (h *house) saga(id string) (s saga.Saga, steps []saga.Step) {
	h.t.Helper()
	err := h.View(h.t.Context(), func(tx saga.Tx) (err error) {
		if s, err = tx.SagaByID(id); err != nil {
			return err
		}
		steps, err = tx.SagaSteps(id)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s, steps
}

// want checks the state of a saga, and of its steps if any are given.
func (h *house) want(id string, state saga.State, steps ...saga.StepState) saga.Saga {
	h.t.Helper()
	s, journal := h.saga(id)
	var have []saga.StepState
	for _, st := range journal {
		have = append(have, st.State)
	}
	if s.State != state || len(steps) > 0 && fmt.Sprint(have) != fmt.Sprint(steps) {
		h.t.Fatalf("saga %s is %s %v (%v), want %s %v", id, s.State, have, s.Error, state, steps)
	}
	return s
}

// edit changes the journal behind the engine's back.
func (h *house) edit(id string, change func(*saga.Saga, []saga.Step)) {
	h.t.Helper()
	err := h.Store.Update(h.t.Context(), func(tx saga.Tx) error {
		s, err := tx.SagaByID(id)
		if err != nil {
			return err
		}
		steps, err := tx.SagaSteps(id)
		if err != nil {
			return err
		}
		change(&s, steps)
		for _, st := range steps {
			if err := tx.SagaPutStep(st); err != nil {
				return err
			}
		}
		return tx.SagaPut(s)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// diary notes what was done, in order.
type diary struct {
	mu   sync.Mutex
	told []string
}

func (d *diary) note(format string, a ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, fmt.Sprintf(format, a...))
}

func (d *diary) want(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if fmt.Sprintf("%q", d.told) != fmt.Sprintf("%q", want) {
		t.Fatalf("told %q,\nwant %q", d.told, want)
	}
}

// effect makes an effect that notes its run and its undo and returns err.
func (d *diary) effect(name string, err error) saga.Effect[string] {
	return saga.Effect[string]{
		Name: name,
		Run:  func(context.Context, string) (string, error) { d.note("%s", name); return name + "!", err },
		Undo: func(context.Context, string) error { d.note("undo %s", name); return nil },
	}
}

// body makes a Body of effects, which ends with the first error.
func body(steps ...saga.Effect[string]) func(context.Context, *run) error {
	return func(ctx context.Context, r *run) error {
		for _, s := range steps {
			if _, err := s.Do(ctx, r); err != nil {
				return err
			}
		}
		return nil
	}
}

// one is a kind "k" of version 1.
func one(b func(context.Context, *run) error) kind { return kind{Name: "k", Version: 1, Body: b} }

var (
	errBusy = core.E(core.Unavailable, "busy")
	errNo   = core.Because(core.Denied, "nope", "not today")
	errLost = core.E(core.Ambiguous, "connection lost")
	errDisk = core.Because(core.Unavailable, "disk-full", "disk full")
)
