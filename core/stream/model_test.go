package stream_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/stream"
	"sidestage/storage"
)

// model is the lifecycle on paper: every session with the times at which
// viewers were counted, and what each target has been left to do.
type model struct {
	sessions []stream.Session
	seen     time.Time // the last count in the last session
	open     map[string]stream.Transition
}

func (m *model) live() *stream.Session {
	if n := len(m.sessions); n > 0 && m.sessions[n-1].Live() {
		return &m.sessions[n-1]
	}
	return nil
}

// lastChange is when the state last changed.
func (m *model) lastChange() time.Time {
	if len(m.sessions) == 0 {
		return time.Time{}
	}
	s := m.sessions[len(m.sessions)-1]
	if s.Live() {
		return s.OnlineAt
	}
	return s.EndedAt
}

func (m *model) became(what stream.Transition) {
	for _, target := range stream.Targets() {
		m.open[target] = what
	}
}

// rules have a session go on after a short gap.
var rules = stream.Rules{ResumeWithin: 45 * time.Second}

func (m *model) begin(id string, at time.Time) stream.Transition {
	m.became(stream.WentOnline)
	if n := len(m.sessions); n > 0 && at.Sub(m.sessions[n-1].EndedAt) < rules.ResumeWithin {
		s := &m.sessions[n-1]
		s.StreamID, s.OnlineAt, s.EndedAt = id, at, time.Time{}
		if m.seen.Before(at) {
			m.seen = at
		}
		return stream.WentOnline
	}
	m.seen = at
	m.sessions = append(m.sessions, stream.Session{ID: int64(len(m.sessions) + 1), StreamID: id, StartedAt: at, OnlineAt: at})
	return stream.WentOnline
}

func (m *model) end(at time.Time) stream.Transition {
	m.live().EndedAt = at
	m.became(stream.WentOffline)
	return stream.WentOffline
}

func (m *model) lose(before time.Time) stream.Transition {
	if m.seen.After(before) {
		return m.end(before)
	}
	return m.end(m.seen)
}

func (m *model) online(id string, at time.Time) stream.Transition {
	s := m.live()
	if s != nil && s.StreamID == id || at.Before(m.lastChange()) {
		return ""
	}
	if s != nil {
		m.lose(at)
	}
	return m.begin(id, at)
}

func (m *model) offline(at time.Time) stream.Transition {
	if m.live() == nil || at.Before(m.lastChange()) {
		return ""
	}
	return m.end(at)
}

func (m *model) reconcile(now time.Time, live *stream.Live) stream.Transition {
	fresh := now.Sub(m.lastChange()) < 5*time.Minute
	switch {
	case live == nil && m.live() != nil && !fresh:
		return m.lose(now)
	case live == nil:
		return ""
	case m.live() == nil && live.StartedAt.Before(m.lastChange()) && fresh:
		return ""
	case m.live() == nil && live.StartedAt.Before(m.lastChange()):
		return m.begin(live.StreamID, m.lastChange())
	}
	return m.online(live.StreamID, live.StartedAt)
}

func (m *model) viewers(now time.Time, n int) {
	if s := m.live(); s != nil {
		s.PeakViewers = max(s.PeakViewers, n)
		m.seen = now
	}
}

func (m *model) check(t *rapid.T, tx stream.Tx) {
	got, err := stream.Current(tx)
	if want := m.live(); want == nil {
		if core.KindOf(err) != core.NotFound {
			t.Fatalf("offline, but %+v, %v", got, err)
		}
	} else if d := cmp.Diff(*want, got); err != nil || d != "" {
		t.Fatalf("%v %s", err, d)
	}
	for i, s := range m.sessions[:max(0, len(m.sessions)-1)] {
		if s.Live() || s.EndedAt.Before(s.StartedAt) || m.sessions[i+1].StartedAt.Before(s.EndedAt) {
			t.Fatalf("sessions overlap: %+v", m.sessions)
		}
	}
	effects, err := stream.PendingEffects(tx)
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]stream.Transition{}
	for _, e := range effects {
		open[e.Target] = e.What
	}
	if d := cmp.Diff(m.open, open); d != "" || len(open) != len(effects) {
		t.Fatalf("%d effects: %s", len(effects), d)
	}
}

func (m *model) actions(tx *clocked) map[string]func(*rapid.T) {
	id := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("s%d", rapid.IntRange(1, 4).Draw(t, "stream")) })
	ago := rapid.Custom(func(t *rapid.T) time.Time {
		return tx.now.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 1, 30, 60, 400, 3600}).Draw(t, "seconds ago")) * time.Second)
	})
	same := func(t *rapid.T, want stream.Transition, got stream.Change, err error) {
		if err != nil || got.Transition != want {
			t.Fatalf("%q, want %q, %v", got.Transition, want, err)
		}
	}
	return map[string]func(*rapid.T){
		"online": func(t *rapid.T) {
			id, start := id.Draw(t, "id"), ago.Draw(t, "start")
			got, err := rules.Online(tx, id, start)
			same(t, m.online(id, start), got, err)
		},
		"offline": func(t *rapid.T) {
			end := ago.Draw(t, "end")
			got, err := stream.Offline(tx, end)
			same(t, m.offline(end), got, err)
		},
		"reconcile, off": func(t *rapid.T) {
			got, err := rules.Reconcile(tx, nil)
			same(t, m.reconcile(tx.now, nil), got, err)
		},
		"reconcile, live": func(t *rapid.T) {
			live := &stream.Live{StreamID: id.Draw(t, "id"), StartedAt: ago.Draw(t, "start")}
			got, err := rules.Reconcile(tx, live)
			same(t, m.reconcile(tx.now, live), got, err)
		},
		"viewers": func(t *rapid.T) {
			n := rapid.IntRange(0, 50).Draw(t, "n")
			if err := stream.Viewers(tx, n); (err != nil) != (m.live() == nil) {
				t.Fatal(err)
			}
			m.viewers(tx.now, n)
		},
		"wait": func(t *rapid.T) {
			tx.now = tx.now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "seconds")) * time.Second)
		},
		"tick off": func(t *rapid.T) {
			effects, err := stream.PendingEffects(tx)
			if err != nil {
				t.Fatal(err)
			}
			if len(effects) == 0 {
				return
			}
			e := rapid.SampledFrom(effects).Draw(t, "effect")
			if err := stream.EffectDone(tx, e.ID); err != nil {
				t.Fatal(err)
			}
			delete(m.open, e.Target)
		},
		"": func(t *rapid.T) { m.check(t, tx) },
	}
}

func TestTheLifecycleIsWhatItIsOnPaper(t *testing.T) {
	db := open(t)
	errUndo := errors.New("leave nothing behind")
	rapid.Check(t, func(rt *rapid.T) {
		err := db.Update(context.WithoutCancel(t.Context()), func(tx *storage.Tx) error {
			m := &model{open: map[string]stream.Transition{}}
			rt.Repeat(m.actions(&clocked{Tx: tx, now: noon}))
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			rt.Fatal(err)
		}
	})
}
