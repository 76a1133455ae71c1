package saga

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"sidestage/core"
)

// defaultTimeout is how long one attempt of a step may take when it does not
// say.
const defaultTimeout = 30 * time.Second

// call runs one attempt under its time-out. A time-out cancels the handler and
// waits for it: what it returned counts, if it is an answer at all. So it is
// when the desk stops, but for an error that only says that it was cut short.
func call[R any](ctx context.Context, f *frame, timeout time.Duration, fn func(context.Context) (R, error)) (R, error) {
	timeout = cmp.Or(timeout, defaultTimeout)
	tctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := guard(f, core.Ambiguous, func() (R, error) { return fn(tctx) })
	switch {
	case err == nil:
	case ctx.Err() != nil && !answered(err):
		err = fmt.Errorf("%w: %w", errInterrupted, err)
	case tctx.Err() != nil && unclassified(err):
		err = core.Because(core.Ambiguous, "timeout", "no answer within %s: %w", timeout, err)
	}
	return r, err
}

// guard runs fn; a panic is its error, of the given kind.
func guard[R any](f *frame, kind core.Kind, fn func() (R, error)) (r R, err error) {
	defer func() {
		if p := recover(); p != nil {
			f.log.Error("panic", "saga", f.saga.ID, "kind", f.saga.Kind, "panic", p, "stack", string(debug.Stack()))
			err = core.Because(kind, "panic", "panic: %v", p)
		}
	}()
	return fn()
}

func unclassified(err error) bool { return core.KindOf(err) == core.Internal && !core.Temporary(err) }

// answered tells an answer of the platform from the ways to get none.
func answered(err error) bool {
	return core.KindOf(err) != core.Unavailable && !unclear(err) && !unclassified(err)
}

// unclear reports an error after which the call may have taken effect.
func unclear(err error) bool {
	cut := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	return core.KindOf(err) == core.Ambiguous || cut && unclassified(err)
}

// interrupted reports an error of an attempt that ended because the desk stops.
func interrupted(err error) bool { return errors.Is(err, errInterrupted) }

// asRead is the error of a call that changes nothing: it certainly had no
// effect, whatever became of the answer.
func asRead(err error) error {
	if unclear(err) && !interrupted(err) {
		return core.Because(core.Unavailable, core.ReasonOf(err), "%w", err)
	}
	return err
}

// Bounds of the wait between attempts. After many attempts nothing is in haste
// any more.
const (
	firstDelay = 500 * time.Millisecond
	maxDelay   = 30 * time.Second
	many       = 20
	lastDelay  = 5 * time.Minute
)

// delay is the wait after the nth attempt: what the platform asked for, else
// doubling; with jitter, so that many sagas do not return at once.
func delay(n int, err error) time.Duration {
	if d := core.RetryAfter(err); d > 0 {
		return d + rand.N(d/10+1)
	}
	d := min(firstDelay<<min(max(n-1, 0), 10), maxDelay)
	if n > many {
		d = lastDelay
	}
	return d/2 + rand.N(d/2+1)
}
