package desk_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"sidestage/tui"
	"sidestage/tui/theme"
)

// dashboard is one on a terminal of 80×24, which knows as much as is needed:
// lines are drawn whole, from the top down.
type dashboard struct {
	mu    sync.Mutex
	lines [24]string
	at    int  // the line that is drawn next
	begun bool // what comes is more of it

	close func()
}

// Write implements io.Writer.
func (d *dashboard) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	state := byte(0)
	for rest := string(p); rest != ""; {
		seq, width, n, next := ansi.DecodeSequence(rest, state, nil)
		switch {
		case seq == ansi.CursorHomePosition:
			d.at, d.begun = 0, false
		case seq == "\n":
			d.at, d.begun = d.at+1, false
		case width > 0 && !d.begun:
			d.lines[d.at], d.begun = seq, true
		case width > 0:
			d.lines[d.at] += seq
		}
		rest, state = rest[n:], next
	}
	return len(p), nil
}

// top is the header, and the banner if there is one.
func (d *dashboard) top() (header, banner string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	panels := slices.IndexFunc(d.lines[:], func(line string) bool { return strings.HasPrefix(line, "╭") })
	return d.lines[0], strings.Join(d.lines[1:max(panels, 1)], "\n")
}

// dashboard shows the desk that runs now, until close.
func (w *world) dashboard() *dashboard {
	d, c := &dashboard{}, w.desk.Reach()
	keys, hand := io.Pipe()
	ctx, cancel := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.check(tui.Run(ctx, tui.Config{Client: c, Look: theme.Look{Dark: true}}, keys, d)) })
	d.close = func() {
		cancel()
		w.check(hand.Close())
		running.Wait()
		c.Close()
	}
	return d
}

// glance is how often a dashboard looks at what no event tells it, and draws.
const glance = 6 * time.Second

// shows waits until the header of a dashboard says something, and its banner
// what is wrong and what to do; without the two there may be no banner.
func (w *world) shows(d *dashboard, says, wrong, do string, within time.Duration) {
	w.t.Helper()
	var header, banner string
	for end := time.Now().Add(within); ; time.Sleep(100 * time.Millisecond) {
		header, banner = d.top()
		lower := strings.ToLower(banner) // what to do begins a sentence there
		if strings.Contains(header, says) && strings.Contains(lower, strings.ToLower(wrong)) && strings.Contains(lower, do) && (wrong != "" || banner == "") {
			return
		}
		if !time.Now().Before(end) {
			break
		}
	}
	w.t.Errorf("after %s the dashboard does not show %q, %q and %q:\n%s\n%s", within, says, wrong, do, header, banner)
}
