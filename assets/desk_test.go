package assets_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sidestage/assets"
)

// policy is the strictest content security policy the pages have to live with.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src https: 'self'; base-uri 'none'; frame-ancestors *"

// track, playing and roll are the parts of the local API's answers that the
// widgets read.
type track struct {
	URI       string   `json:"uri"`
	Name      string   `json:"name"`
	Artists   []string `json:"artists"`
	Album     string   `json:"album"`
	Cover     string   `json:"albumCoverUrl"`
	Duration  int64    `json:"durationMs"`
	Requester string   `json:"requesterDisplayName,omitempty"`
}

type playing struct {
	Track      *track    `json:"track"`
	Occurrence string    `json:"occurrence,omitempty"`
	Playing    bool      `json:"playing,omitempty"`
	Progress   int64     `json:"progressMs,omitempty"`
	At         time.Time `json:"at,omitzero"`
}

type viewer struct {
	ID    string `json:"id"`
	Login string `json:"login"`
	Name  string `json:"name"`
}

type roll struct {
	ID       string `json:"rollId"`
	Viewer   viewer `json:"viewer"`
	Roll     int    `json:"roll"`
	Winning  int    `json:"winningNumber"`
	Distance int    `json:"distance"`
	Record   bool   `json:"record,omitempty"`
}

type unlocked struct {
	ID          string `json:"achievementId"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Icon        string `json:"icon,omitempty"`
	Viewer      viewer `json:"viewer"`
}

// seed is the parts of a seed that the journal and a snapshot share.
type seed struct {
	ID    string `json:"seedId,omitempty"`
	Scope string `json:"scope,omitempty"`
	Hash  string `json:"hash"`
}

// giveaway is one as the journal opens it, or with State as a snapshot has it.
type giveaway struct {
	ID       int       `json:"id,omitempty"`
	Key      string    `json:"giveawayId,omitempty"`
	State    string    `json:"state,omitempty"`
	Keyword  string    `json:"keyword"`
	Audience string    `json:"audience"`
	Entries  int       `json:"entries,omitempty"`
	Most     int       `json:"maxEntries,omitempty"`
	ClosesAt time.Time `json:"closesAt,omitzero"`
	Hash     string    `json:"hash"`
}

// step is what happens to a giveaway that is open.
type step struct {
	Key     string   `json:"giveawayId"`
	Entries int      `json:"entries,omitempty"`
	Winners []viewer `json:"winners,omitempty"`
}

// desk is a desk as the pages see it: files, a player and a stream of events, all
// under a script's control.
type desk struct {
	t    *testing.T
	addr string

	mu       sync.Mutex
	server   *http.Server
	build    string
	platform string
	now      playing
	clock    func() time.Time
	seed     *seed     // of a snapshot
	giveaway *giveaway // of a snapshot
	journal  []string  // events of the stream; the first has seq 1
	streams  map[chan string]bool
	opened   int // streams so far
	mute     bool
}

// newDesk starts a desk that plays nothing.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, addr: "127.0.0.1:0", build: "one", platform: "live", clock: time.Now, streams: map[chan string]bool{}}
	d.start()
	t.Cleanup(d.stop)
	return d
}

func (d *desk) url(path string) string { return "http://" + d.addr + path }

// start listens, after a stop at the same address.
func (d *desk) start() {
	d.t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(d.t.Context(), "tcp", d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	d.addr = l.Addr().String()
	d.server = &http.Server{Handler: d.handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = d.server.Serve(l) }() // ends with stop
}

// stop drops every connection and listens no more.
func (d *desk) stop() { _ = d.server.Close() }

// play is what the player shows from now on; the journal says so if it changed.
func (d *desk) play(p playing) {
	d.mu.Lock()
	if p.Track != nil && p.At.IsZero() {
		p.At = time.Now()
	}
	d.now = p
	d.mu.Unlock()
	if p.Track != nil {
		d.emit("song.started", map[string]string{"title": p.Track.Name})
	}
}

// emit appends to the journal and returns when that was.
func (d *desk) emit(name string, data any) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, seq := d.clock(), len(d.journal)+1
	text := frame(name, map[string]any{"seq": seq, "type": name, "version": 1, "at": at, "data": data})
	d.journal = append(d.journal, text)
	for stream := range d.streams {
		stream <- text
	}
	return at
}

// hush stops all streams from saying anything, heartbeats too, until it is told
// otherwise.
func (d *desk) hush(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mute = on
}

// streamsOpened counts the streams of events there were.
func (d *desk) streamsOpened() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opened
}

func frame(name string, v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // a test's own value
	}
	return fmt.Sprintf("event: %s\ndata: %s\n\n", name, data)
}

func (d *desk) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/events", d.events)
	mux.HandleFunc("GET /api/now-playing", func(w http.ResponseWriter, _ *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(d.now) // whoever asked has gone
	})
	mux.HandleFunc("GET /overlay/{$}", document("index"))
	mux.HandleFunc("GET /overlay/{name}", func(w http.ResponseWriter, r *http.Request) { document(r.PathValue("name"))(w, r) })
	mux.Handle("GET /overlay/assets/", http.StripPrefix("/overlay/assets/", http.HandlerFunc(file)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

func document(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { send(w, "page/"+name+".html") }
}

func file(w http.ResponseWriter, r *http.Request) { send(w, r.URL.Path) }

func send(w http.ResponseWriter, name string) {
	data, err := fs.ReadFile(assets.Overlay(), name)
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	types := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
	w.Header().Set("Content-Type", types[path.Ext(name)]+"; charset=utf-8")
	_, _ = w.Write(data) // whoever asked has gone
}

// events is the stream: a snapshot or what was missed, then what happens.
func (d *desk) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	stream := make(chan string, 1_000)
	opening := d.open(stream, r.URL.Query().Get("after"))
	defer d.close(stream)
	flush := http.NewResponseController(w)
	for text := opening; ; {
		if _, err := w.Write([]byte(text)); err != nil {
			return
		}
		if err := flush.Flush(); err != nil {
			return
		}
		select {
		case text = <-stream:
		case <-time.After(50 * time.Millisecond):
			text = d.beat()
		case <-r.Context().Done():
			return
		}
	}
}

// beat is what a quiet stream says.
func (d *desk) beat() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mute {
		return ""
	}
	return ": still here\n\n"
}

func (d *desk) open(stream chan string, after string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.streams[stream] = true
	d.opened++
	if seq, err := strconv.Atoi(after); err == nil && seq <= len(d.journal) {
		missed := strings.Join(d.journal[seq:], "")
		return frame("resumed", map[string]any{"seq": seq, "build": d.build}) + missed
	}
	return frame("snapshot", map[string]any{
		"seq": len(d.journal), "at": time.Now(), "build": d.build, "platform": d.platform, "nowPlaying": d.now,
		"raffle": d.seed, "giveaway": d.giveaway,
	})
}

func (d *desk) close(stream chan string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.streams, stream)
}
