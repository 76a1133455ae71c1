package workflow

import (
	"slices"
	"strconv"
	"strings"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/chat"
	"sidestage/core/raffle"
	"sidestage/core/song"
	"sidestage/core/stream"
)

func (s *Sagas) answerRaffle(tx Tx, c Command) (string, error) {
	best, err := standing(tx, c.Viewer.ID)
	if err != nil {
		return "", err
	}
	hash := ""
	seed, err := tx.RaffleSeedCurrent()
	switch {
	case err == nil:
		hash = seed.Hash
	case core.KindOf(err) != core.NotFound:
		return "", err
	}
	return s.words().RaffleBest(c.Viewer.Name, best, hash), nil
}

// standing is what a viewer's rolls amount to, nil before the first.
func standing(tx Tx, viewerID string) (*chat.Standing, error) {
	e, err := raffle.UserStats(tx, viewerID)
	if err != nil && core.KindOf(err) == core.NotFound {
		return nil, nil //nolint:nilnil // no roll is no error
	}
	st := stands(e)
	return &st, err
}

func stands(e raffle.Entry) chat.Standing {
	st := chat.Standing{Name: e.DisplayName, Rolls: e.TotalRolls, Wins: e.TotalWins}
	if e.Closest != nil {
		st.Distance = e.Closest.Distance
	}
	return st
}

func (s *Sagas) answerLeaderboard(tx Tx, c Command) (string, error) {
	entries, err := raffle.Leaderboard(tx, raffle.ByClosest, chat.Leaders)
	if err != nil {
		return "", err
	}
	var best []chat.Standing
	for _, e := range entries {
		if e.Closest != nil {
			best = append(best, stands(e))
		}
	}
	return s.words().Leaderboard(c.Viewer.Name, best), nil
}

// answerStats answers for whoever asks, or for whom the argument names.
// meant is the viewer a command is about: whom it names, or who said it. nil is
// a name that nobody has.
func meant(tx Tx, c Command) (who *core.Viewer, name string, err error) {
	name = chat.Touser(c.Arg, "")
	if name == "" {
		return &c.Viewer, c.Viewer.Name, nil
	}
	v, err := tx.ViewerByLogin(chat.Login(name))
	if core.KindOf(err) == core.NotFound {
		return nil, name, nil
	}
	return &v, name, err
}

func (s *Sagas) answerAchievements(tx Tx, c Command) (string, error) {
	who, name, err := meant(tx, c)
	if err != nil {
		return "", err
	}
	if who == nil {
		return s.words().StatsOfNobody(c.Viewer.Name, name), nil
	}
	held, err := tx.AchievementsOf(who.ID)
	if err != nil {
		return "", err
	}
	var has []string
	all := 0
	for _, d := range s.achievements() {
		unlocked := slices.ContainsFunc(held, func(h achievement.Held) bool { return h.ID == d.ID && !h.UnlockedAt.IsZero() })
		if unlocked {
			has = append(has, d.Icon+" "+d.Name)
		}
		if unlocked || d.Enabled {
			all++
		}
	}
	return s.words().Achieved(c.Viewer.Name, who.Name, has, all), nil
}

func (s *Sagas) achievements() []achievement.Definition {
	if s.Achievements == nil {
		return nil
	}
	return s.Achievements()
}

func (s *Sagas) answerStats(tx Tx, c Command) (string, error) {
	who, name, err := meant(tx, c)
	if err != nil {
		return "", err
	}
	if who == nil {
		return s.words().StatsOfNobody(c.Viewer.Name, name), nil
	}
	requests, heard, err := tx.SongCountsOf(who.ID)
	if err != nil {
		return "", err
	}
	rolled, err := standing(tx, who.ID)
	return s.words().Stats(c.Viewer.Name, who.Name, requests, heard, rolled), err
}

func (s *Sagas) answerUptime(tx Tx, c Command) (string, error) {
	live, err := stream.Current(tx)
	if err != nil {
		if core.KindOf(err) == core.NotFound {
			return s.words().Offline(c.Viewer.Name), nil
		}
		return "", err
	}
	return s.words().Uptime(c.Viewer.Name, tx.Now().Sub(live.StartedAt)), nil
}

func (s *Sagas) answerCommands(_ Tx, c Command) (string, error) {
	return s.words().Commands(c.Viewer.Name, s.Commands.Names(chat.Strongest(c.Roles))), nil
}

// answerCommand makes, changes and removes custom commands.
func (s *Sagas) answerCommand(tx Tx, c Command) (string, error) {
	verb, rest := chat.Words(c.Arg)
	name, text := chat.Words(rest)
	name = chat.CommandName(name)
	if name == "" {
		verb = ""
	}
	words, by := s.words(), c.Viewer.Login
	switch strings.ToLower(verb) {
	case "add":
		_, err := s.Commands.Add(tx, chat.Custom{Name: name, Text: text, Use: chat.NewUse(), By: by})
		return words.CommandAdded(c.Viewer.Name, name), err
	case "alias":
		_, err := s.Commands.Add(tx, chat.Custom{Name: name, Target: chat.CommandName(text), Use: chat.NewUse(), By: by})
		return words.CommandAdded(c.Viewer.Name, name), err
	case "edit":
		_, err := s.Commands.Edit(tx, name, func(o *chat.Custom) { o.Text, o.Target, o.By = text, "", by })
		return words.CommandEdited(c.Viewer.Name, name), err
	case "remove":
		gone, err := s.Commands.Remove(tx, name, by)
		return words.CommandRemoved(c.Viewer.Name, gone), err
	}
	return words.Usage(c.Viewer.Name, usage("command")), nil
}

// usage is how a built-in command is used, as chat says it: not as a command.
func usage(name string) string {
	for _, b := range chat.Builtins() {
		if b.Name == name {
			return "!" + b.Name + " " + b.Usage
		}
	}
	return "!" + name
}

// answerCustom says the text of a command that people made. One that is gone
// meanwhile says nothing.
func (s *Sagas) answerCustom(tx Tx, c Command) (string, error) {
	cmd, err := chat.Used(tx, c.Name)
	if err != nil || cmd.Text == "" {
		if core.KindOf(err) == core.NotFound {
			return "", nil
		}
		return "", err
	}
	now, err := song.NowPlaying(tx)
	if err != nil {
		return "", err
	}
	live, err := stream.Current(tx)
	if err != nil && core.KindOf(err) != core.NotFound {
		return "", err
	}
	return cmd.Expand(s.holders(tx, c, cmd, now, live)), nil
}

// holders are the values of a custom command's placeholders.
func (s *Sagas) holders(tx Tx, c Command, cmd chat.Custom, now song.Now, live stream.Session) func(string) string {
	playing, requester, uptime := s.words().Nothing(), s.words().Nobody(), s.words().OfflineWord()
	if now.Current != nil {
		playing = spoken(*now.Current).String()
		if name := now.Current.Viewer.Name; name != "" {
			requester = name
		}
	}
	if !live.StartedAt.IsZero() {
		uptime = chat.Span(tx.Now().Sub(live.StartedAt))
	}
	values := map[string]string{
		"user": c.Viewer.Name, "touser": chat.Touser(c.Arg, c.Viewer.Name), "args": c.Arg, "count": strconv.Itoa(cmd.Count),
		"song": playing, "requester": requester, "uptime": uptime,
	}
	return func(name string) string { return values[name] }
}
