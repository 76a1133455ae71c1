package saga_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/storage"
)

// world is the outside as it really is, and the model: it judges every call by
// design §5 and notes what is wrong.
type world struct {
	db    *storage.DB
	raw   storage.Store[saga.Tx]
	sc    script
	calm  bool // from now on everything goes well
	plans map[string]*plan

	mu         sync.Mutex
	facts      map[string]*fact // by saga/step
	awaited    map[string]bool
	points     int
	commits    int
	upsets     int // crashes, faults and stops so far
	violations []string
}

// fact is what is true about one step.
type fact struct {
	*step
	saga      string
	happened  int // times it took effect
	undone    bool
	undoTried bool
	doubt     bool // nobody told the engine that the last run had no effect
	unclear   bool // since a probe could tell, a run had no answer
	blind     bool // a probe could not tell
	upsets    int  // world.upsets when it ran last
	log       []string
}

func (w *world) wrong(format string, a ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violations = append(w.violations, fmt.Sprintf(format, a...))
}

func (w *world) fact(id string, s *step) *fact {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := id + "/" + s.name
	if w.facts[key] == nil {
		w.facts[key] = &fact{step: s, saga: id, upsets: w.upsets}
	}
	return w.facts[key]
}

// upset counts n things that hide answers, and says how many there were.
func (w *world) upset(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.upsets += n
	return w.upsets
}

// next takes the next answer of a script.
func (w *world) next(from *[]answer) answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calm || len(*from) == 0 {
		return ok
	}
	a := (*from)[0]
	*from = (*from)[1:]
	return a
}

// journal reads what is durable of a saga.
func (w *world) journal(id string) (s saga.Saga, steps []saga.Step) {
	err := w.raw.View(context.Background(), func(tx saga.Tx) (err error) {
		if s, err = tx.SagaByID(id); err != nil {
			return err
		}
		steps, err = tx.SagaSteps(id)
		return err
	})
	if err != nil {
		w.wrong("journal of %s: %v", id, err)
	}
	return s, steps
}

// lines counts what Locals left in the journal of events.
func (w *world) lines() map[string]int {
	count := map[string]int{}
	err := w.db.View(context.Background(), func(tx *storage.Tx) error {
		records, err := tx.EventsAfter(0, 100_000)
		for _, r := range records {
			e, err := event.Decode(r)
			if err != nil {
				return err
			}
			if c, ok := e.(event.ChatReplied); ok {
				count[c.SagaID+"/"+c.Text]++
			}
		}
		return err
	})
	if err != nil {
		w.wrong("read events: %v", err)
	}
	return count
}

var errDead = core.E(core.Unavailable, "this desk has crashed")

// life is one engine, from its start to its stop or crash.
type life struct {
	w      *world
	dead   chan struct{}
	engine *saga.Engine[saga.Tx]
	lane   *saga.Lane

	running  map[string]bool
	laneBusy bool
	laneLast *fact
}

func (l *life) crashed() bool {
	select {
	case <-l.dead:
		return true
	default:
		return false
	}
}

// point is a boundary at which the desk may crash; it reports whether it lives.
func (l *life) point() bool {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	if l.crashed() {
		return false
	}
	l.w.points++
	if !l.w.calm && slices.Contains(l.w.sc.crashes, l.w.points) {
		l.w.upsets++
		close(l.dead)
		return false
	}
	return true
}

// modelStore is the database as a life sees it.
type modelStore struct{ l *life }

func (s modelStore) View(ctx context.Context, fn func(saga.Tx) error) error {
	if s.l.crashed() {
		return errDead
	}
	return s.l.w.raw.View(ctx, fn)
}

func (s modelStore) Update(ctx context.Context, fn func(saga.Tx) error) error {
	w := s.l.w
	if !s.l.point() {
		return errDead
	}
	w.mu.Lock()
	w.commits++
	fault, comeTrue := w.sc.faults[w.commits], w.sc.wakes[w.commits]
	if w.calm {
		fault, comeTrue = "", false
	}
	if fault != "" {
		w.upsets++
	}
	w.mu.Unlock()
	if fault == unclearNo {
		return core.E(core.Unavailable, "disk full")
	}
	err := w.raw.Update(ctx, fn)
	if comeTrue {
		s.l.comeTrue()
		time.Sleep(time.Millisecond) // until the wake has been heard
	}
	switch {
	case !s.l.point():
		return errDead
	case fault == unclearYes && err == nil:
		return core.E(core.Ambiguous, "disk error at commit")
	}
	return err
}

// comeTrue lets everything come true that a saga waits for by now, and wakes
// the engine once.
func (l *life) comeTrue() {
	err := l.w.raw.Update(context.Background(), func(tx saga.Tx) error {
		l.w.mu.Lock()
		defer l.w.mu.Unlock()
		for id, p := range l.w.plans {
			for _, s := range slices.Concat(p.body, p.refund) {
				if s.kind == await {
					l.w.awaited[id+"/"+s.name] = true
				}
			}
		}
		tx.AfterCommit(l.engine.Wake)
		return nil
	})
	if err != nil {
		l.w.wrong("make ready: %v", err)
	}
}

// answer ends a call of f as a says. took says whether it took effect.
func (l *life) answer(ctx context.Context, a answer) error {
	switch a {
	case temporary:
		return core.E(core.Unavailable, "busy")
	case rateLimited:
		return tooMany{}
	case refused:
		return core.E(core.Denied, "no")
	case unclearYes, unclearNo:
		return core.E(core.Ambiguous, "connection lost")
	case panicYes, panicNo:
		panic("at the disco")
	case timeoutYes, timeoutNo:
		l.hang(ctx)
		return ctx.Err()
	case lateOK, lateRefused:
		l.hang(ctx)
		l.hangFor(overTimeout)
		if a == lateRefused {
			return core.E(core.Denied, "no, at last")
		}
	case ok, dontKnow:
	}
	return nil
}

func (l *life) hang(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-l.dead:
	}
}

func (l *life) hangFor(d time.Duration) {
	select {
	case <-time.After(d):
	case <-l.dead:
	}
}

type tooMany struct{}

func (tooMany) Error() string             { return "too many" }
func (tooMany) ErrorKind() core.Kind      { return core.RateLimited }
func (tooMany) Temporary() bool           { return true }
func (tooMany) RetryDelay() time.Duration { return 90 * time.Second }

// run is the effect itself.
func (l *life) run(ctx context.Context, f *fact, before string) (string, error) {
	upsets := l.w.upset(0)
	if !l.point() {
		return "", errDead
	}
	l.judgeRun(f, before)
	a := l.w.next(&f.runs)
	l.w.mu.Lock()
	cut := upsets > f.upsets // the desk may not know the answer of the last one
	f.log = append(f.log, "run: "+string(a))
	f.upsets = upsets
	f.unclear = f.unclear || cut || strings.HasPrefix(string(a), "unclear") || strings.HasPrefix(string(a), "time-out") || strings.HasPrefix(string(a), "panic")
	noEffect := slices.Contains([]answer{temporary, rateLimited, refused, lateRefused}, a)
	if !noEffect && !strings.HasSuffix(string(a), "no effect") {
		f.happened++
	}
	f.doubt = !noEffect
	l.w.mu.Unlock()
	if !l.point() {
		return "", errDead
	}
	err := l.answer(ctx, a)
	if !l.point() {
		return "", errDead
	}
	return f.saga + "/" + f.name + "!", err
}

// judgeRun checks what must be true when an effect is about to happen.
func (l *life) judgeRun(f *fact, before string) {
	s, steps := l.w.journal(f.saga)
	i := slices.IndexFunc(steps, func(st saga.Step) bool { return st.Name == f.name })
	switch {
	case i < 0 || steps[i].State != saga.StepStarted:
		l.w.wrong("%s/%s runs without a durable intent", f.saga, f.name)
	case f.before && (before != f.saga+"/"+f.name+"?" || string(steps[i].Result) != `"`+before+`"`):
		l.w.wrong("%s/%s runs with before %q, stored is %s", f.saga, f.name, before, steps[i].Result)
	case i != len(steps)-1:
		l.w.wrong("%s/%s runs after a later step", f.saga, f.name)
	}
	for j := range max(i, 0) {
		if st := steps[j]; st.State == saga.StepStarted || st.Seq != j+1 {
			l.w.wrong("%s/%s runs before the result of %s is durable", f.saga, f.name, st.Name)
		}
	}
	if s.State.Terminal() || s.State == saga.NeedsDecision {
		l.w.wrong("%s/%s runs though the saga is %s", f.saga, f.name, s.State)
	}
	l.w.mu.Lock()
	doubt, happened, again := f.doubt, f.happened, len(f.log) > 0
	l.w.mu.Unlock()
	switch {
	case again && doubt && !f.idempotent:
		l.w.wrong("%s/%s runs again though the last run may have happened (%d times so far)", f.saga, f.name, happened)
	case again && doubt && f.bestEffort:
		l.w.wrong("%s/%s, best effort, is sent again after an unclear outcome", f.saga, f.name)
	case strings.HasPrefix(f.name, "r") && !s.CommittedAt.IsZero():
		l.w.wrong("%s is refunded after its commit", f.saga)
	}
}

// probe tells the truth, or nothing.
func (l *life) probe(ctx context.Context, f *fact) (string, saga.Answer, error) {
	if !l.point() {
		return "", saga.Unknown, errDead
	}
	a := l.w.next(&f.probes)
	l.w.mu.Lock()
	f.blind = f.blind || a != ok
	f.log = append(f.log, "probe: "+string(a))
	happened := f.happened > 0
	if a == ok && !happened {
		f.doubt, f.unclear = false, false
	}
	l.w.mu.Unlock()
	err := l.answer(ctx, a)
	switch {
	case !l.point():
		return "", saga.Unknown, errDead
	case a != ok:
		return "", saga.Unknown, err
	case happened:
		return f.saga + "/" + f.name + "!", saga.Happened, nil
	}
	return "", saga.DidNotHappen, nil
}

// undoEffect takes an effect back.
func (l *life) undoEffect(ctx context.Context, f *fact) error {
	if !l.point() {
		return errDead
	}
	l.judgeUndo(f)
	a := l.w.next(&f.undos)
	l.w.mu.Lock()
	f.undoTried = true
	f.undone = f.undone || a == ok || a == unclearYes
	l.w.mu.Unlock()
	err := l.answer(ctx, a)
	if !l.point() {
		return errDead
	}
	return err
}

// judgeUndo checks what must be true when a step is about to be undone.
func (l *life) judgeUndo(f *fact) {
	s, steps := l.w.journal(f.saga)
	if s.RefundSeq == 0 {
		l.w.wrong("%s/%s is undone before the failure is durable", f.saga, f.name)
	}
	for _, st := range steps {
		other := l.w.planned(f.saga, st.Name)
		switch {
		case other.commit && (other.happened > 0 || !s.CommittedAt.IsZero()):
			l.w.wrong("%s/%s is undone though the saga has committed", f.saga, f.name)
		case st.Seq >= s.RefundSeq:
			l.w.undoneAfterRefund(s, f)
		case st.Name > f.name && other.undo && st.State == saga.StepSucceeded && !other.undoTried:
			l.w.wrong("%s/%s is undone before %s", f.saga, f.name, st.Name)
		}
	}
}

// undoneAfterRefund is wrong unless a person asked for another try.
func (w *world) undoneAfterRefund(s saga.Saga, f *fact) {
	w.mu.Lock()
	byHand := w.plans[s.ID].retried
	w.mu.Unlock()
	if !byHand {
		w.wrong("%s/%s is undone after the refund began", s.ID, f.name)
	}
}

func (w *world) planned(id, name string) *fact {
	p := w.plans[id]
	for _, s := range slices.Concat(p.body, p.refund) {
		if s.name == name {
			return w.fact(id, s)
		}
	}
	w.wrong("%s has a step %q nobody asked for", id, name)
	return &fact{step: &step{}}
}

var errOwn = errors.New("the body refuses")
