//go:build !windows

// The paths here are absolute, and permission bits exist, only outside Windows.

package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestEveryPlatformHasItsOwnDirectories(t *testing.T) {
	for _, c := range []struct {
		goos, file, data string
		env              map[string]string
	}{
		{"linux", "/h/.config/sidestage/config.toml", "/h/.local/share/sidestage", map[string]string{"HOME": "/h"}},
		{"linux", "/c/sidestage/config.toml", "/d/sidestage", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}},
		{"linux", "/h/.config/sidestage/config.toml", "/h/.local/share/sidestage", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "c", "XDG_DATA_HOME": "./d"}},
		{"linux", "", "", nil},
		{"darwin", "/h/Library/Application Support/sidestage/config.toml", "/h/Library/Application Support/sidestage", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/c"}},
		{"windows", "/roaming/sidestage/config.toml", "/local/sidestage", map[string]string{"AppData": "/roaming", "LocalAppData": "/local", "HOME": "/h"}},
		{"windows", "", "", map[string]string{"HOME": "/h"}},
	} {
		env := Lookup(func(name string) (string, bool) { v, ok := c.env[name]; return v, ok })
		if got := defaultFile(c.goos, env); got != filepath.FromSlash(c.file) {
			t.Errorf("%s %v: file %q", c.goos, c.env, got)
		}
		if got := defaultDataDir(c.goos, env); got != filepath.FromSlash(c.data) {
			t.Errorf("%s %v: data %q", c.goos, c.env, got)
		}
	}
}

func TestAFileWithTheSecretThatOthersCanReadGivesAWarning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o640: 1} {
		if err := os.WriteFile(path, []byte(`twitch.client_secret = "x"`), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		l, err := Load(Sources{Flags: map[string]string{"config": path, "data-dir": t.TempDir()}})
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Warnings) != want {
			t.Errorf("mode %o: warnings %q", mode, l.Warnings)
		}
	}
}
