package sim

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"sidestage/core"
)

// streamState is whether the channel is live.
type streamState struct {
	Live  bool
	ID    string
	Since time.Time
}

// online: the streamer went live.
type online struct {
	ID string `json:"id"`
}

func (online) name() string { return "online" }

func (o online) apply(st *state, at time.Time) {
	st.Stream = streamState{Live: true, ID: o.ID, Since: at}
}

// offline: the stream ended.
type offline struct{}

func (offline) name() string { return "offline" }

func (offline) apply(st *state, _ time.Time) { st.Stream = streamState{} }

// broadcasterEvent are the fields every event of the channel has.
type broadcasterEvent struct {
	BroadcasterID    string `json:"broadcaster_user_id"`
	BroadcasterLogin string `json:"broadcaster_user_login"`
	BroadcasterName  string `json:"broadcaster_user_name"`
}

type onlineEvent struct {
	broadcasterEvent
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	Started time.Time `json:"started_at"`
}

func (s *Sim) here() broadcasterEvent {
	b := s.opt.Broadcaster
	return broadcasterEvent{BroadcasterID: b.ID, BroadcasterLogin: b.Login, BroadcasterName: b.Name}
}

// GoLive starts the stream. Live already is core.Conflict.
func (s *Sim) GoLive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Stream.Live {
		return core.E(core.Conflict, "go live: the stream is on")
	}
	o := online{ID: userID(uuid())}
	e := onlineEvent{broadcasterEvent: s.here(), ID: o.ID, Type: "live", Started: clock()}
	return s.commit([]op{o}, occasion{typ: "stream.online", subject: o.ID, event: e, facts: s.aboutChannel()})
}

// GoOffline ends the stream. Offline already is core.Conflict.
func (s *Sim) GoOffline() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.Stream.Live {
		return core.E(core.Conflict, "go offline: the stream is off")
	}
	return s.commit([]op{offline{}}, occasion{typ: "stream.offline", subject: s.state.Stream.ID, event: s.here(), facts: s.aboutChannel()})
}

// Live reports whether the stream is on.
func (s *Sim) Live() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Stream.Live
}

// What the channel streams at first.
const (
	streamTitle = "late night build stream: keyboards, songs by request"
	gameID      = "1469308723"
	gameName    = "Software and Game Development"
)

type streamAnswer struct {
	ID        string    `json:"id"`
	UserID    string    `json:"user_id"`
	UserLogin string    `json:"user_login"`
	UserName  string    `json:"user_name"`
	GameID    string    `json:"game_id"`
	GameName  string    `json:"game_name"`
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Tags      []string  `json:"tags"`
	TagIDs    []string  `json:"tag_ids"`
	Viewers   int       `json:"viewer_count"`
	Started   time.Time `json:"started_at"`
	Language  string    `json:"language"`
	Thumbnail string    `json:"thumbnail_url"`
	Mature    bool      `json:"is_mature"`
}

func (s *Sim) getStreams(r *http.Request, _ caller) reply {
	b, st, q := s.opt.Broadcaster, s.state.Stream, r.URL.Query()
	filtered := len(q["user_id"])+len(q["user_login"]) > 0
	named := slices.Contains(q["user_id"], b.ID) || slices.Contains(q["user_login"], b.Login)
	answer := list[streamAnswer]{Data: []streamAnswer{}, Pagination: &pagination{}}
	if st.Live && (named || !filtered) {
		answer.Data = append(answer.Data, streamAnswer{
			ID: st.ID, UserID: b.ID, UserLogin: b.Login, UserName: b.Name, GameID: s.state.Says.CategoryID, GameName: s.state.Says.Category,
			Type: "live", Title: s.state.Says.Title, Tags: []string{"English", "Keyboards"}, TagIDs: []string{},
			Viewers: s.audience(time.Now()), Started: st.Since.Truncate(time.Second), Language: "en",
			Thumbnail: "https://static-cdn.jtvnw.net/previews-ttv/live_user_" + b.Login + "-{width}x{height}.jpg",
		})
	}
	return ok(answer)
}

// audience wanders: it fills up over the first minutes, swings slowly, and
// flickers.
func (s *Sim) audience(now time.Time) int {
	minutes := now.Sub(s.state.Stream.Since).Minutes()
	full := 1 - math.Exp(-(minutes+2)/4)
	swing := 1 + 0.22*math.Sin(minutes/9) + 0.08*math.Sin(minutes/2.3)
	flicker := 0.94 + 0.12*share("audience", s.opt.Seed, now.Unix()/20)
	return max(1, int(165*full*swing*flicker))
}

type channelAnswer struct {
	ID       string   `json:"broadcaster_id"`
	Login    string   `json:"broadcaster_login"`
	Name     string   `json:"broadcaster_name"`
	Language string   `json:"broadcaster_language"`
	GameID   string   `json:"game_id"`
	GameName string   `json:"game_name"`
	Title    string   `json:"title"`
	Delay    int      `json:"delay"`
	Tags     []string `json:"tags"`
	Labels   []string `json:"content_classification_labels"`
	Branded  bool     `json:"is_branded_content"`
}

func (s *Sim) getChannels(r *http.Request, _ caller) reply {
	b, answer := s.opt.Broadcaster, list[channelAnswer]{Data: []channelAnswer{}}
	ids := r.URL.Query()["broadcaster_id"]
	if len(ids) == 0 {
		return helixFailure(http.StatusBadRequest, "Missing required parameter %q", "broadcaster_id")
	}
	if slices.Contains(ids, b.ID) {
		answer.Data = append(answer.Data, channelAnswer{
			ID: b.ID, Login: b.Login, Name: b.Name, Language: "en", GameID: s.state.Says.CategoryID, GameName: s.state.Says.Category,
			Title: s.state.Says.Title, Tags: []string{"English", "Keyboards"}, Labels: []string{},
		})
	}
	return ok(answer)
}

type userAnswer struct {
	ID          string    `json:"id"`
	Login       string    `json:"login"`
	Name        string    `json:"display_name"`
	Type        string    `json:"type"`
	Broadcaster string    `json:"broadcaster_type"`
	Description string    `json:"description"`
	Picture     string    `json:"profile_image_url"`
	Offline     string    `json:"offline_image_url"`
	Views       int       `json:"view_count"`
	Created     time.Time `json:"created_at"`
}

// getUsers answers who the token's user is, or whom the query names.
func (s *Sim) getUsers(r *http.Request, _ caller) reply {
	q, answer := r.URL.Query(), list[userAnswer]{Data: []userAnswer{}}
	if len(q["id"])+len(q["login"]) == 0 {
		answer.Data = append(answer.Data, s.user(s.opt.Broadcaster))
		return ok(answer)
	}
	for _, v := range append(s.cast(), s.opt.Broadcaster) {
		if slices.Contains(q["id"], v.ID) || slices.ContainsFunc(q["login"], func(l string) bool { return strings.EqualFold(l, v.Login) }) {
			answer.Data = append(answer.Data, s.user(v))
		}
	}
	return ok(answer)
}

func (s *Sim) user(v core.Viewer) userAnswer {
	u := userAnswer{
		ID: v.ID, Login: v.Login, Name: v.Name,
		Picture: "https://static-cdn.jtvnw.net/jtv_user_pictures/" + hexID(32, v.ID) + "-profile_image-300x300.png",
		Created: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(digest("created", v.ID)%80_000) * time.Hour),
	}
	if v == s.opt.Broadcaster {
		u.Broadcaster, u.Description = "affiliate", "Keyboards, late nights, and whatever you ask to hear."
		if s.pointless {
			u.Broadcaster = ""
		}
	}
	return u
}

type chatter struct {
	ID    string `json:"user_id"`
	Login string `json:"user_login"`
	Name  string `json:"user_name"`
}

func (s *Sim) getChatters(r *http.Request, _ caller) reply {
	if a, own := s.ownChannel(r, "broadcaster_id"); !own {
		return a
	}
	if a, own := s.ownChannel(r, "moderator_id"); !own {
		return a
	}
	first, good := firstOf(r, 100, 1000)
	if !good {
		return helixFailure(http.StatusBadRequest, "The parameter \"first\" was malformed: the value must be between 1 and 1000")
	}
	all := []chatter{}
	for _, v := range s.present(time.Now()) {
		all = append(all, chatter{ID: v.ID, Login: v.Login, Name: v.Name})
	}
	part, next, good := pageOf(all, r, first)
	if !good {
		return helixFailure(http.StatusBadRequest, "The cursor is not valid")
	}
	total := len(all)
	return ok(list[chatter]{Data: part, Pagination: next, Total: &total})
}
