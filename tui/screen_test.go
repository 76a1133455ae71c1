package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/google/go-cmp/cmp"
	"github.com/muesli/termenv"

	"sidestage/tui/component"
	"sidestage/tui/section"
	"sidestage/tui/state"
	"sidestage/tui/theme"
)

// plainLook is a terminal whose screens can be read in a file.
func plainLook() theme.Look { return theme.Look{Profile: termenv.Ascii, Dark: true} }

// opened is the screen of an evening at nine, with all of it read.
func opened(tb testing.TB, e *evening, l theme.Look, w, h int) model {
	tb.Helper()
	cfg := Config{Client: e, Look: l, Where: "127.0.0.1:7433"}
	if e.snap.Platform == "demo" {
		cfg.Demo = &Demo{Redeem: e.redeem, Songs: []string{"https://open.spotify.com/track/4aawyAB9vmqN3uQ7FjRGTy"}}
	}
	m := newModel(tb.Context(), cfg, newFeed(cfg))
	m = told(m, tea.WindowSizeMsg{Width: w, Height: h})
	snap := e.snap
	m = told(m, newsMsg{{at: nine(), snapshot: &snap, past: m.feed.before(tb.Context(), snap.Seq)}})
	for part, read := range readers(e) {
		apply, err := read(tb.Context())
		m = told(m, readMsg{at: nine(), part: part, apply: apply, err: err})
	}
	return m
}

// told is the screen after a message and what follows from it at once.
func told(m model, msg tea.Msg) model {
	next, _ := m.Update(msg)
	return next.(model)
}

// press presses keys, and lets the sections have what they ask for at once.
func press(m model, keys ...string) model {
	for _, k := range keys {
		next, cmd := m.press(keyMsg(k))
		for _, msg := range settled(cmd) {
			next = told(next, msg)
		}
		m, cmd = next.show()
		for _, msg := range settled(cmd) {
			m = told(m, msg)
		}
	}
	return m
}

// settled is what a command says, if that is for the screen and needs no time.
func settled(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		var all []tea.Msg
		for _, c := range msg {
			all = append(all, settled(c)...)
		}
		return all
	case nil:
		return nil
	default:
		return []tea.Msg{msg}
	}
}

func keyMsg(k string) tea.KeyMsg {
	for t, name := range map[tea.KeyType]string{
		tea.KeyEnter: "enter", tea.KeyEsc: "esc", tea.KeyTab: "tab", tea.KeyShiftTab: "shift+tab", tea.KeyUp: "up", tea.KeyDown: "down",
		tea.KeyLeft: "left", tea.KeyRight: "right", tea.KeyPgUp: "pgup", tea.KeyPgDown: "pgdown", tea.KeyHome: "home", tea.KeyEnd: "end",
		tea.KeyBackspace: "backspace", tea.KeyCtrlC: "ctrl+c",
	} {
		if name == k {
			return tea.KeyMsg{Type: t}
		}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
}

// fits fails unless the screen is exactly its size.
func fits(tb interface {
	Helper()
	Fatalf(string, ...any)
}, m model) string {
	tb.Helper()
	screen := m.View()
	lines := strings.Split(screen, "\n")
	if len(lines) != m.h {
		tb.Fatalf("%d lines on a screen of %d", len(lines), m.h)
	}
	for i, l := range lines {
		if got := component.Width(l); got != m.w {
			tb.Fatalf("line %d is %d cells wide on a screen of %d: %q", i, got, m.w, l)
		}
	}
	return screen
}

func TestScreens(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]func() *evening{"empty": empty, "typical": typical, "overfull": overfull, "degraded": degraded} {
		for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 36}, {140, 40}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				golden.RequireEqual(t, fits(t, opened(t, made(), plainLook(), size[0], size[1])))
			})
		}
	}
}

func TestPanelsAndDialogs(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]string{
		"raffle": {"3"}, "viewers": {"4"}, "sagas": {"5"}, "log": {"6"}, "giveaway": {"7"}, "achievements": {"8"}, "roll details": {"3", "enter"}, "achievement": {"8", "j", "enter"},
		"give": {"3", "m"}, "given": {"3", "m", "y"}, "draw": {"7", "d"}, "entries": {"7", "c"}, "cancel": {"7", "x"}, "busy": {"7", "n"}, "seed": {"7", "enter"},
		"line": {"6", "j", "j", "j", "enter"},
		"help": {"?"}, "skip": {"s"}, "remove": {"j", "x"}, "removed": {"j", "x", "y"}, "close": {"c"}, "spent": {"x"}, "decide": {"5", "r"},
		"request": {"j", "j", "j", "enter"}, "saga": {"5", "enter"}, "add": {"a"}, "viewer": {"v"}, "roll": {"v", "down"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden.RequireEqual(t, fits(t, press(opened(t, typical(), plainLook(), 80, 24), keys...)))
		})
	}
}

// TestNewPanelsInLittleAndMuchRoom looks at what takes the place of another.
func TestNewPanelsInLittleAndMuchRoom(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]func() *evening{"empty": empty, "typical": typical, "drawn": drawn, "overfull": overfull} {
		for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 36}} {
			for _, panel := range []string{"7", "8"} {
				t.Run(fmt.Sprintf("%s/%dx%d/%s", name, size[0], size[1], panel), func(t *testing.T) {
					t.Parallel()
					golden.RequireEqual(t, fits(t, press(opened(t, made(), plainLook(), size[0], size[1]), panel)))
				})
			}
		}
	}
}

func TestTheFormOfAGiveaway(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]string{
		"form": {"7", "n"}, "filled": {"7", "n", "!win", "tab", "5", "down"},
		"minutes": {"7", "n", "!win", "tab", "x", "enter"}, "refused": {"7", "n", "!sr", "enter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden.RequireEqual(t, fits(t, press(opened(t, empty(), plainLook(), 80, 24), keys...)))
		})
	}
}

func TestInASCIIThereIsNothingElseButNames(t *testing.T) {
	t.Parallel()
	l := plainLook()
	l.ASCII = true
	screen := fits(t, opened(t, degraded(), l, 120, 36))
	golden.RequireEqual(t, screen)
	for _, r := range strings.ReplaceAll(strings.ReplaceAll(screen, "夜に駆ける", ""), "YOASOBI", "") {
		if r > '~' {
			t.Fatalf("%q is on the screen", r)
		}
	}
}

func TestColourChangesNothingButColour(t *testing.T) {
	t.Parallel()
	screen := func(l theme.Look) string {
		return ansi.Strip(fits(t, press(opened(t, overfull(), l, 120, 36), "s")))
	}
	plain := screen(plainLook())
	for _, l := range []theme.Look{
		{Profile: termenv.TrueColor, Colour: true, Dark: true}, {Profile: termenv.TrueColor, Colour: true},
		{Profile: termenv.ANSI, Colour: true, Dark: true}, {Profile: termenv.ANSI},
	} {
		if d := cmp.Diff(plain, screen(l)); d != "" {
			t.Errorf("%+v: %s", l, d)
		}
	}
}

func TestATerminalTooSmallIsTold(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{59, 16}, {60, 15}, {5, 3}, {1, 1}} {
		if screen := fits(t, opened(t, typical(), plainLook(), size[0], size[1])); size[0] > 20 && !strings.Contains(screen, "60×16") {
			t.Errorf("%v: %s", size, screen)
		}
	}
	if got := opened(t, typical(), plainLook(), 0, 0).View(); got != "" {
		t.Errorf("without a size: %q", got)
	}
}

func TestAnUnreachableDeskIsSaidInTheHeader(t *testing.T) {
	t.Parallel()
	m := opened(t, typical(), plainLook(), 80, 24)
	if got := fits(t, told(m, newsMsg{{at: nine(), lost: context.DeadlineExceeded}})); !strings.Contains(got, "no desk, trying again") {
		t.Error(got)
	}
	m = told(m, newsMsg{{at: nine(), resumed: true}})
	if got := fits(t, m); strings.Contains(got, "no desk") {
		t.Error(got)
	}
}

func TestFocusGoesRoundAndSideways(t *testing.T) {
	t.Parallel()
	m := opened(t, typical(), plainLook(), 120, 36)
	for _, c := range []struct {
		keys []string
		want int
	}{
		{nil, section.QueuePanel},
		{[]string{"tab"}, section.RafflePanel},
		{[]string{"shift+tab", "shift+tab"}, section.AchievementsPanel},
		{[]string{"right"}, section.ViewersPanel},
		{[]string{"l", "h"}, section.QueuePanel},
		{[]string{"left"}, section.QueuePanel},
		{[]string{"5", "l"}, section.LogPanel},
		{[]string{"1", "l"}, section.RafflePanel},
		{[]string{"4", "esc"}, section.QueuePanel},
	} {
		if got := press(m, c.keys...).focus; got != c.want {
			t.Errorf("%v: panel %d has the focus, want %d", c.keys, got, c.want)
		}
	}
}

func TestEscapeGoesOneStepBack(t *testing.T) {
	t.Parallel()
	m := press(opened(t, typical(), plainLook(), 80, 24), "4", "s", "?")
	for i, want := range []int{2, 1, 0, 0} {
		if len(m.over) != want {
			t.Fatalf("after %d: %d sections lie on top, want %d", i, len(m.over), want)
		}
		m = press(m, "esc")
	}
	if m.focus != section.QueuePanel {
		t.Errorf("panel %d has the focus", m.focus)
	}
}

func TestTheClockRunsOnlyWhileSomethingMoves(t *testing.T) {
	t.Parallel()
	m := opened(t, empty(), plainLook(), 80, 24)
	if got := m.pace(); got != 0 {
		t.Errorf("an idle screen ticks every %s", got)
	}
	if got := opened(t, typical(), plainLook(), 80, 24).pace(); got != fast {
		t.Errorf("a playing one ticks every %s", got)
	}
	if m = told(m, section.Note{Tone: state.Good, Text: "Done."}); m.pace() != slow {
		t.Errorf("a note ticks every %s", m.pace())
	}
	for range 3 {
		m = told(m, tickMsg(m.now.Add(noteFor)))
	}
	if m.note.Text != "" || m.pace() != 0 {
		t.Errorf("the note %q stays, ticking every %s", m.note.Text, m.pace())
	}
}
