package song

import (
	"context"
	"log/slog"
	"time"
)

// Watcher is a placeholder until the real one lands.
type Watcher struct {
	store  Store
	player Player
	log    *slog.Logger
	nudge  chan struct{}
}

// NewWatcher makes a Watcher.
func NewWatcher(store Store, player Player, log *slog.Logger) *Watcher {
	return &Watcher{store: store, player: player, log: log, nudge: make(chan struct{}, 1)}
}

// Nudge asks for a look soon.
func (w *Watcher) Nudge() {
	select {
	case w.nudge <- struct{}{}:
	default:
	}
}

// Run looks at the player every second.
func (w *Watcher) Run(ctx context.Context) error {
	for {
		if s, err := w.player.Snapshot(ctx); err == nil {
			var r Result
			if err := w.store.Update(ctx, func(tx Tx) (err error) { r, err = Sync(tx, s); return err }); err == nil && r.SkipNow {
				_ = w.player.Next(ctx)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		case <-w.nudge:
		}
	}
}
