package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sidestage/core"
)

// reward is a custom reward as the books hold it.
type reward struct {
	ID        string `json:"id"`
	Client    string `json:"client"` // who made it, and alone may change it
	Title     string `json:"title"`
	Prompt    string `json:"prompt"`
	Cost      int    `json:"cost"`
	Colour    string `json:"colour"`
	Enabled   bool   `json:"enabled"`
	Paused    bool   `json:"paused"`
	Input     bool   `json:"input"` // the viewer must write something
	SkipQueue bool   `json:"skipQueue"`
	PerStream limit  `json:"perStream"`
	PerUser   limit  `json:"perUser"`
	CoolDown  limit  `json:"coolDown"` // seconds
}

type limit struct {
	On bool `json:"on"`
	N  int  `json:"n"`
}

// rewardPut: a reward was made or changed; this is all of it.
type rewardPut struct {
	Reward reward `json:"reward"`
}

func (rewardPut) name() string { return "reward" }

func (o rewardPut) apply(st *state, _ time.Time) {
	if old := st.reward(o.Reward.ID); old != nil {
		*old = o.Reward
		return
	}
	st.Rewards = append(st.Rewards, &o.Reward)
}

// rewardGone: a reward was deleted. Twitch marks what waits on it FULFILLED,
// without a refund.
type rewardGone struct {
	ID string `json:"id"`
}

func (rewardGone) name() string { return "reward-gone" }

func (o rewardGone) apply(st *state, at time.Time) {
	st.Rewards = slices.DeleteFunc(st.Rewards, func(r *reward) bool { return r.ID == o.ID })
	for _, r := range st.Redemptions {
		if r.RewardID == o.ID && r.Status == unfulfilled {
			r.Status, r.SettledAt = fulfilled, at
		}
	}
}

func (st *state) reward(id string) *reward {
	for _, r := range st.Rewards {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// rewardBody is what POST and PATCH send: nil is "not said".
type rewardBody struct {
	Title       *string `json:"title"`
	Cost        *int    `json:"cost"`
	Prompt      *string `json:"prompt"`
	Colour      *string `json:"background_color"`
	Enabled     *bool   `json:"is_enabled"`
	Paused      *bool   `json:"is_paused"` // PATCH only
	Input       *bool   `json:"is_user_input_required"`
	SkipQueue   *bool   `json:"should_redemptions_skip_request_queue"`
	PerStreamOn *bool   `json:"is_max_per_stream_enabled"`
	PerStream   *int    `json:"max_per_stream"`
	PerUserOn   *bool   `json:"is_max_per_user_per_stream_enabled"`
	PerUser     *int    `json:"max_per_user_per_stream"`
	CoolDownOn  *bool   `json:"is_global_cooldown_enabled"`
	CoolDown    *int    `json:"global_cooldown_seconds"`
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (b rewardBody) onto(r reward) reward {
	set(&r.Title, b.Title)
	set(&r.Cost, b.Cost)
	set(&r.Prompt, b.Prompt)
	set(&r.Colour, b.Colour)
	set(&r.Enabled, b.Enabled)
	set(&r.Input, b.Input)
	set(&r.SkipQueue, b.SkipQueue)
	set(&r.PerStream.On, b.PerStreamOn)
	set(&r.PerStream.N, b.PerStream)
	set(&r.PerUser.On, b.PerUserOn)
	set(&r.PerUser.N, b.PerUser)
	set(&r.CoolDown.On, b.CoolDownOn)
	set(&r.CoolDown.N, b.CoolDown)
	return r
}

// SetPoints says whether the channel may have channel points: whether the
// streamer is an affiliate.
func (s *Sim) SetPoints(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pointless = !on
}

// MakeReward is the streamer making a reward in Twitch's own dashboard: no app
// can change it. One that skips the queue books its redemptions at once. It
// returns the reward's id.
func (s *Sim) MakeReward(title string, cost int, skipQueue bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := reward{ID: uuid(), Client: "dashboard", Title: title, Cost: cost, Colour: "#9147FF", Enabled: true, SkipQueue: skipQueue}
	if fault := s.rewardFault(r); fault != "" || len(s.state.Rewards) >= mostRewards {
		return "", core.E(core.Conflict, "make reward %q: %s", title, cmp.Or(fault, "too many"))
	}
	return r.ID, s.commit([]op{rewardPut{Reward: r}})
}

// DropReward is the streamer deleting a reward, by id or title, in Twitch's own
// dashboard, which books what waits on it.
func (s *Sim) DropReward(idOrTitle string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.state.Rewards {
		if r.ID == idOrTitle || r.Title == idOrTitle {
			return s.commit([]op{rewardGone{ID: r.ID}})
		}
	}
	return core.E(core.NotFound, "delete reward: there is no %q", idOrTitle)
}

// rewardFault is the reason Twitch would refuse r, or "".
func (s *Sim) rewardFault(r reward) string {
	taken := slices.ContainsFunc(s.state.Rewards, func(o *reward) bool { return o.ID != r.ID && strings.EqualFold(o.Title, r.Title) })
	switch {
	case r.Title == "" || utf8.RuneCountInString(r.Title) > 45:
		return "The title must contain a minimum of 1 character and a maximum of 45 characters"
	case r.Cost < 1:
		return "The cost field must contain a minimum of 1 point"
	case utf8.RuneCountInString(r.Prompt) > 200:
		return "The prompt field is limited to a maximum of 200 characters"
	case r.PerStream.On && r.PerStream.N < 1, r.PerUser.On && r.PerUser.N < 1:
		return "The maximum must be at least 1"
	case r.CoolDown.On && (r.CoolDown.N < 1 || r.CoolDown.N > 604800):
		return "The cooldown must be between 1 and 604800 seconds"
	case taken:
		return "CREATE_CUSTOM_REWARD_DUPLICATE_REWARD"
	}
	return ""
}

const mostRewards = 50

func (s *Sim) postReward(r *http.Request, who caller) reply {
	if a, own := s.ownChannel(r, "broadcaster_id"); !own {
		return a
	}
	var body rewardBody
	if a, good := decodeBody(r, &body); !good {
		return a
	}
	if len(s.state.Rewards) >= mostRewards {
		return helixFailure(http.StatusBadRequest, "CREATE_CUSTOM_REWARD_TOO_MANY_REWARDS")
	}
	made := body.onto(reward{ID: uuid(), Client: who.login.Client, Colour: "#9147FF", Enabled: true})
	return s.putReward(made)
}

func (s *Sim) putReward(r reward) reply {
	if fault := s.rewardFault(r); fault != "" {
		return helixFailure(http.StatusBadRequest, "%s", fault)
	}
	if s.commit([]op{rewardPut{Reward: r}}) != nil {
		return broken()
	}
	s.stirred()
	return ok(list[rewardAnswer]{Data: []rewardAnswer{s.rewardAnswer(&r)}})
}

// ownReward finds the reward the query names, if the caller made it.
func (s *Sim) ownReward(r *http.Request, key string, who caller) (*reward, reply) {
	if a, own := s.ownChannel(r, "broadcaster_id"); !own {
		return nil, a
	}
	id := r.URL.Query().Get(key)
	if id == "" {
		return nil, helixFailure(http.StatusBadRequest, "Missing required parameter %q", key)
	}
	found := s.state.reward(id)
	switch {
	case found == nil:
		return nil, helixFailure(http.StatusNotFound, "The custom reward specified in the %s query parameter was not found", key)
	case found.Client != who.login.Client:
		return nil, helixFailure(http.StatusForbidden, "The ID in the Client-Id header must match the client ID used to create the custom reward.")
	}
	return found, reply{}
}

func (s *Sim) patchReward(r *http.Request, who caller) reply {
	found, refusal := s.ownReward(r, "id", who)
	if found == nil {
		return refusal
	}
	var body rewardBody
	if a, good := decodeBody(r, &body); !good {
		return a
	}
	changed := body.onto(*found)
	set(&changed.Paused, body.Paused)
	return s.putReward(changed)
}

func (s *Sim) deleteReward(r *http.Request, who caller) reply {
	found, refusal := s.ownReward(r, "id", who)
	if found == nil {
		return refusal
	}
	if s.commit([]op{rewardGone{ID: found.ID}}) != nil {
		return broken()
	}
	return reply{status: http.StatusNoContent}
}

func (s *Sim) getRewards(r *http.Request, who caller) reply {
	if a, own := s.ownChannel(r, "broadcaster_id"); !own {
		return a
	}
	q := r.URL.Query()
	answer := list[rewardAnswer]{Data: []rewardAnswer{}}
	for _, w := range s.state.Rewards {
		if ids := q["id"]; len(ids) > 0 && !slices.Contains(ids, w.ID) {
			continue
		}
		if q.Get("only_manageable_rewards") == "true" && w.Client != who.login.Client {
			continue
		}
		answer.Data = append(answer.Data, s.rewardAnswer(w))
	}
	if len(q["id"]) > 0 && len(answer.Data) == 0 {
		return helixFailure(http.StatusNotFound, "All of the custom rewards specified using the id query parameter were not found")
	}
	return ok(answer)
}
