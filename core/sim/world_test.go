package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"sidestage/core/sim"
)

func TestMain(m *testing.M) {
	if books := os.Getenv(childBooks); books != "" {
		beKilled(books)
		return
	}
	goleak.VerifyTestMain(m)
}

// pipes is a listener whose connections are in-memory pipes, as synctest needs.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// client speaks plain HTTP to one platform.
type client struct {
	t     *testing.T
	http  *http.Client
	token string
	id    string // Client-Id, for Helix
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// at digs a value out of a JSON body: keys and list indexes by dots.
func (a answer) at(t *testing.T, path string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("answer %d is no JSON: %q", a.status, a.body)
	}
	return dig(v, path)
}

func dig(v any, path string) any {
	if path == "" {
		return v
	}
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i := int(key[0] - '0')
			if i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func (a answer) text(t *testing.T, path string) string {
	t.Helper()
	s, _ := a.at(t, path).(string)
	return s
}

// do sends a request; body may be nil, url.Values or anything JSON.
func (c *client) do(method, path string, body any) (answer, error) {
	c.t.Helper()
	var r io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		r, kind = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		r, kind = bytes.NewReader(text), "application/json"
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, "http://platform.test"+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.id != "" {
		req.Header.Set("Client-Id", c.id)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: text}, err
}

// call is do that must be answered, with a status unless that is 0.
func (c *client) call(method, path string, body any, status int) answer {
	c.t.Helper()
	a, err := c.do(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if status != 0 && a.status != status {
		c.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

// world is a running simulator and clients logged in to both platforms.
type world struct {
	t       *testing.T
	sim     *sim.Sim
	twitch  *client
	spotify *client
	dial    func(context.Context, string, string) (net.Conn, error)
	stop    func()
}

type token struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Expires int    `json:"expires_in"`
	Scope   any    `json:"scope"`
}

func newWorld(t *testing.T, opt sim.Options) *world {
	t.Helper()
	tw, sp := newPipes(), newPipes()
	opt.TwitchListener, opt.SpotifyListener = tw, sp
	s, err := sim.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx) }()
	w := &world{t: t, sim: s, dial: tw.dial}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.twitch = &client{t: t, http: &http.Client{Transport: &http.Transport{DialContext: tw.dial}, CheckRedirect: stay}, id: s.ClientIDs().Twitch}
	w.spotify = &client{t: t, http: &http.Client{Transport: &http.Transport{DialContext: sp.dial}, CheckRedirect: stay}}
	w.stop = sync.OnceFunc(func() {
		w.twitch.http.CloseIdleConnections()
		w.spotify.http.CloseIdleConnections()
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	t.Cleanup(w.stop)
	w.twitch.token = parseToken(t, s.GrantTwitch).Access
	w.spotify.token = parseToken(t, s.GrantSpotify).Access
	return w
}

func parseToken(t *testing.T, grant func(...string) ([]byte, error)) token {
	t.Helper()
	text, err := grant()
	if err != nil {
		t.Fatal(err)
	}
	var tok token
	if err := json.Unmarshal(text, &tok); err != nil {
		t.Fatal(err)
	}
	return tok
}

const (
	rewardsPath     = "/helix/channel_points/custom_rewards"
	redemptionsPath = "/helix/channel_points/custom_rewards/redemptions"
	subsPath        = "/helix/eventsub/subscriptions"
	addType         = "channel.channel_points_custom_reward_redemption.add"
	updateType      = "channel.channel_points_custom_reward_redemption.update"
)

// reward makes one and returns its id.
func (w *world) reward(title string, input bool) string {
	w.t.Helper()
	a := w.twitch.call("POST", rewardsPath+"?broadcaster_id="+w.me(), map[string]any{"title": title, "cost": 500, "is_user_input_required": input}, 200)
	return a.text(w.t, "data.0.id")
}

func (w *world) me() string { return w.sim.Broadcaster().ID }

func (w *world) settle(reward, id, status string) answer {
	w.t.Helper()
	return w.twitch.call("PATCH", redemptionsPath+"?broadcaster_id="+w.me()+"&reward_id="+reward+"&id="+id, map[string]any{"status": status}, 0)
}

// feed is an EventSub connection.
type feed struct {
	w       *world
	conn    *websocket.Conn
	session string
}

func (w *world) connect(address string) *feed {
	w.t.Helper()
	conn, _, err := websocket.Dial(w.t.Context(), address, &websocket.DialOptions{HTTPClient: w.twitch.http})
	if err != nil {
		w.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	w.t.Cleanup(func() { _ = conn.CloseNow() })
	return &feed{w: w, conn: conn}
}

// open connects and takes the welcome.
func (w *world) open() *feed {
	w.t.Helper()
	f := w.connect("ws://platform.test/ws")
	f.welcome()
	return f
}

func (f *feed) welcome() {
	f.w.t.Helper()
	m := f.read()
	if dig(m, "metadata.message_type") != "session_welcome" {
		f.w.t.Fatalf("first message is %v", m)
	}
	f.session, _ = dig(m, "payload.session.id").(string)
}

// read is the next message; a close is fatal.
func (f *feed) read() any {
	f.w.t.Helper()
	m, err := f.next()
	if err != nil {
		f.w.t.Fatalf("read EventSub: %v", err)
	}
	return m
}

func (f *feed) next() (any, error) {
	_, text, err := f.conn.Read(f.w.t.Context())
	if err != nil {
		return nil, err
	}
	var m any
	return m, json.Unmarshal(text, &m)
}

// notification is the next one that is no keepalive.
func (f *feed) notification() any {
	f.w.t.Helper()
	for {
		if m := f.read(); dig(m, "metadata.message_type") != "session_keepalive" {
			return m
		}
	}
}

// closed reads until the connection ends, and returns the code; -1 for none.
func (f *feed) closed() int {
	f.w.t.Helper()
	for {
		if _, err := f.next(); err != nil {
			return closeStatus(err)
		}
	}
}

func closeStatus(err error) int { return int(websocket.CloseStatus(err)) }

func (f *feed) subscribe(kind string, status int) answer {
	f.w.t.Helper()
	condition := map[string]string{"broadcaster_user_id": f.w.me()}
	if kind == "channel.chat.message" {
		condition["user_id"] = f.w.me()
	}
	return f.w.twitch.call("POST", subsPath, subscription(kind, "1", condition, f.session), status)
}

func subscription(kind, version string, condition map[string]string, session string) any {
	return map[string]any{"type": kind, "version": version, "condition": condition, "transport": map[string]string{"method": "websocket", "session_id": session}}
}

// listening is a world with both rewards and a feed of everything.
func (w *world) listening() (f *feed, songs, rolls string) {
	w.t.Helper()
	songs, rolls = w.reward("Song request", true), w.reward("Keyboard raffle", false)
	f = w.open()
	for _, kind := range []string{"stream.online", "stream.offline", "channel.chat.message", updateType, addType} {
		f.subscribe(kind, 202)
	}
	return f, songs, rolls
}

// rest lets d pass in a synctest bubble.
func rest(d time.Duration) { time.Sleep(d) }
