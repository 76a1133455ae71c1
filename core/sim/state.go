package sim

import (
	"time"

	"sidestage/core"
)

// state is what the books add up to. Only fold changes it, live as in a replay.
type state struct {
	Boots  int
	Player player

	Logins  map[string]*login       // by id
	Access  map[string]access       // by access token
	Refresh map[string]refreshToken // by refresh token

	Rewards     []*reward
	Redemptions []*redemption // in the order taken
	ByID        map[string]*redemption
	Accounts    map[string]*Account // by viewer id
	Settled     int                 // redemptions answered FULFILLED or CANCELED

	Stream    streamState
	Says      retitled   // of the channel
	Followers []follower // those who began to follow, in that order

	Posts []Post
	Lines []Line
	Adds  []Add
	Next  int // the script's next act

	Undelivered map[string]note // by message id: made for a session, not yet sent
	Delivered   int
	Lost        int
}

func newState(tracks *library) *state {
	return &state{
		Player: newPlayer(tracks),
		Logins: map[string]*login{}, Access: map[string]access{}, Refresh: map[string]refreshToken{},
		Says: retitled{Title: streamTitle, Category: gameName, CategoryID: gameID},
		ByID: map[string]*redemption{}, Accounts: map[string]*Account{}, Undelivered: map[string]note{},
	}
}

// fold is the only door to the state: time passes for the player, then the
// line's changes apply in order. While no simulator ran, nothing played.
func (st *state) fold(l line) {
	if len(l.Ops) == 0 || l.Ops[0].name() != (booted{}).name() {
		st.Player.advance(l.At)
	}
	for _, o := range l.Ops {
		o.apply(st, l.At)
	}
}

// commit books the ops, and the notifications of what happened, as one act.
// Only then is the state changed and anything sent. s.mu is held, or s not yet
// shared.
func (s *Sim) commit(ops []op, happened ...occasion) error {
	now := clock()
	letters := s.hub.address(happened, now)
	for _, l := range letters {
		ops = append(ops, noted{ID: l.id, Type: l.typ, Subject: l.subject})
	}
	l := line{At: now, Ops: ops}
	if err := s.books.append(l); err != nil {
		s.log.Error("the simulator's books cannot be written", "error", err)
		return core.E(core.Internal, "write books: %w", err)
	}
	s.state.fold(l)
	for _, l := range letters {
		l.to.push(l.frame)
	}
	for _, o := range happened {
		if e, ok := o.event.(chatEvent); ok {
			s.spread(e, now)
		}
	}
	return nil
}

// clock is the time as the books can hold it: UTC, no monotonic part.
func clock() time.Time { return time.Now().UTC().Round(0) }

// booted: the simulator starts, the player at this speed.
type booted struct {
	Speed float64 `json:"speed"`
}

func (booted) name() string { return "boot" }

func (o booted) apply(st *state, at time.Time) {
	st.Boots++
	st.Player.boot(o.Speed, at)
	st.Lost += len(st.Undelivered) // their sessions died with the process
	clear(st.Undelivered)
}

// acted: the script has played everything before Next.
type acted struct {
	Next int `json:"next"`
}

func (acted) name() string { return "act" }

func (o acted) apply(st *state, _ time.Time) { st.Next = o.Next }

// note is a notification that waits to be sent.
type note struct{ Type, Subject string }

// noted: a notification was made for a session.
type noted struct {
	ID      string `json:"id"` // message id
	Type    string `json:"type"`
	Subject string `json:"subject,omitempty"` // what it is about: a redemption, message or stream id
}

func (noted) name() string { return "note" }

func (o noted) apply(st *state, _ time.Time) {
	st.Undelivered[o.ID] = note{Type: o.Type, Subject: o.Subject}
}

// sent: a notification goes onto its socket now.
type sent struct {
	ID string `json:"id"`
}

func (sent) name() string { return "sent" }

func (o sent) apply(st *state, _ time.Time) {
	if _, ok := st.Undelivered[o.ID]; ok {
		delete(st.Undelivered, o.ID)
		st.Delivered++
	}
}

// lost: the session of these notifications ended first. There is no replay.
type lost struct {
	IDs []string `json:"ids"`
}

func (lost) name() string { return "lost" }

func (o lost) apply(st *state, _ time.Time) {
	for _, id := range o.IDs {
		if _, ok := st.Undelivered[id]; ok {
			delete(st.Undelivered, id)
			st.Lost++
		}
	}
}
