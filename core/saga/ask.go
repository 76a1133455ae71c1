package saga

import (
	"context"

	"sidestage/core"
)

// Ask is a question that only a person can answer, from the start: nothing was
// done, and nothing is in doubt. The saga needs a decision until Engine.Resolve
// says yes (happened) or no.
type Ask struct {
	Name     string
	Question string // what the answers mean, as the failure of the saga shows it
}

// Do returns nil after a yes, and an error whose reason is ReasonNo after a no.
// Any other error must be returned by the Body.
func (a Ask) Do(ctx context.Context, s Scope) error {
	f := s.frame()
	st, err := f.ask(a.Name)
	switch {
	case err != nil:
		return err
	case st.succeeded():
		return nil
	case st.final():
		return st.Error
	}
	st.Attempt++
	return f.undecided(ctx, st, core.Because(core.Ambiguous, "asked", "%s", a.Question))
}

// ReasonNo is the reason of an Ask that was answered with no.
const ReasonNo = didNotHappen
