package cmd

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"sidestage/core/api"
	"sidestage/core/desk"
)

// reach is the client of the desk, wherever it runs and whether it runs or not.
// Where the settings are wrong, every call comes to that.
func (f *factory) reach() *api.Client {
	loaded, err := f.settings()
	if err != nil {
		return &api.Client{Transport: refusal{err}}
	}
	log := slog.New(slog.NewTextHandler(f.Err, &slog.HandlerOptions{Level: slog.LevelError}))
	warn := func(text string) { f.say("warning: %s", text) }
	return desk.Reach(desk.Config{Settings: loaded.Settings, Log: log}, warn)
}

// refusal is a way to the desk that ends before it begins.
type refusal struct{ err error }

// RoundTrip implements http.RoundTripper.
func (r refusal) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close() // nobody reads it
	}
	return nil, r.err
}

// table writes rows: in columns for eyes, with tabs for programs. What comes
// from outside is stripped of what would command a terminal.
func (f *factory) table(b *strings.Builder, rows [][]string) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = strings.ReplaceAll(printable(cell), "\t", " ")
		}
		line := strings.Join(cells, "\t") + "\n"
		if f.OutTerminal {
			_, _ = t.Write([]byte(line)) // into memory
		} else {
			b.WriteString(line)
		}
	}
	_ = t.Flush() // into memory
}

// length is a length of music: 3:41, 1:02:03.
func length(ms int64) string {
	s := (ms + 500) / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// clock is a moment as people read it; empty for none.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}

// titled is a track in words.
func titled(t api.Track) string {
	if len(t.Artists) == 0 {
		return t.Name
	}
	return t.Name + " · " + strings.Join(t.Artists, ", ")
}
