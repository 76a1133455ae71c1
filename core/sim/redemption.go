package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"sidestage/core"
)

// The states of a redemption, as Helix writes them; EventSub's are lower case.
const (
	unfulfilled = "UNFULFILLED"
	fulfilled   = "FULFILLED"
	canceled    = "CANCELED"
)

// redemption is an Entry with what else its wire form needs.
type redemption struct {
	Entry
	Prompt string `json:"prompt"`
}

// redeemed: a viewer spent points.
type redeemed struct {
	Redemption redemption `json:"redemption"`
	Start      int        `json:"start"` // what the viewer had at the very first
}

func (redeemed) name() string { return "redeem" }

func (o redeemed) apply(st *state, _ time.Time) {
	st.Redemptions = append(st.Redemptions, &o.Redemption)
	st.ByID[o.Redemption.ID] = &o.Redemption
	v := o.Redemption.Viewer
	a := st.Accounts[v.ID]
	if a == nil {
		a = &Account{Viewer: v, Start: o.Start}
		st.Accounts[v.ID] = a
	}
	a.Spent += o.Redemption.Cost
}

// settled: the desk fulfilled or cancelled a redemption; the latter gives the
// points back.
type settled struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

func (settled) name() string { return "settle" }

func (o settled) apply(st *state, at time.Time) {
	r := st.ByID[o.ID]
	if r == nil {
		return
	}
	r.Status, r.SettledAt = o.Status, at
	st.Settled++
	if o.Status == canceled {
		st.Accounts[r.Viewer.ID].Refunded += r.Cost
	}
}

func (st *state) redeemedSince(reward string, since time.Time) int {
	n := 0
	for _, r := range slices.Backward(st.Redemptions) {
		if r.RedeemedAt.Before(since) {
			break
		}
		if r.RewardID == reward {
			n++
		}
	}
	return n
}

type rewardEvent struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Cost   int    `json:"cost"`
	Prompt string `json:"prompt"`
}

// redemptionEvent is a redemption as EventSub tells it.
type redemptionEvent struct {
	broadcasterEvent
	ID        string      `json:"id"`
	UserID    string      `json:"user_id"`
	UserLogin string      `json:"user_login"`
	UserName  string      `json:"user_name"`
	Input     string      `json:"user_input"`
	Status    string      `json:"status"`
	Reward    rewardEvent `json:"reward"`
	At        time.Time   `json:"redeemed_at"`
}

func (r *redemption) rewardEvent() rewardEvent {
	return rewardEvent{ID: r.RewardID, Title: r.RewardTitle, Cost: r.Cost, Prompt: r.Prompt}
}

// tell is the occasion of r having reached a status; what is "add" or "update".
func (s *Sim) tell(what string, r *redemption, status string) occasion {
	facts := s.aboutChannel()
	facts["reward_id"] = r.RewardID
	return occasion{
		typ: "channel.channel_points_custom_reward_redemption." + what, subject: r.ID, facts: facts,
		event: redemptionEvent{
			broadcasterEvent: s.here(), ID: r.ID, UserID: r.Viewer.ID, UserLogin: r.Viewer.Login, UserName: r.Viewer.Name,
			Input: r.Input, Status: strings.ToLower(status), Reward: r.rewardEvent(), At: r.RedeemedAt,
		},
	}
}

// redemptionAnswer is a redemption as Helix writes it.
type redemptionAnswer struct {
	BroadcasterID    string      `json:"broadcaster_id"`
	BroadcasterLogin string      `json:"broadcaster_login"`
	BroadcasterName  string      `json:"broadcaster_name"`
	ID               string      `json:"id"`
	UserID           string      `json:"user_id"`
	UserLogin        string      `json:"user_login"`
	UserName         string      `json:"user_name"`
	Input            string      `json:"user_input"`
	Status           string      `json:"status"`
	At               time.Time   `json:"redeemed_at"`
	Reward           rewardEvent `json:"reward"`
}

func (s *Sim) redemptionAnswer(r *redemption, status string) redemptionAnswer {
	b := s.opt.Broadcaster
	return redemptionAnswer{
		BroadcasterID: b.ID, BroadcasterLogin: b.Login, BroadcasterName: b.Name,
		ID: r.ID, UserID: r.Viewer.ID, UserLogin: r.Viewer.Login, UserName: r.Viewer.Name,
		Input: r.Input, Status: status, At: r.RedeemedAt.Truncate(time.Second), Reward: r.rewardEvent(),
	}
}

const mostIDs = 50

func (s *Sim) getRedemptions(r *http.Request, who caller) reply {
	w, refusal := s.ownReward(r, "reward_id", who)
	if w == nil {
		return refusal
	}
	q := r.URL.Query()
	ids, status, newest := q["id"], q.Get("status"), q.Get("sort") == "NEWEST"
	first, good := firstOf(r, 20, 50)
	switch {
	case slices.Contains(ids, ""):
		return broken() // a blank id does that, twitchdev/issues 392
	case !good, len(ids) > mostIDs:
		return helixFailure(http.StatusBadRequest, "The parameter \"first\" or \"id\" was malformed")
	case len(ids) == 0 && !slices.Contains([]string{unfulfilled, fulfilled, canceled}, status):
		return helixFailure(http.StatusBadRequest, "The value in the status query parameter is not valid")
	case !newest && q.Get("sort") != "" && q.Get("sort") != "OLDEST":
		return helixFailure(http.StatusBadRequest, "The value in the sort query parameter is not valid")
	}
	found := s.find(w.ID, ids, status)
	if len(ids) > 0 && len(found) == 0 {
		return helixFailure(http.StatusNotFound, "All of the redemptions specified using the id query parameter were not found")
	}
	if newest {
		slices.Reverse(found)
	}
	part, next, good := pageOf(found, r, first)
	if !good {
		return helixFailure(http.StatusBadRequest, "The cursor is not valid")
	}
	return ok(list[redemptionAnswer]{Data: part, Pagination: next})
}

// keeps is how long Twitch knows of a settled redemption: it says a few days.
const keeps = 3 * 24 * time.Hour

// forgotten reports whether Twitch does not know of r any more.
func (r *redemption) forgotten() bool {
	return !r.SettledAt.IsZero() && time.Since(r.SettledAt) > keeps
}

// find lists a reward's redemptions, by id if any is given, else by status.
func (s *Sim) find(reward string, ids []string, status string) []redemptionAnswer {
	found := []redemptionAnswer{}
	for _, r := range s.state.Redemptions {
		asked := slices.Contains(ids, r.ID) || len(ids) == 0 && r.Status == status
		if r.RewardID == reward && asked && !r.forgotten() {
			found = append(found, s.redemptionAnswer(r, r.Status))
		}
	}
	return found
}

type statusBody struct {
	Status string `json:"status"`
}

// patchRedemptions settles. Any redemption that is unknown or no longer
// UNFULFILLED makes it 404, and nothing is changed.
func (s *Sim) patchRedemptions(r *http.Request, who caller) reply {
	w, refusal := s.ownReward(r, "reward_id", who)
	if w == nil {
		return refusal
	}
	var body statusBody
	if a, good := decodeBody(r, &body); !good {
		return a
	}
	ids := r.URL.Query()["id"]
	switch {
	case len(ids) == 0 || len(ids) > mostIDs:
		return helixFailure(http.StatusBadRequest, "Missing required parameter \"id\", or more than 50 of it")
	case body.Status != fulfilled && body.Status != canceled:
		return helixFailure(http.StatusBadRequest, "The value in the status query parameter is not valid")
	}
	return s.settle(w.ID, ids, body.Status)
}

func (s *Sim) settle(reward string, ids []string, status string) reply {
	var (
		ops    []op
		news   []occasion
		answer = list[redemptionAnswer]{}
	)
	for i, id := range ids {
		r := s.state.ByID[id]
		if r == nil || r.RewardID != reward || r.Status != unfulfilled || slices.Contains(ids[:i], id) {
			return helixFailure(http.StatusNotFound, "The redemptions specified using the id query parameter were not found or their statuses weren't marked as UNFULFILLED.")
		}
		ops = append(ops, settled{ID: id, Status: s.booked(s.state.Settled+i, status)})
		news = append(news, s.tell("update", r, status))
		answer.Data = append(answer.Data, s.redemptionAnswer(r, status))
	}
	if s.commit(ops, news...) != nil {
		return broken()
	}
	return ok(answer)
}

// booked is the status that goes into the books for the nth settlement: the one
// answered, but for the one entry the hidden misbook falsifies.
func (s *Sim) booked(nth int, status string) string {
	if !s.faults.on(faultMisbook) || uint64(nth) != digest("misbook", s.opt.Seed)%4 {
		return status
	}
	if status == fulfilled {
		return canceled
	}
	return fulfilled
}

// Redeem is a viewer, by login, spending points on a reward, by id or title;
// input is what they wrote. It returns the redemption's id. Unknown rewards are
// core.NotFound, missing input core.Invalid, a paused reward or too few points
// core.Conflict.
func (s *Sim) Redeem(viewer, rewardName, input string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.redeem(s.Viewer(viewer), rewardName, input)
}

// redeem books with also what comes along: the script's place.
func (s *Sim) redeem(v core.Viewer, rewardName, input string, also ...op) (string, error) {
	i := slices.IndexFunc(s.state.Rewards, func(r *reward) bool { return r.ID == rewardName || strings.EqualFold(r.Title, rewardName) })
	if i < 0 {
		return "", core.E(core.NotFound, "redeem %q: no such reward", rewardName)
	}
	w := s.state.Rewards[i]
	o := redeemed{Start: startBalance(v), Redemption: redemption{Prompt: w.Prompt, Entry: Entry{
		ID: uuid(), RewardID: w.ID, RewardTitle: w.Title, Viewer: v, Cost: w.Cost, Status: unfulfilled, RedeemedAt: clock(),
	}}}
	if w.Input {
		o.Redemption.Input = input
	}
	if w.SkipQueue {
		o.Redemption.Status, o.Redemption.SettledAt = fulfilled, o.Redemption.RedeemedAt
	}
	switch {
	case !w.Enabled || w.Paused:
		return "", core.E(core.Conflict, "redeem %q: the reward is off", w.Title)
	case w.Input && strings.TrimSpace(input) == "":
		return "", core.E(core.Invalid, "redeem %q: it needs a text", w.Title)
	case s.balance(v) < w.Cost:
		return "", core.E(core.Conflict, "redeem %q: %s has too few points", w.Title, v.Login)
	}
	news := []occasion{s.tell("add", &o.Redemption, o.Redemption.Status)}
	if w.Input {
		news = append(news, s.said(v, input, nil, &w.ID))
	}
	also = append(also, o)
	if s.faults.on(faultModerator) && len(s.state.Redemptions)%3 == 1 {
		also = append(also, settled{ID: o.Redemption.ID, Status: canceled})
		news = append(news, s.tell("update", &o.Redemption, canceled))
	}
	if n := len(s.state.Redemptions); s.faults.on(faultRaid) && n%3 == 1 {
		news = append(news, s.raid(s.Viewer("raider"), 10+n))
	}
	return o.Redemption.ID, s.commit(also, news...)
}

func (s *Sim) balance(v core.Viewer) int {
	if a := s.state.Accounts[v.ID]; a != nil {
		return a.Balance()
	}
	return startBalance(v)
}

// startBalance is what a viewer has saved up before the first redemption.
func startBalance(v core.Viewer) int { return 200_000 + int(digest("points", v.ID)%1_800_000) }
