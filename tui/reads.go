package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/tui/state"
)

const (
	settle    = 100 * time.Millisecond // after an event, before what it touched is read
	lookEvery = 5 * time.Second        // what no event tells: pause, progress, health
	recent    = 50                     // sagas shown beside those that need a person
	leaders   = 10
)

// reads is which parts of the state are old, and which are being read.
type reads struct{ old, busy state.Parts }

// readMsg is the answer to a read.
type readMsg struct {
	at    time.Time
	part  state.Parts
	apply func(state.State) state.State // nil with err
	err   error
}

// lookMsg says that it is time to look at what no event tells.
type lookMsg time.Time

func look(ctx context.Context) tea.Cmd {
	return after(ctx, lookEvery, func(t time.Time) tea.Msg { return lookMsg(t) })
}

// after is tea.Tick that ends with ctx.
func after(ctx context.Context, d time.Duration, say func(time.Time) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if !pause(ctx, d) {
			return nil
		}
		return say(time.Now())
	}
}

// refresh reads what is old, each part once at a time.
func (m model) refresh() (model, tea.Cmd) {
	if !m.state.Link.Up {
		return m, nil
	}
	var cmds []tea.Cmd
	for part := state.Parts(1); part <= state.AllParts; part <<= 1 {
		if m.reads.old&part != 0 && m.reads.busy&part == 0 {
			m.reads.old, m.reads.busy = m.reads.old&^part, m.reads.busy|part
			cmds = append(cmds, m.read(part))
		}
	}
	return m, tea.Batch(cmds...)
}

func (m model) read(part state.Parts) tea.Cmd {
	ctx, c := m.ctx, m.cfg.Client
	return func() tea.Msg {
		if !pause(ctx, settle) {
			return nil
		}
		limited, cancel := context.WithTimeout(ctx, callLimit)
		defer cancel()
		apply, err := readers(c)[part](limited)
		if ctx.Err() != nil {
			return nil
		}
		return readMsg{at: time.Now(), part: part, apply: apply, err: err}
	}
}

type reader func(context.Context) (func(state.State) state.State, error)

func readers(c Client) map[state.Parts]reader {
	return map[state.Parts]reader{
		state.PartPlayer: func(ctx context.Context) (func(state.State) state.State, error) { return readPlayer(ctx, c) },
		state.PartSagas:  func(ctx context.Context) (func(state.State) state.State, error) { return readSagas(ctx, c) },
		state.PartRaffle: func(ctx context.Context) (func(state.State) state.State, error) {
			all, err := c.Leaderboard(ctx, "", api.SortClosest, leaders)
			if err != nil {
				return nil, err
			}
			wins, err := c.RaffleRolls(ctx, api.RaffleRolls{Waiting: true}, api.MaxLimit)
			return func(s state.State) state.State { return s.WithLeaders(all).WithWins(wins) }, err
		},
		state.PartGiveaway: func(ctx context.Context) (func(state.State) state.State, error) {
			now, err := c.Giveaway(ctx)
			return func(s state.State) state.State { return s.WithGiveaway(now.Giveaway) }, err
		},
		state.PartAchievements: func(ctx context.Context) (func(state.State) state.State, error) {
			latest, err := c.LatestAchievements(ctx, recent)
			if err != nil {
				return nil, err
			}
			most, err := c.AchievementLeaders(ctx, leaders)
			return func(s state.State) state.State { return s.WithAchievements(latest, most) }, err
		},
		state.PartHealth: func(ctx context.Context) (func(state.State) state.State, error) {
			h, err := c.Health(ctx)
			return func(s state.State) state.State { return s.WithHealth(h) }, err
		},
		state.PartViewers: func(ctx context.Context) (func(state.State) state.State, error) {
			v, err := c.Viewers(ctx, api.MaxLimit)
			return func(s state.State) state.State { return s.WithViewers(v) }, err
		},
		state.PartStream: func(ctx context.Context) (func(state.State) state.State, error) {
			st, err := c.Stream(ctx)
			return func(s state.State) state.State { return s.WithStream(st) }, err
		},
	}
}

func readPlayer(ctx context.Context, c Client) (func(state.State) state.State, error) {
	next, err := c.Queue(ctx, api.MaxLimit)
	if err != nil {
		return nil, err
	}
	now, err := c.NowPlaying(ctx)
	return func(s state.State) state.State { return s.WithPlayer(now, next) }, err
}

func readSagas(ctx context.Context, c Client) (func(state.State) state.State, error) {
	var stuck []api.Saga
	for _, st := range []string{"needs-decision", "failed"} {
		found, err := c.Sagas(ctx, st, api.MaxLimit)
		if err != nil {
			return nil, err
		}
		stuck = append(stuck, found.Sagas...)
	}
	last, err := c.Sagas(ctx, "", recent)
	return func(s state.State) state.State { return s.WithSagas(stuck, last.Sagas) }, err
}

// answered takes the answer to a read. That the desk is away is told by the
// feed; another error is said once.
func (m model) answered(msg readMsg) model {
	m.now = msg.at
	m.reads.busy &^= msg.part
	if msg.err == nil {
		m.state = msg.apply(m.state)
		return m
	}
	if text := msg.err.Error(); core.KindOf(msg.err) != core.Unavailable && text != m.readErr {
		m.readErr = text
		m.state = m.state.Said(state.Line{At: msg.at, Tone: state.Warning, Text: "the desk does not answer: " + text})
	}
	return m
}
