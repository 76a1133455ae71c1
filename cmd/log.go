package cmd

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"sidestage/core"
	"sidestage/tui"
	"sidestage/tui/state"
)

// logbook is the log of a desk that owns the terminal: JSON in a file of the
// data directory, and lines for the log panel.
type logbook struct {
	*slog.Logger
	lines chan tui.LogLine
	file  *os.File
}

// panelLines is how many lines may wait for the panel; more are dropped there,
// the file has them.
const panelLines = 256

// openLog opens the log of a data directory.
func openLog(dir string, level slog.Level) (*logbook, error) {
	file, err := os.OpenFile(filepath.Join(dir, "sidestage.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, core.E(core.Unavailable, "open the log: %w", err)
	}
	l := &logbook{lines: make(chan tui.LogLine, panelLines), file: file}
	o := &slog.HandlerOptions{Level: level}
	l.Logger = slog.New(slog.NewMultiHandler(slog.NewJSONHandler(file, o), panel{lines: l.lines, level: level}))
	return l, nil
}

// Close closes the file.
func (l *logbook) Close() error { return l.file.Close() }

// panel is a slog.Handler that feeds the dashboard and never waits for it.
type panel struct {
	lines chan<- tui.LogLine
	level slog.Level
	attrs string
}

// Enabled implements slog.Handler.
func (p panel) Enabled(_ context.Context, l slog.Level) bool { return l >= p.level }

// Handle implements slog.Handler.
func (p panel) Handle(_ context.Context, r slog.Record) error {
	var text strings.Builder
	text.WriteString(r.Message + p.attrs)
	r.Attrs(func(a slog.Attr) bool {
		text.WriteString(inWords(a))
		return true
	})
	tone := state.Plain
	switch {
	case r.Level >= slog.LevelError:
		tone = state.Alarm
	case r.Level >= slog.LevelWarn:
		tone = state.Warning
	}
	select {
	case p.lines <- tui.LogLine{At: r.Time, Tone: tone, Text: text.String()}:
	default:
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (p panel) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		p.attrs += inWords(a)
	}
	return p
}

// WithGroup implements slog.Handler. A line is too short for groups.
func (p panel) WithGroup(string) slog.Handler { return p }

func inWords(a slog.Attr) string { return fmt.Sprintf(" · %s %v", a.Key, a.Value.Resolve()) }
