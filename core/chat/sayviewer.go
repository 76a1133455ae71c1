package chat

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Stats tells what a viewer did here; s is nil when they never rolled.
func (t Texts) Stats(name, viewer string, requests, heard int, s *Standing) string {
	viewer = t.orYou(name, viewer)
	if s == nil {
		return t.say("stats_no_roll", "user", name, "viewer", viewer, "requests", strconv.Itoa(requests), "heard", strconv.Itoa(heard))
	}
	return t.say("stats", "user", name, "viewer", viewer, "requests", strconv.Itoa(requests), "heard", strconv.Itoa(heard),
		"rolls", strconv.Itoa(s.Rolls), "wins", strconv.Itoa(s.Wins), "distance", strconv.Itoa(s.Distance))
}

// StatsOfNobody answers for a name that nobody has.
func (t Texts) StatsOfNobody(name, viewer string) string {
	return t.say("stats_nobody", "user", name, "viewer", viewer)
}

// Achieved tells what a viewer has earned, of all there is; each achievement is
// an "icon name". It names as many as there is room for.
func (t Texts) Achieved(name, viewer string, has []string, all int) string {
	total := strconv.Itoa(all)
	viewer = t.orYou(name, viewer)
	if len(has) == 0 {
		return t.say("achieved_none", "user", name, "viewer", viewer, "total", total)
	}
	return t.say("achieved", "user", name, "viewer", viewer, "count", strconv.Itoa(len(has)), "total", total, "achievements", some(has))
}

// orYou is viewer, or how whoever asks about themselves is called.
func (t Texts) orYou(name, viewer string) string {
	if viewer == name {
		return t.say("word_you")
	}
	return viewer
}

// some joins as many of the names of achievements as there is room for.
func some(names []string) string {
	all := names[0]
	for _, name := range names[1:] {
		if utf8.RuneCountInString(all+name) > longest["achievements"]-len(",  …") {
			return all + " …"
		}
		all += ", " + name
	}
	return all
}

// Unlocked tells of achievements, each as "icon name".
func (t Texts) Unlocked(name string, achievements []string) string {
	return t.say("achievement", "user", name, "achievements", enumerate(achievements))
}

// enumerate lists things as people do: a, b and c.
func enumerate(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}
