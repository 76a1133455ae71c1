package chat_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sidestage/core"
	"sidestage/core/chat"
)

// longest are values that no placeholder can take whole.
var longest = chat.Song{Title: strings.Repeat("👩‍👩‍👧 {user} ", 99), Artists: []string{strings.Repeat("ö", 300)}, Requester: strings.Repeat("W", 300)}

func TestEverySentenceFitsWithTheLongestValues(t *testing.T) {
	for _, s := range chat.Sentences() {
		if err := s.Check(s.Text); err != nil {
			t.Errorf("%s: %v", s.Key, err)
		}
		if s.Doc == "" || chat.Sanitise(s.Text) != s.Text {
			t.Errorf("%s: explained, and safe as it is", s.Key)
		}
	}
	for name, got := range everySentence(chat.Texts{}, longest) {
		if n := utf8.RuneCountInString(got); n > chat.MaxReply {
			t.Errorf("%s: %d characters", name, n)
		}
	}
}

// TestEverySentenceKnowsItsPlaceholders words each sentence as all of its
// placeholders and nothing else, and looks for one that nobody fills.
func TestEverySentenceKnowsItsPlaceholders(t *testing.T) {
	own := map[string]string{}
	for _, s := range chat.Sentences() {
		own[s.Key] = "<" + s.Key
		for _, h := range s.Holders {
			own[s.Key] += "|{" + h + "}"
		}
		own[s.Key] += ">"
	}
	texts, err := chat.NewTexts(own)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for name, got := range everySentence(texts, chat.Song{Title: "T", Artists: []string{"A"}, Requester: "R"}) {
		if strings.ContainsAny(got, "{}") {
			t.Errorf("%s leaves a placeholder: %s", name, got)
		}
		for _, piece := range strings.Split(got, "<")[1:] {
			said[strings.FieldsFunc(piece, func(r rune) bool { return r == '|' || r == '>' })[0]] = true
		}
	}
	for _, s := range chat.Sentences() {
		if !said[s.Key] {
			t.Errorf("nothing says %s", s.Key)
		}
	}
}

// everySentence says everything there is to say.
func everySentence(say chat.Texts, s chat.Song) map[string]string {
	name := s.Requester
	six := []string{name, "2" + name, "3" + name, "4" + name, "5" + name, "6" + name}
	all := map[string]string{
		"Unlocked":       say.Unlocked(name, []string{s.Title, s.Title, s.Title}),
		"Accepted":       say.Accepted(name, s, 1<<30, time.Hour),
		"NowPlaying":     say.NowPlaying(name, chat.Song{Title: s.Title, Artists: s.Artists}),
		"NowRequested":   say.NowPlaying(name, s),
		"Raid":           say.Raid(name, 1<<20),
		"Missed":         say.ReturnedTo(chat.Missed, []string{name, name + "2"}),
		"MissedMany":     say.ReturnedTo(chat.Missed, six),
		"Ended":          say.ReturnedTo(chat.Ended, []string{name}),
		"Cleared":        say.ReturnedTo(chat.Cleared, []string{name}),
		"EndedMany":      say.ReturnedTo(chat.Ended, six),
		"ClearedMany":    say.ReturnedTo(chat.Cleared, six),
		"RaffleBest":     say.RaffleBest(name, &chat.Standing{Rolls: 1 << 20, Wins: 1 << 20, Distance: 10_000}, strings.Repeat("f", 64)),
		"RaffleNone":     say.RaffleBest(name, nil, ""),
		"Leaderboard":    say.Leaderboard(name, slices.Repeat([]chat.Standing{{Name: name, Distance: 10_000}}, 9)),
		"NoLeaderboard":  say.Leaderboard(name, nil),
		"Stats":          say.Stats(name, name, 1<<20, 1<<20, &chat.Standing{Rolls: 1 << 20, Distance: 10_000}),
		"StatsNoRoll":    say.Stats(name, name, 1<<20, 1<<20, nil),
		"Achieved":       say.Achieved(name, name, []string{s.Title, s.Title, s.Title}, 1<<20),
		"AchievedNone":   say.Achieved(name, name, nil, 1<<20),
		"StatsOfNobody":  say.StatsOfNobody(name, name),
		"Commands":       say.Commands(name, slices.Repeat([]string{strings.Repeat("ö", chat.MaxName)}, 99)),
		"Uptime":         say.Uptime(name, 99999*time.Hour+time.Minute),
		"Offline":        say.Offline(name),
		"CommandAdded":   say.CommandAdded(name, strings.Repeat("ö", chat.MaxName)),
		"CommandEdited":  say.CommandEdited(name, "x"),
		"CommandRemoved": say.CommandRemoved(name, slices.Repeat([]string{strings.Repeat("ö", chat.MaxName)}, 99)),
		"When":           say.When(name, s, 1<<20, 999*time.Hour),
		"WhenNow":        say.WhenNow(name) + say.WhenNever(name),
		"Removed":        say.Removed(name, s, false),
		"RemovedSpent":   say.Removed(name, s, true),
		"Promoted":       say.Promoted(name, s),
		"Requests":       say.Requests(name, true) + say.Requests(name, false),
		"Skipped":        say.Skipped(name, s),
		"Voted":          say.Voted(name, 10_000, 10_000),
		"VotedAlready":   say.VotedAlready(name, 10_000, 10_000),
		"VotedOut":       say.VotedOut(name, s, 10_000),
		"OverAlready":    say.OverAlready(name, s),
		"NotSkipped":     say.NotSkipped(name, s),
		"Usage":          say.Usage(name, strings.Repeat("x ", 300)),
		"Words":          say.Nothing() + say.Nobody() + say.OfflineWord(),
		"NothingPlaying": say.NothingPlaying(name),
		"Queue":          say.Queue(name, []chat.Song{s, s, s, s, s}),
		"QueueEmpty":     say.Queue(name, nil),
		"RaffleWon":      say.RaffleWon(name, 10_000, 10_000),
		"RaffleLost":     say.RaffleLost(name, 10_000, 10_000, 10_000, false),
		"GiveawayOpened": say.GiveawayOpened(s.Title, "everybody"),
		"ForSubscribers": say.GiveawayOpened(s.Title, "subscribers"),
		"ForFollowers":   say.GiveawayOpened(s.Title, "followers"),
		"GiveawayClosed": say.GiveawayClosed(100_000),
		"GiveawayWon":    say.GiveawayWon(slices.Repeat([]string{name}, 100)),
		"RaffleClosest":  say.RaffleLost(name, 10_000, 10_000, 10_000, true),
	}
	for _, sentence := range chat.Sentences() {
		if reason, ok := strings.CutPrefix(sentence.Key, "refused_"); ok {
			reason = strings.ReplaceAll(reason, "_", "-")
			kind := core.ParseKind(strings.TrimPrefix(reason, "kind-"))
			if kind == core.Internal {
				kind = core.Invalid
			}
			if reason == "kind-internal" {
				kind = core.Internal
			}
			all["Refused "+reason] = say.Refused(name, core.Because(kind, reason, "x"))
		}
	}
	return all
}

func TestNoPlaceholderCanBeSmuggledIn(t *testing.T) {
	if got := say.NothingPlaying("{user}{song}"); got != "@{user}{song} nothing is playing right now." {
		t.Error(got)
	}
}

func TestTextsThatCannotBeSaidAreRefusedByName(t *testing.T) {
	for key, text := range map[string]string{"nothing_playing": "{song}", "queue": "{songs} {songs}", "no_such": "x", "queue_empty": "}"} {
		if _, err := chat.NewTexts(map[string]string{key: text}); core.KindOf(err) != core.Invalid {
			t.Errorf("%s = %q: %v", key, text, err)
		}
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("{user} plays {song}", "kai", "x")
	f.Add("{{user}}", "{song}", "}")
	f.Add("a{b", "", "")
	f.Fuzz(func(t *testing.T, text, user, title string) {
		texts, err := chat.NewTexts(map[string]string{"now_playing": text})
		if err != nil {
			if core.KindOf(err) != core.Invalid || !utf8.ValidString(err.Error()) {
				t.Fatalf("%v", err)
			}
			return
		}
		got := texts.NowPlaying(user, chat.Song{Title: title})
		if n := utf8.RuneCountInString(got); n > chat.MaxReply {
			t.Fatalf("%d characters of %q", n, text)
		}
		if c, ok := chat.Parse(chat.Sanitise(got)); ok {
			t.Fatalf("%q is the command %+v", got, c)
		}
	})
}
