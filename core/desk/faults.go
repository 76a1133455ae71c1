package desk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/storage"
)

// faults counts the errors and panics that are logged as a warning or worse and
// has them journalled. Whoever meets an error logs it once, so the log is the
// one place that sees them all; it is heard inside transactions too, and so
// writes nothing itself.
type faults struct {
	db  *storage.DB
	log *slog.Logger // not heard: what goes wrong here must not come back
	due chan struct{}

	mu     sync.Mutex
	counts map[string]int // by kind
	places map[place]*trouble
}

// place is where something goes wrong, and how. There are as many as log lines.
type place struct{ kind, what string }

// trouble is what goes wrong in one place and is not journalled yet.
type trouble struct {
	bucket *rate.Limiter
	next   []event.ErrorHappened // to be written as they are
	more   event.ErrorHappened   // the last of Times that came too often
}

// How often one place may write into the journal, whatever happens: a storm
// must not fill it.
const (
	faultsAtOnce = 3
	faultEvery   = 10 * time.Minute
	maxPlaces    = 256
	flushEvery   = time.Minute
	maxFaultText = 300 // runes
)

func newFaults(log *slog.Logger) *faults {
	return &faults{log: log, due: make(chan struct{}, 1), counts: map[string]int{}, places: map[place]*trouble{}}
}

// heard takes note of one error.
func (f *faults) heard(e event.ErrorHappened) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[e.Kind]++
	if e.Kind == core.LoginRequired.String() {
		return // the journal says so with login.changed
	}
	at := place{e.Kind, e.Place}
	t, ok := f.places[at]
	switch {
	case !ok && len(f.places) == maxPlaces:
		return
	case !ok:
		t = &trouble{bucket: rate.NewLimiter(rate.Every(faultEvery), faultsAtOnce)}
		f.places[at] = t
	}
	if !t.bucket.Allow() {
		e.Times += t.more.Times
		t.more = e
		return
	}
	e.Times += t.more.Times
	t.next, t.more = append(t.next, e), event.ErrorHappened{}
	select {
	case f.due <- struct{}{}:
	default:
	}
}

// count is how many errors there were of each kind since the program started.
func (f *faults) count(yield func(kind string, n int)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for kind, n := range f.counts {
		yield(kind, n)
	}
}

// run journals what is heard until ctx ends, and then the rest.
func (f *faults) run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		f.write(ctx, f.take(false))
		select {
		case <-f.due:
		case <-tick.C:
		case <-ctx.Done():
			f.write(context.WithoutCancel(ctx), f.take(true))
			return nil
		}
	}
}

// take is what may be written now; at the end, all there is.
func (f *faults) take(all bool) (es []event.ErrorHappened) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.places {
		es = append(es, t.next...)
		t.next = nil
		if t.more.Times > 0 && (all || t.bucket.Allow()) {
			es = append(es, t.more)
			t.more = event.ErrorHappened{}
		}
	}
	return es
}

func (f *faults) write(ctx context.Context, es []event.ErrorHappened) {
	if len(es) == 0 {
		return
	}
	err := f.db.Update(ctx, func(tx *storage.Tx) (err error) {
		for _, e := range es {
			err = errors.Join(err, tx.AppendEvent(e))
		}
		return err
	})
	if err != nil {
		f.log.Error("errors not journalled", "count", len(es), "error", err)
	}
}

// hearing is a slog.Handler that tells faults of what it hands on.
type hearing struct {
	slog.Handler
	faults *faults
	saga   string // of the attributes given before
}

// Enabled implements slog.Handler: warnings are counted though they be not
// written.
func (h hearing) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn || h.Handler.Enabled(ctx, l)
}

// Handle implements slog.Handler.
func (h hearing) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		if e, ok := h.fault(r); ok {
			h.faults.heard(e)
		}
	}
	if !h.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// fault is the error or panic that a line tells of. One that only says that the
// desk stops is none.
func (h hearing) fault(r slog.Record) (event.ErrorHappened, bool) {
	e := event.ErrorHappened{Place: r.Message, SagaID: h.saga, Times: 1}
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "saga":
			e.SagaID = a.Value.String()
		case "panic":
			e.Kind, e.Message = "panic", a.Value.String()
		case "error", "err":
			err, ok := a.Value.Any().(error)
			if !ok || errors.Is(err, context.Canceled) {
				break
			}
			e.Kind, e.Reason, e.Message = core.KindOf(err).String(), core.ReasonOf(err), err.Error()
		}
		return true
	})
	if text := []rune(e.Message); len(text) > maxFaultText {
		e.Message = string(text[:maxFaultText-1]) + "…"
	}
	return e, e.Kind != ""
}

// WithAttrs implements slog.Handler.
func (h hearing) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == "saga" {
			h.saga = a.Value.String()
		}
	}
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

// WithGroup implements slog.Handler.
func (h hearing) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}
