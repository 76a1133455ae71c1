package sim

import (
	"net/http"
	"time"

	"sidestage/core"
)

type raidEvent struct {
	FromID    string `json:"from_broadcaster_user_id"`
	FromLogin string `json:"from_broadcaster_user_login"`
	FromName  string `json:"from_broadcaster_user_name"`
	ToID      string `json:"to_broadcaster_user_id"`
	ToLogin   string `json:"to_broadcaster_user_login"`
	ToName    string `json:"to_broadcaster_user_name"`
	Viewers   int    `json:"viewers"`
}

// Raid is another streamer, by login, sending their viewers over.
func (s *Sim) Raid(from string, viewers int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commit(nil, s.raid(s.Viewer(from), viewers))
}

func (s *Sim) raid(v core.Viewer, viewers int) occasion {
	b := s.opt.Broadcaster
	return occasion{
		typ: "channel.raid", subject: v.ID,
		event: raidEvent{FromID: v.ID, FromLogin: v.Login, FromName: v.Name, ToID: b.ID, ToLogin: b.Login, ToName: b.Name, Viewers: viewers},
		facts: map[string]string{"from_broadcaster_user_id": v.ID, "to_broadcaster_user_id": b.ID},
	}
}

// viewerEvent is an event about a viewer in the channel.
type viewerEvent struct {
	broadcasterEvent
	UserID    *string `json:"user_id"`
	UserLogin *string `json:"user_login"`
	UserName  *string `json:"user_name"`
}

func (s *Sim) by(v core.Viewer) viewerEvent {
	return viewerEvent{broadcasterEvent: s.here(), UserID: &v.ID, UserLogin: &v.Login, UserName: &v.Name}
}

type followEvent struct {
	viewerEvent
	At time.Time `json:"followed_at"`
}

// Follow is a viewer, by login, following the channel.
func (s *Sim) Follow(viewer string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.Viewer(viewer)
	return s.commit([]op{followed{Viewer: v}}, occasion{
		typ: "channel.follow", subject: v.ID, event: followEvent{viewerEvent: s.by(v), At: clock()}, facts: s.aboutChannel(),
	})
}

type subscribeEvent struct {
	viewerEvent
	Tier string `json:"tier"`
	Gift bool   `json:"is_gift"`
}

// Subscribe is a viewer's subscription beginning: tier is "1000", "2000" or
// "3000", gift says that somebody else pays.
func (s *Sim) Subscribe(viewer, tier string, gift bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.Viewer(viewer)
	return s.happens("channel.subscribe", v.ID, subscribeEvent{viewerEvent: s.by(v), Tier: tier, Gift: gift})
}

type cheerEvent struct {
	viewerEvent
	Anonymous bool   `json:"is_anonymous"`
	Message   string `json:"message"`
	Bits      int    `json:"bits"`
}

// Cheer is a viewer cheering; nobody's name is told when viewer is empty.
func (s *Sim) Cheer(viewer string, bits int, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := cheerEvent{viewerEvent: viewerEvent{broadcasterEvent: s.here()}, Anonymous: viewer == "", Message: text, Bits: bits}
	if viewer != "" {
		e.viewerEvent = s.by(s.Viewer(viewer))
	}
	return s.happens("channel.cheer", "", e)
}

type updateEvent struct {
	broadcasterEvent
	Title      string   `json:"title"`
	Language   string   `json:"language"`
	CategoryID string   `json:"category_id"`
	Category   string   `json:"category_name"`
	Labels     []string `json:"content_classification_labels"`
}

// Retitle is the streamer changing the channel's title and category.
func (s *Sim) Retitle(title, category string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	says := retitled{Title: title, Category: category, CategoryID: userID(category)}
	return s.commit([]op{says}, occasion{typ: "channel.update", subject: s.opt.Broadcaster.ID, facts: s.aboutChannel(), event: updateEvent{
		broadcasterEvent: s.here(), Title: title, Language: "en", CategoryID: says.CategoryID, Category: category, Labels: []string{},
	}})
}

// retitled is what the channel says of itself from now on.
type retitled struct {
	Title      string `json:"title"`
	Category   string `json:"category"`
	CategoryID string `json:"categoryId"`
}

func (retitled) name() string { return "retitled" }

func (r retitled) apply(st *state, _ time.Time) { st.Says = r }

// happens tells something of this channel that no book keeps.
func (s *Sim) happens(typ, subject string, event any) error {
	return s.commit(nil, occasion{typ: typ, subject: subject, event: event, facts: s.aboutChannel()})
}

// Moderate is somebody settling a redemption on Twitch's own page: fulfilled,
// or rejected, which gives the points back. An unknown redemption is
// core.NotFound, a settled one core.Conflict.
func (s *Sim) Moderate(id string, fulfil bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.state.ByID[id]
	switch {
	case r == nil:
		return core.E(core.NotFound, "moderate: no redemption %q", id)
	case r.Status != unfulfilled:
		return core.E(core.Conflict, "moderate: redemption %s is %s", id, r.Status)
	}
	status := canceled
	if fulfil {
		status = fulfilled
	}
	return s.commit([]op{settled{ID: id, Status: status}}, s.tell("update", r, status))
}

// Unsubscribe takes the subscriptions of a type away from every session, and says
// so with Twitch's word for why, such as "user_removed".
func (s *Sim) Unsubscribe(typ, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.hub.subscriptions {
		if b.Type == typ && b.Status == enabled {
			s.revokeSubscription(b, status)
		}
	}
}

// DropSockets cuts every EventSub connection off, which EventSub notices only
// after so long: until then what was subscribed stands, and nobody hears it.
func (s *Sim) DropSockets(noticed time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.hub.sessions {
		x.halfDead = noticed
		x.end(order{})
	}
}

// Shoutouts: one in two minutes, one to the same channel in an hour.
const (
	shoutoutPause = 2 * time.Minute
	shoutoutSame  = time.Hour
)

func (s *Sim) postShoutout(r *http.Request, _ caller) reply {
	for _, key := range []string{"from_broadcaster_id", "moderator_id"} {
		if a, own := s.ownChannel(r, key); !own {
			return a
		}
	}
	to, now := r.URL.Query().Get("to_broadcaster_id"), time.Now()
	last := time.Time{}
	for _, at := range s.shoutouts {
		if at.After(last) {
			last = at
		}
	}
	switch {
	case to == "":
		return helixFailure(http.StatusBadRequest, "Missing required parameter %q", "to_broadcaster_id")
	case to == s.opt.Broadcaster.ID:
		return helixFailure(http.StatusBadRequest, "The broadcaster may not give themselves a Shoutout.")
	case !s.state.Stream.Live:
		return helixFailure(http.StatusBadRequest, "The broadcaster is not streaming live or does not have one or more viewers.")
	case now.Sub(last) < shoutoutPause, now.Sub(s.shoutouts[to]) < shoutoutSame:
		return helixFailure(http.StatusTooManyRequests, "The broadcaster exceeded the number of Shoutouts they may send within a given window.")
	}
	s.shoutouts[to] = now
	return reply{status: http.StatusNoContent}
}

// Shoutouts is how many channels were given one.
func (s *Sim) Shoutouts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.shoutouts)
}
