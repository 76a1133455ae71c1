package cmd

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/charmbracelet/log"
	"gopkg.in/natefinch/lumberjack.v2"

	"sidestage/core"
	"sidestage/tui"
	"sidestage/tui/state"
)

// logbook is the log of a desk that owns the terminal: JSON in a file of the
// data directory, and lines for the log panel.
type logbook struct {
	*slog.Logger
	lines chan tui.LogLine
	file  io.Closer
}

// panelLines is how many lines may wait for the panel; more are dropped there,
// the file has them.
const panelLines = 256

// The log file is begun anew at this size, and so many old ones are kept.
const (
	logMegabytes = 10
	oldLogs      = 5
)

// openLog opens the log of a data directory, which is made if need be. Stderr
// hears it too when it is not nil, which is for a desk without a screen.
func openLog(dir string, level slog.Level, stderr io.Writer) (*logbook, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, core.E(core.Unavailable, "make the data directory: %w", err)
	}
	file := &lumberjack.Logger{Filename: filepath.Join(dir, "sidestage.log"), MaxSize: logMegabytes, MaxBackups: oldLogs}
	if _, err := file.Write(nil); err != nil { // say now that it cannot be written
		return nil, core.E(core.Unavailable, "open the log: %w", err)
	}
	l := &logbook{lines: make(chan tui.LogLine, panelLines), file: file}
	handlers := []slog.Handler{slog.NewJSONHandler(file, &slog.HandlerOptions{Level: level}), panel{lines: l.lines, level: level}}
	if stderr != nil {
		handlers = append(handlers, log.NewWithOptions(stderr, log.Options{Level: log.Level(level), ReportTimestamp: true, TimeFormat: time.TimeOnly}))
	}
	l.Logger = slog.New(slog.NewMultiHandler(handlers...))
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
