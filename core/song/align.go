package song

// origin says where an upcoming item comes from.
type origin struct {
	kind  originKind
	index int // in was.Upcoming or unseen
}

type originKind uint8

const (
	fromBeyond    originKind = iota // it moved into the window, or the context is a new one
	fromWas                         // it stood there before
	fromUnseen                      // one of ours, seen there for the first time
	fromElsewhere                   // somebody else put it between what was there
)

// What it costs to believe something, from likely to unlikely. Only the order of
// sums matters; each was chosen against the cases in explain_test.go.
const (
	costHidden        = 1 // a new copy of ours is not shown yet
	costOvertakes     = 1 // a new copy of ours stands before what the streamer queued
	costLikeBefore    = 1 // another copy took over, so early that it looks as if none had
	costEarly         = 2 // the current item is a little further on than it should be
	costSeek          = 2 // the streamer went somewhere else within the item
	costInterlude     = 1 // an advertisement, or nothing, is current
	costSkip          = 2 // an item was cut short
	costSkipMore      = 1 // and another: who skips goes on skipping
	costContextByHand = 2 // a track started by hand brought its own context
	costByHand        = 3 // the current item was started by hand
	costSkipIgnored   = 3 // the player did not do what we asked
	costTooFar        = 3 // the current item is further on than it can be
	costInserted      = 4 // the streamer queued something
	costChance        = 4 // what is current is a copy of one of ours, and not the one we miss
	costNotQueued     = 4 // what the streamer queued is not there, or not any more
	costStale         = 4 // the look is older than the last one
	costDropped       = 5 // an item of the context is gone
	costContext       = 6 // the context is another, the current item is not
	costMissing       = 8 // one of ours is gone without having been current
	costBeforeOurs    = 9 // something new stands before what was in the queue
	costSameAgain     = 9 // the current item went away and was started again by hand
	costImpossible    = 99
)

// aligner finds the cheapest way in which the old list became the new one. It
// fills a table from the back: best(i, u, j) is what it costs to explain
// now.Upcoming[j:] by was.Upcoming[i:] and unseen[u:].
type aligner struct {
	change
	lastOwn int // index of the last of ours in was.Upcoming, -1 for none
	context int // what a new context costs
	best    []int
}

func align(c change, context int) *aligner {
	a := &aligner{change: c, lastOwn: -1, context: context}
	for i, own := range c.own {
		if own {
			a.lastOwn = i
		}
	}
	p, q, n := len(c.was.Upcoming), len(c.unseen), len(c.now.Upcoming)
	a.best = make([]int, (p+1)*(q+1)*(n+1))
	for i := p; i >= 0; i-- {
		for u := q; u >= 0; u-- {
			for j := n; j >= 0; j-- {
				a.best[a.at(i, u, j)] = a.choose(i, u, j).cost
			}
		}
	}
	return a
}

func (a *aligner) at(i, u, j int) int {
	return (i*(len(a.unseen)+1)+u)*(len(a.now.Upcoming)+1) + j
}

// move is one step of the explanation and what it costs with all that follows.
type move struct {
	cost    int
	i, u, j int // where it leads
	from    origin
	end     bool // the rest of both lists needs no further explanation
}

// choose takes the cheapest move at a point. Among equals the earlier wins: what
// is new stands before an equal copy of the context.
func (a *aligner) choose(i, u, j int) move {
	p, q, n := len(a.was.Upcoming), len(a.unseen), len(a.now.Upcoming)
	best := move{cost: costImpossible * costImpossible, end: true}
	try := func(cost int, m move) {
		if !m.end {
			cost += a.best[a.at(m.i, m.u, m.j)]
		}
		if cost < best.cost {
			best, best.cost = m, cost
		}
	}
	if u < q && j < n && a.mayAppear(i, j) && same(a.unseen[u].item, a.now.Upcoming[j]) {
		try(a.appearCost(i), move{i: i, u: u + 1, j: j + 1, from: origin{fromUnseen, u}})
	}
	if j < n {
		try(a.insertCost(i), move{i: i, u: u, j: j + 1, from: origin{kind: a.strange(i)}})
	}
	if i < p && j < n && same(a.was.Upcoming[i], a.now.Upcoming[j]) {
		try(0, move{i: i + 1, u: u, j: j + 1, from: origin{fromWas, i}})
	}
	if u < q {
		try(a.hideCost(u), move{i: i, u: u + 1, j: j})
	}
	if i < p {
		try(a.dropCost(i), move{i: i + 1, u: u, j: j})
	}
	if i > a.lastOwn {
		try(a.giveUp(i, u, j), move{end: true})
	}
	return best
}

// giveUp is the cost of explaining nothing further: the end of a list, or a new
// context.
func (a *aligner) giveUp(i, u, j int) int {
	cost := 0
	for k := u; k < len(a.unseen); k++ {
		cost += a.hideCost(k)
	}
	if i < len(a.was.Upcoming) && j < len(a.now.Upcoming) {
		cost += a.context
	}
	return cost
}

// mayAppear reports whether a new copy of ours can stand at now.Upcoming[j],
// before was.Upcoming[i]: behind everything of ours, and not at the end of the
// window, where the context moves in.
func (a *aligner) mayAppear(i, j int) bool {
	p, n := len(a.was.Upcoming), len(a.now.Upcoming)
	return i > a.lastOwn && (i < p && j < n-1 || p == 0 || a.lastOwn == p-1 || n < Window)
}

// appearCost: what we add stands behind what the streamer has queued. That is a
// guess, for a context can also change.
func (a *aligner) appearCost(i int) int {
	if i < a.queued {
		return costOvertakes
	}
	return 0
}

// hideCost: a copy of ours that is not shown is late, unless what is current
// would be a copy of the same track by mere chance. Of two copies of a track, one
// of which is shown, that is the one that is wanted.
func (a *aligner) hideCost(u int) int {
	cost := pick(a.unseen[u].unwanted, 0, costHidden)
	if cur := a.now.Current; cur != nil && same(a.unseen[u].item, *cur) {
		return cost + costChance
	}
	return cost
}

func (a *aligner) dropCost(i int) int {
	switch {
	case a.isOwn(i):
		return costMissing
	case i < a.queued:
		return costNotQueued
	}
	return costDropped
}

func (a *aligner) insertCost(i int) int {
	switch {
	case i == len(a.was.Upcoming):
		return 0
	case i <= a.lastOwn:
		return costBeforeOurs
	}
	return costInserted
}

func (a *aligner) strange(i int) originKind {
	if i == len(a.was.Upcoming) {
		return fromBeyond
	}
	return fromElsewhere
}

// trace lists the origin of every upcoming item, for an explanation in which
// was.Upcoming[:i] and unseen[:u] left the list and now.Upcoming[:j] is older.
func (a *aligner) trace(i, u, j int) []origin {
	from := make([]origin, len(a.now.Upcoming))
	for {
		m := a.choose(i, u, j)
		if m.end {
			return from
		}
		if m.j > j {
			from[j] = m.from
		}
		i, u, j = m.i, m.u, m.j
	}
}
