package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestRoomsImportOnlyWhatTheyMay reads the imports of every Go file of the
// module, whatever its build tags, and compares them with the rooms' table.
func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	files, err := parseImports(os.DirFS(filepath.Join("..", "..")))
	if err != nil {
		t.Fatal(err)
	}
	if len(files["cmd/sidestage/main.go"]) == 0 {
		t.Fatal("the module's files were not found")
	}
	for _, v := range violations(files) {
		t.Error(v)
	}
}

// parseImports maps every Go file below root, by slash-separated path, to what
// it imports.
func parseImports(root fs.FS) (map[string][]string, error) {
	files := map[string][]string{}
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (name == "testdata" || strings.ContainsAny(name[:1], "._")):
			return fs.SkipDir
		case d.IsDir() || path.Ext(p) != ".go":
			return nil
		}
		src, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files[p] = []string{}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			files[p] = append(files[p], imported)
		}
		return nil
	})
	return files, err
}

func TestTheCheckerCatchesWhatIsForbidden(t *testing.T) {
	for _, c := range []struct {
		file, imported string
		want           string // part of the reason; "" is allowed
	}{
		{"core/saga/engine.go", "sidestage/core/twitch", "core/saga may not import core/twitch"},
		{"core/saga/engine.go", "sidestage/core/event", ""},
		{"core/saga/engine_test.go", "sidestage/storage", ""},
		{"core/saga/engine_test.go", "sidestage/core/sim", ""},
		{"core/saga/engine_test.go", "sidestage/core/saga", ""},
		{"core/saga/engine_test.go", "sidestage/core/twitch", "core/saga may not import core/twitch"},
		{"core/song/queue.go", "sidestage/core/stream", ""},
		{"core/song/queue.go", "sidestage/core/spotify", "core/song may not import core/spotify"},
		{"core/song/queue.go", "sidestage/storage", "core/song may not import storage"},
		{"core/song/queue.go", "net/http", "core/song may not import net/http"},
		{"core/song/queue.go", "net/http/httputil", "core/song may not import net/http/httputil"},
		{"core/song/queue.go", "net/url", ""},
		{"core/token/token.go", "database/sql", "core/token may not import database/sql"},
		{"core/raffle/roll.go", "os/exec", "core/raffle may not import os/exec"},
		{"core/chat/chat.go", "github.com/charmbracelet/lipgloss", "core/chat may not import github.com/charmbracelet/lipgloss"},
		{"core/chat/chat.go", "github.com/gempir/go-twitch-irc/v4", "core/chat may not import github.com/gempir/go-twitch-irc/v4"},
		{"core/stream/stream.go", "github.com/spf13/cobra", "core/stream may not import github.com/spf13/cobra"},
		{"core/stream/stream_test.go", "net/http/httptest", ""},
		{"core/twitch/helix.go", "net/http", ""},
		{"core/sim/twitch.go", "sidestage/core/event", "core/sim may not import core/event"},
		{"core/sim/twitch.go", "sidestage/core", ""},
		{"core/sim/twitch_test.go", "sidestage/core/twitch", "core/sim may not import core/twitch"},
		{"core/error.go", "sidestage/core/event", "core may not import core/event"},
		{"core/event/event.go", "sidestage/core", ""},
		{"core/desk/desk.go", "sidestage/core/sim", "core/desk may not import core/sim"},
		{"core/desk/desk.go", "sidestage/core/web", ""},
		{"core/desk/desk.go", "sidestage/storage/secret", ""},
		{"core/desk/desk.go", "sidestage/tui", "core/desk may not import tui"},
		{"core/desk/desk_test.go", "sidestage/tui", ""},
		{"core/web/web_test.go", "sidestage/tui", "core/web may not import tui"},
		{"core/ingest/ingest.go", "sidestage/core/spotify", "core/ingest may not import core/spotify"},
		{"core/workflow/song.go", "sidestage/core/achievement", ""},
		{"core/web/server.go", "sidestage/core/desk", "core/web may not import core/desk"},
		{"storage/secret/file.go", "sidestage/core/token", ""},
		{"storage/secret/file.go", "sidestage/core/config", "storage may not import core/config"},
		{"storage/db.go", "sidestage/storage/secret", ""},
		{"tui/section/queue/queue.go", "sidestage/tui/theme", ""},
		{"tui/section/queue/queue.go", "sidestage/core/desk", "tui may not import core/desk"},
		{"cmd/demo.go", "sidestage/core/sim", ""},
		{"cmd/demo.go", "sidestage/core/twitch", "cmd may not import core/twitch"},
		{"cmd/sidestage/main.go", "sidestage/core/desk", "cmd/sidestage may not import core/desk"},
		{"assets/assets.go", "sidestage/core", "assets may not import core"},
		{"core/moon/moon.go", "fmt", "core/moon is no room"},
		{"core/song/moon/moon.go", "fmt", "core/song/moon is no room"},
		{"moon.go", "fmt", ". is no room"},
		{"core/song/queue.go", "sidestage/core/moon", "core/song may not import core/moon"},
	} {
		got := violations(map[string][]string{c.file: {c.imported}})
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s imports %s: %q, want %q", c.file, c.imported, got, c.want)
		}
	}
}
