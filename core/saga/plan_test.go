package saga_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"
)

// plan is a saga to be run against the model: its steps, and how the world
// answers each of their calls. When the answers run out it answers well.
type plan struct {
	id     string
	order  int // its OrderedAt
	body   []*step
	refund []*step
	refuse bool // the Body ends with an error of its own

	retried bool // a person had it try again
}

type stepKind string

const (
	read   stepKind = "read"
	local  stepKind = "local"
	effect stepKind = "effect"
	await  stepKind = "await"
)

type step struct {
	name     string
	kind     stepKind
	ignore   bool // the Body goes on after its error
	attempts int

	before, probe, undo, idempotent, commit, bestEffort, lane bool

	runs, probes, undos, befores []answer
	deadline                     time.Duration // of an await; 0 = none
}

// answer is what the world does with one call. The last two letters of some
// say whether the call took effect.
type answer string

const (
	ok           answer = "ok"
	temporary    answer = "temporary"
	rateLimited  answer = "rate-limited"
	refused      answer = "refused"
	unclearYes   answer = "unclear, took effect"
	unclearNo    answer = "unclear, no effect"
	timeoutYes   answer = "time-out, took effect"
	timeoutNo    answer = "time-out, no effect"
	panicYes     answer = "panic, took effect"
	panicNo      answer = "panic, no effect"
	lateOK       answer = "success after the time-out"
	lateRefused  answer = "refusal after the time-out"
	dontKnow     answer = "don't know" // of a probe only
	stepTimeout         = 5 * time.Second
	overTimeout         = 2 * time.Second
	modelWidth          = 2
	maxSagas            = 3
	maxBodySteps        = 5
)

var (
	runAnswers   = []answer{ok, ok, temporary, rateLimited, refused, unclearYes, unclearNo, timeoutYes, timeoutNo, panicYes, panicNo, lateOK, lateRefused}
	probeAnswers = []answer{ok, ok, dontKnow, temporary, refused, timeoutNo, panicNo}
	undoAnswers  = []answer{ok, temporary, temporary, refused, unclearYes, timeoutNo}
	localAnswers = []answer{ok, ok, ok, refused, temporary, panicNo}
	readAnswers  = []answer{ok, temporary, refused, unclearNo, timeoutNo, panicNo}
)

func drawPlan(t *rapid.T, n int) *plan {
	p := &plan{id: fmt.Sprintf("s%d", n), order: rapid.IntRange(0, 2).Draw(t, "order"), refuse: rapid.IntRange(0, 2).Draw(t, "refuse") == 0}
	committed := false
	for i := range rapid.IntRange(1, maxBodySteps).Draw(t, "steps") {
		s := drawStep(t, fmt.Sprintf("b%d", i))
		if s.kind == effect && !committed && rapid.IntRange(0, 3).Draw(t, "commit") == 0 {
			s.commit, s.bestEffort, s.ignore, committed = true, false, false, true
		}
		p.body = append(p.body, s)
	}
	p.refuse = p.refuse && !committed // after the commit it would do so for ever
	for i := range rapid.IntRange(0, 2).Draw(t, "refund steps") {
		s := drawStep(t, fmt.Sprintf("r%d", i))
		s.deadline = time.Minute // what it waits for may never come
		p.refund = append(p.refund, s)
	}
	return p
}

func drawStep(t *rapid.T, name string) *step {
	s := &step{
		name: name, kind: rapid.SampledFrom([]stepKind{effect, effect, effect, local, read, await}).Draw(t, "kind"),
		ignore: rapid.IntRange(0, 5).Draw(t, "ignore") == 0, attempts: rapid.IntRange(0, 3).Draw(t, "attempts"),
	}
	draw := func(name string, from []answer) []answer {
		return rapid.SliceOfN(rapid.SampledFrom(from), 0, 3).Draw(t, name)
	}
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	switch s.kind {
	case read:
		s.runs = draw("reads", readAnswers)
	case local:
		s.undo, s.runs, s.undos = flag("undo"), draw("locals", localAnswers), draw("undos", localAnswers)
	case await:
		s.deadline = rapid.SampledFrom([]time.Duration{0, 0, time.Second, 30 * time.Second}).Draw(t, "deadline")
	case effect:
		s.before, s.probe, s.undo, s.lane = flag("before"), flag("probe"), flag("undo"), flag("lane")
		s.idempotent = rapid.IntRange(0, 3).Draw(t, "idempotent") == 0
		s.bestEffort = rapid.IntRange(0, 3).Draw(t, "best effort") == 0
		s.runs, s.probes = draw("runs", runAnswers), draw("probes", probeAnswers)
		s.befores, s.undos = draw("befores", readAnswers), draw("undos", undoAnswers)
	}
	return s
}

// script is what happens to the desk meanwhile.
type script struct {
	crashes []int // at these boundaries, counted over the whole run
	faults  map[int]answer
	wakes   map[int]bool // after these commits everything awaited comes true
	acts    []act
}

type act struct {
	what string
	saga int
	wait time.Duration
}

func drawScript(t *rapid.T) script {
	s := script{faults: map[int]answer{}, wakes: map[int]bool{}}
	s.crashes = rapid.SliceOfN(rapid.IntRange(1, 60), 0, 4).Draw(t, "crashes")
	for _, n := range rapid.SliceOfN(rapid.IntRange(1, 40), 0, 2).Draw(t, "faults") {
		s.faults[n] = rapid.SampledFrom([]answer{unclearNo, unclearYes}).Draw(t, "fault")
	}
	for _, n := range rapid.SliceOfN(rapid.IntRange(1, 12), 0, 4).Draw(t, "wakes") {
		s.wakes[n] = true
	}
	for range rapid.IntRange(0, 8).Draw(t, "acts") {
		s.acts = append(s.acts, act{
			what: rapid.SampledFrom([]string{"pass", "start", "ready", "retry", "resolve", "restart"}).Draw(t, "act"),
			saga: rapid.IntRange(0, maxSagas-1).Draw(t, "of"),
			wait: rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, 6 * time.Second, 40 * time.Second, 6 * time.Minute}).Draw(t, "wait"),
		})
	}
	return s
}
