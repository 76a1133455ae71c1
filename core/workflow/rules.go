package workflow

import (
	"fmt"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/song"
)

// roleOf tells the strongest role that a viewer is known to have.
type roleOf func(Tx, core.Viewer) (chat.Role, error)

// roleOf knows the streamer by id and everybody else by what their last command,
// or the copy in chat of what they wrote with a reward, showed: a redemption
// itself carries no badges.
func (s *Sagas) roleOf(tx Tx, v core.Viewer) (chat.Role, error) {
	if s.Broadcaster != nil && v.ID == s.Broadcaster() {
		return chat.Broadcaster, nil
	}
	return tx.ViewerRole(v.ID)
}

func asStreamer(Tx, core.Viewer) (chat.Role, error) { return chat.Broadcaster, nil }

// checkRules holds a request against the rules as they are now; it is decided
// once, in the transaction of the insert.
func (s *Sagas) checkRules(tx Tx, r song.Request, role roleOf) error {
	var rules song.Rules
	if s.Rules != nil {
		rules = s.Rules()
	}
	who, err := role(tx, r.Viewer)
	if err != nil {
		return fmt.Errorf("look up role of %s: %w", r.Viewer.Login, err)
	}
	return song.Check(tx, rules, r, who)
}
