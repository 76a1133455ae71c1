package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"sidestage/core"
)

// Update runs fn in a transaction and returns nil once that is durable. It
// returns fn's own error as it is. ctx counts until fn's turn has come; the
// error then is Unavailable and fn has not run. See the package comment.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	if db.writer == nil {
		return errReadOnly
	}
	if ctx.Err() != nil {
		return notInTime(ctx)
	}
	c := newCall(fn)
	if err := db.line.join(c); err != nil {
		return err
	}
	select {
	case g := <-c.turn:
		return db.serve(ctx, g, c)
	case <-ctx.Done():
		if db.line.leave(c) {
			return notInTime(ctx)
		}
		return db.serve(ctx, <-c.turn, c) // its turn came at the same moment
	}
}

func notInTime(ctx context.Context) error {
	return core.E(core.Unavailable, "wait for the database: %w", ctx.Err())
}

// serve runs c as a member of g.
func (db *DB) serve(ctx context.Context, g *group, c *call) error {
	if g.calls[0] == c {
		return db.lead(ctx, g, c)
	}
	g.follow(db, c)
	return <-c.done
}

// group is the updates that share one commit.
type group struct {
	calls []*call // the first leads
	s     *session
	err   error         // why all of them fail
	ran   chan struct{} // a follower's function has ended
}

// lead runs the group from begin to hooks and passes the baton. What follows
// the leader's own function is deferred, so that its panic or Goexit goes its
// way only after the others have been served.
func (db *DB) lead(ctx context.Context, g *group, own *call) (err error) {
	defer func() {
		db.finish(g)
		err = g.outcome(own)
	}()
	// The group's context never ends: nothing interrupts a statement, and the
	// driver need not watch for it.
	g.s, g.err = db.writer.begin(context.WithoutCancel(ctx), nil)
	g.run(db, own)
	return nil
}

func (db *DB) finish(g *group) {
	defer db.line.pass()
	defer g.tell()
	for _, c := range g.calls[1:] {
		if db.line.claim(c) {
			c.turn <- g
			<-g.ran
		}
	}
	g.commit()
	for _, c := range g.calls {
		for _, hook := range c.hooks {
			hook()
		}
	}
}

// follow runs c's function on the leader's behalf.
func (g *group) follow(db *DB, c *call) {
	defer func() { g.ran <- struct{}{} }()
	g.run(db, c)
}

// errUnfinished is what a panic or Goexit leaves behind; nobody hears it.
var errUnfinished = errors.New("the function did not return")

// run gives c's function its savepoint.
func (g *group) run(db *DB, c *call) {
	if g.err != nil {
		return
	}
	if _, err := g.s.exec("SAVEPOINT update_call"); err != nil {
		g.err = fault(err)
		return
	}
	tx := newTx(g.s, db.listen)
	c.err = errUnfinished
	defer g.settle(c, tx)
	c.err = c.fn(tx)
}

// settle keeps what c did, or takes it back. A savepoint that is not there any
// more means that the connection has left the transaction.
func (g *group) settle(c *call, tx *Tx) {
	broken := tx.end()
	if c.err == nil {
		c.err = broken
	}
	var err error
	if c.err != nil {
		_, err = g.s.exec("ROLLBACK TO update_call")
	}
	if err == nil {
		_, err = g.s.exec("RELEASE update_call")
	}
	if err != nil {
		g.err = fmt.Errorf("transaction lost: %w", cmp.Or(broken, fault(err)))
		return
	}
	if c.err == nil {
		c.hooks = tx.hooks
	}
}

// commit makes the group durable, or none of it.
func (g *group) commit() {
	if g.s == nil {
		return
	}
	if g.err != nil {
		_ = g.s.tx.Rollback() // SQLite may have done so already
	} else if err := g.s.tx.Commit(); err != nil {
		g.err = commitFault(err)
	}
	if g.err != nil {
		for _, c := range g.calls {
			c.hooks = nil
		}
		return
	}
	g.s.pool.learn(g.s.ctx, g.s.fresh)
}

// tell gives every follower its outcome.
func (g *group) tell() {
	for _, c := range g.calls[1:] {
		c.done <- g.outcome(c)
	}
}

func (g *group) outcome(c *call) error { return cmp.Or(c.err, g.err) }
