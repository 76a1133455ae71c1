package desk

import (
	"context"
	"fmt"
	"strings"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// eventSub is a desk's session with Twitch as the local API shows it.
type eventSub struct{ d *Desk }

// Subscriptions implements web.EventSub.
func (e eventSub) Subscriptions(ctx context.Context) (api.Subscriptions, error) {
	listed, err := e.d.helix.Subscriptions(ctx)
	if err != nil {
		return api.Subscriptions{}, fmt.Errorf("list eventsub subscriptions: %w", err)
	}
	all := api.Subscriptions{Subscriptions: []api.Subscription{}, MaxCost: twitch.MaxCost, Session: e.d.sessionHealth()}
	for _, s := range listed {
		whose := api.SessionOther
		if e.d.session.Owns(s.SessionID) {
			whose = api.SessionOurs
		}
		if s.Enabled() {
			all.Cost += s.Cost
		}
		all.Subscriptions = append(all.Subscriptions, api.Subscription{
			ID: s.ID, Type: s.Type, Version: s.Version, Condition: given(s.Condition), Status: s.Status,
			Cost: s.Cost, Session: whose, CreatedAt: s.CreatedAt,
		})
	}
	return all, nil
}

// given is a condition without the fields nobody gave, which Twitch lists empty.
func given(condition map[string]string) map[string]string {
	shown := map[string]string{}
	for field, value := range condition {
		if value != "" {
			shown[field] = value
		}
	}
	return shown
}

// SetUp implements web.EventSub.
func (e eventSub) SetUp(ctx context.Context) (api.Subscriptions, error) {
	if e.d.door.since.Load() == nil {
		return api.Subscriptions{}, core.Because(core.Unavailable, "no-desk",
			"subscriptions live with the session of a desk that runs, and none does: start one with sidestage serve")
	}
	if _, err := e.d.session.Setup(ctx); err != nil {
		return api.Subscriptions{}, err
	}
	return e.Subscriptions(ctx)
}

// CleanUp implements web.EventSub.
func (e eventSub) CleanUp(ctx context.Context) (api.Cleaned, error) {
	var done api.Cleaned
	listed, err := e.d.helix.Subscriptions(ctx)
	if err != nil {
		return done, fmt.Errorf("list eventsub subscriptions: %w", err)
	}
	for _, s := range listed {
		switch {
		case s.SessionID == "": // a webhook is another program's
			continue
		case e.d.session.Owns(s.SessionID):
			if s.Enabled() {
				done.Kept++
			}
			continue
		}
		err := e.d.helix.Unsubscribe(ctx, s.ID)
		if err != nil && core.KindOf(err) != core.NotFound {
			return done, fmt.Errorf("delete a subscription to %s: %w", s.Type, err)
		}
		if err == nil {
			done.Deleted++
		}
	}
	return done, nil
}

// keptSessions is how many of our sessions are remembered: more than Twitch can
// take for alive at once.
const keptSessions = 8

// keepSession remembers a session of ours. What it leaves behind should this
// program end badly is then told from what another desk listens with.
func (d *Desk) keepSession(id string) {
	err := d.db.Update(context.Background(), func(tx *storage.Tx) error {
		var ids []string
		if err := metaJSON(tx, metaSessions, &ids); err != nil {
			return err
		}
		ids = append(ids, id)
		return setMetaJSON(tx, metaSessions, ids[max(0, len(ids)-keptSessions):])
	})
	if err != nil {
		d.log.Warn("the session is not kept for the next start", "error", err)
	}
}

// sessionHealth is how the session stands as the local API shows it.
func (d *Desk) sessionHealth() api.Component {
	if d.door.since.Load() == nil {
		return api.Component{Status: api.StatusOff, Reason: "no desk runs"}
	}
	now := d.session.Health()
	c := api.Component{Status: api.StatusOK, State: string(now.State), Reason: now.Reason, Since: now.Since, Missing: now.Missing}
	if now.State != twitch.Healthy {
		c.Status = api.StatusDegraded
	}
	switch {
	case now.State == twitch.LoginRequired:
		c.Reason = logIn(PlatformTwitch)
	case now.State == twitch.Elsewhere:
		c.Reason = "another program with this login listens to the channel: stop it, or run sidestage eventsub cleanup if none runs any more"
	case now.State == twitch.Connecting && now.Reason != "": // an error: behind its colons stands no advice
		c.Reason = strings.ReplaceAll(now.Reason, ": ", ", ") + ": the desk connects again by itself"
	}
	return c
}
