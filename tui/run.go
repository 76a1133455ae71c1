package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core"
)

// fps is how often the screen is drawn at most.
const fps = 30

// Run shows the dashboard on the terminal of in and out until the person quits,
// or ctx ends, which is no error. It restores the terminal in every case, a
// panic too, and returns when all it started has ended or been told to.
func Run(ctx context.Context, cfg Config, in io.Reader, out io.Writer) error {
	work, stop := context.WithCancel(ctx)
	f := newFeed(cfg)
	m := newModel(work, cfg, f)
	if _, file := out.(interface{ Fd() uintptr }); !file { // nobody will tell a size
		m.w, m.h = 80, 24
	}
	p := tea.NewProgram(m,
		tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out),
		tea.WithAltScreen(), tea.WithFPS(fps), tea.WithoutSignalHandler())
	var wg sync.WaitGroup
	var broken error
	wg.Go(func() {
		defer func() {
			if r := recover(); r != nil { // the terminal must not be left behind
				broken = core.E(core.Internal, "follow the desk: panic: %v", r)
				p.Kill()
			}
		}()
		f.run(work)
	})
	_, err := p.Run()
	stop()
	wg.Wait()
	switch {
	case broken != nil:
		return broken
	case err == nil, ctx.Err() != nil && !errors.Is(err, tea.ErrProgramPanic):
		return nil
	}
	return fmt.Errorf("show the dashboard: %w", err)
}
