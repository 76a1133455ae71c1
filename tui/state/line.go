package state

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/event"
	"sidestage/tui/component"
)

// Tone is how much a line matters.
type Tone int

// The tones.
const (
	Plain Tone = iota
	Quiet
	Good
	Back // points went back
	Warning
	Alarm
)

// Line is one line of the log.
type Line struct {
	Seq  int64 // of the record; 0 for a line that is none
	At   time.Time
	Tone Tone
	Text string

	subject, title, who string // what later lines about the same subject need
}

// ID names the line.
func (l Line) ID() string {
	return strconv.FormatInt(l.Seq, 36) + " " + strconv.FormatInt(l.At.UnixNano(), 36)
}

// line tells an event in a sentence; false for what only machines care about.
func (s State) line(r event.Record, e event.Event) (Line, bool) {
	l := Line{Seq: r.Seq, At: r.At, subject: r.Subject}
	l.title, l.who = s.known(r.Subject)
	switch e := e.(type) {
	case event.SongRequested:
		l.title, l.who = clean(e.Title), cleanViewer(e.Viewer).Name
		l.Text = l.who + " asks for " + l.title + by(e.Artists)
	case event.RaffleRolled:
		l.who, l.title = cleanViewer(e.Viewer).Name, "the roll"
		l.Tone, l.Text = rolledLine(e, l.who)
	case event.RedemptionRefunded:
		l.Tone, l.Text = Back, "points back to "+orSomebody(l.who)+because(e.Reason)
	case event.SongStarted:
		l.Text = "now playing " + clean(e.Title) + by(e.Artists) + forWhom(cleanViewer(e.Viewer).Name)
	case event.SongEnded:
		l.Tone, l.Text = Quiet, clean(e.Title)+" was "+clean(e.Outcome)
	case event.ChatReplied:
		l.Tone, l.Text = Quiet, "said: "+clean(e.Text)
	default:
		l.Tone, l.Text = rare(l, e)
	}
	return l, l.Text != ""
}

func rare(l Line, e event.Event) (Tone, string) {
	switch e := e.(type) {
	case event.SongHandedOver:
		return Quiet, orRequest(l.title) + " went to Spotify's queue"
	case event.SongMoved:
		return Quiet, orRequest(l.title) + " is number " + strconv.Itoa(e.Place) + " of those that wait"
	case event.SongReplaced:
		return Quiet, clean(e.Title) + " plays instead of " + orRequest(l.title)
	case event.SongGate:
		if e.Open {
			return Good, "requests are open"
		}
		return Warning, "requests are closed" + because(e.Reason)
	case event.SongOutage:
		if e.Over {
			return Good, "Spotify takes songs again"
		}
		return Alarm, "Spotify takes no songs" + because(e.Reason)
	case event.SongWithdrawn:
		return Back, orRequest(l.title) + " left the queue" + because(e.Reason)
	case event.RaffleVoided:
		return Back, "the roll of " + orSomebody(l.who) + " does not count"
	case event.GiveawayOpened:
		return Good, "a giveaway is open: " + clean(e.Keyword)
	case event.GiveawayClosed:
		return Plain, "the giveaway is closed, " + component.Number(e.Entries) + " are in"
	case event.GiveawayDrawn:
		return Good, "the giveaway went to " + winners(e.Winners)
	case event.GiveawayCancelled:
		return Plain, "the giveaway is cancelled"
	case event.AchievementUnlocked:
		return Good, cleanViewer(e.Viewer).Name + " earned " + clean(or(e.Name, e.AchievementID))
	case event.RaffleGiven:
		return Good, "the prize of " + cleanViewer(e.Viewer).Name + " is given"
	case event.RaffleCommitted:
		return Quiet, "the raffle's seed is sealed, SHA-256 " + clean(e.Hash)
	case event.RaffleRevealed:
		return Quiet, "the raffle's seed is revealed: " + clean(e.Seed)
	case event.StreamOnline:
		return Good, "the stream is live"
	case event.StreamOffline:
		return Plain, "the stream is over, peak " + component.Number(e.PeakViewers)
	case event.LoginChanged:
		if e.State == "connected" {
			return Good, core.PlatformName(clean(e.Platform)) + " login is good"
		}
		return Alarm, core.PlatformName(clean(e.Platform)) + " login: " + strings.ReplaceAll(clean(e.State), "-", " ")
	case event.RaidReceived:
		return Good, cleanViewer(e.From).Name + " raids with " + component.Number(e.Viewers)
	case event.ChannelUpdated:
		return Quiet, "now " + clean(e.Category) + ": " + clean(e.Title)
	case event.ViewerFollowed:
		return Plain, cleanViewer(e.Viewer).Name + " follows"
	case event.ViewerSubscribed:
		return Good, cleanViewer(e.Viewer).Name + subscribed(e.Gift)
	case event.ViewerCheered:
		return Good, or(cleanViewer(e.Viewer).Name, "somebody") + " cheers " + component.Number(e.Bits)
	case event.RewardChanged:
		return Quiet, "the " + clean(e.Reward) + " reward was " + clean(e.Change) + because(strings.Join(e.Reasons, ", "))
	case event.SubscriptionRevoked:
		return Alarm, "Twitch no longer tells us " + clean(e.Subscription) + " (" + clean(e.Status) + ")"
	case event.SagaChanged:
		if e.State == "needs-decision" || e.State == "failed" {
			return Alarm, "needs you: " + orRequest(l.title) + forWhom(l.who) + " (" + orStep(clean(e.Step)) + ")"
		}
	}
	return Plain, ""
}

func winners(all []core.Viewer) string {
	names := make([]string, len(all))
	for i, v := range all {
		names[i] = cleanViewer(v).Name
	}
	return strings.Join(names, ", ")
}

// known is what was said of a subject so far.
func (s State) known(subject string) (title, who string) {
	if subject == "" {
		return "", ""
	}
	for _, l := range slices.Backward(s.Lines) {
		if l.subject == subject {
			return l.title, l.who
		}
	}
	for _, b := range slices.Backward(s.backers) {
		if b.subject == subject {
			return "", b.name
		}
	}
	return "", ""
}

// backer is who spent the points of a redemption.
type backer struct{ subject, name string }

func rolledLine(e event.RaffleRolled, who string) (Tone, string) {
	text := who + " rolled " + component.Number(e.Roll)
	switch {
	case e.Distance == 0:
		return Good, text + " and won"
	case e.Record:
		return Plain, text + ", winning " + component.Number(e.WinningNumber) + ", closest so far"
	}
	return Plain, text + ", winning " + component.Number(e.WinningNumber)
}

func by(artists []string) string {
	if len(artists) == 0 {
		return ""
	}
	return " · " + strings.Join(cleanAll(artists), ", ")
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + strings.ReplaceAll(clean(reason), "-", " ") + ")"
}

func forWhom(name string) string {
	if name == "" {
		return ""
	}
	return ", for " + name
}

func subscribed(gift bool) string {
	if gift {
		return " was given a subscription"
	}
	return " subscribes"
}

func orSomebody(name string) string { return or(name, "the viewer") }
func orRequest(title string) string { return or(title, "a request") }
func orStep(step string) string     { return or(step, "a step") }

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
