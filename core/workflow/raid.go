package workflow

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
)

// Raided is another streamer having sent their viewers over, as a saga's params,
// with what is to be done about it.
type Raided struct {
	From     core.Viewer `json:"from"`
	Viewers  int         `json:"viewers"`
	At       time.Time   `json:"at"`
	Thank    bool        `json:"thank"`
	Shoutout bool        `json:"shoutout"`
}

// raid: thank them in chat, recommend their channel. Neither is done twice, and
// neither waits for the other.
func (s *Sagas) raid(ctx context.Context, run *saga.Run[Tx]) error {
	r, err := saga.Params[Raided](run)
	if err != nil {
		return err
	}
	if r.Thank {
		err := s.say(ctx, run, "thank-in-chat", said{Text: s.words().Raid(r.From.Name, r.Viewers), Since: r.At})
		if err != nil {
			return err
		}
	}
	if !r.Shoutout {
		return nil
	}
	_, err = saga.Effect[saga.None]{
		Name: "shoutout", BestEffort: true, Attempts: shoutAttempts, Timeout: chatTimeout,
		Run: func(ctx context.Context, _ saga.None) (saga.None, error) {
			return saga.None{}, s.Twitch.Shoutout(ctx, r.From)
		},
	}.Do(ctx, run)
	return err
}
