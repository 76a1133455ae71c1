package song

import (
	"fmt"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// Gate says whether viewers may ask for songs.
type Gate struct {
	ClosedAt time.Time // zero while open
	Reason   string    // why it is closed, as viewers read it; may be empty
}

// Closed reports whether requests are refused.
func (g Gate) Closed() bool { return !g.ClosedAt.IsZero() }

// maxGateReason is the longest reason for closing, in characters.
const maxGateReason = 120

// CloseGate refuses requests from now on; those that wait are not touched.
// Closed already, it changes the reason.
func CloseGate(tx Tx, reason string) (Gate, error) {
	reason = strings.Join(strings.Fields(reason), " ")
	if len([]rune(reason)) > maxGateReason {
		return Gate{}, core.Because(core.Invalid, "reason", "a reason for closing is at most %d characters", maxGateReason)
	}
	was, err := tx.SongGate()
	if err != nil || was.Closed() && was.Reason == reason {
		return was, err
	}
	g := Gate{ClosedAt: tx.Now(), Reason: reason}
	if was.Closed() {
		g.ClosedAt = was.ClosedAt
	}
	if err := tx.SongPutGate(g); err != nil {
		return Gate{}, fmt.Errorf("close requests: %w", err)
	}
	return g, tx.AppendEvent(event.SongGate{Open: false, Reason: reason})
}

// OpenGate takes requests again.
func OpenGate(tx Tx) error {
	was, err := tx.SongGate()
	if err != nil || !was.Closed() {
		return err
	}
	if err := tx.SongPutGate(Gate{}); err != nil {
		return fmt.Errorf("open requests: %w", err)
	}
	return tx.AppendEvent(event.SongGate{Open: true})
}
