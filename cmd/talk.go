package cmd

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/tui/theme"
)

// tell talks to the person as it is, without the program's name in front.
func (f *factory) tell(format string, a ...any) { _, _ = fmt.Fprintf(f.Err, format, a...) }

// maxLine is the longest line that is read from a person, in bytes.
const maxLine = 16 << 10

// lines are the lines that come in, read from when they are first wanted until
// the program ends.
func (f *factory) lines() <-chan string {
	if f.typed == nil {
		typed := make(chan string)
		f.typed = typed
		go func() {
			defer close(typed)
			in := bufio.NewScanner(f.In)
			in.Buffer(nil, maxLine)
			for in.Scan() {
				typed <- in.Text()
			}
		}()
	}
	return f.typed
}

// line waits for one line.
func (f *factory) line(ctx context.Context) (string, error) {
	select {
	case line, more := <-f.lines():
		if !more {
			return "", core.E(core.Invalid, "the input ended")
		}
		return line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// spinEvery is the time between two pictures of a spinner.
const spinEvery = 100 * time.Millisecond

// spinner is a line that moves while something is waited for, on a terminal;
// elsewhere it is said once that there is something to wait for.
type spinner struct {
	f      *factory
	frames []rune
	frame  int
	shown  bool
}

func (f *factory) newSpinner() *spinner {
	s := &spinner{f: f, frames: []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")}
	if theme.PlainASCII(f.getenv) {
		s.frames = []rune(`|/-\`)
	}
	return s
}

// turn shows the next picture.
func (s *spinner) turn(text string) {
	s.f.tell("\r%c %s\x1b[K", s.frames[s.frame%len(s.frames)], text)
	s.frame++
	s.shown = true
}

// clear takes the line away.
func (s *spinner) clear() {
	if s.shown {
		s.f.tell("\r\x1b[K")
		s.shown = false
	}
}

// left is what remains of a time, to the second: 9:58.
func left(until time.Time) string { return length(max(0, time.Until(until)).Milliseconds()) }
