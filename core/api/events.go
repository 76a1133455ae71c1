package api

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sidestage/core"
)

// Pace of the stream of events.
const (
	// Heartbeat is how often the server says something at least.
	Heartbeat = 15 * time.Second
	// Retry is how long a client waits before it connects again.
	Retry = time.Second

	maxRetry = 15 * time.Second
	silence  = 2*Heartbeat + 10*time.Second // longer, and the connection is dead
)

// Events yields what happens, from a Snapshot on or, with after above 0, from
// the record behind that one. An error means that the connection is lost; going
// on ranging has it made again, with nothing missed. The iteration ends with
// ctx, or after an error that trying again would not mend.
func (c *Client) Events(ctx context.Context, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		f := follow{client: c, last: after, resume: after > 0, yield: yield}
		for f.once(ctx) && ctx.Err() == nil {
			select {
			case <-time.After(f.pause):
			case <-ctx.Done():
			}
		}
	}
}

// follow is an iteration over the events under way.
type follow struct {
	client *Client
	last   int64 // seq of the newest record that is known
	resume bool  // last is of use
	pause  time.Duration
	yield  func(Event, error) bool
}

// once follows one connection to its end and reports whether to make another.
func (f *follow) once(ctx context.Context) bool {
	f.pause = min(max(2*f.pause, Retry), maxRetry)
	connection, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := f.open(connection)
	if err != nil {
		return ctx.Err() == nil && f.yield(Event{}, err) && mends(err)
	}
	defer resp.Body.Close()
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	r := newReader(resp.Body, func() { quiet.Reset(silence) })
	for {
		e, err := r.next()
		if err != nil {
			return ctx.Err() == nil && f.yield(Event{}, core.E(core.Unavailable, "the desk's events broke off: %w", err))
		}
		if !f.take(e) {
			return false
		}
	}
}

// open connects, from where the last connection ended.
func (f *follow) open(ctx context.Context) (*http.Response, error) {
	in := call{header: http.Header{"Accept": {"text/event-stream"}}}
	if f.resume {
		in.query = url.Values{"after": {strconv.FormatInt(f.last, 10)}}
	}
	req, err := f.client.request(ctx, GetEvents, in)
	if err != nil {
		return nil, err
	}
	return f.client.send(req)
}

// take passes an event on and notes how far it came.
func (f *follow) take(e Event) bool {
	f.pause = 0
	switch {
	case e.Snapshot != nil:
		f.last = e.Snapshot.Seq
	case e.Record != nil:
		f.last = e.Record.Seq
	}
	f.resume = true
	return f.yield(e, nil)
}

// mends reports whether the same request may be answered later.
func mends(err error) bool {
	switch core.KindOf(err) {
	case core.Invalid, core.NotFound, core.Denied, core.Conflict:
		return false
	default:
		return true
	}
}
