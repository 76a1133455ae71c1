package cmd

import (
	"fmt"
	"io"
	"strings"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// story tells what happens at a desk, a readable line per event. Viewer text
// is stripped of control characters: it must not command a terminal.
type story struct {
	out   io.Writer
	begun time.Time
	who   map[string]string // redemption id → who spent, for how much
	song  map[string]string // redemption id → title
}

func newStory(out io.Writer) *story {
	return &story{out: out, begun: time.Now(), who: map[string]string{}, song: map[string]string{}}
}

// tell prints one event.
func (s *story) tell(r event.Record) {
	if e, err := event.Decode(r); err == nil {
		s.line(r.At, e)
	}
}

func (s *story) line(at time.Time, e event.Event) {
	text := s.sentence(e)
	if text == "" {
		return
	}
	since := max(at.Sub(s.begun), 0).Round(time.Second)
	_, _ = fmt.Fprintf(s.out, "%02d:%02d  %s\n", int(since.Minutes()), int(since.Seconds())%60, printable(text))
}

// sentence is what is told of an event; "" for what only machines care about.
func (s *story) sentence(e event.Event) string {
	switch e := e.(type) {
	case event.StreamOnline:
		return "● the stream is live"
	case event.StreamOffline:
		return "○ the stream is over, peak " + plural(e.PeakViewers, "viewer")
	case event.RedemptionReceived:
		return s.received(e)
	case event.RedemptionFulfilled:
		return "✓ points spent: " + s.spender(e.RedemptionID)
	case event.RedemptionRefunded:
		return fmt.Sprintf("↩ points returned: %s%s", s.spender(e.RedemptionID), because(e.Reason))
	case event.ChatReplied:
		return "» " + e.Text
	case event.LoginChanged:
		return fmt.Sprintf("%s login: %s", core.PlatformName(e.Platform), strings.ReplaceAll(e.State, "-", " "))
	case event.SagaChanged:
		return s.stuck(e)
	}
	if text := channelNews(e); text != "" {
		return text
	}
	return s.played(e)
}

// channelNews is what is told of what happens in the channel besides.
func channelNews(e event.Event) string {
	switch e := e.(type) {
	case event.RaidReceived:
		return fmt.Sprintf("* %s raids with %s", e.From.Name, plural(e.Viewers, "viewer"))
	case event.ChannelUpdated:
		return fmt.Sprintf("  now %s: %s", e.Category, e.Title)
	case event.ViewerFollowed:
		return fmt.Sprintf("* %s follows", e.Viewer.Name)
	case event.ViewerSubscribed:
		if e.Gift {
			return fmt.Sprintf("* %s was given a subscription", e.Viewer.Name)
		}
		return fmt.Sprintf("* %s subscribes", e.Viewer.Name)
	case event.ViewerCheered:
		if e.Viewer.Name == "" {
			return "* somebody cheers " + plural(e.Bits, "bit")
		}
		return fmt.Sprintf("* %s cheers %s", e.Viewer.Name, plural(e.Bits, "bit"))
	case event.RewardChanged:
		return fmt.Sprintf("  the reward for %s was %s%s", rewardFor[e.Reward], e.Change, because(strings.Join(e.Reasons, ", ")))
	case event.SubscriptionRevoked:
		return fmt.Sprintf("! Twitch no longer tells us %s (%s)", e.Subscription, e.Status)
	}
	return ""
}

func (s *story) received(e event.RedemptionReceived) string {
	s.who[e.RedemptionID] = fmt.Sprintf("%s, %d", e.Viewer.Name, e.Cost)
	if e.Reward == "raffle" {
		return fmt.Sprintf("%s rolls for %d points", e.Viewer.Name, e.Cost)
	}
	return fmt.Sprintf("%s asks for a song for %d points: %s", e.Viewer.Name, e.Cost, e.Input)
}

func (s *story) played(e event.Event) string {
	switch e := e.(type) {
	case event.SongRequested:
		s.song[e.RequestID] = e.Title
		return fmt.Sprintf("+ %s · %s, asked by %s", e.Title, strings.Join(e.Artists, ", "), e.Viewer.Name)
	case event.SongHandedOver:
		return fmt.Sprintf("→ %s is in Spotify's queue", s.title(e.RequestID))
	case event.SongWithdrawn:
		return fmt.Sprintf("- %s is withdrawn%s", s.title(e.RequestID), because(e.Reason))
	case event.SongMoved:
		return fmt.Sprintf("⇅ %s is number %d of those that wait", s.title(e.RequestID), e.Place)
	case event.SongReplaced:
		was := s.title(e.RequestID)
		s.song[e.RequestID] = e.Title
		return fmt.Sprintf("± %s plays instead of %s", e.Title, was)
	case event.SongGate, event.SongOutage:
		return house(e)
	case event.SongStarted:
		if e.RequestID == "" {
			return fmt.Sprintf("♪ %s · %s", e.Title, strings.Join(e.Artists, ", "))
		}
		return fmt.Sprintf("♪ %s · %s, for %s", e.Title, strings.Join(e.Artists, ", "), e.Viewer.Name)
	case event.SongEnded:
		return fmt.Sprintf("  %s was %s", e.Title, e.Outcome)
	case event.RaffleRolled:
		if e.Distance == 0 {
			return fmt.Sprintf("# %s rolled %d and wins", e.Viewer.Name, e.Roll)
		}
		return fmt.Sprintf("# %s rolled %d, winning number %d: %d away", e.Viewer.Name, e.Roll, e.WinningNumber, e.Distance)
	case event.GiveawayOpened:
		return "* a giveaway is open: say " + e.Keyword
	case event.GiveawayEntered:
		return fmt.Sprintf("* %s is in the giveaway, number %d", e.Viewer.Name, e.Entries)
	case event.GiveawayClosed:
		return fmt.Sprintf("* the giveaway is closed, %d are in", e.Entries)
	case event.GiveawayDrawn:
		return giveawayLine(e.Winners)
	case event.GiveawayCancelled:
		return "* the giveaway is cancelled"
	case event.RaffleGiven:
		return "# " + e.Viewer.Name + " has the prize"
	case event.RaffleCommitted:
		return "= the raffle's seed is sealed, SHA-256 " + e.Hash
	case event.RaffleRevealed:
		return "= the raffle's seed is revealed: " + e.Seed
	}
	return ""
}

// house tells what concerns all requests.
func house(e event.Event) string {
	switch e := e.(type) {
	case event.SongGate:
		if e.Open {
			return "○ requests are open"
		}
		return "● requests are closed" + because(e.Reason)
	case event.SongOutage:
		if e.Over {
			return "✓ Spotify takes songs again"
		}
		return "! Spotify takes no songs" + because(e.Reason)
	}
	return ""
}

// stuck tells only of sagas that a person must look at.
func (s *story) stuck(e event.SagaChanged) string {
	switch e.State {
	case "needs-decision":
		return fmt.Sprintf("! %s needs a decision: %s", s.spender(e.SagaID), e.Error)
	case "failed":
		return fmt.Sprintf("✗ %s failed: %s", s.spender(e.SagaID), e.Error)
	}
	return ""
}

func (s *story) spender(id string) string {
	if who, ok := s.who[id]; ok {
		return who
	}
	return id
}

func (s *story) title(id string) string {
	if t, ok := s.song[id]; ok {
		return t
	}
	return id
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + strings.ReplaceAll(reason, "-", " ") + ")"
}

// printable keeps text from doing anything but being read.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s)
}
