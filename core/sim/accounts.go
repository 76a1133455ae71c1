package sim

import (
	"slices"
	"time"

	"sidestage/core"
)

// Entry is a redemption as the books hold it. Status is UNFULFILLED, FULFILLED
// or CANCELED.
type Entry struct {
	ID          string      `json:"id"`
	RewardID    string      `json:"rewardId"`
	RewardTitle string      `json:"rewardTitle"`
	Viewer      core.Viewer `json:"viewer"`
	Cost        int         `json:"cost"` // channel points
	Input       string      `json:"input"`
	Status      string      `json:"status"`
	RedeemedAt  time.Time   `json:"redeemedAt"`
	SettledAt   time.Time   `json:"settledAt"` // zero while UNFULFILLED
}

// Add is one track added to the player's queue by the desk.
type Add struct {
	ID  string    `json:"id"`
	URI string    `json:"uri"`
	At  time.Time `json:"at"`
}

// Post is one chat message the desk sent.
type Post struct {
	ID      string    `json:"id"`
	Text    string    `json:"text"`
	ReplyTo string    `json:"replyTo,omitempty"` // message id
	At      time.Time `json:"at"`
}

// Line is one chat message a viewer wrote here.
type Line struct {
	ID     string    `json:"id"`
	Viewer string    `json:"viewer"` // login
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
}

// Account is a viewer's channel points.
type Account struct {
	Viewer   core.Viewer `json:"viewer"`
	Start    int         `json:"start"`
	Spent    int         `json:"spent"`    // on every redemption taken
	Refunded int         `json:"refunded"` // by cancelled ones
}

// Balance is what the viewer has.
func (a Account) Balance() int { return a.Start - a.Spent + a.Refunded }

// Summary counts what the books hold.
type Summary struct {
	Taken       int `json:"taken"` // redemptions, all of them
	Fulfilled   int `json:"fulfilled"`
	Cancelled   int `json:"cancelled"`
	Unfulfilled int `json:"unfulfilled"`
	Queued      int `json:"queued"`      // tracks the desk added to the player
	Posted      int `json:"posted"`      // chat messages the desk sent
	Delivered   int `json:"delivered"`   // notifications sent
	Undelivered int `json:"undelivered"` // made for a session, not sent yet
	Lost        int `json:"lost"`        // whose session ended first
}

// Playback is what the player does at a moment.
type Playback struct {
	URI      string        `json:"uri"`
	Progress time.Duration `json:"progress"`
	Length   time.Duration `json:"length"`
	Playing  bool          `json:"playing"`
	Device   bool          `json:"device"`
	Asked    bool          `json:"asked"` // the track came from the queue
	Queue    []string      `json:"queue"` // URIs of the user's queue, without the context
}

// Books counts what has happened.
func (s *Sim) Books() Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.state
	sum := Summary{
		Taken: len(st.Redemptions), Queued: len(st.Adds), Posted: len(st.Posts),
		Delivered: st.Delivered, Undelivered: len(st.Undelivered), Lost: st.Lost,
	}
	for _, r := range st.Redemptions {
		switch r.Status {
		case fulfilled:
			sum.Fulfilled++
		case canceled:
			sum.Cancelled++
		default:
			sum.Unfulfilled++
		}
	}
	return sum
}

// Redemptions are all redemptions in the order they were taken.
func (s *Sim) Redemptions() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Entry, 0, len(s.state.Redemptions))
	for _, r := range s.state.Redemptions {
		all = append(all, r.Entry)
	}
	return all
}

// Adds are the desk's additions to the player's queue, in order.
func (s *Sim) Adds() []Add {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.state.Adds)
}

// Posts are the desk's chat messages, in order.
func (s *Sim) Posts() []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.state.Posts)
}

// Lines are what viewers wrote in chat, in order, without the texts of
// redemptions.
func (s *Sim) Lines() []Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.state.Lines)
}

// Points are the accounts of every viewer who has redeemed, by login.
func (s *Sim) Points() map[string]Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]Account, len(s.state.Accounts))
	for _, a := range s.state.Accounts {
		all[a.Viewer.Login] = *a
	}
	return all
}

// Player is what the player does now.
func (s *Sim) Player() Playback {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.state.Player.view(clock())
	b := Playback{
		URI: "spotify:track:" + p.Current, Progress: p.Progress, Length: p.length(),
		Playing: p.Playing && p.Device, Device: p.Device, Asked: p.Asked, Queue: make([]string, 0, len(p.Queue)),
	}
	for _, id := range p.Queue {
		b.Queue = append(b.Queue, "spotify:track:"+id)
	}
	return b
}
