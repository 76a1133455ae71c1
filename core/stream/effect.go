package stream

import (
	"fmt"

	"sidestage/core"
)

// The targets of effects: who has to know that the stream went on or off.
const (
	TwitchToken  = "twitch-token"
	SpotifyToken = "spotify-token"
	Pool         = "pool"
	Overlay      = "overlay"
	Rewards      = "rewards"
	Songs        = "songs" // what is unplayed when the stream ends
)

// Targets lists every target.
func Targets() []string { return []string{TwitchToken, SpotifyToken, Pool, Overlay, Rewards, Songs} }

// Effect is what one target has to do because of a transition.
type Effect struct {
	ID        int64
	SessionID int64
	What      Transition
	Target    string // one of Targets
}

func addEffects(tx Tx, s Session, what Transition) error {
	for _, target := range Targets() {
		if err := tx.StreamAddEffect(Effect{SessionID: s.ID, What: what, Target: target}); err != nil {
			return fmt.Errorf("plan %s of %s: %w", what, target, err)
		}
	}
	return nil
}

// PendingEffects lists what is still to do. Only the newest transition
// matters to a target, so there is at most one effect for each.
func PendingEffects(tx Tx) ([]Effect, error) {
	effects, err := tx.StreamOpenEffects()
	if err != nil {
		return nil, fmt.Errorf("read open effects: %w", err)
	}
	return effects, nil
}

// EffectDone ticks an effect off, and with it all older ones of its target.
// Doing so again does nothing.
func EffectDone(tx Tx, id int64) error {
	if err := tx.StreamEffectDone(id, tx.Now()); err != nil {
		return fmt.Errorf("tick off effect %d: %w", id, err)
	}
	return nil
}

// pending is the open effect of one target; core.NotFound when it has none.
func pending(tx Tx, target string) (Effect, error) {
	effects, err := PendingEffects(tx)
	if err != nil {
		return Effect{}, err
	}
	for _, e := range effects {
		if e.Target == target {
			return e, nil
		}
	}
	return Effect{}, core.E(core.NotFound, "nothing to do for %s", target)
}
