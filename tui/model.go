package tui

import (
	"context"
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/tui/keymap"
	"sidestage/tui/section"
	"sidestage/tui/state"
	"sidestage/tui/theme"
)

// Pace of the clock, and how long a note stays.
const (
	fast    = 200 * time.Millisecond // while a track plays
	slow    = time.Second            // while a time is shown that runs
	noteFor = 5 * time.Second
)

// model is the whole screen. Its functions return the next one.
type model struct {
	ctx  context.Context // of the program: the framework hands none to Update
	cfg  Config
	desk section.Desk
	feed *feed

	state   state.State
	now     time.Time // as of the last message that carried one
	reads   reads
	readErr string // the last that was said
	ticking bool

	panels []section.Section // by number, from 1
	focus  int
	front  front
	over   []overlay
	note   note
	w, h   int
}

// overlay is a section above the panels.
type overlay struct {
	id string
	section.Section
}

// note is what the bottom line says for a while.
type note struct {
	section.Note
	until time.Time // zero until the clock has ticked
}

func newModel(ctx context.Context, cfg Config, f *feed) model {
	d := section.Desk{Theme: theme.New(cfg.Look), Keys: keymap.New(cfg.Demo != nil, cfg.Look.ASCII), Do: actions(ctx, cfg)}
	return model{
		ctx: ctx, cfg: cfg, desk: d, feed: f, now: time.Now(),
		panels: append([]section.Section{nil}, section.Panels(d)...), focus: section.QueuePanel, front: atFirst(),
	}
}

// Init implements tea.Model.
func (m model) Init() tea.Cmd { return tea.Batch(m.feed.next(m.ctx), look(m.ctx)) }

// tickMsg moves the clock on.
type tickMsg time.Time

// Update implements tea.Model.
func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m, cmd := m.take(msg)
	m, read := m.refresh()
	m, shown := m.show()
	m, tick := m.clock()
	return m, tea.Batch(cmd, read, shown, tick)
}

// take changes what one message changes.
func (m model) take(msg tea.Msg) (model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
	case tea.KeyMsg:
		return m.press(msg)
	case newsMsg:
		m, cmd := m.hear(msg)
		return m, tea.Batch(cmd, m.feed.next(m.ctx))
	case readMsg:
		return m.answered(msg), nil
	case lookMsg:
		m.now = time.Time(msg)
		m.reads.old |= state.PartPlayer | state.PartHealth | state.PartStream | state.PartViewers
		return m, look(m.ctx)
	case tickMsg:
		m.now, m.ticking = time.Time(msg), false
		m.note = m.note.aged(m.now)
	case section.Envelope:
		return m.deliver(msg)
	case section.Open:
		return m.open(msg), nil
	case section.Close:
		return m.back(), nil
	case section.Note:
		m.note = note{Note: msg}
		m.reads.old |= state.PartPlayer | state.PartSagas | state.PartRaffle | state.PartGiveaway // what was done shows at once
		m.state = m.state.Said(state.Line{At: m.now, Tone: msg.Tone, Text: msg.Text})
	}
	return m, nil
}

// hear takes the news of a frame.
func (m model) hear(frame newsMsg) (model, tea.Cmd) {
	var cmds []tea.Cmd
	for _, n := range frame {
		m.now = n.at
		switch {
		case n.snapshot != nil:
			m.state = m.state.Opened(n.at, *n.snapshot, n.past)
			m.reads.old = state.AllParts
		case n.resumed:
			m.state = m.state.Resumed(n.at)
			m.reads.old = state.AllParts
		case n.lost != nil:
			m.state = m.state.Lost(n.at, n.lost)
		case n.line != nil:
			m.state = m.state.Said(state.Line{At: n.line.At, Tone: n.line.Tone, Text: n.line.Text})
		case n.record != nil:
			m.state = m.state.Record(*n.record)
			m.reads.old |= state.Touches(*n.record)
			var cmd tea.Cmd
			if m, cmd = m.tellOverlays(section.Happened{Subject: n.record.Subject}); cmd != nil {
				cmds = append(cmds, cmd)
			}
		}
	}
	return m, tea.Batch(cmds...)
}

func (m model) tellOverlays(msg tea.Msg) (model, tea.Cmd) {
	var cmds []tea.Cmd
	over := make([]overlay, len(m.over))
	for i, o := range m.over {
		s, cmd := o.Update(msg)
		over[i] = overlay{o.id, s}
		cmds = append(cmds, cmd)
	}
	m.over = over
	return m, tea.Batch(cmds...)
}

// show tells every section what is known now.
func (m model) show() (model, tea.Cmd) {
	cmds := make([]tea.Cmd, 0, len(m.panels))
	panels := make([]section.Section, len(m.panels))
	for i := 1; i < len(m.panels); i++ {
		var cmd tea.Cmd
		panels[i], cmd = m.panels[i].Update(section.Shown{State: m.state, Now: m.now, Focused: i == m.focus && len(m.over) == 0})
		cmds = append(cmds, cmd)
	}
	m.panels = panels
	m, cmd := m.tellOverlays(section.Shown{State: m.state, Now: m.now, Focused: true})
	return m, tea.Batch(append(cmds, cmd)...)
}

// clock asks for the next tick, if anything moves and none is on its way.
func (m model) clock() (model, tea.Cmd) {
	d := m.pace()
	if m.ticking || d == 0 {
		return m, nil
	}
	m.ticking = true
	return m, after(m.ctx, d, func(t time.Time) tea.Msg { return tickMsg(t) })
}

// pace is how long until the screen looks different by itself; 0 is never.
func (m model) pace() time.Duration {
	switch {
	case m.state.Moving(m.now):
		return fast
	case !m.state.Link.Up, m.state.Stream.Live, m.note.Text != "", len(m.over) > 0, m.counting(), m.fresh(), m.closing():
		return slow
	}
	return 0
}

// counting reports whether a saga's time runs.
func (m model) counting() bool {
	for _, s := range m.state.Sagas {
		switch s.State {
		case "running", "waiting", "compensating":
			return true
		}
	}
	return false
}

func (m model) fresh() bool {
	if n := len(m.state.Rolls); n > 0 && m.now.Sub(m.state.Rolls[n-1].At) < section.Fresh {
		return true
	}
	return len(m.state.Unlocked) > 0 && m.now.Sub(m.state.Unlocked[0].UnlockedAt) < section.Fresh
}

// closing reports whether a giveaway's time runs.
func (m model) closing() bool {
	left, ok := m.state.GiveawayLeft(m.now)
	return ok && left > 0
}

func (n note) aged(now time.Time) note {
	switch {
	case n.Text == "":
	case n.until.IsZero():
		n.until = now.Add(noteFor)
	case !now.Before(n.until):
		return note{}
	}
	return n
}

// deliver passes a message on to the one section it is for.
func (m model) deliver(e section.Envelope) (model, tea.Cmd) {
	if i := section.PanelOf(e.To); i > 0 {
		return m.tellPanel(i, e.Msg)
	}
	for i, o := range m.over {
		if o.id == e.To {
			s, cmd := o.Update(e.Msg)
			m.over = append(append(m.over[:i:i], overlay{o.id, s}), m.over[i+1:]...)
			return m, cmd
		}
	}
	return m, nil
}

func (m model) tellPanel(i int, msg tea.Msg) (model, tea.Cmd) {
	s, cmd := m.panels[i].Update(msg)
	m.panels = append(append(m.panels[:i:i], s), m.panels[i+1:]...)
	return m, cmd
}

func (m model) open(o section.Open) model {
	if o.Instead {
		m = m.back()
	}
	for _, there := range m.over {
		if there.id == o.ID {
			return m
		}
	}
	m.over = append(slices.Clip(m.over), overlay{o.ID, o.Section})
	return m
}

// back takes the topmost overlay away.
func (m model) back() model {
	if n := len(m.over); n > 0 {
		m.over = m.over[:n-1]
	}
	return m
}

func pressed(k tea.KeyMsg, b key.Binding) bool { return key.Matches(k, b) }
