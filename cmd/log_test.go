package cmd

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidestage/tui/state"
)

func TestTheLogGoesToAFileOnlyWeCanReadToThePanelAndToStderr(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	var stderr bytes.Buffer
	l, err := openLog(dir, slog.LevelInfo, &stderr)
	if err != nil {
		t.Fatal(err)
	}
	l.With("part", "test").Warn("something is off", "count", 3)
	l.Debug("nobody asked")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "sidestage.log")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		Msg, Part string
		Count     int
	}
	if err := json.Unmarshal(data, &line); err != nil || line.Msg != "something is off" || line.Part != "test" || line.Count != 3 {
		t.Errorf("%v in %s", err, data)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the log is open to others: %v, %v", info.Mode(), err)
	}
	if got := <-l.lines; got.Tone != state.Warning || got.Text != "something is off · part test · count 3" || len(l.lines) != 0 {
		t.Errorf("the panel hears %+v", got)
	}
	if !strings.Contains(stderr.String(), "something is off") {
		t.Errorf("stderr hears %q", &stderr)
	}
}

func TestAFullPanelHoldsNobodyUp(t *testing.T) {
	l, err := openLog(t.TempDir(), slog.LevelInfo, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 * panelLines {
		l.Info("again")
	}
	if len(l.lines) != panelLines {
		t.Errorf("%d lines wait", len(l.lines))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
