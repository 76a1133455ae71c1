package chat

import (
	"sync"
	"sync/atomic"
	"time"
)

// Dispatch knows the commands there are and decides, without a database, which
// lines use one. How often commands were used it keeps in memory: after a
// restart nobody has to wait. The zero value knows none; it is safe for
// concurrent use.
type Dispatch struct {
	table   atomic.Pointer[table]
	change  sync.Mutex // one change of the table at a time
	pending sync.Mutex
	waits   map[wait]time.Time // until when
	swept   time.Time          // when those that are over were last dropped
}

// table is what Dispatch looks things up in; it never changes.
type table struct {
	uses   map[string]Use // of the built-in ones
	quiet  bool           // no command is answered
	custom []Custom
	byName map[string]entry
}

// entry is what a name leads to.
type entry struct {
	name string // the command's own
	use  Use
}

// wait is a command that cannot be used for a while, by viewer or, for "", by
// anybody.
type wait struct{ command, viewer string }

// Configure sets whether commands are answered at all, and how the built-in
// ones may be used, by name; those that uses does not have are not answered.
func (d *Dispatch) Configure(enabled bool, uses map[string]Use) {
	d.replace(func(t *table) { t.quiet, t.uses = !enabled, uses })
}

func (d *Dispatch) replace(change func(*table)) {
	d.change.Lock()
	defer d.change.Unlock()
	var next table
	if t := d.table.Load(); t != nil {
		next = *t
	}
	change(&next)
	next.index()
	d.table.Store(&next)
}

// index works out what every name leads to. Where two claim one, the built-in
// command has it.
func (t *table) index() {
	t.byName = map[string]entry{}
	if t.quiet {
		return
	}
	for _, b := range builtins {
		if use := t.uses[b.Name]; use.Enabled {
			t.byName[b.Name] = entry{b.Name, use}
		}
	}
	for _, b := range builtins {
		if use := t.uses[b.Name]; use.Enabled {
			for _, alias := range use.Aliases {
				t.claim(alias, entry{b.Name, use})
			}
		}
	}
	for _, c := range t.custom {
		if c.Target == "" && c.Use.Enabled {
			t.claim(c.Name, entry{c.Name, c.Use})
		}
	}
	for _, c := range t.custom {
		if e, ok := t.byName[c.Target]; ok && c.Target != "" && c.Use.Enabled {
			t.claim(c.Name, e)
		}
	}
}

func (t *table) claim(name string, e entry) {
	if _, taken := t.byName[name]; !taken {
		t.byName[name] = e
	}
}

// Read is the command that a line uses, under its own name; false when it is
// none or its writer may not use it. Whoever repeats a line that was admitted
// asks this.
func (d *Dispatch) Read(l Line) (Command, bool) {
	c, e, ok := d.find(l)
	if !ok {
		return Command{}, false
	}
	c.Name = e.name
	return c, true
}

func (d *Dispatch) find(l Line) (Command, entry, bool) {
	c, ok := Parse(l.Text)
	if !ok {
		return Command{}, entry{}, false
	}
	t := d.table.Load()
	if t == nil {
		return Command{}, entry{}, false
	}
	e, ok := t.byName[c.Name]
	return c, e, ok && l.Role().AtLeast(e.use.Role)
}

// Admit reports whether a line that has just been written uses a command that
// is due an answer, and counts it as a use.
func (d *Dispatch) Admit(l Line) bool {
	_, e, ok := d.find(l)
	if !ok || l.Role().AtLeast(Moderator) {
		return ok
	}
	return d.take(e, l.Chatter.ID, time.Now())
}

// maxWaits bounds what a flood of viewers can make us remember, sweepPause how
// often we look through it.
const (
	maxWaits   = 10_000
	sweepPause = time.Minute
)

// take reports whether e may be used now, and if so begins its cooldowns.
func (d *Dispatch) take(e entry, viewer string, now time.Time) bool {
	all, one := wait{e.name, ""}, wait{e.name, viewer}
	d.pending.Lock()
	defer d.pending.Unlock()
	if now.Before(d.waits[all]) || now.Before(d.waits[one]) {
		return false
	}
	if len(d.waits) >= maxWaits && now.Sub(d.swept) >= sweepPause {
		d.forget(now)
	}
	if d.waits == nil {
		d.waits = map[wait]time.Time{}
	}
	d.begin(all, e.use.Cooldown, now)
	d.begin(one, e.use.ViewerCooldown, now)
	return true
}

func (d *Dispatch) begin(w wait, length time.Duration, now time.Time) {
	if length > 0 && (w.viewer == "" || len(d.waits) < maxWaits) {
		d.waits[w] = now.Add(length)
	}
}

// forget drops the waits that are over.
func (d *Dispatch) forget(now time.Time) {
	d.swept = now
	for w, until := range d.waits {
		if !now.Before(until) {
			delete(d.waits, w)
		}
	}
}

// Names lists the commands that a role may use, the built-in ones first.
func (d *Dispatch) Names(role Role) []string {
	t := d.table.Load()
	if t == nil {
		return nil
	}
	var names []string
	for _, b := range builtins {
		if e, ok := t.byName[b.Name]; ok && role.AtLeast(e.use.Role) {
			names = append(names, b.Name)
		}
	}
	for _, c := range t.custom {
		if e, ok := t.byName[c.Name]; ok && e.name == c.Name && role.AtLeast(e.use.Role) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Builtin says how a built-in command may be used now.
func (d *Dispatch) Builtin(name string) Use {
	t := d.table.Load()
	if t == nil {
		return Use{}
	}
	return t.uses[name]
}
