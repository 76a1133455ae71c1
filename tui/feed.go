package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core/api"
	"sidestage/core/event"
)

const (
	backlog   = 256                   // news that may wait for the screen
	gather    = 33 * time.Millisecond // news of one frame
	most      = 512                   // news taken at once
	past      = 1000                  // records read from before the snapshot
	askAgain  = 5 * time.Second       // after an error that trying again should not mend
	callLimit = 10 * time.Second      // for one call of the API
)

// news is one thing the desk told; exactly one of the fields beside at is set.
type news struct {
	at       time.Time
	snapshot *api.Snapshot
	past     []event.Record // before the snapshot, oldest first
	resumed  bool
	record   *event.Record
	lost     error
	line     *LogLine
}

// newsMsg is the news of a frame.
type newsMsg []news

// feed passes on what the desk tells. When the screen is slow it waits; the
// desk makes up for what was missed.
type feed struct {
	client Client
	logs   <-chan LogLine
	news   chan news
}

func newFeed(cfg Config) *feed {
	return &feed{client: cfg.Client, logs: cfg.Logs, news: make(chan news, backlog)}
}

// run follows the desk until ctx ends.
func (f *feed) run(ctx context.Context) {
	for ctx.Err() == nil {
		for e, err := range f.client.Events(ctx, 0) {
			if !f.pass(ctx, f.tell(ctx, e, err)) {
				return
			}
		}
		pause(ctx, askAgain)
	}
}

func (f *feed) tell(ctx context.Context, e api.Event, err error) news {
	n := news{at: time.Now()}
	switch {
	case err != nil:
		n.lost = err
	case e.Snapshot != nil:
		n.snapshot, n.past = e.Snapshot, f.before(ctx, e.Snapshot.Seq)
	case e.Record != nil:
		n.record = e.Record
	default:
		n.resumed = true
	}
	return n
}

// before reads what led to a snapshot. It is for show: what cannot be read is
// left out.
func (f *feed) before(ctx context.Context, seq int64) []event.Record {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	var all []event.Record
	for after := max(seq-past, 0); after < seq; {
		j, err := f.client.Journal(ctx, after, api.MaxLimit)
		if err != nil || len(j.Events) == 0 {
			break
		}
		for _, r := range j.Events {
			if r.Seq <= seq {
				all = append(all, r)
			}
			after = max(after+1, r.Seq)
		}
	}
	return all
}

func (f *feed) pass(ctx context.Context, n news) bool {
	select {
	case f.news <- n:
		return true
	case <-ctx.Done():
		return false
	}
}

// next is the command that waits for news and gathers those of a frame. One at
// a time may run.
func (f *feed) next(ctx context.Context) tea.Cmd {
	return func() tea.Msg {
		var frame newsMsg
		var full <-chan time.Time
		for len(frame) < most {
			select {
			case n := <-f.news:
				frame = append(frame, n)
			case l, ok := <-f.logs:
				if !ok {
					f.logs = nil
					continue
				}
				frame = append(frame, news{at: time.Now(), line: &l})
			case <-full:
				return frame
			case <-ctx.Done():
				return nil
			}
			if full == nil {
				full = time.After(gather)
			}
		}
		return frame
	}
}

// pause waits and reports whether ctx is still on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
