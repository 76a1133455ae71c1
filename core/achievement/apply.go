package achievement

import (
	"fmt"

	"sidestage/core"
	"sidestage/core/event"
)

// Progress is where progress is kept.
type Progress interface {
	// AchievementOwner is who redeemed a redemption, with their latest name, and
	// which reward: "song" or "raffle". A request that was made in chat, for no
	// points, is "chat". core.NotFound is neither.
	AchievementOwner(id string) (v core.Viewer, reward string, err error)
	// AchievementCount is how often a viewer did what counts towards an
	// achievement, 0 at first; of a session, or for "" of all time.
	AchievementCount(viewerID, id, session string) (int, error)
	AchievementSetCount(v core.Viewer, id, session string, n int) error
	// AchievementHas reports whether a viewer, or for "" anybody, unlocked it.
	AchievementHas(viewerID, id, session string) (bool, error)
	AchievementUnlock(Unlock) error
}

// Tx is the slice of a transaction that achievements need.
type Tx interface {
	Progress
	AppendEvent(event.Event) error
}

// fact is what an event says of a viewer.
type fact struct {
	viewer   core.Viewer
	triggers []Trigger
	distance int
}

// Apply counts one record of the journal. session is the one that was live
// before it, "" for none; the one that is live after it is returned, with what
// the record unlocked. Records have to be applied each once and in order.
func Apply(p Progress, defs []Definition, session string, rec event.Record) (live string, unlocked []Unlock, err error) {
	e, err := event.Decode(rec)
	if err != nil {
		return session, nil, err
	}
	switch e := e.(type) {
	case event.StreamOnline:
		return e.SessionID, nil, nil
	case event.StreamOffline:
		if e.SessionID == session {
			session = ""
		}
		return session, nil, nil
	}
	f, err := factOf(p, e)
	if err != nil || len(f.triggers) == 0 {
		return session, nil, err
	}
	for _, d := range defs {
		if !d.counts(f) {
			continue
		}
		got, err := count(p, d, session, f.viewer, rec.Seq)
		if err != nil {
			return session, nil, fmt.Errorf("achievement %s of viewer %s: %w", d.ID, f.viewer.ID, err)
		}
		unlocked = append(unlocked, got...)
	}
	return session, unlocked, nil
}

// factOf is what e says of a viewer; no triggers when it says nothing.
func factOf(p Progress, e event.Event) (fact, error) {
	switch e := e.(type) {
	case event.RedemptionFulfilled:
		v, reward, err := p.AchievementOwner(e.RedemptionID)
		if err != nil || reward != "song" { // a roll is told of by its own event
			return fact{}, err
		}
		return fact{viewer: v, triggers: []Trigger{Request}}, nil
	case event.SongHandedOver:
		v, reward, err := p.AchievementOwner(e.RequestID)
		if core.KindOf(err) == core.NotFound && err != nil {
			return fact{}, nil //nolint:nilerr // the streamer's own
		}
		if err != nil || reward != "chat" { // points are told of by the event above
			return fact{}, err
		}
		return fact{viewer: v, triggers: []Trigger{Request}}, nil
	case event.RaffleRolled:
		return fact{viewer: e.Viewer, triggers: rolled(e), distance: e.Distance}, nil
	case event.ViewerFollowed:
		return fact{viewer: e.Viewer, triggers: []Trigger{Follow}}, nil
	case event.ViewerSubscribed:
		return fact{viewer: e.Viewer, triggers: []Trigger{Subscription}}, nil
	case event.ViewerCheered:
		if e.Viewer.ID == "" { // they do not want to be named
			return fact{}, nil
		}
		return fact{viewer: e.Viewer, triggers: []Trigger{Cheer}}, nil
	}
	return fact{}, nil
}

func rolled(e event.RaffleRolled) []Trigger {
	if e.Distance == 0 {
		return []Trigger{Roll, Win}
	}
	if e.Record {
		return []Trigger{Roll, Loss, Record}
	}
	return []Trigger{Roll, Loss}
}

// counts reports whether f counts towards d.
func (d Definition) counts(f fact) bool {
	if !d.Enabled || d.MaxDistance > 0 && f.distance > d.MaxDistance {
		return false
	}
	for _, t := range f.triggers {
		if string(t) == d.Trigger {
			return true
		}
	}
	return false
}

// count adds one to a viewer's progress towards d, and unlocks it at the
// threshold.
func count(p Progress, d Definition, session string, v core.Viewer, seq int64) ([]Unlock, error) {
	if d.Scope == string(Cumulative) {
		session = ""
	} else if session == "" {
		return nil, nil // off stream
	}
	whose := v.ID
	if d.FirstOnly {
		whose = ""
	}
	if has, err := p.AchievementHas(whose, d.ID, session); err != nil || has {
		return nil, err
	}
	n, err := p.AchievementCount(v.ID, d.ID, session)
	if err != nil {
		return nil, err
	}
	n++
	if err := p.AchievementSetCount(v, d.ID, session, n); err != nil || n < d.Threshold {
		return nil, err
	}
	u := Unlock{ID: d.ID, Viewer: v, Session: session, Seq: seq}
	return []Unlock{u}, p.AchievementUnlock(u)
}

// Concern lists the types of events that Apply looks at.
func Concern() []event.Type {
	var types []event.Type
	for _, e := range []event.Event{
		event.StreamOnline{}, event.StreamOffline{}, event.RedemptionFulfilled{}, event.SongHandedOver{}, event.RaffleRolled{},
		event.ViewerFollowed{}, event.ViewerSubscribed{}, event.ViewerCheered{},
	} {
		types = append(types, e.Type())
	}
	return types
}
