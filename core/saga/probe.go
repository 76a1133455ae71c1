package saga

import (
	"cmp"
	"context"
	"time"

	"sidestage/core"
)

// Answer is what a Probe found out.
type Answer uint8

// The answers. Only certainty is Happened or DidNotHappen.
const (
	Unknown Answer = iota
	Happened
	DidNotHappen
)

// didNotHappen is the reason of an effect that certainly had none.
const didNotHappen = "did-not-happen"

// probePatience is how long a probe that reaches nobody is repeated before the
// question goes to a person, from the first time on.
const probePatience = 5 * time.Minute

// question settles an effect that may have happened.
func (e Effect[R]) question(ctx context.Context, f *frame, st *Step, why error) (R, error) {
	var none R
	if e.Probe == nil {
		return none, f.undecided(ctx, st, why)
	}
	before, err := decode[R](f, st)
	if err != nil {
		return none, err
	}
	out, answer, err := e.probe(ctx, f, before)
	switch {
	case interrupted(err):
		return none, f.halt(errInterrupted)
	case err != nil && (core.Temporary(err) || unclear(err)) && st.patient(e.patience()):
		st.remember(err)
		return none, f.retryAt(ctx, st, time.Now().Add(e.pause(st, err)))
	case err != nil:
		return none, f.undecided(ctx, st, err)
	case answer == Happened:
		return e.succeeded(f, st, out)
	case answer == DidNotHappen:
		return e.onceMore(ctx, f, st, core.Because(core.Unavailable, didNotHappen, "it did not happen: %w", why))
	}
	return none, f.undecided(ctx, st, why)
}

func (e Effect[R]) probe(ctx context.Context, f *frame, before R) (R, Answer, error) {
	type found struct {
		r R
		a Answer
	}
	got, err := call(ctx, f, e.Timeout, func(ctx context.Context) (found, error) {
		r, a, err := e.Probe(ctx, before)
		return found{r, a}, err
	})
	return got.r, got.a, err
}

func (e Effect[R]) patience() time.Duration { return cmp.Or(e.Patience, probePatience) }

// pause is the wait before a probe that reached nobody is repeated. Who has
// patience is in no haste: the longer it has been asked, the longer.
func (e Effect[R]) pause(st *Step, err error) time.Duration {
	asked := e.Patience - time.Until(st.NextAt)
	return max(delay(2, err), min(asked/10, lastDelay))
}

// onceMore tries an effect that did not happen one more time, not twice; where
// the Probe is never mistaken, while there are attempts left.
func (e Effect[R]) onceMore(ctx context.Context, f *frame, st *Step, why error) (R, error) {
	if st.hadNone() {
		var none R
		if e.Patience > 0 && st.Attempt < e.Attempts {
			return none, f.again(ctx, st, why)
		}
		return none, e.giveUp(f, st, why)
	}
	st.State, st.Error = StepFailed, failure(why)
	return e.attempt(ctx, f, st)
}

// patient reports whether the probe may be repeated, and begins to count.
func (s *Step) patient(patience time.Duration) bool {
	if s.NextAt.IsZero() {
		s.NextAt = time.Now().Add(patience)
	}
	return time.Now().Before(s.NextAt)
}

// hadNone reports whether an attempt of s is known to have had no effect.
func (s *Step) hadNone() bool { return s.Error != nil && s.Error.Reason == didNotHappen }

// inDoubt reports whether an attempt of s, idempotent as it is, may have taken
// effect: then even a later one that fails leaves a question.
func (s *Step) inDoubt() bool { return s.Error != nil && s.Error.Kind == core.Ambiguous.String() }

// remember books why s is not over, and keeps in mind that it once did not
// happen, or may have.
func (s *Step) remember(err error) {
	once, doubt := s.hadNone(), s.inDoubt()
	s.Error = failure(err)
	if once {
		s.Error.Reason = didNotHappen
	}
	if doubt {
		s.Error.Kind = core.Ambiguous.String()
	}
}
