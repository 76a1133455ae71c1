package saga

import (
	"context"
	"encoding/json"
	"time"

	"sidestage/core"
)

// Scope is what Read and Effect need of a run. Only *Run implements it.
type Scope interface{ frame() *frame }

// Run is one execution of a saga, from its journal on. It is for the goroutine
// of the Body that was given it.
type Run[T Tx] struct {
	f      *frame
	update func(context.Context, func(T) error) error
	onPark func(ready func(context.Context, T) (bool, error))
}

func (r *Run[T]) frame() *frame { return r.f }

// ID is the saga's id.
func (r *Run[T]) ID() string { return r.f.saga.ID }

// Params decodes what the saga was started with. Params that no longer decode
// stop the saga as failed: a person must look.
func Params[P any](s Scope) (P, error) {
	var p P
	f := s.frame()
	if f.stopped != nil {
		return p, f.stopped
	}
	if err := json.Unmarshal(f.saga.Params, &p); err != nil {
		return p, f.breaks("params do not decode: %v", err)
	}
	return p, nil
}

// commit makes everything durable, together with what fn writes. A caller's
// cancellation does not reach it: what happened must be written down.
func (r *Run[T]) commit(ctx context.Context, fn func(T) error) error {
	err := r.update(context.WithoutCancel(ctx), func(tx T) error {
		if err := fn(tx); err != nil {
			return err
		}
		return r.f.flush(tx)
	})
	if err != nil {
		return err
	}
	r.f.written, r.f.changed = r.f.saga.State, false
	clear(r.f.dirty)
	return nil
}

// save makes everything durable. A store that cannot now is tried until the
// desk stops: what is known of an effect must not be lost. To write it twice
// changes nothing. A fault stops the run.
func (r *Run[T]) save(ctx context.Context) error {
	for {
		err := r.commit(ctx, func(T) error { return nil })
		switch {
		case err == nil:
			return nil
		case !core.Temporary(err) && !unclear(err), !r.f.pause():
			return r.f.lost(err)
		}
		r.f.log.Error("journal not written yet", "saga", r.f.saga.ID, "error", err)
	}
}

// pause waits a moment; false when the desk stops.
func (f *frame) pause() bool {
	select {
	case <-f.stop:
		return false
	case <-time.After(storeDelay):
		return true
	}
}
