package achievement

import (
	"cmp"
	"maps"
	"slices"

	"sidestage/core"
	"sidestage/core/event"
)

// Place is one viewer's place in one achievement.
type Place struct{ ViewerID, ID, Session string }

// Standing is where a viewer stands at a Place.
type Standing struct {
	Viewer   core.Viewer
	Count    int
	Unlocked bool
	Seq      int64 // of the event that unlocked it
}

// Standings are everybody's.
type Standings map[Place]Standing

// Replay computes Standings from the journal alone. Make it with NewReplay.
type Replay struct {
	defs    []Definition
	owner   func(id string) (core.Viewer, string, error)
	live    string
	all     Standings
	anybody map[Place]bool // with no ViewerID: somebody unlocked it
}

// NewReplay begins before the first event. owner is Progress.AchievementOwner.
func NewReplay(defs []Definition, owner func(id string) (core.Viewer, string, error)) *Replay {
	return &Replay{defs: defs, owner: owner, all: Standings{}, anybody: map[Place]bool{}}
}

// Take counts the next record.
func (r *Replay) Take(rec event.Record) (err error) {
	r.live, _, err = Apply(r, r.defs, r.live, rec)
	return err
}

// Standings are those after the records taken so far, and the session that is
// live then.
func (r *Replay) Standings() (all Standings, live string) { return r.all, r.live }

// AchievementOwner implements Progress.
func (r *Replay) AchievementOwner(id string) (core.Viewer, string, error) {
	return r.owner(id)
}

// AchievementCount implements Progress.
func (r *Replay) AchievementCount(viewerID, id, session string) (int, error) {
	return r.all[Place{viewerID, id, session}].Count, nil
}

// AchievementSetCount implements Progress.
func (r *Replay) AchievementSetCount(v core.Viewer, id, session string, n int) error {
	at := Place{v.ID, id, session}
	s := r.all[at]
	s.Viewer, s.Count = v, n
	r.all[at] = s
	return nil
}

// AchievementHas implements Progress.
func (r *Replay) AchievementHas(viewerID, id, session string) (bool, error) {
	if viewerID == "" {
		return r.anybody[Place{"", id, session}], nil
	}
	return r.all[Place{viewerID, id, session}].Unlocked, nil
}

// AchievementUnlock implements Progress.
func (r *Replay) AchievementUnlock(u Unlock) error {
	at := Place{u.Viewer.ID, u.ID, u.Session}
	s := r.all[at]
	s.Viewer, s.Unlocked, s.Seq = u.Viewer, true, u.Seq
	r.all[at] = s
	r.anybody[Place{"", u.ID, u.Session}] = true
	return nil
}

// Difference is a place where two Standings are not the same.
type Difference struct {
	Place
	Viewer     core.Viewer
	Have, Want Standing
}

// Differences compares what is kept with what should be, by viewer and
// achievement.
func Differences(have, want Standings) []Difference {
	places := maps.Clone(have)
	maps.Copy(places, want)
	var found []Difference
	for at := range places {
		d := Difference{Place: at, Have: have[at], Want: want[at]}
		if d.Have.Count == d.Want.Count && d.Have.Unlocked == d.Want.Unlocked {
			continue
		}
		d.Viewer = cmp.Or(d.Want.Viewer, d.Have.Viewer)
		found = append(found, d)
	}
	slices.SortFunc(found, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.ViewerID, b.ViewerID), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Session, b.Session))
	})
	return found
}
