package cmd

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"sidestage/core/sim"
)

// desktop is a person at a terminal, with both simulated platforms and a
// settings file.
type desktop struct {
	t      *testing.T
	sim    *sim.Sim
	env    map[string]string
	out    bytes.Buffer
	err    screen
	in     *io.PipeReader
	typed  *io.PipeWriter
	browse func(string) error
}

// screen is what a terminal was sent, which may be looked at meanwhile.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// waitFor waits until the screen shows what matches, and answers the match.
func (d *desktop) waitFor(pattern string) string {
	d.t.Helper()
	want := regexp.MustCompile(pattern)
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if m := want.FindString(d.err.String()); m != "" {
			return m
		}
		if time.Now().After(until) {
			d.t.Fatalf("never saw %s in\n%s", pattern, d.err.String())
		}
	}
}

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	listen := func() net.Listener {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	tw, sp := listen(), listen()
	s, err := sim.New(sim.Options{TwitchListener: tw, SpotifyListener: sp})
	if err != nil {
		t.Fatal(err)
	}
	s.SetConsent(sim.Consent{Interval: time.Second})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	d := &desktop{t: t, sim: s, env: map[string]string{
		"HOME": t.TempDir(), "AppData": t.TempDir(), "LocalAppData": t.TempDir(), "LANG": "C.UTF-8", "TERM": "xterm",
		"SIDESTAGE_CONFIG": filepath.Join(t.TempDir(), "config.toml"), "SIDESTAGE_ADDR": "127.0.0.1:0", "SIDESTAGE_KEYRING": "false",
		"SIDESTAGE_DATA_DIR":        filepath.Join(t.TempDir(), "data"),
		"SIDESTAGE_TWITCH_AUTH_URL": "http://" + tw.Addr().String() + "/oauth2", "SIDESTAGE_TWITCH_HELIX_URL": "http://" + tw.Addr().String() + "/helix",
		"SIDESTAGE_SPOTIFY_API_URL": "http://" + sp.Addr().String() + "/v1", "SIDESTAGE_SPOTIFY_ACCOUNTS_URL": "http://" + sp.Addr().String(),
	}}
	if err := os.WriteFile(d.env["SIDESTAGE_CONFIG"], []byte("# my settings\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.in, d.typed = io.Pipe()
	t.Cleanup(func() {
		_ = d.typed.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// types types a line.
func (d *desktop) types(line string) {
	d.t.Helper()
	if _, err := io.WriteString(d.typed, line+"\n"); err != nil {
		d.t.Fatal(err)
	}
}

// runs runs the program until it ends, in the background.
func (d *desktop) runs(args ...string) <-chan int {
	code := make(chan int, 1)
	go func() {
		code <- Main(d.t.Context(), args, IO{
			In: d.in, Out: &d.out, Err: &d.err, InTerminal: true, OutTerminal: true, ErrTerminal: true,
			Env: func(name string) (string, bool) { v, ok := d.env[name]; return v, ok }, Browse: d.browse,
		})
	}()
	return code
}

func (d *desktop) wants(code <-chan int, want int) {
	d.t.Helper()
	if got := <-code; got != want {
		d.t.Fatalf("exit code %d\n%s\n%s", got, &d.out, d.err.String())
	}
}

// spun is what a spinner's line becomes once it is over.
var spun = regexp.MustCompile(`(\r[^\r]*\x1b\[K)+`)

// looks compares the screen with its golden, without what is new each time.
func (d *desktop) looks() {
	d.t.Helper()
	text := spun.ReplaceAllString(d.err.String(), "") + d.out.String()
	for pattern, with := range map[string]string{
		`127\.0\.0\.1(:|%3A)\d+`:    "127.0.0.1${1}PORT",
		`(state|challenge)=[^&\s]+`: "$1=RANDOM",
		`ends  \d+ \w+ \d+`:         "ends  DAY",
		regexp.QuoteMeta(d.path()):  "CONFIG",
		`browser, \d+:\d+`:          "browser, TIME",
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, with)
	}
	golden.RequireEqual(d.t, []byte(text))
}

func (d *desktop) path() string { return d.env["SIDESTAGE_CONFIG"] }

func TestAFirstLoginAsksForTheClientIDAndKeepsIt(t *testing.T) {
	d := newDesktop(t)
	code := d.runs("auth", "login", "twitch")
	d.waitFor(`Client ID: $`)
	d.types("  " + d.sim.ClientIDs().Twitch + " ")
	shown := d.waitFor(`\n    [A-Z0-9]{8}\n`)
	d.waitFor(`Waiting for you to agree · \d+:\d\d left`)
	d.wants(code, 0)
	settings, err := os.ReadFile(d.path())
	if want := "# my settings\n\n[twitch]\nclient_id = \"" + d.sim.ClientIDs().Twitch + "\"\n"; err != nil || string(settings) != want {
		t.Errorf("%q, %v", settings, err)
	}
	if !strings.HasPrefix(d.out.String(), "logged in to Twitch as hollowlantern\n") {
		t.Error(d.out.String())
	}
	lines, _ := large(strings.TrimSpace(shown))
	for _, line := range lines {
		if !strings.Contains(d.err.String(), line) {
			t.Errorf("the code is not written large:\n%s", d.err.String())
		}
	}
}

func TestAClientIDThatIsNoneIsNotKept(t *testing.T) {
	d := newDesktop(t)
	code := d.runs("auth", "login", "twitch")
	d.waitFor(`Client ID: $`)
	d.types("https://dev.twitch.tv/console")
	d.wants(code, 2)
	if settings, _ := os.ReadFile(d.path()); string(settings) != "# my settings\n" {
		t.Errorf("%q", settings)
	}
}

// The browser of another machine ends at an address it cannot reach, which is
// pasted; what is not that address is said not to be.
func TestTheAddressABrowserEndsAtCanBePasted(t *testing.T) {
	d := newDesktop(t)
	code := d.runs("auth", "login", "spotify")
	d.waitFor(`Client ID: $`)
	d.types(d.sim.ClientIDs().Spotify)
	page := d.waitFor(`http://127\S+/authorize\S+`)
	d.types("https://open.spotify.com/")
	d.waitFor("this is not the address the browser ends at")
	d.types("")
	d.types(ends(t, page))
	d.wants(code, 0)
	d.looks()
}

// ends is where a browser ends that cannot reach this machine.
func ends(t *testing.T, page string) string {
	t.Helper()
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.Header.Get("Location")
}

func TestABrowserThatCannotBeOpenedIsNoFailure(t *testing.T) {
	d := newDesktop(t)
	d.env["SIDESTAGE_TWITCH_CLIENT_ID"], d.env["DISPLAY"] = d.sim.ClientIDs().Twitch, ":0"
	d.browse = func(string) error { return os.ErrNotExist }
	code := d.runs("auth", "login", "twitch")
	d.waitFor("no browser could be opened")
	d.wants(code, 0)
}

func TestOnlyAPageOfThePlatformIsOpened(t *testing.T) {
	d := newDesktop(t)
	d.env["SIDESTAGE_SPOTIFY_CLIENT_ID"], d.env["DISPLAY"] = d.sim.ClientIDs().Spotify, ":0"
	opened := make(chan string, 1)
	d.browse = func(address string) error { opened <- address; return nil }
	code := d.runs("auth", "login", "spotify", "--timeout", "1s")
	if got := <-opened; !strings.HasPrefix(got, d.env["SIDESTAGE_SPOTIFY_ACCOUNTS_URL"]+"/authorize?") {
		t.Error(got)
	}
	d.wants(code, 4)
}

func TestACallbackPortThatIsTakenIsSaid(t *testing.T) {
	d := newDesktop(t)
	d.env["SIDESTAGE_SPOTIFY_CLIENT_ID"] = d.sim.ClientIDs().Spotify
	d.env["SIDESTAGE_ADDR"] = strings.TrimPrefix(d.env["SIDESTAGE_SPOTIFY_ACCOUNTS_URL"], "http://")
	d.wants(d.runs("auth", "login", "spotify"), 5)
	d.waitFor(`is taken by .*: stop it, or choose another --addr; the browser comes back to that port`)
}

func TestEveryLetterHasItsShape(t *testing.T) {
	for _, code := range []string{"ABCDEFGH", "IJKLMNOP", "QRSTUVWX", "YZ012345", "6789"} {
		lines, ok := large(code)
		if !ok || len(lines) != 3 {
			t.Fatal(code)
		}
	}
	if _, ok := large("AB-CD"); ok {
		t.Error("a code with other characters is written large")
	}
	a, _ := large("ABCDEFGHIJKLM")
	b, _ := large("NOPQRSTUVWXYZ")
	c, _ := large("0123456789")
	golden.RequireEqual(t, []byte(strings.Join(append(append(append(append(a, ""), b...), ""), c...), "\n")+"\n"))
}
