package chat

import (
	"fmt"
	"strconv"
	"strings"
)

// RaffleWon announces the winning roll.
func (t Texts) RaffleWon(name string, winningNumber, roll int) string {
	return t.say("raffle_won", "user", name, "roll", strconv.Itoa(roll), "number", strconv.Itoa(winningNumber))
}

// RaffleLost tells a losing roll. Record marks the closest one so far.
func (t Texts) RaffleLost(name string, winningNumber, roll, distance int, record bool) string {
	key := "raffle_lost"
	if record {
		key = "raffle_closest"
	}
	return t.say(key, "user", name, "roll", strconv.Itoa(roll), "number", strconv.Itoa(winningNumber), "distance", strconv.Itoa(distance))
}

// GiveawayOpened says how to get into a giveaway. Audience is "everybody",
// "subscribers" or "followers".
func (t Texts) GiveawayOpened(keyword, audience string) string {
	key := "giveaway_opened"
	if audience != "everybody" {
		key += "_" + audience
	}
	return t.say(key, "keyword", keyword)
}

// GiveawayClosed says how many are in a giveaway.
func (t Texts) GiveawayClosed(entries int) string {
	return t.say("giveaway_closed", "count", strconv.Itoa(entries))
}

// GiveawayWon says who won a giveaway.
func (t Texts) GiveawayWon(names []string) string {
	return t.say("giveaway_won", "names", "@"+strings.Join(names, " @"))
}

// Standing is what a viewer's rolls amount to. Distance is of the closest losing
// one.
type Standing struct {
	Name                  string
	Rolls, Wins, Distance int
}

// RaffleBest tells a viewer their closest roll and, where it was promised, the
// hash of the seed; nil is a viewer who never rolled.
func (t Texts) RaffleBest(name string, s *Standing, hash string) string {
	sentence := t.say("raffle_none", "user", name)
	if s != nil {
		sentence = t.say("raffle_best", "user", name, "rolls", strconv.Itoa(s.Rolls), "wins", strconv.Itoa(s.Wins), "distance", strconv.Itoa(s.Distance))
	}
	if hash != "" {
		sentence += " " + t.say("raffle_seed", "user", name, "hash", hash)
	}
	return strings.TrimSpace(sentence)
}

// Leaders is how many viewers Leaderboard names.
const Leaders = 5

// Leaderboard names who came closest.
func (t Texts) Leaderboard(name string, best []Standing) string {
	if len(best) == 0 {
		return t.say("leaderboard_empty", "user", name)
	}
	names := make([]string, min(len(best), Leaders))
	for i := range names {
		names[i] = fmt.Sprintf("%d. %s (%d)", i+1, clip(best[i].Name, longest["viewer"]), best[i].Distance)
	}
	return t.say("leaderboard", "user", name, "names", strings.Join(names, ", "))
}
