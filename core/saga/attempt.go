package saga

import (
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
// waits for it: what it returned counts. A panic is an error.
func call[R any](ctx context.Context, timeout time.Duration, fn func(context.Context) (R, error)) (r R, err error) {
	if timeout == 0 {
		timeout = defaultTimeout
	}
	tctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = core.E(core.Internal, "panic: %v\n%s", p, debug.Stack())
		}
	}()
	r, err = fn(tctx)
	switch {
	case err == nil:
		return r, nil
	case ctx.Err() != nil:
		return r, fmt.Errorf("%w: %w", errInterrupted, err)
	case tctx.Err() != nil && !core.Temporary(err):
		return r, core.Because(core.Ambiguous, "timeout", "no answer within %s: %w", timeout, err)
	}
	return r, err
}

// unclear reports an error after which the call may have taken effect.
func unclear(err error) bool {
	return core.KindOf(err) == core.Ambiguous ||
		errors.Is(err, context.DeadlineExceeded) && !core.Temporary(err)
}

// Bounds of the wait between attempts.
const (
	firstDelay = 500 * time.Millisecond
	maxDelay   = 30 * time.Second
)

// delay is the wait before the attempt after the nth: what the platform asked
// for, else doubling with jitter, so that many sagas do not return at once.
func delay(n int, err error) time.Duration {
	if d := core.RetryAfter(err); d > 0 {
		return d + rand.N(d/10+1)
	}
	d := min(firstDelay<<min(max(n-1, 0), 10), maxDelay)
	return d/2 + rand.N(d/2+1)
}

// again books a failed attempt and parks until the next.
func (f *frame) again(ctx context.Context, st *Step, err error) error {
	st.State, st.Error, st.NextAt = StepFailed, failure(err), time.Now().Add(delay(st.Attempt, err))
	return f.retryAt(ctx, st, st.NextAt)
}
