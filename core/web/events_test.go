package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wire is a stream of events as it comes over the wire.
type wire struct {
	t     *testing.T
	conn  net.Conn
	lines *bufio.Reader
}

// dial opens a stream by hand, so that a test decides when it reads.
func (h *house) dial(target, lastID string) *wire {
	h.t.Helper()
	conn, err := h.pipe.Dial(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if lastID != "" {
		lastID = "Last-Event-ID: " + lastID + "\r\n"
	}
	go func() { _, _ = fmt.Fprintf(conn, "GET %s HTTP/1.0\r\nHost: localhost\r\n%s\r\n", target, lastID) }()
	w := &wire{t: h.t, conn: conn, lines: bufio.NewReader(conn)}
	for head := w.line(); head != ""; {
		head = w.line()
	}
	return w
}

func (w *wire) line() string {
	w.t.Helper()
	line, err := w.lines.ReadString('\n')
	if err != nil {
		w.t.Fatalf("the stream ended: %v", err)
	}
	return strings.TrimRight(line, "\r\n")
}

// event reads the next block: its lines without the data, which may be long.
func (w *wire) event() string {
	w.t.Helper()
	var lines []string
	for {
		line := w.line()
		if line == "" {
			return strings.Join(lines, "|")
		}
		if !strings.HasPrefix(line, "data: ") {
			lines = append(lines, line)
		}
	}
}

// events reads n blocks.
func (w *wire) events(n int) (all []string) {
	w.t.Helper()
	for range n {
		all = append(all, w.event())
	}
	return all
}

func (w *wire) want(want ...string) {
	w.t.Helper()
	if d := cmp.Diff(want, w.events(len(want))); d != "" {
		w.t.Error(d)
	}
}

// ends checks that the stream is over.
func (w *wire) ends() {
	w.t.Helper()
	if rest, err := io.ReadAll(w.lines); err != nil || len(rest) > 0 {
		w.t.Errorf("the stream goes on: %q %v", rest, err)
	}
}

func record(seq int) string { return fmt.Sprintf("id: %d|event: song.handed-over", seq) }

func records(from, to int) (all []string) {
	for seq := from; seq <= to; seq++ {
		all = append(all, record(seq))
	}
	return all
}

func TestAStreamBeginsWithASnapshotAndGoesOnWithWhatHappens(t *testing.T) {
	open(t, func(h *house) {
		h.happens(3)
		w := h.dial("/api/events", "")
		w.want("retry: 1000|id: 3|event: snapshot")
		h.happens(2)
		w.want(records(4, 5)...)
		_ = w.conn.Close()
	})
}

func TestTheSnapshotOfTheStreamHasItsShape(t *testing.T) {
	open(t, func(h *house) {
		h.furnish()
		w := h.dial("/api/events", "")
		for range 3 {
			w.line()
		}
		golden(t, "snapshot", strings.TrimPrefix(w.line(), "data: "))
		_ = w.conn.Close()
	})
}

func TestAStreamResumesFromTheJournal(t *testing.T) {
	for name, c := range map[string]struct{ target, lastID string }{
		"by header": {"/api/events", "2"},
		"by query":  {"/api/events?after=2", ""},
		"by both":   {"/api/events?after=0", "2"}, // a browser repeats its first query
	} {
		t.Run(name, func(t *testing.T) {
			open(t, func(h *house) {
				h.happens(5)
				w := h.dial(c.target, c.lastID)
				w.want("retry: 1000|event: resumed", record(3), record(4), record(5))
				h.happens(1)
				w.want(record(6))
				_ = w.conn.Close()
			})
		})
	}
}

func TestAStreamThatIsTooFarBehindOrFromElsewhereBeginsAnew(t *testing.T) {
	open(t, func(h *house) {
		h.happens(1002)
		for after, want := range map[string]string{
			"1":    "retry: 1000|id: 1002|event: snapshot", // 1,001 behind
			"1003": "retry: 1000|id: 1002|event: snapshot", // of another journal
			"2":    "retry: 1000|event: resumed",
		} {
			w := h.dial("/api/events", after)
			w.want(want)
			_ = w.conn.Close()
		}
	})
}

func TestAStreamMissesNothingWhenTheBusCouldNotKeepUp(t *testing.T) {
	open(t, func(h *house) {
		w := h.dial("/api/events", "")
		w.event()
		for range 9 { // nobody reads meanwhile: the pipe holds nothing
			h.happens(100)
		}
		w.want(records(1, 900)...)
		_ = w.conn.Close()
	})
}

func TestAStreamThatFellTooFarBehindGetsASnapshot(t *testing.T) {
	open(t, func(h *house) {
		w := h.dial("/api/events", "")
		w.event()
		h.happens(1)
		synctest.Wait() // the server is stuck with record 1
		h.happens(2000)
		var last string
		for last != "id: 2001|event: snapshot" {
			last = w.event()
			if last == record(1500) {
				t.Fatal("it is sent one by one")
			}
		}
		h.happens(1)
		w.want(record(2002))
		_ = w.conn.Close()
	})
}

func TestAQuietStreamSaysThatItIsAlive(t *testing.T) {
	open(t, func(h *house) {
		w := h.dial("/api/events", "")
		w.event()
		begun := time.Now()
		w.want(": still here", ": still here")
		if got := time.Since(begun); got != 30*time.Second {
			t.Errorf("two heartbeats took %s", got)
		}
		_ = w.conn.Close()
	})
}

func TestStreamsEndAtOnceWhenTheServerStops(t *testing.T) {
	open(t, func(h *house) {
		w := h.dial("/api/events", "")
		w.event()
		begun := time.Now()
		go h.stop()
		w.ends()
		h.stop()
		if got := time.Since(begun); got > 100*time.Millisecond {
			t.Errorf("stopping took %s", got)
		}
		_ = w.conn.Close()
	})
}

func TestAClientThatDoesNotReadHoldsNothingUp(t *testing.T) {
	open(t, func(h *house) {
		w := h.dial("/api/events", "")
		w.event()
		h.happens(1)
		synctest.Wait()
		begun := time.Now()
		h.stop() // while the server writes to somebody who does not read
		if got := time.Since(begun); got > time.Second {
			t.Errorf("stopping took %s", got)
		}
		_ = w.conn.Close()
	})
}

func TestAClientThatNeverReadsIsDropped(t *testing.T) {
	open(t, func(h *house) {
		w := h.dial("/api/events", "")
		w.event()
		h.happens(1)
		time.Sleep(11 * time.Second)
		if _, err := io.ReadAll(w.lines); err != nil {
			t.Errorf("the connection did not end cleanly: %v", err)
		}
		_ = w.conn.Close()
	})
}

func TestTheClientFollowsAcrossAServersEnd(t *testing.T) {
	open(t, func(h *house) {
		h.happens(2)
		ctx, cancel := context.WithCancel(h.t.Context())
		defer cancel()
		c := h.client()
		defer c.Close()
		var got []string
		for e, err := range c.Events(ctx, 0) {
			switch {
			case err != nil:
				got = append(got, "lost")
				cancel()
			case e.Snapshot != nil:
				got = append(got, fmt.Sprint("snapshot ", e.Snapshot.Seq))
				h.happens(1)
			case e.Record != nil:
				got = append(got, fmt.Sprint("record ", e.Record.Seq))
				go h.stop()
			}
		}
		if d := cmp.Diff([]string{"snapshot 2", "record 3", "lost"}, got); d != "" {
			t.Error(d)
		}
	})
}

func TestStreamsAreNotOpenedWithoutEnd(t *testing.T) {
	open(t, func(h *house) {
		var all []*wire
		for range 100 {
			all = append(all, h.dial("/api/events", ""))
		}
		ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute) // one more stream would not end
		defer cancel()
		status, body, _ := h.ask(h.request(http.MethodGet, "/api/events", "").WithContext(ctx))
		if status != http.StatusTooManyRequests || !strings.Contains(body, "100 streams") {
			t.Errorf("%d %s", status, body)
		}
		for _, w := range all {
			_ = w.conn.Close()
		}
		synctest.Wait()
		w := h.dial("/api/events", "")
		if got := w.event(); !strings.Contains(got, "snapshot") {
			t.Error(got)
		}
		_ = w.conn.Close()
	})
}

func TestAStreamIsStrictAboutItsQueryToo(t *testing.T) {
	open(t, func(h *house) {
		r := h.request(http.MethodGet, "/api/events?from=1", "")
		if status, body, _ := h.ask(r); status != 400 || !strings.Contains(body, `"reason":"query"`) {
			t.Errorf("%d %s", status, body)
		}
	})
}
