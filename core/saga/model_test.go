package saga_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/storage"
)

// TestRandomSagasKeepTheContract runs random sagas through random failures,
// time-outs, crashes, store faults, waits and interventions, on a real
// database, and has the world judge every call and the end.
func TestRandomSagasKeepTheContract(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{sc: drawScript(rt), plans: map[string]*plan{}, facts: map[string]*fact{}, awaited: map[string]bool{}}
		for i := range rapid.IntRange(1, maxSagas).Draw(rt, "sagas") {
			p := drawPlan(rt, i)
			w.plans[p.id] = p
		}
		synctest.Test(t, func(t *testing.T) { w.play(t) })
		if len(w.violations) > 0 {
			rt.Fatalf("%s", strings.Join(w.violations[:min(len(w.violations), 5)], "\n"))
		}
	})
}

func (w *world) play(t *testing.T) {
	var err error
	if w.db, err = storage.Open(t.Context(), t.TempDir(), storage.Options{}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	}()
	w.raw = storage.In(w.db, func(tx *storage.Tx) saga.Tx { return tx })
	l, stop := w.begin()
	w.startAll(l)
	for _, a := range w.sc.acts {
		restart := w.do(l, a)
		time.Sleep(a.wait)
		if restart || l.crashed() {
			stop()
			l, stop = w.begin()
		}
	}
	w.settle(l, stop)
}

// begin opens a desk on what the last one left.
func (w *world) begin() (*life, func()) {
	l := &life{w: w, dead: make(chan struct{}), lane: saga.NewLane(), running: map[string]bool{}}
	var err error
	l.engine, err = saga.New(modelStore{l}, saga.Config{Width: modelWidth}, kind{Name: "k", Version: 1, Body: l.body, Refund: l.refund})
	if err != nil {
		w.wrong("new engine: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.engine.Run(ctx) }()
	return l, func() {
		w.upset(1)
		cancel()
		if err := <-done; err != nil && !l.crashed() {
			w.wrong("run: %v", err)
		}
	}
}

func (w *world) startAll(l *life) {
	for _, id := range slices.Sorted(maps.Keys(w.plans)) {
		w.start(l, w.plans[id])
	}
}

func (w *world) start(l *life, p *plan) {
	err := w.raw.Update(context.Background(), func(tx saga.Tx) error {
		_, _, err := l.engine.Start(tx, "k", p.id, time.UnixMilli(int64(p.order)+1), p.id)
		return err
	})
	if err != nil {
		w.wrong("start %s: %v", p.id, err)
	}
}

// do plays one act; it reports whether the desk is to be restarted.
func (w *world) do(l *life, a act) (restart bool) {
	p := w.plans[slices.Sorted(maps.Keys(w.plans))[a.saga%len(w.plans)]]
	switch a.what {
	case "start":
		w.start(l, p)
	case "ready":
		l.comeTrue()
	case "retry":
		w.retry(l, p)
	case "resolve":
		w.resolve(l, p)
	}
	return a.what == "restart"
}

func (w *world) retry(l *life, p *plan) {
	w.upset(1)
	w.mu.Lock()
	p.retried = true
	w.mu.Unlock()
	if err := l.engine.Retry(context.Background(), p.id); err != nil && core.KindOf(err) != core.Conflict && !w.mayFail(err) {
		w.wrong("retry %s: %v", p.id, err)
	}
}

// mayFail reports an error of a store that was told to have one.
func (w *world) mayFail(err error) bool {
	return !w.calm && (core.KindOf(err) == core.Unavailable || core.KindOf(err) == core.Ambiguous)
}

// resolve answers an open question truthfully.
func (w *world) resolve(l *life, p *plan) {
	s, steps := w.journal(p.id)
	if s.State != saga.NeedsDecision { // what is not over could become undecided in between
		if !s.State.Terminal() {
			return
		}
		if err := l.engine.Resolve(context.Background(), p.id, true); core.KindOf(err) != core.Conflict && !w.mayFail(err) {
			w.wrong("resolve %s, which is %s: %v", p.id, s.State, err)
		}
		return
	}
	f := w.planned(p.id, steps[len(steps)-1].Name)
	w.judgeDecision(f)
	w.mu.Lock()
	happened := f.happened > 0
	f.doubt = happened
	w.mu.Unlock()
	if err := l.engine.Resolve(context.Background(), p.id, happened); err != nil && !w.mayFail(err) {
		w.wrong("resolve %s: %v", p.id, err)
	}
}

// judgeDecision: only a hidden answer may need a person.
func (w *world) judgeDecision(f *fact) {
	w.mu.Lock()
	hidden := (f.unclear || w.upsets > f.upsets) && (!f.probe || f.blind || w.upsets > f.upsets)
	wrong := f.bestEffort || !hidden
	w.mu.Unlock()
	if wrong {
		w.wrong("%s/%s needs a decision for no reason: %v", f.saga, f.name, f.log)
	}
}

// settle ends all trouble, and every saga must end.
func (w *world) settle(l *life, stop func()) {
	defer func() { stop() }()
	w.mu.Lock()
	w.calm = true
	w.mu.Unlock()
	if l.crashed() {
		stop()
		l, stop = w.begin()
	}
	w.startAll(l)       // a start that a crash swallowed
	if !w.wokenOnce() { // one wake is enough, whenever it came
		l.comeTrue()
	}
	for range 60 {
		time.Sleep(time.Minute)
		open := false
		for id, p := range w.plans {
			switch s, _ := w.journal(id); s.State {
			case saga.NeedsDecision:
				w.resolve(l, p)
			case saga.Failed:
				w.retry(l, p)
			case saga.Completed, saga.Compensated:
				continue
			case saga.Running, saga.Waiting, saga.Compensating:
			}
			open = true
		}
		if !open {
			break
		}
	}
	lines := w.lines()
	for _, p := range w.plans {
		w.judgeEnd(p, lines)
	}
}

func (w *world) wokenOnce() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.awaited) > 0
}

func (l *life) body(ctx context.Context, r *run) error {
	if id, err := saga.Params[string](r); err != nil || id != r.ID() {
		return err
	}
	p := l.w.plans[r.ID()]
	defer l.enter(p)()
	for _, s := range p.body {
		if err := l.do(ctx, r, s); err != nil && !s.ignore {
			return err
		}
	}
	if p.refuse {
		return errOwn
	}
	return nil
}

func (l *life) refund(ctx context.Context, r *run, cause error) error {
	if cause == nil {
		l.w.wrong("%s is refunded without a cause", r.ID())
	}
	p := l.w.plans[r.ID()]
	defer l.enter(p)()
	for _, s := range p.refund {
		if err := l.do(ctx, r, s); err != nil && !s.ignore {
			return err
		}
	}
	return nil
}

// enter counts a saga in: it runs once at a time, and not more than the width
// run at once.
func (l *life) enter(p *plan) (leave func()) {
	l.w.mu.Lock()
	twice := l.running[p.id]
	l.running[p.id] = true
	n := len(l.running)
	l.w.mu.Unlock()
	if twice || n > modelWidth {
		l.w.wrong("%s runs twice (%v) or among %d", p.id, twice, n)
	}
	return func() {
		l.w.mu.Lock()
		defer l.w.mu.Unlock()
		delete(l.running, p.id)
	}
}

// do asks for one step and compares what it returns with what is stored.
func (l *life) do(ctx context.Context, r *run, s *step) error {
	f := l.w.fact(r.ID(), s)
	var got string
	var err error
	switch s.kind {
	case read:
		got, err = saga.Read[string]{Name: s.name, Attempts: s.attempts, Timeout: stepTimeout, Run: func(ctx context.Context) (string, error) {
			return l.look(ctx, f, &f.runs)
		}}.Do(ctx, r)
	case local:
		got, err = l.local(f).Do(ctx, r)
	case await:
		_, err = l.await(f).Do(ctx, r)
	case effect:
		got, err = l.effect(f).Do(ctx, r)
	}
	l.judgeResult(f, got, err)
	return err
}

func (l *life) look(ctx context.Context, f *fact, from *[]answer) (string, error) {
	if !l.point() {
		return "", errDead
	}
	err := l.answer(ctx, l.w.next(from))
	if !l.point() {
		return "", errDead
	}
	return f.saga + "/" + f.name + "?", err
}

func (l *life) local(f *fact) saga.Local[saga.Tx, string] {
	write := func(tx saga.Tx, text string, from *[]answer) error {
		a := l.w.next(from)
		return errors.Join(tx.AppendEvent(event.ChatReplied{SagaID: f.saga, Text: text}), l.answer(context.Background(), a))
	}
	s := saga.Local[saga.Tx, string]{Name: f.name, Run: func(_ context.Context, tx saga.Tx) (string, error) {
		return f.saga + "/" + f.name + "!", write(tx, f.name, &f.runs)
	}}
	if f.undo {
		s.Undo = func(_ context.Context, tx saga.Tx, _ string) error {
			f.undoTried = true
			return write(tx, "undo "+f.name, &f.undos)
		}
	}
	return s
}

func (l *life) await(f *fact) saga.Await[saga.Tx] {
	a := saga.Await[saga.Tx]{Name: f.name, Ready: func(context.Context, saga.Tx) (bool, error) {
		l.w.mu.Lock()
		defer l.w.mu.Unlock()
		return l.w.awaited[f.saga+"/"+f.name], nil
	}}
	if f.deadline > 0 {
		a.Deadline = time.Now().Add(f.deadline)
	}
	return a
}

func (l *life) effect(f *fact) saga.Effect[string] {
	looked := false
	e := saga.Effect[string]{
		Name: f.name, Attempts: f.attempts, Timeout: stepTimeout, Idempotent: f.idempotent, Commit: f.commit, BestEffort: f.bestEffort,
		Run: func(ctx context.Context, before string) (string, error) {
			defer l.inLane(f, looked)()
			return l.run(ctx, f, before)
		},
	}
	if f.before {
		e.Before = func(ctx context.Context) (string, error) {
			defer l.inLane(f, false)()
			looked = true
			return l.look(ctx, f, &f.befores)
		}
	}
	if f.probe {
		e.Probe = func(ctx context.Context, _ string) (string, saga.Answer, error) {
			defer l.inLane(f, false)()
			return l.probe(ctx, f)
		}
	}
	if f.undo {
		e.Undo = func(ctx context.Context, _ string) error { return l.undoEffect(ctx, f) }
	}
	if f.lane {
		e.Lane = l.lane
	}
	return e
}

// inLane: one call at a time in the lane, and none between a step's Before and
// its Run.
func (l *life) inLane(f *fact, looked bool) (leave func()) {
	if !f.lane {
		return func() {}
	}
	l.w.mu.Lock()
	wrong := l.laneBusy || looked && l.laneLast != f
	l.laneBusy, l.laneLast = true, f
	l.w.mu.Unlock()
	if wrong {
		l.w.wrong("%s/%s is not alone in its lane", f.saga, f.name)
	}
	return func() {
		l.w.mu.Lock()
		defer l.w.mu.Unlock()
		l.laneBusy = false
	}
}

// judgeResult: what a step returned is what the journal has, if it has it.
func (l *life) judgeResult(f *fact, got string, err error) {
	if l.crashed() {
		return
	}
	_, steps := l.w.journal(f.saga)
	for _, st := range steps {
		if st.Name != f.name {
			continue
		}
		stored, _ := json.Marshal(got)
		switch {
		case err == nil && st.State == saga.StepSucceeded && f.kind != await && string(st.Result) != string(stored):
			l.w.wrong("%s/%s returned %q, stored is %s", f.saga, f.name, got, st.Result)
		case err == nil && st.State == saga.StepFailed && st.NextAt.IsZero() && !f.bestEffort:
			l.w.wrong("%s/%s failed for good and returned %q", f.saga, f.name, got)
		}
	}
}

// judgeEnd checks how a saga ended.
func (w *world) judgeEnd(p *plan, lines map[string]int) {
	s, steps := w.journal(p.id)
	if s.State != saga.Completed && s.State != saga.Compensated {
		w.wrong("%s has not ended but is %s (waits for %q, refund %d): %v %+v", p.id, s.State, s.WaitingFor, s.RefundSeq, s.Error, steps)
		return
	}
	want := p.body
	if s.State == saga.Compensated {
		want = p.refund
		steps = steps[s.RefundSeq-1:]
		w.judgeBody(p, s)
	}
	if len(steps) != len(want) {
		w.wrong("%s is %s after %d of %d steps", p.id, s.State, len(steps), len(want))
		return
	}
	_, all := w.journal(p.id)
	for _, st := range all {
		w.judgeStep(w.planned(p.id, st.Name), s, st, lines)
	}
}

// judgeBody: everything that can be undone is, and nothing was committed.
func (w *world) judgeBody(p *plan, s saga.Saga) {
	_, steps := w.journal(p.id)
	for _, st := range steps[:s.RefundSeq-1] {
		f := w.planned(p.id, st.Name)
		switch {
		case f.undo && st.State != saga.StepUndone && st.State != saga.StepFailed && st.State != saga.StepUncertain:
			w.wrong("%s/%s was not undone: %s", p.id, f.name, st.State)
		case f.kind == effect && st.State == saga.StepUndone && !f.undone:
			w.wrong("%s/%s was not undone in the world", p.id, f.name)
		case f.commit && f.happened > 0:
			w.wrong("%s has committed and was compensated", p.id)
		}
	}
}

// judgeStep compares a step's last state with the world.
func (w *world) judgeStep(f *fact, s saga.Saga, st saga.Step, lines map[string]int) {
	happened := f.happened
	if f.kind == local {
		happened = lines[f.saga+"/"+f.name]
	}
	acts := f.kind == local || f.kind == effect
	switch {
	case st.State == saga.StepStarted:
		w.wrong("%s/%s is still started though the saga is %s", f.saga, f.name, s.State)
	case happened > 1 && !f.idempotent:
		w.wrong("%s/%s happened %d times", f.saga, f.name, happened)
	case acts && st.State == saga.StepSucceeded && happened == 0:
		w.wrong("%s/%s succeeded and did not happen", f.saga, f.name)
	case acts && st.State == saga.StepFailed && happened > 0:
		w.wrong("%s/%s failed and happened: %v", f.saga, f.name, f.log)
	case s.State == saga.Completed && f.undone:
		w.wrong("%s/%s was undone though the saga completed", f.saga, f.name)
	case st.State == saga.StepUncertain && !f.bestEffort:
		w.wrong("%s/%s stayed uncertain", f.saga, f.name)
	case f.kind == local && (lines[f.saga+"/undo "+f.name] > 0) != (st.State == saga.StepUndone):
		w.wrong("%s/%s is %s, undone %d times", f.saga, f.name, st.State, lines[f.saga+"/undo "+f.name])
	}
}
