package web

import (
	"context"
	"fmt"
	"time"

	"sidestage/core/api"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// stale is how old the last look at the player of a running desk may be: longer
// than the longest pause between two that succeed.
const stale = 2 * time.Minute

func (s *Server) health(ctx context.Context, _ *request) (any, error) {
	h := s.cfg.Health(ctx)
	h.Build, h.Platform = s.cfg.Build, s.cfg.Platform
	h.Components.Database.Status = api.StatusOK
	err := s.cfg.Store.View(ctx, func(tx Tx) error { return inspect(tx, &h) })
	if err != nil { // said as a component: /health answers as long as anything does
		h.Components.Database = api.Component{Status: api.StatusDegraded, Reason: err.Error()}
	}
	h.Status = api.StatusOK
	c := h.Components
	for _, part := range []api.Component{c.EventSub, c.Chat, c.Twitch, c.Spotify, c.Player, c.Database, c.Sagas} {
		if part.Status != api.StatusOK {
			h.Status = api.StatusDegraded
		}
	}
	return h, nil
}

// inspect adds what the database knows.
func inspect(tx Tx, h *api.Health) error {
	now, err := song.NowPlaying(tx)
	if err != nil {
		return err
	}
	h.Components.Player = player(now, tx.Now(), h)
	out, err := outage(tx)
	if err != nil {
		return err
	}
	if out != nil && h.Running {
		h.Components.Player = api.Component{Status: api.StatusDegraded, State: out.Reason, Reason: out.Says, Since: out.Since}
	}
	n, err := needPerson(tx)
	h.Components.Sagas.Count = n
	switch {
	case h.Components.Sagas.Status != "": // the desk knows something graver
	case n == 0:
		h.Components.Sagas.Status = api.StatusOK
	default:
		h.Components.Sagas.Status = api.StatusDegraded
		h.Components.Sagas.Reason = fmt.Sprintf("%d need a decision: sidestage saga list --state needs-decision", n)
	}
	return err
}

// player judges the last look at the player.
func player(now song.Now, at time.Time, h *api.Health) api.Component {
	c := api.Component{Status: api.StatusOK, State: "idle", Since: now.At}
	if now.Active {
		c.State = "paused"
	}
	if now.Active && now.Playing {
		c.State = "playing"
	}
	age := at.Sub(later(now.At, h.StartedAt))
	switch {
	case !h.Running:
		c.Status, c.Reason = api.StatusOff, "no desk runs"
	case age > stale:
		c.Status, c.Reason = api.StatusDegraded, fmt.Sprintf("not seen for %s", age.Round(time.Second))
	case !now.Active:
		c.Status, c.Reason = api.StatusDegraded, "Spotify has no active device: start playback on any, or pick one with sidestage song device"
	}
	return c
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// needPerson counts the sagas that wait for a person.
func needPerson(tx Tx) (int, error) {
	counts, err := tx.SagasStanding()
	n := 0
	for _, c := range counts {
		if c.State == saga.NeedsDecision || c.State == saga.Failed {
			n += c.Count
		}
	}
	return n, err
}
