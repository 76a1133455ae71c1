package stream

import (
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// settle is how long Get Streams may still say what was so before: it is
// cached and lags behind stream.online by up to minutes.
const settle = 5 * time.Minute

// Rules say what counts as one session.
type Rules struct {
	// ResumeWithin is how soon after its end a stream may come back, by whatever
	// id, and still continue the session; 0 is never.
	ResumeWithin time.Duration
}

// Online reports that stream streamID began at startedAt (the event's
// started_at). The stream that is live already, and a start before the last
// transition, change nothing. Another stream while one is live means that the
// end of that one was missed: it is ended first. A stream that begins soon after
// the last one ended continues its session.
func (r Rules) Online(tx Tx, streamID string, startedAt time.Time) (Change, error) {
	if streamID == "" || startedAt.IsZero() {
		return Change{}, core.E(core.Invalid, "a stream needs an id and a start")
	}
	last, err := latest(tx)
	if err != nil {
		return Change{}, err
	}
	if last.Live() && last.StreamID == streamID {
		return Change{}, nil
	}
	if startedAt.Before(last.OnlineAt) || startedAt.Before(last.EndedAt) {
		return Change{}, nil
	}
	if last.Live() {
		over, err := endUnseen(tx, last, startedAt)
		if err != nil {
			return Change{}, err
		}
		last = over.Session
	}
	return r.begin(tx, last, streamID, startedAt)
}

// Offline reports that the stream ended at at (the time of the message, the
// event itself has none). Off already, or an end before the session began,
// changes nothing.
func Offline(tx Tx, at time.Time) (Change, error) {
	last, err := latest(tx)
	if err != nil || !last.Live() || at.Before(last.OnlineAt) {
		return Change{}, err
	}
	return end(tx, last, at)
}

// Reconcile compares what we believe with what Get Streams says now (nil: not
// live), at start and after a gap in which events may have been missed.
// Since that answer may be minutes old, it is not believed where it only
// contradicts a transition of the last five minutes: ask again after that.
func (r Rules) Reconcile(tx Tx, live *Live) (Change, error) {
	last, err := latest(tx)
	if err != nil {
		return Change{}, err
	}
	now := tx.Now()
	if live == nil {
		if !last.Live() || now.Sub(last.OnlineAt) < settle {
			return Change{}, nil
		}
		return endUnseen(tx, last, now)
	}
	if !last.Live() && live.StartedAt.Before(last.EndedAt) {
		if now.Sub(last.EndedAt) < settle {
			return Change{}, nil
		}
		// An end was reported, yet it goes on: from there.
		return r.begin(tx, last, live.StreamID, last.EndedAt)
	}
	return r.Online(tx, live.StreamID, live.StartedAt)
}

// begin begins a session, or resumes the last one if that has just ended.
func (r Rules) begin(tx Tx, last Session, streamID string, at time.Time) (Change, error) {
	if last.ID != 0 && at.Sub(last.EndedAt) < r.ResumeWithin {
		return resume(tx, last, streamID, at)
	}
	s := Session{StreamID: streamID, StartedAt: at, OnlineAt: at}
	id, err := tx.StreamInsert(s)
	if err != nil {
		return Change{}, fmt.Errorf("begin session of stream %s: %w", streamID, err)
	}
	s.ID = id
	if err := addEffects(tx, s, WentOnline); err != nil {
		return Change{}, err
	}
	return Change{WentOnline, s}, tx.AppendEvent(event.StreamOnline{SessionID: s.Key(), StartedAt: at})
}

func resume(tx Tx, s Session, streamID string, at time.Time) (Change, error) {
	s.StreamID, s.OnlineAt, s.EndedAt = streamID, at, time.Time{}
	if err := tx.StreamResume(s.ID, streamID, at); err != nil {
		return Change{}, fmt.Errorf("resume session %d with stream %s: %w", s.ID, streamID, err)
	}
	if err := addEffects(tx, s, WentOnline); err != nil {
		return Change{}, err
	}
	return Change{WentOnline, s}, tx.AppendEvent(event.StreamOnline{SessionID: s.Key(), StartedAt: s.StartedAt, ResumedAt: at})
}

func end(tx Tx, s Session, at time.Time) (Change, error) {
	s.EndedAt = at
	if err := tx.StreamEnd(s.ID, at); err != nil {
		return Change{}, fmt.Errorf("end session %d: %w", s.ID, err)
	}
	if err := addEffects(tx, s, WentOffline); err != nil {
		return Change{}, err
	}
	e := event.StreamOffline{SessionID: s.Key(), EndedAt: at, PeakViewers: s.PeakViewers}
	return Change{WentOffline, s}, tx.AppendEvent(e)
}

// endUnseen ends a session whose end nobody told us: at the last moment it was
// seen live, and at or before the time it is known to be over. A later guess
// would make the next session's start look old.
func endUnseen(tx Tx, s Session, over time.Time) (Change, error) {
	seen, err := tx.StreamLastSample(s.ID)
	if err != nil && core.KindOf(err) != core.NotFound {
		return Change{}, fmt.Errorf("read last sample of session %d: %w", s.ID, err)
	}
	if seen.Before(s.OnlineAt) {
		seen = s.OnlineAt
	}
	if seen.After(over) {
		seen = over
	}
	return end(tx, s, seen)
}
