package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sidestage/core/event"
)

// maxLine is the longest line of a stream of events, in bytes.
const maxLine = 4 << 20

// reader takes a stream of server-sent events apart.
type reader struct {
	lines *bufio.Scanner
	alive func() // called for every line, comments too
}

func newReader(r io.Reader, alive func()) *reader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	return &reader{lines: lines, alive: alive}
}

// next is the next event; io.EOF when the stream is over.
func (r *reader) next() (Event, error) {
	var name string
	var data []string
	for r.lines.Scan() {
		r.alive()
		line := r.lines.Text()
		if line == "" {
			if len(data) > 0 {
				return decode(name, strings.Join(data, "\n"))
			}
			name = ""
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			name = value
		case "data":
			data = append(data, value)
		}
	}
	if err := r.lines.Err(); err != nil {
		return Event{}, err
	}
	return Event{}, io.EOF
}

func decode(name, data string) (Event, error) {
	var e Event
	var into any
	switch name {
	case EventSnapshot:
		e.Snapshot = new(Snapshot)
		into = e.Snapshot
	case EventResumed:
		e.Resumed = new(Resumed)
		into = e.Resumed
	default:
		e.Record = new(event.Record)
		into = e.Record
	}
	if err := json.Unmarshal([]byte(data), into); err != nil {
		return Event{}, fmt.Errorf("decode event %s: %w", name, err)
	}
	return e, nil
}
