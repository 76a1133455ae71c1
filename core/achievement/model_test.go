package achievement_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/event"
	"sidestage/storage"
)

var defs = []achievement.Definition{
	{ID: "first", Enabled: true, Name: "First", Trigger: "request", Scope: "cumulative", Threshold: 1},
	{ID: "third", Enabled: true, Name: "Third", Trigger: "request", Scope: "cumulative", Threshold: 3},
	{ID: "opener", Enabled: true, Name: "Opener", Trigger: "request", Scope: "session", Threshold: 1, FirstOnly: true},
	{ID: "twice", Enabled: true, Name: "Twice", Trigger: "request", Scope: "session", Threshold: 2},
	{ID: "roll", Enabled: true, Name: "Roll", Trigger: "roll", Scope: "cumulative", Threshold: 2},
	{ID: "win", Enabled: true, Name: "Win", Trigger: "win", Scope: "cumulative", Threshold: 1},
	{ID: "close", Enabled: true, Name: "Close", Trigger: "loss", Scope: "cumulative", Threshold: 1, MaxDistance: 3},
	{ID: "record", Enabled: true, Name: "Record", Trigger: "record", Scope: "session", Threshold: 2},
	{ID: "off", Enabled: false, Name: "Off", Trigger: "roll", Scope: "cumulative", Threshold: 1},
}

// evening is a random one, as records of the journal.
type evening struct {
	records []event.Record
	owners  map[string]core.Viewer // of redemptions of songs and of requests
	n       int
}

func (e *evening) happens(t *rapid.T, what event.Event) {
	rec, err := event.Encode(time.UnixMilli(1_000_000+int64(len(e.records))), what)
	if err != nil {
		t.Fatal(err)
	}
	rec.Seq = int64(len(e.records) + 1)
	e.records = append(e.records, rec)
}

func someone(t *rapid.T) core.Viewer {
	id := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "viewer")
	return core.Viewer{ID: id, Login: "v" + id, Name: rapid.SampledFrom([]string{"V", "W"}).Draw(t, "name") + id}
}

func random(t *rapid.T) *evening {
	e := &evening{owners: map[string]core.Viewer{}}
	for range rapid.IntRange(0, 40).Draw(t, "events") {
		e.n++
		switch rapid.IntRange(0, 11).Draw(t, "what") {
		case 0:
			e.happens(t, event.StreamOnline{SessionID: fmt.Sprint(e.n)})
		case 1:
			e.happens(t, event.StreamOffline{SessionID: fmt.Sprint(rapid.IntRange(1, e.n).Draw(t, "session"))})
		case 2, 3, 4, 5:
			id := fmt.Sprintf("r%d", e.n)
			e.owners[id] = someone(t)
			e.happens(t, event.RedemptionFulfilled{RedemptionID: id})
		case 6, 7: // paid for and told of otherwise, free in chat, or the streamer's
			id := rapid.SampledFrom([]string{"r", "sr-", "desk-"}).Draw(t, "from") + fmt.Sprint(e.n)
			if e.owners[id] = someone(t); strings.HasPrefix(id, "desk-") {
				delete(e.owners, id)
			}
			e.happens(t, event.SongHandedOver{RequestID: id})
		default:
			d := rapid.IntRange(0, 5).Draw(t, "distance")
			e.happens(t, event.RaffleRolled{RollID: fmt.Sprint(e.n), Viewer: someone(t), Distance: d, Record: d > 0 && rapid.Bool().Draw(t, "record")})
		}
	}
	return e
}

func (e *evening) owner(id string) (core.Viewer, string, error) {
	v, known := e.owners[id]
	switch {
	case !known:
		return v, "", core.E(core.NotFound, "whose is %s", id)
	case strings.HasPrefix(id, "sr-"):
		return v, "chat", nil
	}
	return v, "song", nil
}

// naive says who has what by looking at the whole evening for each place anew.
func (e *evening) naive(t *rapid.T) map[achievement.Place]bool {
	has := map[achievement.Place]bool{}
	for _, d := range defs {
		counts := map[achievement.Place]int{}
		live := ""
		for _, rec := range e.records {
			what, err := event.Decode(rec)
			if err != nil {
				t.Fatal(err)
			}
			viewer, triggers, distance := e.told(what, &live)
			session := live
			if d.Scope == "cumulative" {
				session = ""
			}
			if !d.Enabled || !slices.Contains(triggers, d.Trigger) || d.Scope == "session" && live == "" || d.MaxDistance > 0 && distance > d.MaxDistance {
				continue
			}
			at := achievement.Place{ViewerID: viewer, ID: d.ID, Session: session}
			if d.FirstOnly {
				counts[achievement.Place{ID: d.ID, Session: session}]++
				if counts[achievement.Place{ID: d.ID, Session: session}] > 1 {
					continue
				}
			}
			if counts[at]++; counts[at] >= d.Threshold {
				has[at] = true
			}
		}
	}
	return has
}

func (e *evening) told(what event.Event, live *string) (viewer string, triggers []string, distance int) {
	switch what := what.(type) {
	case event.StreamOnline:
		*live = what.SessionID
	case event.StreamOffline:
		if *live == what.SessionID {
			*live = ""
		}
	case event.RedemptionFulfilled:
		return e.owners[what.RedemptionID].ID, []string{"request"}, 0
	case event.SongHandedOver:
		if strings.HasPrefix(what.RequestID, "sr-") {
			return e.owners[what.RequestID].ID, []string{"request"}, 0
		}
	case event.RaffleRolled:
		triggers = []string{"roll", "loss"}
		if what.Distance == 0 {
			triggers = []string{"roll", "win"}
		}
		if what.Record {
			triggers = append(triggers, "record")
		}
		return what.Viewer.ID, triggers, what.Distance
	}
	return "", nil, 0
}

func TestUnlocksAreWhatANaiveCountSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := random(t)
		r := achievement.NewReplay(defs, e.owner)
		for _, rec := range e.records {
			if err := r.Take(rec); err != nil {
				t.Fatal(err)
			}
		}
		got := map[achievement.Place]bool{}
		all, _ := r.Standings()
		for at, s := range all {
			if s.Unlocked {
				got[at] = true
			}
		}
		if d := cmp.Diff(e.naive(t), got); d != "" {
			t.Fatal(d)
		}
	})
}

// Live and replayed are the same, whatever the database was stopped at, and each
// unlock is told of once.
func TestTheDatabaseKeepsWhatAReplayComputes(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		db, err := storage.Open(context.Background(), fmt.Sprintf("%s/%d", dir, n), storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		e := random(t)
		replay := achievement.NewReplay(defs, e.owner)
		live, told := "", map[achievement.Place]int{}
		for _, rec := range e.records {
			if err := replay.Take(rec); err != nil {
				t.Fatal(err)
			}
			err := db.Update(context.Background(), func(tx *storage.Tx) error {
				now, unlocked, err := achievement.Apply(owned{tx, e}, defs, live, rec)
				live = now
				for _, u := range unlocked {
					told[achievement.Place{ViewerID: u.Viewer.ID, ID: u.ID, Session: u.Session}]++
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var kept achievement.Standings
		if err := db.View(context.Background(), func(tx *storage.Tx) (err error) { kept, err = tx.AchievementStandings(); return err }); err != nil {
			t.Fatal(err)
		}
		want, _ := replay.Standings()
		if d := achievement.Differences(kept, want); len(d) > 0 {
			t.Fatalf("kept and replayed differ: %+v", d)
		}
		for at, times := range told {
			if times != 1 || !kept[at].Unlocked {
				t.Fatalf("%+v was told %d times", at, times)
			}
		}
	})
}

// owned knows the owners of redemptions that the database does not have.
type owned struct {
	*storage.Tx
	e *evening
}

func (o owned) AchievementOwner(id string) (core.Viewer, string, error) { return o.e.owner(id) }

func TestDefinitionsThatContradictThemselvesAreNamed(t *testing.T) {
	good := achievement.Definition{ID: "x", Name: "X", Trigger: "loss", Scope: "session", Threshold: 1, MaxDistance: 5}
	if field, problem := good.Check(); problem != "" {
		t.Errorf("%s: %s", field, problem)
	}
	for field, spoil := range map[string]func(*achievement.Definition){
		"name":         func(d *achievement.Definition) { d.Name = " " },
		"trigger":      func(d *achievement.Definition) { d.Trigger = "dance" },
		"max_distance": func(d *achievement.Definition) { d.Trigger = "roll" },
		"first_only":   func(d *achievement.Definition) { d.FirstOnly, d.Scope = true, "cumulative" },
		"threshold":    func(d *achievement.Definition) { d.FirstOnly, d.Threshold = true, 2 },
	} {
		d := good
		spoil(&d)
		if got, problem := d.Check(); got != field {
			t.Errorf("%s is found wrong (%s), want %s", got, problem, field)
		}
	}
	for id, ok := range map[string]bool{"first_roll": true, "a": true, "": false, "1st": false, "Ä": false, "a-b": false} {
		if (achievement.ValidID(id) == "") != ok {
			t.Errorf("id %q", id)
		}
	}
}
