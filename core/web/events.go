package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/bus"
	"sidestage/core/event"
	"sidestage/core/raffle"
)

const (
	backlog = 256  // events a subscriber may be behind before it reads the journal
	page    = 200  // records read from the journal at once
	tooFar  = 1000 // records behind at which a new snapshot is less to send

	maxStreams = 100 // at once; an evening with every widget on a page of its own has a dozen
)

func (s *Server) journal(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	after, given, err := in.after()
	if err != nil {
		return nil, err
	}
	types, err := in.types()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) (j api.Journal, err error) {
		if j.Last, err = tx.LastSeq(); err != nil {
			return j, err
		}
		var found []event.Record
		switch {
		case len(types) > 0 && !given:
			found, err = tx.EventsOf(types, -1, limit)
		case len(types) > 0:
			found, err = tx.EventsOf(types, after, limit)
		case !given:
			found, err = tx.EventsAfter(max(j.Last-int64(limit), 0), limit)
		default:
			found, err = tx.EventsAfter(after, limit)
		}
		j.Events = list(found)
		return j, err
	})
}

// events streams what happens until the client goes or the server stops.
func (s *Server) events(w http.ResponseWriter, r *http.Request, route api.Route) {
	in, err := open(w, r, route)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	after, given, err := in.after()
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer s.streams.Add(-1)
	if s.streams.Add(1) > maxStreams {
		s.refuse(w, r, core.Because(core.RateLimited, "streams", "%d streams of events are open already: close some", maxStreams))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return
	}
	sub := s.cfg.Bus.Subscribe(backlog)
	defer sub.Close()
	f := &feed{s: s, w: w, control: http.NewResponseController(w)}
	if err = f.open(r.Context(), after, given); err == nil {
		err = f.run(r.Context(), sub)
	}
	if err != nil && !f.begun {
		s.refuse(w, r, err)
		return
	}
	s.cfg.Log.DebugContext(r.Context(), "stream of events ended", "error", err)
}

// feed is one stream of events.
type feed struct {
	s       *Server
	w       http.ResponseWriter
	control *http.ResponseController
	sent    int64 // seq of the last record the client has
	begun   bool
}

// open sends what comes first: a snapshot, or where the stream goes on and what
// was missed.
func (f *feed) open(ctx context.Context, after int64, given bool) error {
	f.sent = after
	if !given {
		return f.snapshot(ctx)
	}
	last, err := read(ctx, f.s, Tx.LastSeq)
	if err != nil {
		return err
	}
	if after > last || last-after > tooFar { // more than there is: another database
		return f.snapshot(ctx)
	}
	if err := f.write(api.EventResumed, -1, api.Resumed{Seq: after, Build: f.s.cfg.Build}); err != nil {
		return err
	}
	return f.catchUp(ctx)
}

// run passes on what happens.
func (f *feed) run(ctx context.Context, sub *bus.Subscription) error {
	beat := time.NewTicker(api.Heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case item, ok := <-sub.Items():
			if !ok {
				return nil
			}
			err = f.pass(ctx, item)
		case <-beat.C:
			err = f.print(": still here\n\n")
		case <-ctx.Done():
			return ctx.Err()
		case <-f.s.ending:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// pass sends a record the client does not have yet.
func (f *feed) pass(ctx context.Context, item bus.Item) error {
	switch {
	case item.Lagged:
		return f.catchUp(ctx)
	case item.Record.Seq <= f.sent:
		return nil
	}
	return f.record(item.Record)
}

// catchUp sends what the journal has behind the last record sent, or a snapshot
// where that is too much.
func (f *feed) catchUp(ctx context.Context) error {
	for {
		var last int64
		missed, err := read(ctx, f.s, func(tx Tx) (rs []event.Record, err error) {
			if last, err = tx.LastSeq(); err != nil {
				return nil, err
			}
			return tx.EventsAfter(f.sent, page)
		})
		if err != nil {
			return err
		}
		if last-f.sent > tooFar {
			return f.snapshot(ctx)
		}
		for _, r := range missed {
			if err := f.record(r); err != nil {
				return err
			}
		}
		if len(missed) < page {
			return nil
		}
	}
}

func (f *feed) record(r event.Record) error {
	if err := f.write(string(r.Type), r.Seq, r); err != nil {
		return err
	}
	f.sent = r.Seq
	return nil
}

func (f *feed) snapshot(ctx context.Context) error {
	now, err := read(ctx, f.s, f.s.snapshot)
	if err != nil {
		return err
	}
	if err := f.write(api.EventSnapshot, now.Seq, now); err != nil {
		return err
	}
	f.sent = now.Seq
	return nil
}

// write sends one event; one with an id below 0 has none.
func (f *feed) write(name string, id int64, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", name, err)
	}
	var b strings.Builder
	if !f.begun {
		fmt.Fprintf(&b, "retry: %d\n", api.Retry.Milliseconds())
	}
	if id >= 0 {
		fmt.Fprintf(&b, "id: %d\n", id)
	}
	fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", name, data)
	f.begun = true
	return f.print(b.String())
}

// print sends text at once, or fails in time: one stuck client must not hold
// the server's end.
func (f *feed) print(text string) error {
	_ = f.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // a recorder has none
	if _, err := f.w.Write([]byte(text)); err != nil {
		return err
	}
	return f.control.Flush()
}

// Sizes of the lists in a snapshot.
const (
	snapshotQueue = api.MaxLimit
	snapshotTop   = 10
)

// snapshot is the state of the desk at one moment.
func (s *Server) snapshot(tx Tx) (now api.Snapshot, err error) {
	now = api.Snapshot{At: tx.Now(), Build: s.cfg.Build, Platform: s.cfg.Platform}
	for _, fill := range []func() error{
		func() (err error) { now.Seq, err = tx.LastSeq(); return err },
		func() (err error) { now.NowPlaying, err = nowPlaying(tx); return err },
		func() (err error) { now.Queue, err = queue(tx, snapshotQueue); return err },
		func() (err error) { now.Stream, err = streamNow(tx); return err },
		func() (err error) { now.Leaderboard, err = leaderboard(tx, raffle.ByClosest, snapshotTop); return err },
		func() (err error) { now.Wins, err = rolls(tx, raffle.Which{Waiting: true}, snapshotTop); return err },
		func() (err error) { now.Giveaway, err = giveawayNow(tx); return err },
		func() (err error) { now.Raffle, err = raffleNow(tx); return err },
		func() (err error) { now.NeedsDecision, err = needPerson(tx); return err },
	} {
		if err := fill(); err != nil {
			return now, fmt.Errorf("take snapshot: %w", err)
		}
	}
	return now, nil
}
