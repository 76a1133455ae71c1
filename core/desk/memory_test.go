package desk_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"sync"
)

// memory is a log that is kept.
type memory struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (m *memory) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.b.Write(p)
}

func (m *memory) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.b.String()
}

func (m *memory) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(m, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// text is all that can be printed of v.
func text(v any) string { return fmt.Sprintf("%+v %#v", v, v) }
