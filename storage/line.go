package storage

import (
	"slices"
	"sync"

	"sidestage/core"
)

// maxGroup bounds how many updates share a commit, and so how long the first
// of them waits for the last.
const maxGroup = 64

// call is one Update on its way.
type call struct {
	fn    func(*Tx) error
	state callState   // guarded by line.mu
	turn  chan *group // its turn has come; the first of a group leads it
	done  chan error  // what became of it; the leader does not wait here
	err   error       // its own failure
	hooks []func()
}

type callState uint8

const (
	queued callState = iota
	claimed
	gone // its context ended first
)

func newCall(fn func(*Tx) error) *call {
	return &call{fn: fn, turn: make(chan *group, 1), done: make(chan error, 1)}
}

// line is where updates queue. At most one group is at work; whoever leads it
// passes the baton to the first who waits.
type line struct {
	mu      sync.Mutex
	waiting []*call
	busy    bool
	closed  bool
	idle    chan struct{} // closed once closed and no longer busy
	views   sync.WaitGroup
}

func newLine() *line { return &line{idle: make(chan struct{})} }

var errClosed = core.E(core.Unavailable, "the database is closed")

// join puts c in the line. When nobody is at work its turn comes at once.
func (l *line) join(c *call) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	l.waiting = append(l.waiting, c)
	if !l.busy {
		l.busy = true
		l.advance()
	}
	return nil
}

// pass ends the group at work and starts the next.
func (l *line) pass() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance()
}

func (l *line) advance() {
	l.waiting = slices.DeleteFunc(l.waiting, func(c *call) bool { return c.state == gone })
	n := min(len(l.waiting), maxGroup)
	if n == 0 {
		l.busy = false
		if l.closed {
			close(l.idle)
		}
		return
	}
	g := &group{calls: slices.Clone(l.waiting[:n]), ran: make(chan struct{})}
	l.waiting = slices.Delete(l.waiting, 0, n)
	g.calls[0].state = claimed
	g.calls[0].turn <- g
}

// claim gives c its turn, unless it has left.
func (l *line) claim(c *call) bool { return l.move(c, claimed) }

// leave takes c out of the line, unless its turn has come.
func (l *line) leave(c *call) bool { return l.move(c, gone) }

func (l *line) move(c *call, to callState) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.state != queued {
		return false
	}
	c.state = to
	return true
}

// enter counts a View in; views.Done counts it out.
func (l *line) enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	l.views.Add(1)
	return nil
}

// close lets nobody in any more and waits until everyone has left.
func (l *line) close() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		if !l.busy {
			close(l.idle)
		}
	}
	l.mu.Unlock()
	<-l.idle
	l.views.Wait()
}
