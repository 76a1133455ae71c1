package chat

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"sidestage/core"
)

const (
	maxPeople = 10_000           // that are remembered to be here
	quietSpan = 15 * time.Minute // who spoke, and of whom nothing else is known, is here for so long
	doubtSpan = 30 * time.Second // for those who were here to be named again
)

// Person is somebody who is in the channel's chat. Of those who never spoke the
// ID may be empty and the Name the login.
type Person struct {
	Viewer core.Viewer
	Roles  []Role    // as of their last words
	Since  time.Time // when they were first seen, this time
	Spoke  time.Time // zero when they have said nothing
}

// Room knows who is here: who speaks, comes and goes, or is on a list. It holds
// at most 10,000 people, in memory alone. Its methods may be called from any
// goroutine. The zero value is an empty room.
type Room struct {
	mu     sync.Mutex
	people map[string]*guest // by login
}

type guest struct {
	Person
	named bool      // Twitch said so, beyond their own words
	doubt time.Time // when it became unsure; zero while it is not
}

// Heard takes in a line: who speaks is here, but for those of other channels.
func (r *Room) Heard(l Line) {
	if l.Source != "" || l.Chatter.Login == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if g := r.guest(l.Chatter.Login); g != nil {
		g.Viewer, g.Roles, g.Spoke = l.Chatter, l.Roles, time.Now()
	}
}

// Came says that these logins are here.
func (r *Room) Came(logins ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, login := range logins {
		if g := r.guest(login); g != nil {
			g.named, g.doubt = true, time.Time{}
		}
	}
}

// Left says that these logins are gone.
func (r *Room) Left(logins ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, login := range logins {
		delete(r.people, login)
	}
}

// Recount says that all who are here will be named again, by Came, in a moment.
func (r *Room) Recount() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.people {
		g.doubt = time.Now()
	}
}

// Listed takes a whole list of who is here. It may be some minutes old, so who
// is not on it leaves only when not seen since.
func (r *Room) Listed(all []core.Viewer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	on := make(map[string]bool, len(all))
	for _, v := range all {
		on[v.Login] = true
		if g := r.guest(v.Login); g != nil {
			g.Viewer, g.named, g.doubt = v, true, time.Time{}
		}
	}
	for login, g := range r.people {
		if !on[login] && time.Since(later(g.Since, g.Spoke)) > quietSpan {
			delete(r.people, login)
		}
	}
}

// People lists who is here: who spoke last first, then who came last.
func (r *Room) People() []Person {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Person, 0, len(r.people))
	for login, g := range r.people {
		if g.gone() {
			delete(r.people, login)
			continue
		}
		all = append(all, g.Person)
	}
	slices.SortFunc(all, func(a, b Person) int {
		return cmp.Or(b.Spoke.Compare(a.Spoke), b.Since.Compare(a.Since), cmp.Compare(a.Viewer.Login, b.Viewer.Login))
	})
	return all
}

// guest finds somebody who is here, or lets them in; nil when the room is full.
func (r *Room) guest(login string) *guest {
	if g := r.people[login]; g != nil && !g.gone() {
		return g
	}
	if login == "" || len(r.people) >= maxPeople && r.people[login] == nil {
		return nil
	}
	if r.people == nil {
		r.people = map[string]*guest{}
	}
	g := &guest{Person: Person{Viewer: core.Viewer{Login: login, Name: login}, Since: time.Now()}}
	r.people[login] = g
	return g
}

// gone reports whether nothing tells any more that g is here.
func (g *guest) gone() bool {
	if !g.doubt.IsZero() && time.Since(g.doubt) > doubtSpan {
		return time.Since(g.Spoke) > quietSpan
	}
	return !g.named && time.Since(g.Spoke) > quietSpan
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
