package secret_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	osring "github.com/zalando/go-keyring"
	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/core/token"
	"sidestage/storage/secret"
)

// TestMain sees to it that no test can reach the keyring of this machine.
func TestMain(m *testing.M) {
	osring.MockInit()
	goleak.VerifyTestMain(m)
}

// fakeRing is a keyring in memory.
type fakeRing struct {
	entries map[string]string
	calls   int
	failAt  int           // the call from which on it fails; 0 is never
	hang    chan struct{} // while open, no call returns
	hangSet chan struct{} // while open, the next Set does not return
}

func newRing() *fakeRing { return &fakeRing{entries: map[string]string{}} }

func (r *fakeRing) call() error {
	if r.hang != nil {
		<-r.hang
	}
	r.calls++
	if r.failAt > 0 && r.calls >= r.failAt {
		return errors.New("the keyring is locked")
	}
	return nil
}

func (r *fakeRing) Set(service, user, password string) error {
	if hang := r.hangSet; hang != nil {
		r.hangSet = nil
		<-hang
	}
	if err := r.call(); err != nil {
		return err
	}
	if len(password) > 2560 {
		return osring.ErrSetDataTooBig
	}
	r.entries[service+"|"+user] = password
	return nil
}

func (r *fakeRing) Get(service, user string) (string, error) {
	if err := r.call(); err != nil {
		return "", err
	}
	v, ok := r.entries[service+"|"+user]
	if !ok {
		return "", osring.ErrNotFound
	}
	return v, nil
}

func (r *fakeRing) Delete(service, user string) error {
	if err := r.call(); err != nil {
		return err
	}
	if _, ok := r.entries[service+"|"+user]; !ok {
		return osring.ErrNotFound
	}
	delete(r.entries, service+"|"+user)
	return nil
}

// login is the n-th login of a test, with every field set.
func login(n int) token.Stored {
	return token.Stored{
		Access: fmt.Sprintf("secret-access-%d", n), Refresh: fmt.Sprintf("secret-refresh-%d", n), ExpiresAt: int64(n),
		Scopes: []string{"a", "b"}, State: "ok", Validated: true, UserID: "7", Login: "kai", Name: "Kai",
		AuthorizedAt: 9, Refreshing: token.Intent{Since: 3, Sends: 1},
	}
}

func openWith(t *testing.T, dir string, o secret.Options, r *fakeRing) token.Store {
	t.Helper()
	s, err := secret.OpenWith(dir, o, r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func save(t *testing.T, s token.Store, platform string, login token.Stored) {
	t.Helper()
	if err := s.Save(t.Context(), platform, login); err != nil {
		t.Fatal(err)
	}
}

func wantLogin(t *testing.T, s token.Store, platform string, want token.Stored) {
	t.Helper()
	got, err := s.Load(t.Context(), platform)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s login (-want +got):\n%s", platform, d)
	}
}

func wantKind(t *testing.T, err error, want core.Kind) {
	t.Helper()
	if err == nil || core.KindOf(err) != want {
		t.Errorf("error %v, want kind %v", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "secret-access") {
		t.Errorf("error shows a token: %v", err)
	}
}

func wantNone(t *testing.T, s token.Store, platform string) {
	t.Helper()
	_, err := s.Load(t.Context(), platform)
	wantKind(t, err, core.NotFound)
}

func TestLoginsAreKeptReplacedAndForgotten(t *testing.T) {
	for name, o := range map[string]secret.Options{"keyring": {}, "file": {NoKeyring: true}} {
		t.Run(name, func(t *testing.T) {
			dir, r := t.TempDir(), newRing()
			s := openWith(t, dir, o, r)
			wantNone(t, s, "twitch")
			save(t, s, "twitch", login(1))
			save(t, s, "spotify", login(2))
			wantLogin(t, s, "twitch", login(1))
			for n := 3; n < 7; n++ {
				save(t, s, "twitch", login(n))
			}
			s = openWith(t, dir, o, r)
			wantLogin(t, s, "twitch", login(6))
			wantLogin(t, s, "spotify", login(2))
			for range 2 { // the second forgets nothing
				if err := s.Delete(t.Context(), "twitch"); err != nil {
					t.Fatal(err)
				}
			}
			wantNone(t, s, "twitch")
			wantLogin(t, s, "spotify", login(2))
			if err := s.Delete(t.Context(), "spotify"); err != nil {
				t.Fatal(err)
			}
			if left := len(r.entries); left != 0 {
				t.Errorf("%d entries are left in the keyring", left)
			}
		})
	}
}

func TestOpenUsesTheKeyringOfThisMachine(t *testing.T) {
	dir := t.TempDir()
	s, err := secret.Open(dir, secret.Options{})
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, "twitch", login(1))
	wantLogin(t, s, "twitch", login(1))
	data, err := os.ReadFile(filepath.Join(dir, "secrets.json"))
	if err != nil || strings.Contains(string(data), "secret-") {
		t.Errorf("the file holds %s, %v", data, err)
	}
}

func TestLookingForAKeyringLeavesNothingBehind(t *testing.T) {
	dir, r := t.TempDir(), newRing()
	openWith(t, dir, secret.Options{}, r)
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 0 || len(r.entries) != 0 {
		t.Errorf("files %v, entries %v, %v", names, r.entries, err)
	}
}

func TestNoKeyringMeansThatItIsNeverTouched(t *testing.T) {
	r := newRing()
	s := openWith(t, t.TempDir(), secret.Options{NoKeyring: true}, r)
	save(t, s, "twitch", login(1))
	wantLogin(t, s, "twitch", login(1))
	if err := s.Delete(t.Context(), "twitch"); err != nil {
		t.Fatal(err)
	}
	if r.calls != 0 {
		t.Errorf("%d calls to the keyring", r.calls)
	}
}

func TestPlaceIsDecidedOnce(t *testing.T) {
	t.Run("a keyring that comes later changes nothing", func(t *testing.T) {
		dir, r := t.TempDir(), newRing()
		r.failAt = 1
		s := openWith(t, dir, secret.Options{}, r)
		save(t, s, "twitch", login(1))
		r.failAt = 0
		wantLogin(t, openWith(t, dir, secret.Options{}, r), "twitch", login(1))
	})
	t.Run("until there is no login left", func(t *testing.T) {
		dir, r := t.TempDir(), newRing()
		s := openWith(t, dir, secret.Options{NoKeyring: true}, r)
		save(t, s, "twitch", login(1))
		if err := s.Delete(t.Context(), "twitch"); err != nil {
			t.Fatal(err)
		}
		save(t, openWith(t, dir, secret.Options{}, r), "twitch", login(2))
		if len(r.entries) == 0 {
			t.Error("the keyring is not used")
		}
	})
	t.Run("a keyring that fails later is no empty login", func(t *testing.T) {
		dir, r := t.TempDir(), newRing()
		save(t, openWith(t, dir, secret.Options{}, r), "twitch", login(1))
		r.failAt = 1
		s := openWith(t, dir, secret.Options{}, r)
		_, err := s.Load(t.Context(), "twitch")
		wantKind(t, err, core.Unavailable)
		wantKind(t, s.Save(t.Context(), "twitch", login(2)), core.Unavailable)
		wantKind(t, s.Delete(t.Context(), "twitch"), core.Unavailable)
		r.failAt = 0
		wantLogin(t, s, "twitch", login(1))
	})
	t.Run("a keyring that is ruled out later is said to be in the way", func(t *testing.T) {
		dir, r := t.TempDir(), newRing()
		save(t, openWith(t, dir, secret.Options{}, r), "twitch", login(1))
		_, err := secret.OpenWith(dir, secret.Options{NoKeyring: true}, r)
		wantKind(t, err, core.Conflict)
	})
	t.Run("the first to save wins", func(t *testing.T) {
		dir, r := t.TempDir(), newRing()
		ring := openWith(t, dir, secret.Options{}, r)
		file := openWith(t, dir, secret.Options{NoKeyring: true}, r)
		save(t, file, "twitch", login(1))
		wantKind(t, ring.Save(t.Context(), "twitch", login(2)), core.Conflict)
		if err := file.Delete(t.Context(), "twitch"); err != nil {
			t.Fatal(err)
		}
		save(t, ring, "twitch", login(2))
		_, err := file.Load(t.Context(), "twitch")
		wantKind(t, err, core.Conflict)
		wantKind(t, file.Save(t.Context(), "twitch", login(1)), core.Conflict)
	})
}

func TestCopiedDataDirectoryIsNotLoggedIn(t *testing.T) {
	from, to, r := t.TempDir(), t.TempDir(), newRing()
	save(t, openWith(t, from, secret.Options{}, r), "twitch", login(1))
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	wantNone(t, openWith(t, to, secret.Options{}, r), "twitch")
}

func TestDataDirectoryHasOneNameWhateverItIsCalled(t *testing.T) {
	dir, r := t.TempDir(), newRing()
	link := filepath.Join(t.TempDir(), "link")
	symlink(t, dir, link)
	save(t, openWith(t, dir, secret.Options{}, r), "twitch", login(1))
	wantLogin(t, openWith(t, link, secret.Options{}, r), "twitch", login(1))
	t.Chdir(filepath.Dir(dir))
	wantLogin(t, openWith(t, filepath.Base(dir), secret.Options{}, r), "twitch", login(1))
}

// The keyring fails at each call in turn, as it would if the program died there.
func TestSaveIsWholeOrNotAtAll(t *testing.T) {
	for _, next := range []token.Stored{login(2), func() token.Stored { l := login(1); l.State = token.StateLoginRequired; return l }()} {
		for n := 1; ; n++ {
			dir, r := t.TempDir(), newRing()
			s := openWith(t, dir, secret.Options{}, r)
			save(t, s, "twitch", login(1))
			r.calls, r.failAt = 0, n
			err := s.Save(context.Background(), "twitch", next)
			done := r.calls < n
			r.failAt = 0
			if err != nil {
				wantKind(t, err, core.Unavailable)
				wantLogin(t, s, "twitch", login(1))
			} else {
				wantLogin(t, s, "twitch", next)
			}
			save(t, s, "twitch", login(3)) // and it is no obstacle
			wantLogin(t, s, "twitch", login(3))
			if done {
				break
			}
		}
	}
}

func TestDeleteCutShortCanBeRepeated(t *testing.T) {
	for n := 1; n <= 5; n++ {
		r := newRing()
		s := openWith(t, t.TempDir(), secret.Options{}, r)
		save(t, s, "twitch", login(1))
		r.calls, r.failAt = 0, n
		wantKind(t, s.Delete(t.Context(), "twitch"), core.Unavailable)
		r.failAt = 0
		if _, err := s.Load(t.Context(), "twitch"); core.KindOf(err) == core.NotFound {
			t.Errorf("after %d calls the login looks forgotten, and is not", n)
		}
		if err := s.Delete(t.Context(), "twitch"); err != nil || len(r.entries) != 0 {
			t.Errorf("left %d entries, %v", len(r.entries), err)
		}
	}
}

func TestLongestTokensFitEveryKeyring(t *testing.T) {
	r := newRing()
	s := openWith(t, t.TempDir(), secret.Options{}, r)
	long := login(1)
	long.Access, long.Refresh = strings.Repeat("x", 2048), strings.Repeat("y", 2048)
	save(t, s, "spotify", long)
	wantLogin(t, s, "spotify", long)
	long.Access += long.Refresh
	wantKind(t, s.Save(t.Context(), "spotify", long), core.Invalid)
}

func TestDamagedKeyringEntriesAreAnErrorAndNoObstacle(t *testing.T) {
	for _, part := range []string{"|twitch ", "|twitch/access.a ", "|twitch/refresh.a "} {
		for _, damage := range []string{"", "{"} {
			r := newRing()
			s := openWith(t, t.TempDir(), secret.Options{}, r)
			save(t, s, "twitch", login(1))
			for name := range r.entries {
				if !strings.Contains(name, part) {
					continue
				}
				if delete(r.entries, name); part == "|twitch " {
					r.entries[name] = damage
				}
			}
			_, err := s.Load(t.Context(), "twitch")
			wantKind(t, err, core.Internal)
			save(t, s, "twitch", login(2))
			wantLogin(t, s, "twitch", login(2))
		}
	}
}
