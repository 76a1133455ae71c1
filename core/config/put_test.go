package config_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidestage/core"
	"sidestage/core/config"
	"sidestage/core/testenv"
)

func TestPutChangesOneKeyAndNothingElse(t *testing.T) {
	for name, tt := range map[string]struct{ old, want string }{
		"nothing yet":      {"", "[twitch]\nclient_id = \"abc\"\n"},
		"other settings":   {"# mine\naddr = \"127.0.0.1:1\"\n", "# mine\naddr = \"127.0.0.1:1\"\n\n[twitch]\nclient_id = \"abc\"\n"},
		"the table":        {"[twitch] # app\n# secret below\nclient_secret = 's'\n\n[reward.song]\ncost = 5\n", "[twitch] # app\nclient_id = \"abc\"\n# secret below\nclient_secret = 's'\n\n[reward.song]\ncost = 5\n"},
		"an empty value":   {"[twitch]\n  client_id = \"\"  # fill in\n", "[twitch]\n  client_id = \"abc\"  # fill in\n"},
		"another value":    {"[twitch]\nclient_id = 'old'\n", "[twitch]\nclient_id = \"abc\"\n"},
		"dotted":           {"twitch.auth_url = \"https://a.test/x\"\n", "twitch.client_id = \"abc\"\ntwitch.auth_url = \"https://a.test/x\"\n"},
		"Windows' lines":   {"[twitch]\r\nclient_id = \"\"\r\n", "[twitch]\r\nclient_id = \"abc\"\r\n"},
		"no last line end": {"log_level = \"debug\"", "log_level = \"debug\"\n\n[twitch]\nclient_id = \"abc\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "new", "config.toml")
			if tt.old != "" {
				path = filepath.Join(t.TempDir(), "config.toml")
				if err := os.WriteFile(path, []byte(tt.old), 0o640); err != nil {
					t.Fatal(err)
				}
			}
			if err := config.Put(path, "twitch.client_id", "abc"); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if d := cmp.Diff(tt.want, string(got)); err != nil || d != "" {
				t.Error(err, d)
			}
			loaded, err := config.Load(config.Sources{Env: home(t), Flags: map[string]string{"config": path}})
			if err != nil || loaded.Twitch.ClientID != "abc" {
				t.Errorf("%v", err)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".sidestage*")); len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
			info, err := os.Stat(path)
			if want := map[bool]os.FileMode{true: 0o600, false: 0o640}[tt.old == ""]; runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != want) {
				t.Errorf("%v, %v", info.Mode(), err)
			}
		})
	}
}

func TestPutLeavesAloneWhatItDoesNotUnderstand(t *testing.T) {
	for name, old := range map[string]string{
		"a mistake":      "[twitch\n",
		"one line":       "twitch = { client_secret = \"s\" }\n",
		"several lines":  "[twitch]\nclient_id = \"\"\"\n\"\"\"\n",
		"an odd spacing": "[ twitch ]\nclient_secret = \"s\"\n",
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		err := config.Put(path, "twitch.client_id", "abc")
		if core.KindOf(err) != core.Conflict || !strings.Contains(err.Error(), `write below [twitch]: client_id = "abc"`) {
			t.Errorf("%s: %v", name, err)
		}
		if got, _ := os.ReadFile(path); string(got) != old {
			t.Errorf("%s: changed to %q", name, got)
		}
	}
	if err := config.Put("x", "twitch.client_id", "not an id"); core.KindOf(err) != core.Invalid {
		t.Error(err)
	}
	if err := config.Put("x", "nothing", "x"); core.KindOf(err) != core.Invalid {
		t.Error(err)
	}
}

func TestPutFollowsALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "real.toml"), filepath.Join(dir, "config.toml")
	if err := os.WriteFile(target, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		testenv.Missing(t, "symbolic links: "+err.Error())
	}
	if err := config.Put(link, "spotify.client_id", "abc"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(target); err != nil || !strings.Contains(string(got), "client_id") {
		t.Errorf("%s %v", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is a file now", err)
	}
}

// home is an environment with nothing in it but homes.
func home(t *testing.T) config.Lookup {
	t.Helper()
	dir := t.TempDir()
	return func(name string) (string, bool) {
		known := name == "HOME" || name == "AppData" || name == "LocalAppData"
		if !known {
			return "", false
		}
		return dir, true
	}
}
