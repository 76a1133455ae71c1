package twitch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sidestage/core/twitch"
)

// pipes is a listener whose connections are in memory, so that fake time runs.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fake is a Twitch of one test: sockets at /ws and any path below it, Helix at
// /helix, which the test scripts.
type fake struct {
	t       *testing.T
	http    *http.Client
	sockets chan *socket
	refuse  func(r *http.Request) bool // a dial that gets 503; nil refuses none
	log     *bytes.Buffer              // what the session logged
	deaf    bool                       // sockets read nothing

	mu     sync.Mutex
	logMu  sync.Mutex
	helix  http.HandlerFunc
	calls  []call
	dials  []time.Time
	opened []*socket
	made   []any // subscriptions that accept granted
}

// call is a Helix request as the fake saw it.
type call struct {
	at                           time.Time
	method, path, query          string
	auth, client, kind, body     string
	subType, sessionID, deleteID string
}

// newFake serves until the test ends.
func newFake(t *testing.T) *fake {
	f := &fake{t: t, sockets: make(chan *socket, 100), log: new(bytes.Buffer)}
	f.helix = f.accept
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", f.socket)
	mux.HandleFunc("/ws/", f.socket)
	mux.Handle("/helix/", http.StripPrefix("/helix", http.HandlerFunc(f.api)))
	l := newPipes()
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Hour, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(l)
	}()
	transport := &http.Transport{DialContext: l.dial}
	f.http = &http.Client{Transport: transport}
	t.Cleanup(func() {
		for _, sk := range f.opened {
			_ = sk.conn.CloseNow()
		}
		transport.CloseIdleConnections()
		_ = srv.Close()
		<-served
	})
	return f
}

func (f *fake) client() *twitch.Client {
	return &twitch.Client{
		URL: "http://twitch.test/helix", ClientID: "cid", HTTP: f.http,
		Token: func(context.Context, string) (string, error) { return "tok-secret", nil },
	}
}

// Write makes the fake the log's writer.
func (f *fake) Write(p []byte) (int, error) {
	f.logMu.Lock()
	defer f.logMu.Unlock()
	return f.log.Write(p)
}

func (f *fake) logged() string {
	f.logMu.Lock()
	defer f.logMu.Unlock()
	return f.log.String()
}

func (f *fake) session(wanted ...twitch.Subscription) *twitch.Session {
	if wanted == nil {
		wanted = []twitch.Subscription{redemptions, chat}
	}
	return &twitch.Session{
		URL: "ws://twitch.test/ws", HTTP: f.http, Helix: f.client(),
		Wanted: func() []twitch.Subscription { return wanted },
		Log:    slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

var (
	redemptions = twitch.Subscription{Type: twitch.TypeRedemptionAdd, Version: "1", Condition: map[string]string{"broadcaster_user_id": "1337"}}
	chat        = twitch.Subscription{Type: twitch.TypeChatMessage, Version: "1", Condition: map[string]string{"broadcaster_user_id": "1337", "user_id": "1337"}}
)

func (f *fake) api(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c := call{
		at: time.Now(), method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, body: string(body),
		auth: r.Header.Get("Authorization"), client: r.Header.Get("Client-Id"), kind: r.Header.Get("Content-Type"),
	}
	var sub struct {
		Type      string
		Transport struct {
			SessionID string `json:"session_id"`
		}
	}
	_ = json.Unmarshal(body, &sub)
	c.subType, c.sessionID, c.deleteID = sub.Type, sub.Transport.SessionID, r.URL.Query().Get("id")
	r.Body = io.NopCloser(bytes.NewReader(body))
	f.mu.Lock()
	f.calls = append(f.calls, c)
	helix := f.helix
	f.mu.Unlock()
	helix(w, r)
}

// accept is the default Helix: every subscription is granted, and listed.
func (f *fake) accept(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch r.Method {
	case http.MethodPost:
		var sub map[string]any
		_ = json.NewDecoder(r.Body).Decode(&sub)
		sub["id"], sub["status"] = "sub-id", "enabled"
		f.made = append(f.made, sub)
		answer(w, http.StatusAccepted, map[string]any{"data": []any{sub}, "total": 1, "total_cost": 0, "max_total_cost": 10})
	case http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		data := []any{}
		if r.URL.Path == "/eventsub/subscriptions" {
			data = f.made
		}
		answer(w, http.StatusOK, map[string]any{"data": data, "pagination": map[string]any{}})
	}
}

// answering makes h the Helix from now on.
func (f *fake) answering(h http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.helix = h
}

// seen is every Helix call so far of that method ("" is any).
func (f *fake) seen(method string) []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []call
	for _, c := range f.calls {
		if method == "" || c.method == method {
			found = append(found, c)
		}
	}
	return found
}

func (f *fake) dialled() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Time(nil), f.dials...)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// refusal answers as Helix does.
func refusal(status int, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		answer(w, status, map[string]any{"error": http.StatusText(status), "status": status, "message": message})
	}
}

// socket is the server's end of one EventSub socket.
type socket struct {
	t      *testing.T
	conn   *websocket.Conn
	url    string        // path and query it was dialled with
	ended  chan struct{} // closed when the client is gone
	code   websocket.StatusCode
	inData int // data frames the client sent; must stay 0
}

func (f *fake) socket(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.dials = append(f.dials, time.Now())
	refuse := f.refuse
	f.mu.Unlock()
	if refuse != nil && refuse(r) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		f.t.Error(err)
		return
	}
	conn.SetReadLimit(-1)
	sk := &socket{t: f.t, conn: conn, url: r.URL.RequestURI(), ended: make(chan struct{})}
	f.mu.Lock()
	f.opened = append(f.opened, sk)
	f.mu.Unlock()
	f.sockets <- sk
	if !f.deaf {
		sk.listen()
	}
}

func (sk *socket) listen() {
	defer close(sk.ended)
	for {
		if _, _, err := sk.conn.Read(context.Background()); err != nil {
			sk.code = websocket.CloseStatus(err)
			return
		}
		sk.inData++
	}
}

func (sk *socket) send(data []byte) {
	sk.t.Helper()
	if err := sk.conn.Write(context.Background(), websocket.MessageText, data); err != nil {
		sk.t.Errorf("send to %s: %v", sk.url, err)
	}
}

func (sk *socket) welcome(id string) {
	sk.t.Helper()
	sk.send(fmt.Appendf(nil, `{"metadata":{"message_id":"w-%[1]s","message_type":"session_welcome","message_timestamp":"2026-11-24T04:36:28Z"},`+
		`"payload":{"session":{"id":"%[1]s","status":"connected","keepalive_timeout_seconds":10,"reconnect_url":null}}}`, id))
}

func (sk *socket) keepalive() {
	sk.t.Helper()
	sk.send([]byte(`{"metadata":{"message_id":"k","message_type":"session_keepalive"},"payload":{}}`))
}

func (sk *socket) reconnect(url string) {
	sk.t.Helper()
	sk.send(fmt.Appendf(nil, `{"metadata":{"message_id":"r","message_type":"session_reconnect"},"payload":{"session":{"id":"s","status":"reconnecting","keepalive_timeout_seconds":null,"reconnect_url":%q}}}`, url))
}

func (sk *socket) notify(messageID string) {
	sk.t.Helper()
	sk.send(fmt.Appendf(nil, `{"metadata":{"message_id":%q,"message_type":"notification","message_timestamp":"2026-11-24T04:36:29Z","subscription_type":"channel.chat.message","subscription_version":"1"},`+
		`"payload":{"subscription":{"id":"x","status":"enabled","type":"channel.chat.message","version":"1","condition":{"broadcaster_user_id":"1337","user_id":"1337"}},"event":{"message_id":%q}}}`, messageID, messageID))
}

// alive reports whether the client still holds the socket.
func (sk *socket) alive() bool {
	select {
	case <-sk.ended:
		return false
	default:
		return true
	}
}

// next is the next socket the client opens; it fails after ten minutes.
func (f *fake) next() *socket {
	f.t.Helper()
	select {
	case sk := <-f.sockets:
		return sk
	case <-time.After(10 * time.Minute):
		f.t.Fatal("no connection within ten minutes")
		return nil
	}
}

// inbox collects what the session hands over.
type inbox struct {
	mu   sync.Mutex
	got  []twitch.Message
	fail func(twitch.Message) error
}

func (b *inbox) handle(_ context.Context, m twitch.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, m)
	if b.fail != nil {
		return b.fail(m)
	}
	return nil
}

func (b *inbox) ids() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []string
	for _, m := range b.got {
		ids = append(ids, m.ID)
	}
	return strings.Join(ids, " ")
}

func (b *inbox) messages() []twitch.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]twitch.Message(nil), b.got...)
}

// start runs s until the returned stop, or the test's end.
func start(t *testing.T, s *twitch.Session, handle func(context.Context, twitch.Message) error) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, handle) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}
