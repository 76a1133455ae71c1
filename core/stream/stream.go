// Package stream knows whether the channel is live. Sessions run from online
// to offline; what Twitch tells may come twice, late or never.
//
// A transition is written together with its effects: what other parts of the
// desk have to do because the stream went on or off. Cascade does them
// afterwards and ticks them off, so that a crash in between loses none. Poller
// counts viewers while live.
package stream

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// Session is one stream, from online to offline. Where the stream broke off and
// came back soon after it is still one; the journal has the gap.
type Session struct {
	ID          int64
	StreamID    string // Twitch's; the newest, where the session was resumed
	StartedAt   time.Time
	OnlineAt    time.Time // StartedAt, or when the session was last resumed
	EndedAt     time.Time // zero while live
	PeakViewers int
}

// Live reports whether the session is still going on.
func (s Session) Live() bool { return s.EndedAt.IsZero() }

// Key is the session's id as events carry it.
func (s Session) Key() string { return strconv.FormatInt(s.ID, 10) }

// Live is what Twitch says of a stream that is on.
type Live struct {
	StreamID  string
	StartedAt time.Time
	Viewers   int
	Title     string
	Category  string
}

// Description is what the channel says of itself, as of At.
type Description struct {
	Title    string    `json:"title"`
	Category string    `json:"category"`
	At       time.Time `json:"at"`
}

// Transition is a change of the stream's state.
type Transition string

// The transitions.
const (
	WentOnline  Transition = "online"
	WentOffline Transition = "offline"
)

// Change is what a report about the stream came to.
type Change struct {
	Transition Transition // "" when nothing changed
	Session    Session    // the one that began or ended; after both, the one that began
}

// Tx is the slice of a transaction the stream needs.
type Tx interface {
	// StreamLatest is the newest session, over or not; core.NotFound before
	// the first.
	StreamLatest() (Session, error)
	// StreamInsert stores a new session and returns its id.
	StreamInsert(Session) (int64, error)
	StreamEnd(id int64, at time.Time) error
	// StreamResume makes an ended session live again, as stream streamID that
	// began at at.
	StreamResume(id int64, streamID string, at time.Time) error
	// StreamAddSample keeps a count of viewers and returns the session's peak.
	StreamAddSample(id int64, at time.Time, viewers int) (peak int, err error)
	// StreamLastSample is when viewers were last counted; core.NotFound if
	// they never were.
	StreamLastSample(id int64) (time.Time, error)
	// StreamDescription is what the channel says of itself, as far as we know;
	// zero before anybody told. StreamDescribe keeps it.
	StreamDescription() (Description, error)
	StreamDescribe(Description) error
	// StreamAddEffect stores an open effect; its ID is given by the store.
	StreamAddEffect(Effect) error
	// StreamOpenEffects lists the newest effect of each target, where open.
	StreamOpenEffects() ([]Effect, error)
	// StreamEffectDone closes an effect and all older ones of its target.
	StreamEffectDone(id int64, at time.Time) error
	AppendEvent(event.Event) error
	Now() time.Time
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error
}

// Current is the session that is live now; core.NotFound when there is none.
func Current(tx Tx) (Session, error) {
	s, err := tx.StreamLatest()
	if err != nil {
		return Session{}, fmt.Errorf("read stream: %w", err)
	}
	if !s.Live() {
		return Session{}, core.E(core.NotFound, "the stream is offline")
	}
	return s, nil
}

// latest is StreamLatest where the time before the first session is one that
// ended long ago.
func latest(tx Tx) (Session, error) {
	s, err := tx.StreamLatest()
	if err != nil && core.KindOf(err) == core.NotFound {
		return Session{EndedAt: time.UnixMilli(0)}, nil
	}
	if err != nil {
		return Session{}, fmt.Errorf("read stream: %w", err)
	}
	return s, nil
}

// Viewers keeps a count of viewers of the current session; core.NotFound when
// there is none.
func Viewers(tx Tx, n int) error {
	if n < 0 {
		return core.E(core.Invalid, "count viewers: %d", n)
	}
	s, err := Current(tx)
	if err != nil {
		return err
	}
	peak, err := tx.StreamAddSample(s.ID, tx.Now(), n)
	if err != nil {
		return fmt.Errorf("keep viewers of session %d: %w", s.ID, err)
	}
	return tx.AppendEvent(event.StreamViewers{SessionID: s.Key(), Viewers: n, Peak: peak})
}

// Described keeps what the channel says of itself, which an event has told.
func Described(tx Tx, title, category string) error {
	return tx.StreamDescribe(Description{Title: title, Category: category, At: tx.Now()})
}

// seen keeps what Get Streams says of the channel. Its answer may be minutes old,
// so it is not believed where it contradicts what an event has just told.
func seen(tx Tx, live Live) error {
	known, err := tx.StreamDescription()
	if err != nil {
		return err
	}
	if known.Title == live.Title && known.Category == live.Category || tx.Now().Sub(known.At) < settle {
		return nil
	}
	if err := Described(tx, live.Title, live.Category); err != nil {
		return err
	}
	return tx.AppendEvent(event.ChannelUpdated{Title: live.Title, Category: live.Category})
}
