package secret_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sidestage/core"
	"sidestage/core/testenv"
	"sidestage/core/token"
	"sidestage/storage/secret"
)

var inFile = secret.Options{NoKeyring: true}

// filled is a data directory whose file holds a login.
func filled(t *testing.T) (path string, s token.Store) {
	t.Helper()
	dir := t.TempDir()
	s = openWith(t, dir, inFile, newRing())
	save(t, s, "twitch", login(1))
	return filepath.Join(dir, "secrets.json"), s
}

// notOnWindows skips where what is missing is.
func notOnWindows(t *testing.T, missing string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		testenv.Missing(t, missing)
	}
}

func needsModes(t *testing.T) {
	t.Helper()
	notOnWindows(t, "a file system with permission bits")
}

func symlink(t *testing.T, to, name string) {
	t.Helper()
	notOnWindows(t, "symbolic links that anybody may make")
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

func wantMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
	}
}

func TestFileIsReadableByNobodyElse(t *testing.T) {
	needsModes(t)
	path, s := filled(t)
	wantMode(t, path, 0o600)
	save(t, s, "spotify", login(2))
	wantMode(t, path, 0o600)
	names, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(names) != 1 {
		t.Errorf("beside the file: %v, %v", names, err)
	}
}

func TestFileOthersCouldReadIsClosedToThemAndSaidSo(t *testing.T) {
	needsModes(t)
	path, _ := filled(t)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := openWith(t, filepath.Dir(path), secret.Options{NoKeyring: true, Log: slog.New(slog.NewTextHandler(&log, nil))}, newRing())
	wantLogin(t, s, "twitch", login(1))
	wantMode(t, path, 0o600)
	if n := strings.Count(log.String(), "-rw-r--r--"); n != 1 {
		t.Errorf("said %d times:\n%s", n, &log)
	}
}

func TestFileThatIsNoFileIsRefused(t *testing.T) {
	path, s := filled(t)
	moved := path + ".moved"
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	symlink(t, moved, path)
	_, err := s.Load(t.Context(), "twitch")
	wantKind(t, err, core.Denied)
	wantKind(t, s.Save(t.Context(), "twitch", login(2)), core.Denied)
	wantKind(t, s.Delete(t.Context(), "twitch"), core.Denied)
	_, err = secret.OpenWith(filepath.Dir(path), inFile, newRing())
	wantKind(t, err, core.Denied)
}

func TestDamagedFileIsAnErrorThatNamesIt(t *testing.T) {
	for name, data := range map[string]string{
		"empty":           "",
		"half":            `{"version":1,"place":"file","logins":{"twitch":{"access":"secret-access-1"`,
		"another version": `{"version":2,"place":"file"}`,
		"another place":   `{"version":1,"place":"moon"}`,
		"too large":       `{"version":1,"place":"file"}` + strings.Repeat(" ", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			path, s := filled(t)
			if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := s.Load(t.Context(), "twitch")
			wantKind(t, err, core.Internal)
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not name the file", err)
			}
			wantKind(t, s.Save(t.Context(), "twitch", login(2)), core.Internal)
			_, err = secret.OpenWith(filepath.Dir(path), inFile, newRing())
			wantKind(t, err, core.Internal)
		})
	}
}

func TestIncompleteLoginInTheFileIsAnError(t *testing.T) {
	path, s := filled(t)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte("secret-refresh-1"), nil, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = s.Load(t.Context(), "twitch")
	wantKind(t, err, core.Internal)
}

func TestWhatLiesInTheWayOfASaveIsNeitherFollowedNorKept(t *testing.T) {
	path, s := filled(t)
	precious := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(precious, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	symlink(t, precious, path+".tmp")
	save(t, s, "twitch", login(2))
	if data, err := os.ReadFile(precious); err != nil || string(data) != "mine" {
		t.Errorf("a stranger's file now holds %q, %v", data, err)
	}
	wantLogin(t, s, "twitch", login(2))
}

func TestSaveThatFailsLeavesTheFormerLogin(t *testing.T) {
	path, s := filled(t)
	if err := os.MkdirAll(filepath.Join(path+".tmp", "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.Save(t.Context(), "twitch", login(2)), core.Unavailable)
	wantLogin(t, s, "twitch", login(1))
}
