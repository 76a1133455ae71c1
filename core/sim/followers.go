package sim

import (
	"net/http"
	"slices"
	"time"

	"sidestage/core"
)

// followed: a viewer began to follow the channel.
type followed struct {
	Viewer core.Viewer `json:"viewer"`
}

func (followed) name() string { return "follow" }

func (o followed) apply(st *state, at time.Time) {
	st.Followers = append(st.Followers, follower{o.Viewer.ID, o.Viewer.Login, o.Viewer.Name, at})
}

// follower is as Helix shows one.
type follower struct {
	ID    string    `json:"user_id"`
	Login string    `json:"user_login"`
	Name  string    `json:"user_name"`
	Since time.Time `json:"followed_at"`
}

// followers are those who began to follow, the latest first as on Twitch, and
// most of the regulars, who always have.
func (s *Sim) followers() []follower {
	all := slices.Clone(s.state.Followers)
	slices.Reverse(all)
	long := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, v := range s.cast() {
		if digest("follows", v.ID)%4 != 0 {
			all = append(all, follower{v.ID, v.Login, v.Name, long})
		}
	}
	known := map[string]bool{}
	return slices.DeleteFunc(all, func(f follower) bool {
		again := known[f.ID]
		known[f.ID] = true
		return again
	})
}

// getFollowers names followers only to those who may see them; everybody else
// hears how many there are, and no error.
func (s *Sim) getFollowers(r *http.Request, who caller) reply {
	if r.URL.Query().Get("broadcaster_id") == "" {
		return helixFailure(http.StatusBadRequest, "Missing required parameter %q", "broadcaster_id")
	}
	first, good := firstOf(r, 20, 100)
	if !good {
		return helixFailure(http.StatusBadRequest, "The parameter \"first\" was malformed: the value must be between 1 and 100")
	}
	all := s.followers()
	total := len(all)
	if r.URL.Query().Get("broadcaster_id") != s.opt.Broadcaster.ID || !who.may(scopeFollowers) {
		return ok(list[follower]{Data: []follower{}, Pagination: &pagination{}, Total: &total})
	}
	if id := r.URL.Query().Get("user_id"); id != "" {
		all = slices.DeleteFunc(all, func(f follower) bool { return f.ID != id })
	}
	part, next, good := pageOf(all, r, first)
	if !good {
		return helixFailure(http.StatusBadRequest, "The cursor is not valid")
	}
	if part == nil {
		part = []follower{}
	}
	return ok(list[follower]{Data: part, Pagination: next, Total: &total})
}
