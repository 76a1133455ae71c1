package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"go.uber.org/goleak"

	"sidestage/core"
	"sidestage/core/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// terminal is what a run writes to.
type terminal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

func (t *terminal) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// running is a whole program with a keyboard.
type running struct {
	t    *testing.T
	keys *io.PipeWriter
	out  *terminal
	done chan error
	stop context.CancelFunc
}

// start runs the dashboard, in a bubble.
func start(t *testing.T, c Client, e *evening) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	run := &running{t: t, keys: w, out: &terminal{}, done: make(chan error, 1), stop: cancel}
	cfg := Config{Client: c, Look: plainLook(), Demo: &Demo{Redeem: e.redeem, Songs: []string{"https://open.spotify.com/track/1"}}}
	go func() { run.done <- Run(ctx, cfg, r, run.out) }()
	run.wait()
	return run
}

// wait gives the program time to read, draw and read again.
func (r *running) wait() {
	time.Sleep(time.Second)
	synctest.Wait()
}

func (r *running) press(keys ...string) {
	r.t.Helper()
	for _, k := range keys {
		if _, err := io.WriteString(r.keys, k); err != nil {
			r.t.Fatal(err)
		}
		r.wait()
	}
}

func (r *running) sees(text string) {
	r.t.Helper()
	if !strings.Contains(r.out.String(), text) {
		r.t.Errorf("%q was never on the screen:\n%s", text, r.out)
	}
}

// ends waits for the end of the run.
func (r *running) ends() error {
	r.t.Helper()
	err := <-r.done
	r.stop()
	_ = r.keys.Close()
	return err
}

// evening at the bubble's time.
func tonight(e *evening) *evening {
	e.snap.NowPlaying.At = time.Now()
	e.live, e.done = make(chan api.Event), make(chan string, 8)
	return e
}

func (r *running) did(e *evening, want string) {
	r.t.Helper()
	select {
	case got := <-e.done:
		if got != want {
			r.t.Errorf("the desk was asked to %q, want %q", got, want)
		}
	default:
		r.t.Errorf("the desk was not asked to %q", want)
	}
}

const (
	enter  = "\r"
	escape = "\x1b"
)

func TestAnEveningAtTheKeyboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := tonight(typical())
		r := start(t, e, e)
		r.sees("Midnight City")
		r.sees("2 need you")

		r.press("s")
		r.sees("Skip Midnight City?")
		r.press("y")
		r.did(e, "skip 17")
		r.sees("Skipped Midnight City.")

		r.press("j", "x")
		r.sees("Remove number 2?")
		r.press("k")
		r.did(e, "remove r2 refund false")
		r.press("K")
		r.did(e, "move r2 to 1")
		r.press("p")
		r.did(e, "move r2 to 1")
		r.press("c", "y")
		r.did(e, "close ")

		r.press("5", "r", "d")
		r.sees("Did add-to-player happen?")
		r.did(e, "resolve s1 false")

		r.press("a", "https://open.spotify.com/track/2", enter)
		r.did(e, "add https://open.spotify.com/track/2")

		r.press("v", enter)
		r.did(e, "redeem song https://open.spotify.com/track/1")
		r.sees("You redeemed a song request")
		r.sees("undone, the points went back")
		r.press(escape, "v", "\x1b[B", enter)
		r.did(e, "redeem raffle ")
		r.press(escape)

		r.press("?")
		r.sees("panel to the left")
		r.press(escape, "q")
		if err := r.ends(); err != nil {
			t.Error(err)
		}
	})
}

func TestOnlyAYesIsAYes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := tonight(typical())
		r := start(t, e, e)
		for _, no := range []string{enter, escape, "n"} {
			r.press("s", no, escape)
		}
		r.press("q")
		if err := r.ends(); err != nil {
			t.Error(err)
		}
		if len(e.done) > 0 {
			t.Errorf("the desk was asked to %q", <-e.done)
		}
	})
}

func TestLettersTypedIntoAFormAreNoCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := tonight(typical())
		r := start(t, e, e)
		r.press("a", "q?s12", enter)
		r.did(e, "add q?s12")
		r.press("q")
		if err := r.ends(); err != nil {
			t.Error(err)
		}
	})
}

func TestTheEndOfTheContextEndsTheScreenAndIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := tonight(typical())
		r := start(t, e, e)
		r.stop()
		if err := r.ends(); err != nil {
			t.Error(err)
		}
		r.sees("\x1b[?1049l")
	})
}

// stuckDesk answers nothing until it is told to stop.
type stuckDesk struct{ *evening }

func (stuckDesk) Health(ctx context.Context) (api.Health, error) {
	<-ctx.Done()
	return api.Health{}, ctx.Err()
}

func (stuckDesk) Skip(ctx context.Context, _ api.SkipRequest) (api.Skipped, error) {
	<-ctx.Done()
	return api.Skipped{}, core.E(core.Ambiguous, "the answer was lost: %w", ctx.Err())
}

func TestADeskThatDoesNotAnswerHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := tonight(typical())
		r := start(t, stuckDesk{e}, e)
		r.press("s", "y", "?")
		r.sees("panel to the left")
		time.Sleep(2 * callLimit)
		r.press(escape)
		r.sees("Skip Midnight City: it may or may not have happened.")
		r.press("q")
		if err := r.ends(); err != nil {
			t.Error(err)
		}
	})
}

// brokenDesk panics where it is told to.
type brokenDesk struct {
	*evening
	events, health bool
}

func (b brokenDesk) Health(ctx context.Context) (api.Health, error) {
	if b.health {
		panic("health")
	}
	return b.evening.Health(ctx)
}

func (b brokenDesk) Events(ctx context.Context, after int64) iter.Seq2[api.Event, error] {
	if b.events {
		panic("events")
	}
	return b.evening.Events(ctx, after)
}

func TestAPanicLeavesTheTerminalAsItWas(t *testing.T) {
	for name, b := range map[string]brokenDesk{"in a command": {health: true}, "in the feed": {events: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := tonight(typical())
				b.evening = e
				r := start(t, b, e)
				err := r.ends()
				if b.health && !errors.Is(err, tea.ErrProgramPanic) || core.KindOf(err) != core.Internal || err == nil {
					t.Errorf("the run ended with %v", err)
				}
				r.sees("\x1b[?1049l")
				r.sees("\x1b[?25h")
			})
		})
	}
}

func TestALostConnectionIsSaidAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := tonight(typical())
		lost := make(chan error)
		r := start(t, flaky{e, lost}, e)
		lost <- errors.New("gone")
		r.wait()
		r.sees("no desk, trying again")
		lost <- nil
		r.wait()
		r.press("q")
		if err := r.ends(); err != nil {
			t.Error(err)
		}
	})
}

// flaky is a desk whose connection comes and goes.
type flaky struct {
	*evening
	lost chan error
}

func (f flaky) Events(ctx context.Context, _ int64) iter.Seq2[api.Event, error] {
	return func(yield func(api.Event, error) bool) {
		snap := f.snap
		more := yield(api.Event{Snapshot: &snap}, nil)
		for more {
			select {
			case err := <-f.lost:
				e := api.Event{}
				if err == nil {
					e.Resumed = &api.Resumed{Seq: snap.Seq}
				}
				more = yield(e, err)
			case <-ctx.Done():
				return
			}
		}
	}
}
