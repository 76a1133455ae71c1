package workflow

import (
	"context"
	"time"

	"sidestage/core/saga"
)

// Notice is something the desk tells chat that answers nobody, as a saga's
// params. At is when what it tells of happened.
type Notice struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// announce says a notice, once: one that may have been said is not said again.
func (s *Sagas) announce(ctx context.Context, run *saga.Run[Tx]) error {
	n, err := saga.Params[Notice](run)
	if err != nil {
		return err
	}
	return s.say(ctx, run, "announce", said{Text: n.Text, Since: n.At})
}
