package chat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sidestage/core"
)

// Every sentence a viewer reads is in this file. They begin with the viewer's
// name, say one concrete thing, blame nobody, and only a win is shouted. Each is
// a setting; a new one is a row here and a method that says it.
var sentences = slices.Concat(
	[]Sentence{
		says("accepted", "@{user} {song} is in the queue, number {position}, {wait}.", "A song request is in the queue.", "song", "position", "wait"),
		says("now_playing", "@{user} now playing: {song}.", "!song, when nobody asked for what plays.", "song"),
		says("now_requested", "@{user} now playing: {song}, requested by {requester}.", "!song.", "song", "requester"),
		says("nothing_playing", "@{user} nothing is playing right now.", "!song, when nothing plays."),
		says("queue", "@{user} up next: {songs}.", "!queue.", "songs"),
		says("queue_empty", "@{user} the queue is empty. A request would play next.", "!queue, when nothing waits."),
		says("raffle_won", "@{user} rolled {roll} and the winning number is {number}: you win!", "A roll won.", "roll", "number"),
		says("raffle_lost", "@{user} rolled {roll}, the winning number was {number}: {distance} away.", "A roll lost.", "roll", "number", "distance"),
		says("raffle_closest", "@{user} rolled {roll}, the winning number was {number}: {distance} away. Nobody has come closer yet.",
			"A roll lost and came closer than all before.", "roll", "number", "distance"),
		says("raffle_best", "@{user} rolls: {rolls}, wins: {wins}, closest: {distance} away.", "!raffle.", "rolls", "wins", "distance"),
		says("raffle_none", "@{user} there is no roll of yours yet.", "!raffle, before the first roll."),
		says("raffle_seed", "Every number comes from a seed with the SHA-256 {hash}.", "Ends the answer to !raffle: what was promised before the first roll.", "hash"),
		says("leaderboard", "@{user} closest so far: {names}.", "!leaderboard.", "names"),
		says("leaderboard_empty", "@{user} nobody has rolled yet.", "!leaderboard, before the first roll."),
		says("stats", "@{user} {viewer}: requests {requests}, heard {heard}, rolls {rolls}, closest {distance} away.", "!stats.",
			"viewer", "requests", "heard", "rolls", "wins", "distance"),
		says("stats_no_roll", "@{user} {viewer}: requests {requests}, heard {heard}, no rolls yet.", "!stats of somebody who never rolled.", "viewer", "requests", "heard"),
		says("stats_nobody", "@{user} nobody called {viewer} was seen here yet.", "!stats of a name nobody has.", "viewer"),
		says("achieved", "@{user} {viewer}: {count} of {total} achievements, {achievements}.", "!achievements.", "viewer", "count", "total", "achievements"),
		says("achieved_none", "@{user} {viewer} has no achievement yet, of {total}.", "!achievements of somebody who has none.", "viewer", "total"),
		says("commands", "@{user} there are {commands}.", "!commands.", "commands"),
		says("when", "@{user} {song} is number {position}, {wait}.", "!when.", "song", "position", "wait"),
		says("when_now", "@{user} yours is playing right now.", "!when, while it plays."),
		says("when_never", "@{user} nothing of yours waits.", "!when or !wrongsong, without a request that waits."),
		says("removed", "@{user} out of the queue: {song}.", "!remove, and !wrongsong where no points return.", "song", "requester"),
		says("removed_spent", "@{user} out of the queue: {song}. Its points are spent.", "The same, when Twitch cannot return the points any more.", "song", "requester"),
		says("promoted", "@{user} first of all that wait: {song}.", "!promote.", "song", "requester"),
		says("requests_open", "@{user} song requests are open.", "!requests, when they are taken."),
		says("requests_closed", "@{user} song requests are closed.", "!requests, when they are not."),
		says("skipped", "@{user} skipped: {song}.", "!skip.", "song"),
		says("voted", "@{user} {votes} of {needed} votes to skip.", "!voteskip.", "votes", "needed"),
		says("voted_already", "@{user} your vote counts already: {votes} of {needed}.", "!voteskip, a second time.", "votes", "needed"),
		says("voted_out", "{votes} voted to skip: {song}.", "!voteskip, when that was the last vote needed.", "song", "votes"),
		says("over_already", "@{user} {song} is over already.", "!skip or !voteskip, when another song began meanwhile.", "song"),
		says("not_skipped", "@{user} {song} could not be skipped just now.", "!skip or !voteskip, when Spotify did not do it or did not say so.", "song"),
		says("uptime", "@{user} live for {uptime}.", "!uptime.", "uptime"),
		says("offline", "@{user} the stream is offline.", "!uptime, while nothing is on."),
		says("command_added", "@{user} {command} answers now.", "!command add.", "command"),
		says("command_edited", "@{user} {command} answers anew.", "!command edit.", "command"),
		says("command_removed", "@{user} gone: {commands}.", "!command remove.", "commands"),
		says("usage", "@{user} it goes like this: {usage}", "A command that needs more words.", "usage"),
		{Key: "word_nothing", Text: "nothing", Doc: "{song} of a custom command, when nothing plays.", most: maxTitle},
		{Key: "word_nobody", Text: "nobody", Doc: "{requester} of a custom command, when nobody asked for what plays.", most: longest["requester"]},
		{Key: "word_offline", Text: "offline", Doc: "{uptime} of a custom command, while nothing is on.", most: longest["uptime"]},
		says("raid", "@{user} thank you for the raid, and welcome to all {count} of you.", "After a raid, with chat.raid_thanks.", "count"),
		says("achievement", "@{user} unlocked {achievements}!", "A viewer unlocked achievements.", "achievements"),
		{Key: "giveaway_opened", Text: "A giveaway is open: say {keyword} to be in.", Doc: "A giveaway was opened.", Holders: []string{"keyword"}, most: MaxReply},
		{Key: "giveaway_opened_subscribers", Text: "A giveaway for subscribers is open: say {keyword} to be in.",
			Doc: "A giveaway for subscribers was opened.", Holders: []string{"keyword"}, most: MaxReply},
		{Key: "giveaway_opened_followers", Text: "A giveaway for followers is open: say {keyword} to be in.",
			Doc: "A giveaway for followers was opened.", Holders: []string{"keyword"}, most: MaxReply},
		{Key: "giveaway_closed", Text: "The giveaway takes no more entries, {count} are in. The draw comes next.",
			Doc: "A giveaway closed.", Holders: []string{"count"}, most: MaxReply},
		{Key: "giveaway_won", Text: "{names} won the giveaway!", Doc: "A giveaway was drawn.", Holders: []string{"names"}, most: MaxReply},
		{Key: "missed", Text: "{viewers} nobody was at the desk when you asked. Your points are being returned.",
			Doc: "Requests were missed and are refunded, to all who made them.", Holders: []string{"viewers"}, most: MaxReply},
		{Key: "missed_many", Text: "{viewers} and {count} more: nobody was at the desk when you asked. Your points are being returned.",
			Doc: "The same, to more than can be named.", Holders: []string{"viewers", "count"}, most: MaxReply},
		{Key: pointsReturned, Text: "Points returned.", Doc: "Ends the answer to a refused redemption.", most: maxReturned},
	},
	refusals,
	kindRefusals(),
)

// refusals words the reasons that something is refused for.
var refusals = []Sentence{
	refusal("empty", "that request came without a link: send a Spotify track link."),
	refusal("no-link", "a request needs a Spotify track link."),
	refusal("album", "that album has no single track: send a track link."),
	refusal("playlist", "that playlist has no single track: send a track link."),
	refusal("artist", "that link shows an artist: send a link to one of their tracks."),
	refusal("show", "podcasts cannot play here: send a track link."),
	refusal("episode", "podcast episodes cannot play here: send a track link."),
	refusal("audiobook", "audiobooks cannot play here: send a track link."),
	refusal("chapter", "audiobook chapters cannot play here: send a track link."),
	refusal("local-file", "a file on one computer cannot play here: send a Spotify track link."),
	refusal("prerelease", "that one is not out yet: send a link to a track that is."),
	refusal("user", "that link shows a profile: send a track link."),
	refusal("short-link", "short links cannot be opened here: send the long open.spotify.com link."),
	refusal("bad-link", "that link does not lead to a track: copy it from Spotify once more."),
	refusal("track-not-found", "Spotify does not know that track: send another track link."),
	refusal("late", "nobody was at the desk when you asked."),
	refusal("no-match", "no track is surely what \"{detail}\" means: send artist and title, or a track link.", "detail"),
	refusal("which-one", "that could be {detail}: add the artist.", "detail"),
	refusal("offline", "song requests open with the stream."),
	refusal("queue-full", "the queue is full, {detail} wait. There is room again soon.", "detail"),
	refusal("viewer-full", "{detail} of yours wait already: the next one has its chance when one has played.", "detail"),
	refusal("session-full", "it is {detail} a viewer each stream, and yours are in.", "detail"),
	refusal("in-a-row", "{detail} in a row are yours: once somebody else has asked, it is your turn again.", "detail"),
	refusal("cooldown", "your next song can come in {detail}.", "detail"),
	refusal("too-short", "songs here last {detail} or longer.", "detail"),
	refusal("too-long", "songs here last {detail} at most.", "detail"),
	refusal("explicit", "Spotify marks that track explicit, and this stream keeps it clean."),
	refusal("waiting-already", "that one waits in the queue already."),
	refusal("playing-already", "that one is playing right now."),
	refusal("played-lately", "that one was on within the last {detail}.", "detail"),
	refusal("blocked-track", "the streamer keeps that track off the stream."),
	refusal("blocked-artist", "the streamer keeps {detail} off the stream.", "detail"),
	refusal("blocked-viewer", "the streamer takes no song requests from this account."),
	refusal("not-playable", "Spotify does not play that track in the streamer's country."),
	refusal("command-name", "a command's name is up to 25 small letters, digits, _ or -."),
	refusal("command-text", "a command needs a text to say."),
	refusal("command-exists", "that command is there already; command edit changes it."),
	refusal("command-builtin", "that name belongs to a command that comes with the desk."),
	refusal("command-target", "that is another name already: take the name of the command itself."),
	refusal("no-command", "there is no such command."),
	refusal("too-many-commands", "there are too many commands already."),
	refusal("placeholder", "a text knows no {detail}.", "detail"),
	refusal("brace", "every brace of a text belongs to a placeholder such as user."),
	refusal("lines", "a text is one line."),
	refusal("closed", "song requests are closed right now{detail}.", "detail"),
	refusal("wrongsong", "your song is out of the queue."),
	refusal("no-place", "nobody's request is at that place of the queue."),
	refusal("not-waiting", "that song is with Spotify already and cannot be moved."),
	refusal("over", "that song is over already."),
	refusal("reason", "that reason is too long."),
	refusal("removed", "your song was taken out of the queue."),
	refusal("restored", "your song may have played already, so it is out of the queue."),
	refusal("stream-ended", "the stream is over before your song could play."),
	refusal("skipped", "your song was skipped."),
	refusal("unavailable", "song requests are unavailable right now."),
}

// ourTrouble is everything that is wrong with our player or our login. It has
// one answer, "unavailable": none of it is the viewer's doing or business.
var ourTrouble = []string{
	"no-active-device", "device-not-found", "premium-required", "owner-premium-required", "not-allowlisted", "restricted", "forbidden",
	"login-required", "missing-scope", "token-refused", "quota-exceeded", "rate-limited", "unreachable",
}

// Song is a track as chat speaks of it.
type Song struct {
	Title     string
	Artists   []string
	Requester string // who asked for it; "" when nobody did
}

// Longest title and list of artists that are named in full, in characters, so
// that the end of a sentence is never what is cut off.
const (
	maxTitle   = 80
	maxArtists = 60
	maxListed  = 65 // of a title among others
	maxDetail  = 250
)

// upcoming is how many songs Queue names.
const upcoming = 4

func (s Song) title() string { return clip(s.Title, maxTitle) }

func (s Song) String() string {
	if len(s.Artists) == 0 {
		return s.title()
	}
	return s.title() + " by " + clip(strings.Join(s.Artists, ", "), maxArtists)
}

// Accepted says where in the queue a new request stands, from 1, and how long it
// is until it plays, as far as that can be told.
func (t Texts) Accepted(name string, s Song, position int, wait time.Duration) string {
	return t.say("accepted", "user", name, "song", s.String(), "position", strconv.Itoa(position), "wait", inAbout(position, wait))
}

// inAbout says when something plays.
func inAbout(position int, wait time.Duration) string {
	switch minutes := int(wait.Round(time.Minute) / time.Minute); {
	case position == 1 && minutes < 1:
		return "up next"
	case minutes < 1:
		return "in less than a minute"
	case minutes == 1:
		return "in about a minute"
	default:
		return "in about " + strconv.Itoa(minutes) + " minutes"
	}
}

// Refused says why a redemption was not carried out and that the points are
// back: by err's reason, else by its kind. Only of an Ambiguous failure does it
// say nothing about points, since nobody knows yet.
func (t Texts) Refused(name string, err error) string {
	sentence := t.Declined(name, err)
	if core.KindOf(err) == core.Ambiguous {
		return sentence
	}
	return strings.TrimSpace(sentence + " " + t.say(pointsReturned))
}

// Declined says why something that cost no points was not done.
func (t Texts) Declined(name string, err error) string {
	kind, reason := core.KindOf(err), core.ReasonOf(err)
	if slices.Contains(ourTrouble, reason) {
		reason = "unavailable"
	}
	key := refusalKey(reason)
	if _, ok := sentenceOf(key); !ok || kind == core.Ambiguous {
		key = refusalKey("kind-" + kind.String())
	}
	return t.say(key, "user", name, "detail", core.DetailOf(err))
}

// Raid thanks a streamer for a raid.
func (t Texts) Raid(name string, viewers int) string {
	return t.say("raid", "user", name, "count", strconv.Itoa(viewers))
}

// missed is how many viewers Missed names.
const missed = 5

// Missed tells several viewers at once that nobody was at the desk when they
// asked, and that their points are being returned.
func (t Texts) Missed(names []string) string {
	var unique []string
	for _, name := range names {
		if name = "@" + clip(name, longest["user"]); !slices.Contains(unique, name) {
			unique = append(unique, name)
		}
	}
	who := strings.Join(unique[:min(len(unique), missed)], " ")
	if more := len(unique) - missed; more > 0 {
		return t.say("missed_many", "viewers", who, "count", strconv.Itoa(more))
	}
	return t.say("missed", "viewers", who)
}

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

// NowPlaying answers what plays.
func (t Texts) NowPlaying(name string, s Song) string {
	if s.Requester == "" {
		return t.say("now_playing", "user", name, "song", s.String())
	}
	return t.say("now_requested", "user", name, "song", s.String(), "requester", s.Requester)
}

// NothingPlaying answers what plays when nothing does.
func (t Texts) NothingPlaying(name string) string { return t.say("nothing_playing", "user", name) }

// Queue answers what plays next: the first four of songs.
func (t Texts) Queue(name string, songs []Song) string {
	if len(songs) == 0 {
		return t.say("queue_empty", "user", name)
	}
	next := make([]string, min(len(songs), upcoming))
	for i := range next {
		next[i] = strconv.Itoa(i+1) + ". " + clip(songs[i].Title, maxListed)
		if r := songs[i].Requester; r != "" {
			next[i] += " (" + r + ")"
		}
	}
	return t.say("queue", "user", name, "songs", strings.Join(next, ", "))
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

// Stats tells what a viewer did here; s is nil when they never rolled.
func (t Texts) Stats(name, viewer string, requests, heard int, s *Standing) string {
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
	if len(has) == 0 {
		return t.say("achieved_none", "user", name, "viewer", viewer, "total", total)
	}
	return t.say("achieved", "user", name, "viewer", viewer, "count", strconv.Itoa(len(has)), "total", total, "achievements", some(has))
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

// Commands lists the commands a viewer may use.
func (t Texts) Commands(name string, names []string) string {
	return t.say("commands", "user", name, "commands", listed(names))
}

// listed joins the names of commands, as many as there is room for.
func listed(names []string) string {
	all := ""
	for i, name := range names {
		next := "!" + name
		if i > 0 {
			next = ", " + next
		}
		if utf8.RuneCountInString(all+next) > longest["commands"]-len(" …") {
			return all + " …"
		}
		all += next
	}
	return all
}

// Uptime says for how long the stream has been on.
func (t Texts) Uptime(name string, d time.Duration) string {
	return t.say("uptime", "user", name, "uptime", Span(d))
}

// Offline says that it is not.
func (t Texts) Offline(name string) string { return t.say("offline", "user", name) }

// When says when a request plays.
func (t Texts) When(name string, s Song, position int, wait time.Duration) string {
	return t.say("when", "user", name, "song", s.String(), "position", strconv.Itoa(position), "wait", inAbout(position, wait))
}

// WhenNow says that it plays already.
func (t Texts) WhenNow(name string) string { return t.say("when_now", "user", name) }

// WhenNever says that no request waits.
func (t Texts) WhenNever(name string) string { return t.say("when_never", "user", name) }

// Removed says that a request was taken out of the queue; spent, that its points
// cannot return any more.
func (t Texts) Removed(name string, s Song, spent bool) string {
	key := "removed"
	if spent {
		key = "removed_spent"
	}
	return t.say(key, "user", name, "song", s.String(), "requester", s.Requester)
}

// Promoted says that a request is the next of those that wait.
func (t Texts) Promoted(name string, s Song) string {
	return t.say("promoted", "user", name, "song", s.String(), "requester", s.Requester)
}

// Requests says whether song requests are taken.
func (t Texts) Requests(name string, open bool) string {
	if open {
		return t.say("requests_open", "user", name)
	}
	return t.say("requests_closed", "user", name)
}

// Skipped says that a moderator's skip was done.
func (t Texts) Skipped(name string, s Song) string {
	return t.say("skipped", "user", name, "song", s.String())
}

// Voted says how many votes there are, and how many it takes.
func (t Texts) Voted(name string, votes, needed int) string {
	return t.say("voted", "user", name, "votes", strconv.Itoa(votes), "needed", strconv.Itoa(needed))
}

// VotedAlready answers who votes again.
func (t Texts) VotedAlready(name string, votes, needed int) string {
	return t.say("voted_already", "user", name, "votes", strconv.Itoa(votes), "needed", strconv.Itoa(needed))
}

// VotedOut says that there were votes enough and the song was skipped.
func (t Texts) VotedOut(name string, s Song, votes int) string {
	return t.say("voted_out", "user", name, "song", s.String(), "votes", strconv.Itoa(votes))
}

// OverAlready says that what was to be skipped no longer plays.
func (t Texts) OverAlready(name string, s Song) string {
	return t.say("over_already", "user", name, "song", s.String())
}

// NotSkipped says that a skip was not done, or nobody knows.
func (t Texts) NotSkipped(name string, s Song) string {
	return t.say("not_skipped", "user", name, "song", s.String())
}

// Span is a length of time as people say it.
func Span(d time.Duration) string {
	m := int(d.Round(time.Minute) / time.Minute)
	switch {
	case m < 1:
		return "less than a minute"
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case m%60 == 0:
		return fmt.Sprintf("%d h", m/60)
	}
	return fmt.Sprintf("%d h %d min", m/60, m%60)
}

// CommandAdded says that there is a new command.
func (t Texts) CommandAdded(name, command string) string {
	return t.say("command_added", "user", name, "command", "!"+command)
}

// CommandEdited says that a command was changed.
func (t Texts) CommandEdited(name, command string) string {
	return t.say("command_edited", "user", name, "command", "!"+command)
}

// CommandRemoved says which commands are gone.
func (t Texts) CommandRemoved(name string, commands []string) string {
	return t.say("command_removed", "user", name, "commands", listed(commands))
}

// Usage says how a command is used.
func (t Texts) Usage(name, usage string) string { return t.say("usage", "user", name, "usage", usage) }

// Nothing is what plays when nothing does.
func (t Texts) Nothing() string { return t.say("word_nothing") }

// Nobody is who asked for what nobody asked for.
func (t Texts) Nobody() string { return t.say("word_nobody") }

// OfflineWord is the uptime of a stream that is not on.
func (t Texts) OfflineWord() string { return t.say("word_offline") }

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
